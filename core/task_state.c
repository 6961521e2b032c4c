#include "core/task_state.h"

#include "core/memory.h"

struct day task_day_of(struct task *t, struct instant at)
{
    if (!instant_is_none(t->today_from) && at.ms >= t->today_from.ms && at.ms < t->today_to.ms)
        return t->today;
    struct day day = zone_day_of(t->config.zone, at);
    /* What lies behind is asked for once, in between; the day of the clock many times. */
    if (at.ms < t->today_from.ms && t->clock.ms >= t->today_from.ms && t->clock.ms < t->today_to.ms)
        return day;
    t->today = day;
    t->today_from = zone_day_start(t->config.zone, day);
    t->today_to = zone_day_start(t->config.zone, (struct day){day.n + 1});
    return day;
}

void task_give_draft(struct task *t, struct entity *e)
{
    pack_draft(t->pool, &t->draft, e->texts);
    t->drafted_from = e->texts;
    e->texts = t->draft;
}

void task_take_draft(struct task *t, struct entity *e)
{
    t->draft = e->texts;
    e->texts = t->drafted_from;
    pack_assign(t->pool, &e->texts, t->draft);
}

void task_changed(struct task *t, struct entity *e)
{
    if (e->changed || t->config.unrecorded || t->restoring)
        return;
    if (t->changed_count == t->changed_size) {
        t->changed_size = t->changed_size ? t->changed_size * 2 : 64;
        t->changed = memory_resize(t->changed, t->changed_size * sizeof(struct entity *));
    }
    e->changed = true;
    t->changed[t->changed_count++] = e;
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
