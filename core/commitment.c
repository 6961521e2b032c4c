/* The fold of a commitment: what each Milestone does to it. */
#include "core/commitment_deadline.h"
#include "core/counts.h"
#include "core/entry.h"
#include "core/fold.h"
#include "core/subject.h"

/* --- Fields --- */

static void commitment_refer(struct task *t, struct commitment *c, const struct milestone *m)
{
    const struct text ids[REF_KINDS] = {m->instrument, m->summit, m->part_of, m->anchor};
    for (int i = 0; i < REF_KINDS; i++) {
        struct node *to = ref_node(commitment_ref(c, (enum ref_kind)i));
        if (text_is_null(ids[i]) || text_equal(node_id(to), ids[i]) || (ids[i].len == 0 && !to))
            continue;
        if (i != REF_ANCHOR)
            counts_take_back(t, c);
        commitment_refer_to(t->pool, c, (enum ref_kind)i, ids[i].len ? index_intern(t->ids, ids[i]) : NULL);
    }
}

static struct text text_or_null(struct text t)
{
    return t.len ? t : TEXT_NULL;
}

static void commitment_set_target(struct task *t, struct commitment *c, const struct target *target)
{
    if (!target)
        return;
    const struct target_numbers numbers = {target->baseline, target->value};
    const struct text texts[] = {text_or_null(target->unit),
                                 text_or_null(target->from),
                                 text_or_null(target->to),
                                 {(const char *)&numbers, sizeof numbers}};
    pack_set(t->pool, &c->entity.texts, TEXT_TARGET, TEXT_NULL);
    pack_append(t->pool, &c->entity.texts, TEXT_TARGET, texts, sizeof texts / sizeof *texts);
}

#define CLAIM_TEXTS 2

/* The latest of each claimant, in the order of their first. */
static void commitment_claim(struct task *t, struct commitment *c, const struct milestone *m)
{
    struct pack **texts = &c->entity.texts;
    if (m->claimed_by.len == 0)
        return;
    if (m->common.type == MILESTONE_DISPUTED &&
        !list_contains(pack_text(*texts, TEXT_DISPUTED_BY), m->claimed_by))
        pack_append(t->pool, texts, TEXT_DISPUTED_BY, &m->claimed_by, 1);
    else if (m->common.type == MILESTONE_FULFILLED)
        (void)pack_list_remove(t->pool, texts, TEXT_DISPUTED_BY, m->claimed_by);

    char entry[ENTRY_MOST];
    const struct claim now = {m->claimed_by, m->common.type, m->progress, m->value, m->common.recorded_at};
    const struct text claim[CLAIM_TEXTS] = {m->claimed_by, claim_write(&now, entry)};
    struct text claims = pack_text(*texts, TEXT_CLAIMS), by, old;
    size_t position = 0, count = 0;
    for (; list_next(claims, &position, &by); count++) {
        size_t from = position;
        (void)list_next(claims, &position, &old);
        if (!text_equal(by, m->claimed_by))
            continue;
        pack_list_replace(t->pool, texts, TEXT_CLAIMS, from, position, claim[1]);
        return;
    }
    if (count == LIST_LATEST)
        pack_drop_first(t->pool, texts, TEXT_CLAIMS, CLAIM_TEXTS);
    pack_append(t->pool, texts, TEXT_CLAIMS, claim, CLAIM_TEXTS);
}

static void commitment_set_fields(struct task *t, struct commitment *c, const struct milestone *m)
{
    commitment_refer(t, c, m);
    pack_apply_list(t->pool, &c->entity.texts, TEXT_PARTIES, m->parties);
    pack_apply(t->pool, &c->entity.texts, TEXT_REASON, m->reason);
    pack_apply(t->pool, &c->entity.texts, TEXT_SUPERSEDED_BY, m->superseded_by);
    if (m->anchor_event)
        c->anchor_event = m->anchor_event;
    if (m->progress.set) {
        c->progress = m->progress.value;
        c->has_progress = true;
    }
    if (m->value.set) {
        c->value = m->value.value;
        c->has_value = true;
    }
    commitment_set_target(t, c, m->target);
    commitment_claim(t, c, m);
}

/* --- Delivery --- */

static int delivery_rank(uint8_t delivery)
{
    return delivery > DELIVERY_FULFILLED ? DELIVERY_FULFILLED : delivery;
}

static void delivery_reach(struct commitment *c, uint8_t delivery)
{
    if (delivery_rank(delivery) >= delivery_rank(c->delivery))
        c->delivery = delivery;
}

/* A first FULFILLED says when by its own date, else by the day it was recorded; one that only confirms it
 * changes that if it carries a date. */
static void commitment_fulfilled_on(struct task *t, struct commitment *c, const struct milestone *m,
                                    bool again)
{
    struct edtf date;
    if (m->date.len && edtf_parse(m->date, &date, NULL) == 0) {
        c->fulfilled_from = date.earliest;
        c->fulfilled_to = date.latest;
        c->fulfilled_dated = true;
    } else if (!again || (c->fulfilled_dated && !text_is_null(m->date))) {
        c->fulfilled_from = c->fulfilled_to = task_day_of(t, m->common.recorded_at);
        c->fulfilled_dated = false;
    }
}

static unsigned commitment_fulfil(struct task *t, struct commitment *c, const struct milestone *m)
{
    struct window window;
    struct entity *e = &c->entity;
    bool closed = c->delivery >= DELIVERY_FULFILLED;
    bool again = c->delivery == DELIVERY_FULFILLED;
    uint32_t k = repetition_occurrence(c->repetition);
    if (k && !again && subject_occurrence(e, k, &window)) {
        c->repetition->fulfilled++;
        if (!closed && subject_occurrence(e, k + 1, &window)) {
            c->repetition->occurrence++;
            c->delivery = DELIVERY_UNDERTAKEN;
            return CHANGE_OCCURRENCE;
        }
    }
    commitment_fulfilled_on(t, c, m, again);
    c->delivery = DELIVERY_FULFILLED;
    return 0;
}

static unsigned commitment_deliver(struct task *t, struct commitment *c, const struct milestone *m)
{
    switch (m->common.type) {
    case MILESTONE_PROPOSED:
        c->entity.introduced = true;
        delivery_reach(c, DELIVERY_PROPOSED);
        return 0;
    case MILESTONE_UNDERTAKEN:
        c->entity.introduced = true;
        delivery_reach(c, DELIVERY_UNDERTAKEN);
        return 0;
    case MILESTONE_REPORTED:
        if ((m->progress.set && m->progress.value > 0) || (m->value.set && m->value.value > 0))
            delivery_reach(c, DELIVERY_IN_PROGRESS);
        return 0;
    case MILESTONE_FULFILLED: return commitment_fulfil(t, c, m);
    case MILESTONE_WITHDRAWN: delivery_reach(c, DELIVERY_WITHDRAWN); return 0;
    case MILESTONE_SUPERSEDED: delivery_reach(c, DELIVERY_SUPERSEDED); return 0;
    case MILESTONE_REOPENED: c->delivery = DELIVERY_UNDERTAKEN; return CHANGE_REOPENED;
    default: return 0;
    }
}

void commitment_apply(struct task *t, struct commitment *c, const struct application *a)
{
    const struct milestone *m = &a->event->milestone;
    struct before before = deadline_before(t, &c->entity);
    struct text old = entity_text(&c->entity, TEXT_DUE);
    bool reworded = !text_is_null(m->due) && !text_equal(old, m->due) && (m->due.len || old.at);
    bool ends = m->common.type == MILESTONE_FULFILLED || m->common.type == MILESTONE_WITHDRAWN ||
                m->common.type == MILESTONE_SUPERSEDED;

    if (c->delivery == 0)
        c->delivery = m->common.type == MILESTONE_PROPOSED ? DELIVERY_PROPOSED : DELIVERY_UNDERTAKEN;
    commitment_set_fields(t, c, m);
    if (m->common.type == MILESTONE_UNDERTAKEN || m->common.type == MILESTONE_REPORTED)
        (void)commitment_deliver(t, c, m);
    if (reworded) {
        pack_apply(t->pool, &c->entity.texts, TEXT_DUE, m->due);
        subject_start_over(t, &c->entity, task_day_of(t, m->common.recorded_at), a->time);
    } else if (m->common.type == MILESTONE_REOPENED && repetition_occurrence(c->repetition)) {
        subject_pass_over(t, &c->entity, c->repetition->occurrence, a->time);
    } else if (c->delivery != DELIVERY_PROPOSED || ends) {
        commitment_pass_over_if_first(t, c, a->time);
    }
    unsigned changes = 0;
    if (m->common.type != MILESTONE_UNDERTAKEN && m->common.type != MILESTONE_REPORTED)
        changes = commitment_deliver(t, c, m);
    commitment_settle(t, c, &before, changes, a);
}
