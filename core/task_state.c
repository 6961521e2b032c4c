#include "core/task_state.h"

struct day task_day_of(struct task *t, struct instant at)
{
    if (!instant_is_none(t->today_from) && at.ms >= t->today_from.ms && at.ms < t->today_to.ms)
        return t->today;
    struct day day = zone_day_of(t->config.zone, at);
    t->today = day;
    t->today_from = zone_day_start(t->config.zone, day);
    t->today_to = zone_day_start(t->config.zone, (struct day){day.n + 1});
    return day;
}

void task_changed(struct task *t, struct entity *e)
{
    if (e->changed || t->config.unrecorded)
        return;
    e->changed = true;
    e->changed_next = NULL;
    *t->changed_last = e;
    t->changed_last = &e->changed_next;
}

void task_find_threshold(struct task *t)
{
    struct day first = timers_first(t->timers);
    if (first.n == t->next_threshold_day.n)
        return;
    t->next_threshold_day = first;
    t->next_threshold = day_is_none(first) ? INSTANT_NONE : zone_day_start(t->config.zone, first);
}

void task_arm(struct task *t, struct entity *e, struct day day)
{
    timers_arm(t->timers, &e->timer, day);
    task_find_threshold(t);
}
