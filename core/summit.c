/* The fold of a summit: what each Summit event does to it. */
#include "core/anchor.h"
#include "core/commitment_deadline.h"
#include "core/fold.h"
#include "core/subject.h"

static bool day_same(struct edtf a, bool a_known, struct edtf b, bool b_known)
{
    return a_known == b_known && (!a_known || a.latest.n == b.latest.n);
}

/* Held: the occurrence is fulfilled. While another follows, the summit is open again for that one. */
static unsigned summit_hold(struct summit_state *s)
{
    struct window next;
    bool was_open = subject_is_open(&s->entity);
    s->held = true;
    s->status = SUMMIT_HELD;
    s->held_day = s->entity.window.latest_end;
    if (!repetition_occurrence(s->repetition) || !was_open)
        return 0;
    if (!subject_occurrence(&s->entity, s->repetition->occurrence + 1, &next))
        return 0;
    s->repetition->occurrence++;
    s->status = SUMMIT_SCHEDULED;
    return CHANGE_OCCURRENCE;
}

static unsigned summit_schedule(struct task *t, struct summit_state *s, const struct application *a)
{
    const struct summit *event = &a->event->summit;
    unsigned changes = 0;
    bool reopened = s->status == SUMMIT_HELD || s->status == SUMMIT_CANCELLED;
    struct text old = entity_text(&s->entity, TEXT_DATE);
    bool same = text_is_null(event->date) || text_equal(old, event->date) || (!event->date.len && !old.at);
    s->status = event->common.type;
    s->entity.introduced = true;
    if (reopened)
        changes |= CHANGE_REOPENED;
    if (!same) {
        pack_apply(t->pool, &s->entity.texts, TEXT_DATE, event->date);
        subject_start_over(t, &s->entity, task_day_of(t, event->common.recorded_at), a->time);
    } else if (repetition_occurrence(s->repetition) && (reopened || !s->repetition->dated)) {
        subject_pass_over(t, &s->entity, s->repetition->occurrence, a->time);
    }
    return changes;
}

void summit_apply(struct task *t, struct summit_state *s, const struct application *a)
{
    const struct summit *event = &a->event->summit;
    struct before before = deadline_before(t, &s->entity);
    struct edtf anchor_before = {0}, anchor = {0};
    bool anchored_before = anchor_of_summit(s, 0, &anchor_before);
    unsigned changes = 0;

    if (event->kind)
        s->summit_kind = event->kind;
    pack_apply(t->pool, &s->entity.texts, TEXT_PLACE, event->place);
    pack_apply_list(t->pool, &s->entity.texts, TEXT_HOSTS, event->hosts);
    pack_apply_list(t->pool, &s->entity.texts, TEXT_PARTICIPANTS, event->participants);
    if (event->expected_signings != LONG_NULL)
        s->expected_signings = event->expected_signings;
    switch (event->common.type) {
    case SUMMIT_PROPOSED:
    case SUMMIT_SCHEDULED: changes = summit_schedule(t, s, a); break;
    case SUMMIT_HELD:
        changes = summit_hold(s);
        pack_apply(t->pool, &s->entity.texts, TEXT_HELD_ON, event->date);
        break;
    case SUMMIT_CANCELLED: s->status = SUMMIT_CANCELLED; break;
    default: break;
    }
    deadline_settle(t, &s->entity, &before, changes, a);
    if (s->held && day_is_none(s->held_day))
        s->held_day = s->entity.window.latest_end;
    bool anchored = anchor_of_summit(s, 0, &anchor);
    if (!day_same(anchor_before, anchored_before, anchor, anchored))
        commitment_follow_anchor(t, &s->entity, a);
}
