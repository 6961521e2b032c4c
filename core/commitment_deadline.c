#include "core/commitment_deadline.h"

#include "core/anchor.h"
#include "core/counts.h"
#include "core/subject.h"
#include "core/timeliness.h"

void commitment_pass_over_if_first(struct task *t, struct commitment *c, struct instant time)
{
    struct window window;
    const struct repetition *r = c->repetition;
    if (!repetition_occurrence(r) || r->dated)
        return;
    if (subject_occurrence(&c->entity, r->occurrence, &window))
        subject_pass_over(t, &c->entity, r->occurrence, time);
}

void commitment_settle(struct task *t, struct commitment *c, const struct before *before, unsigned changes,
                       const struct application *a)
{
    uint8_t clock = c->clock;
    deadline_settle(t, &c->entity, before, changes, a);
    if (timeliness_refresh(t, c) || clock != c->clock)
        task_changed(t, &c->entity);
    counts_update(t, c);
}

void commitment_follow_anchor(struct task *t, struct entity *anchor, const struct application *a)
{
    size_t count;
    struct entity **found = anchor_followers(anchor, t->scratch, &count);
    for (size_t i = 0; i < count; i++) {
        struct commitment *c = as_commitment(found[i]);
        struct before before = deadline_before(t, &c->entity);
        if (c->delivery != DELIVERY_PROPOSED)
            commitment_pass_over_if_first(t, c, a->time);
        commitment_settle(t, c, &before, 0, a);
    }
}
