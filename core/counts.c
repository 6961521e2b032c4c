#include "core/counts.h"

static int64_t *count_of(struct commitment_counts *n, uint8_t delivery)
{
    switch (delivery) {
    case DELIVERY_PROPOSED: return &n->proposed;
    case DELIVERY_UNDERTAKEN:
    case DELIVERY_IN_PROGRESS: return &n->open;
    case DELIVERY_FULFILLED: return &n->fulfilled;
    case DELIVERY_WITHDRAWN: return &n->withdrawn;
    default: return &n->superseded;
    }
}

static void count_at(struct task *t, struct entity *at, const struct commitment *c, int sign)
{
    if (!at || !c->counted_delivery)
        return;
    if (at->kind == SUBJECT_COMMITMENT) {
        as_commitment(at)->parts += (uint32_t)sign;
        if (c->counted_delivery == DELIVERY_FULFILLED)
            as_commitment(at)->parts_fulfilled += (uint32_t)sign;
    } else {
        struct commitment_counts *n =
            at->kind == SUBJECT_INSTRUMENT ? &as_instrument(at)->counts : &as_summit(at)->counts;
        *count_of(n, c->counted_delivery) += sign;
        if (c->counted_overdue)
            n->overdue += sign;
    }
    task_changed(t, at);
}

static void count_everywhere(struct task *t, struct commitment *c, int sign)
{
    count_at(t, ref_entity(commitment_ref(c, REF_INSTRUMENT), SUBJECT_INSTRUMENT), c, sign);
    count_at(t, ref_entity(commitment_ref(c, REF_SUMMIT), SUBJECT_SUMMIT), c, sign);
    count_at(t, ref_entity(commitment_ref(c, REF_PART), SUBJECT_COMMITMENT), c, sign);
}

void counts_take_back(struct task *t, struct commitment *c)
{
    count_everywhere(t, c, -1);
    c->counted_delivery = 0;
}

void counts_enter(struct task *t, struct commitment *c)
{
    c->counted_delivery = c->delivery;
    c->counted_overdue = c->timeliness == TIMELINESS_OVERDUE;
    count_everywhere(t, c, +1);
}

void counts_update(struct task *t, struct commitment *c)
{
    bool overdue = c->timeliness == TIMELINESS_OVERDUE;
    struct commitment_counts n;
    bool same = c->counted_delivery && count_of(&n, c->counted_delivery) == count_of(&n, c->delivery) &&
                c->counted_overdue == overdue;
    if (!same)
        count_everywhere(t, c, -1);
    c->counted_delivery = c->delivery;
    c->counted_overdue = overdue;
    if (!same)
        count_everywhere(t, c, +1);
}

void counts_of_waiting(struct task *t, struct entity *e)
{
    for (struct ref *r = e->node->refs; r; r = r->next) {
        struct entity *owner = ref_owner(r);
        if (owner->dossier != e->dossier)
            continue;
        enum ref_kind kind = ref_kind_of(r);
        if (owner->kind == SUBJECT_INSTRUMENT) {
            if (e->kind == SUBJECT_SUMMIT)
                as_summit(e)->identified_signings++;
        } else if ((kind == REF_INSTRUMENT && e->kind == SUBJECT_INSTRUMENT) ||
                   (kind == REF_SUMMIT && e->kind == SUBJECT_SUMMIT) ||
                   (kind == REF_PART && e->kind == SUBJECT_COMMITMENT)) {
            count_at(t, e, as_commitment(owner), +1);
        }
    }
}
