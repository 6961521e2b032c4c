#include "core/timeliness.h"

#include "core/subject.h"

static uint8_t timeliness_open(struct task *t, const struct commitment *c, struct day today)
{
    const struct window *w = &c->entity.window;
    if (!day_is_none(w->closes) && today.n > w->closes.n)
        return TIMELINESS_OVERDUE;
    if (today.n >= w->opens.n && (day_is_none(w->closes) || w->opens.n < w->closes.n))
        return TIMELINESS_IN_WINDOW;
    struct day lead = stages_first_lead(t->config.policy, w);
    return !day_is_none(lead) && today.n >= lead.n ? TIMELINESS_DUE_SOON : TIMELINESS_AHEAD;
}

static uint8_t timeliness_fulfilled(const struct commitment *c)
{
    struct day closes = c->entity.window.closes;
    if (day_is_none(closes) || (!day_is_none(c->fulfilled_to) && c->fulfilled_to.n <= closes.n))
        return TIMELINESS_MET;
    return !day_is_none(c->fulfilled_from) && c->fulfilled_from.n > closes.n ? TIMELINESS_LATE
                                                                             : TIMELINESS_UNDETERMINED;
}

uint8_t timeliness_now(struct task *t, const struct commitment *c)
{
    if (c->clock != CLOCK_RUNNING || day_is_none(c->entity.window.opens))
        return TIMELINESS_NONE;
    if (subject_is_open(&c->entity))
        return timeliness_open(t, c, task_day_of(t, t->clock));
    return c->delivery == DELIVERY_FULFILLED ? timeliness_fulfilled(c) : TIMELINESS_NONE;
}

bool timeliness_refresh(struct task *t, struct commitment *c)
{
    uint8_t timeliness = timeliness_now(t, c);
    if (timeliness == c->timeliness)
        return false;
    c->timeliness = timeliness;
    task_changed(t, &c->entity);
    return true;
}

struct day timeliness_next_change(struct task *t, struct commitment *c, struct day today)
{
    const struct window *w = &c->entity.window;
    struct day next = DAY_NONE;
    if (!subject_is_open(&c->entity) || day_is_none(w->opens))
        return next;
    struct day changes[] = {stages_first_lead(t->config.policy, w), w->opens,
                            day_is_none(w->closes) ? DAY_NONE : (struct day){w->closes.n + 1}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (!day_is_none(changes[i]) && changes[i].n > today.n &&
            (day_is_none(next) || changes[i].n < next.n))
            next = changes[i];
    return next;
}
