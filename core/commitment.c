/* The fold of a commitment: what each Milestone does to it, and how it follows its anchor. */
#include <stdlib.h>

#include "core/deadline.h"
#include "core/due.h"
#include "core/memory.h"
#include "core/subject.h"

/* --- Anchors --- */

static const struct ref *commitment_anchor_ref(const struct commitment *c)
{
    static const enum ref_kind order[] = {REF_ANCHOR, REF_INSTRUMENT, REF_SUMMIT};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (c->refs[order[i]].to)
            return &c->refs[order[i]];
    return NULL;
}

bool commitment_anchor(struct task *t, struct commitment *c, struct edtf *out)
{
    const struct ref *r = commitment_anchor_ref(c);
    if (!r)
        return false;
    enum ref_kind kind = ref_kind_of(r);
    struct entity *instrument = kind == REF_SUMMIT ? NULL : ref_entity(r, SUBJECT_INSTRUMENT);
    if (instrument)
        return instrument_anchor(as_instrument(instrument), c->anchor_event, out);
    struct entity *summit = kind == REF_INSTRUMENT ? NULL : ref_entity(r, SUBJECT_SUMMIT);
    return summit && summit_anchor(t, as_summit(summit), c->anchor_event, out);
}

static bool commitment_is_relative(const struct commitment *c)
{
    struct due due = {.form = DUE_NONE};
    (void)due_parse(blob_text(c->due), DUE_ALLOW_REPEAT | DUE_ALLOW_RELATIVE, &due, NULL);
    return due_is_relative(&due);
}

static int by_id(const void *a, const void *b)
{
    struct entity *const *x = a, *const *y = b;
    return text_compare(entity_id(*x), entity_id(*y));
}

/* The commitments whose anchor the entity is, by id; own. */
static struct vec commitments_anchored_to(struct entity *anchor)
{
    struct vec found = {NULL, 0, 0};
    for (struct ref *r = anchor->node->refs; r; r = r->next) {
        if (r->owner->kind != SUBJECT_COMMITMENT || r->owner->dossier != anchor->dossier)
            continue;
        struct commitment *c = as_commitment(r->owner);
        if (commitment_anchor_ref(c) == r && commitment_is_relative(c))
            *(struct entity **)vec_add(&found, sizeof(struct entity *)) = r->owner;
    }
    if (found.count)
        qsort(found.at, found.count, sizeof(struct entity *), by_id);
    return found;
}

/* A repetition that starts after an anchor has its first deadline when the anchor's date becomes known. */
static void commitment_pass_over_if_first(struct task *t, struct commitment *c, struct instant time)
{
    struct window window;
    if (!c->repetition.occurrence || c->repetition.dated)
        return;
    if (subject_occurrence(t, &c->entity, c->repetition.occurrence, &window))
        subject_pass_over(t, &c->entity, c->repetition.occurrence, time);
}

static void commitment_settle(struct task *t, struct commitment *c, const struct before *before,
                              unsigned changes, const struct application *a)
{
    uint8_t clock = c->clock;
    deadline_settle(t, &c->entity, before, changes, a);
    if (commitment_refresh(t, c) || clock != c->clock)
        task_changed(t, &c->entity);
    commitment_recount(t, c);
    deadline_arm(t, &c->entity);
}

void commitment_follow_anchor(struct task *t, struct entity *anchor, const struct application *a)
{
    struct vec found = commitments_anchored_to(anchor);
    for (uint32_t i = 0; i < found.count; i++) {
        struct commitment *c = as_commitment(((struct entity **)found.at)[i]);
        struct before before = deadline_before(t, &c->entity);
        if (c->delivery != DELIVERY_PROPOSED)
            commitment_pass_over_if_first(t, c, a->time);
        commitment_settle(t, c, &before, 0, a);
    }
    vec_free(&found);
}

/* --- Timeliness --- */

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

bool commitment_refresh(struct task *t, struct commitment *c)
{
    uint8_t timeliness = TIMELINESS_NONE;
    if (c->clock == CLOCK_RUNNING && !day_is_none(c->entity.window.opens)) {
        if (subject_is_open(&c->entity))
            timeliness = timeliness_open(t, c, task_day_of(t, t->clock));
        else if (c->delivery == DELIVERY_FULFILLED)
            timeliness = timeliness_fulfilled(c);
    }
    if (timeliness == c->timeliness)
        return false;
    c->timeliness = timeliness;
    task_changed(t, &c->entity);
    return true;
}

struct day commitment_next_change(struct task *t, struct commitment *c, struct day today)
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

/* --- Counts at the instrument, the summit and the parent --- */

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
    count_at(t, ref_entity(&c->refs[REF_INSTRUMENT], SUBJECT_INSTRUMENT), c, sign);
    count_at(t, ref_entity(&c->refs[REF_SUMMIT], SUBJECT_SUMMIT), c, sign);
    count_at(t, ref_entity(&c->refs[REF_PART], SUBJECT_COMMITMENT), c, sign);
}

void commitment_uncount(struct task *t, struct commitment *c)
{
    count_everywhere(t, c, -1);
    c->counted_delivery = 0;
}

void commitment_recount(struct task *t, struct commitment *c)
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

void commitment_count_waiting(struct task *t, struct entity *e)
{
    for (struct ref *r = e->node->refs; r; r = r->next) {
        if (r->owner->dossier != e->dossier)
            continue;
        enum ref_kind kind = ref_kind_of(r);
        if (r->owner->kind == SUBJECT_INSTRUMENT) {
            if (e->kind == SUBJECT_SUMMIT)
                as_summit(e)->identified_signings++;
        } else if ((kind == REF_INSTRUMENT && e->kind == SUBJECT_INSTRUMENT) ||
                   (kind == REF_SUMMIT && e->kind == SUBJECT_SUMMIT) ||
                   (kind == REF_PART && e->kind == SUBJECT_COMMITMENT)) {
            count_at(t, e, as_commitment(r->owner), +1);
        }
    }
}

/* --- Fields --- */

static void commitment_refer(struct task *t, struct commitment *c, const struct milestone *m)
{
    const struct text ids[REF_KINDS] = {m->instrument, m->summit, m->part_of, m->anchor};
    for (int i = 0; i < REF_KINDS; i++) {
        if (text_is_null(ids[i]) || text_equal(node_id(c->refs[i].to), ids[i]) ||
            (ids[i].len == 0 && !c->refs[i].to))
            continue;
        if (i != REF_ANCHOR)
            commitment_uncount(t, c);
        ref_set(&c->refs[i], &c->entity, ids[i].len ? index_intern(t->ids, ids[i]) : NULL);
    }
}

static void commitment_set_target(struct commitment *c, const struct target *target)
{
    if (!target)
        return;
    c->has_target = true;
    c->target_baseline = target->baseline;
    c->target_value = target->value;
    blob_free(&c->target_texts);
    const struct text texts[] = {target->unit, target->from, target->to};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        blob_append(&c->target_texts, texts[i].len ? texts[i] : TEXT_NULL);
}

static void commitment_claim(struct commitment *c, const struct milestone *m)
{
    if (m->claimed_by.len == 0)
        return;
    if (m->common.type == MILESTONE_DISPUTED && !blob_contains(c->disputed_by, m->claimed_by))
        blob_append(&c->disputed_by, m->claimed_by);
    else if (m->common.type == MILESTONE_FULFILLED)
        (void)blob_remove(&c->disputed_by, m->claimed_by);
    struct claim_entry *claim = NULL, *at = c->claims.at;
    for (uint32_t i = 0; i < c->claims.count && !claim; i++)
        if (text_equal(blob_text(at[i].claimed_by), m->claimed_by))
            claim = &at[i];
    if (!claim) {
        if (c->claims.count == LIST_LATEST) {
            blob_free(&at[0].claimed_by);
            vec_drop_first(&c->claims, sizeof *claim);
        }
        claim = vec_add(&c->claims, sizeof *claim);
        blob_set(&claim->claimed_by, m->claimed_by);
    }
    claim->type = m->common.type;
    claim->progress = m->progress;
    claim->value = m->value;
    claim->recorded_at = m->common.recorded_at;
}

static void commitment_set_fields(struct task *t, struct commitment *c, const struct milestone *m)
{
    commitment_refer(t, c, m);
    blob_apply_list(&c->parties, m->parties);
    blob_apply(&c->reason, m->reason);
    blob_apply(&c->superseded_by, m->superseded_by);
    if (m->anchor_event)
        c->anchor_event = m->anchor_event;
    if (m->progress.set)
        c->progress = m->progress;
    if (m->value.set)
        c->value = m->value;
    commitment_set_target(c, m->target);
    commitment_claim(c, m);
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
    uint32_t k = c->repetition.occurrence;
    if (k && !again && subject_occurrence(t, e, k, &window)) {
        c->fulfilled_occurrences++;
        if (!closed && subject_occurrence(t, e, k + 1, &window)) {
            c->repetition.occurrence++;
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
    struct text old = blob_text(c->due);
    bool reworded = !text_is_null(m->due) && !text_equal(old, m->due) && (m->due.len || old.at);
    bool ends = m->common.type == MILESTONE_FULFILLED || m->common.type == MILESTONE_WITHDRAWN ||
                m->common.type == MILESTONE_SUPERSEDED;

    if (c->delivery == 0)
        c->delivery = m->common.type == MILESTONE_PROPOSED ? DELIVERY_PROPOSED : DELIVERY_UNDERTAKEN;
    commitment_set_fields(t, c, m);
    if (m->common.type == MILESTONE_UNDERTAKEN || m->common.type == MILESTONE_REPORTED)
        (void)commitment_deliver(t, c, m);
    if (reworded) {
        blob_apply(&c->due, m->due);
        subject_start_over(t, &c->entity, task_day_of(t, m->common.recorded_at), a->time);
    } else if (m->common.type == MILESTONE_REOPENED && c->repetition.occurrence) {
        subject_pass_over(t, &c->entity, c->repetition.occurrence, a->time);
    } else if (c->delivery != DELIVERY_PROPOSED || ends) {
        commitment_pass_over_if_first(t, c, a->time);
    }
    unsigned changes = 0;
    if (m->common.type != MILESTONE_UNDERTAKEN && m->common.type != MILESTONE_REPORTED)
        changes = commitment_deliver(t, c, m);
    commitment_settle(t, c, &before, changes, a);
}
