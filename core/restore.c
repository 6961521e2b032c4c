/* Records back into entities: the register topics are the task's changelog. */
#include "core/counts.h"
#include "core/deadline.h"
#include "core/entry.h"
#include "core/fetch.h"
#include "core/memory.h"
#include "core/record_check.h"
#include "core/subject.h"
#include "core/timeliness.h"

/* enum event_kind of a topic's full name; -1: none of ours. */
static int topic_of(const struct task *t, struct text name)
{
    for (int k = 0; k < EVENT_KINDS; k++)
        if (text_equal(t->config.topics[k], name))
            return k;
    return -1;
}

static int restore_check(struct task *t, const struct record *r, struct error *e)
{
    const struct record_common *c = &r->common;
    struct node *node = index_find(t->ids, c->id);
    if (node && node->entity && node->entity->kind != r->kind)
        return error_set(e, ERROR_INVALID, "id", "%.*s stands in the register under two kinds",
                         (int)c->id.len, c->id.at);
    int rc = record_check(t->checks, r, e);
    if (rc)
        return rc;
    struct text topic =
        topic_of(t, c->last->topic) < 0 || !c->resume->cause ? c->last->topic : c->resume->cause->topic;
    if (topic_of(t, topic) < 0)
        return error_set(e, ERROR_INVALID, "last.topic",
                         "%.*s follows from topic %.*s, which is none of ours", (int)c->id.len, c->id.at,
                         (int)topic.len, topic.at);
    const struct cause *cause = c->resume->cause;
    if (cause && cause->offset == c->last->offset && text_equal(cause->topic, c->last->topic) &&
        !text_equal(cause->event_id, c->last->event_id))
        return error_set(e, ERROR_INVALID, "resume.cause", "%.*s has two events at one offset",
                         (int)c->id.len, c->id.at);
    return 0;
}

static void restore_entity(struct task *t, struct entity *e, const struct record_common *c)
{
    const struct resume *r = c->resume;
    int32_t offset = 0;
    e->introduced = !c->incomplete;
    e->had_deadline = r->had_deadline;
    e->raised = !text_is_null(c->raised) && stage_parse(c->raised, &offset, NULL) == 0;
    e->raised_offset = (int16_t)offset;
    e->window = (struct window){c->opens, c->closes, DAY_NONE};
    e->revision = (uint32_t)c->revision;
    e->events = (uint32_t)c->events;
    e->duplicates = (uint32_t)c->duplicates;
    e->armed_at = r->armed_at;
    pack_set(t->pool, &e->texts, TEXT_TITLE, c->title);
    pack_apply_list(t->pool, &e->texts, TEXT_INITIATED_BY, c->initiated_by);
    pack_set(t->pool, &e->texts, TEXT_PURSUANT_TO, c->pursuant_to);
    pack_set(t->pool, &e->texts, TEXT_NOTE, c->note);
}

/* Those texts that stand behind the ones that only some kinds have. */
static void restore_last_texts(struct task *t, struct entity *e, const struct record_common *c)
{
    const struct resume *r = c->resume;
    if (r->late.len)
        pack_set(t->pool, &e->texts, TEXT_LATE, r->late);
    const struct source *sources = c->sources.at;
    for (size_t i = 0; i < c->sources.count; i++)
        entity_add_source(t->pool, e, &sources[i], t->scratch);
    struct event_place last = {(uint8_t)topic_of(t, c->last->topic), c->last->offset, c->last->event_id};
    entity_set_last(t->pool, e, &last, c->last->recorded_at, t->scratch);
    if (r->cause) {
        struct event_place cause = {(uint8_t)topic_of(t, r->cause->topic), r->cause->offset,
                                    r->cause->event_id};
        entity_set_cause(t->pool, e, &cause, t->scratch);
    }
    if (r->recent.len)
        pack_set(t->pool, &e->texts, TEXT_RECENT, r->recent);
}

static void restore_slippage(struct task *t, struct entity *e, struct records entries)
{
    const struct slip *at = entries.at;
    for (size_t i = 0; i < entries.count; i++)
        entity_add_slip(t->pool, e, &at[i]);
}

static void restore_repetition(struct task *t, struct entity *e, int64_t occurrence, int64_t missed,
                               int64_t fulfilled)
{
    if (occurrence == LONG_NULL && missed == 0 && fulfilled == 0)
        return;
    struct repetition *r = entity_repeat(t->pool, e);
    r->occurrence = occurrence == LONG_NULL ? 0 : (uint32_t)occurrence;
    r->missed = (uint32_t)missed;
    r->fulfilled = (uint32_t)fulfilled;
}

/* What only `resume` says of it. */
static void restore_started(struct repetition *r, const struct resume *resume)
{
    if (!r)
        return;
    r->start_opens = resume->start_opens;
    r->start_closes = resume->start_closes;
    r->dated = resume->repetition_dated;
}

static void restore_instrument(struct task *t, struct instrument *i, const struct instrument_record *r)
{
    i->status = r->status;
    i->form = r->form;
    i->binding = r->binding;
    pack_apply_list(t->pool, &i->entity.texts, TEXT_PARTIES, r->parties);
    const struct participant *at = r->participants.at;
    for (size_t k = 0; k < r->participants.count; k++) {
        const struct text texts[] = {at[k].party, at[k].date, {(const char *)&at[k].status, 1}};
        pack_append(t->pool, &i->entity.texts, TEXT_PARTICIPANTS, texts, sizeof texts / sizeof *texts);
    }
    if (r->dates) {
        const struct text dates[INSTRUMENT_DATES] = {r->dates->announced, r->dates->signed_,
                                                     r->dates->adopted, r->dates->in_force, r->dates->ended};
        for (unsigned k = 0; k < INSTRUMENT_DATES; k++)
            pack_set(t->pool, &i->entity.texts, TEXT_ANNOUNCED + k, dates[k]);
    }
    pack_set(t->pool, &i->entity.texts, TEXT_PERIOD, r->period);
    pack_set(t->pool, &i->entity.texts, TEXT_PLACE, r->place);
    pack_set(t->pool, &i->entity.texts, TEXT_SUPERSEDED_BY, r->superseded_by);
    if (r->summit.len)
        ref_set(&i->summit, &i->entity, REF_SUMMIT, index_intern(t->ids, r->summit));
}

static void restore_summit(struct task *t, struct summit_state *s, const struct summit_record *r)
{
    const struct resume *resume = r->common.resume;
    s->status = r->status;
    s->summit_kind = r->kind;
    s->entity.window.latest_end = r->latest_end;
    pack_set(t->pool, &s->entity.texts, TEXT_DATE, r->date);
    pack_set(t->pool, &s->entity.texts, TEXT_PLACE, r->place);
    pack_apply_list(t->pool, &s->entity.texts, TEXT_HOSTS, r->hosts);
    pack_apply_list(t->pool, &s->entity.texts, TEXT_PARTICIPANTS, r->participants);
    pack_set(t->pool, &s->entity.texts, TEXT_HELD_ON, r->held_on);
    restore_slippage(t, &s->entity, r->slippage);
    s->slip_days = r->slip_days;
    s->expected_signings = r->expected_signings;
    restore_repetition(t, &s->entity, r->occurrence, r->missed, 0);
    restore_started(s->repetition, resume);
    s->held = resume->held;
    s->held_day = resume->held_day;
}

static void restore_claims(struct task *t, struct commitment *c, struct records claims)
{
    const struct claim *at = claims.at;
    for (size_t i = 0; i < claims.count; i++) {
        char entry[ENTRY_MOST];
        const struct text texts[] = {at[i].claimed_by, claim_write(&at[i], entry)};
        pack_append(t->pool, &c->entity.texts, TEXT_CLAIMS, texts, sizeof texts / sizeof *texts);
    }
}

static void restore_commitment(struct task *t, struct commitment *c, const struct commitment_record *r)
{
    const struct resume *resume = r->common.resume;
    const struct text refs[REF_KINDS] = {r->instrument, r->summit, r->part_of, r->anchor};
    for (int i = 0; i < REF_KINDS; i++)
        if (refs[i].len)
            commitment_refer_to(t->pool, c, (enum ref_kind)i, index_intern(t->ids, refs[i]));
    c->delivery = r->delivery;
    c->clock = r->clock;
    c->timeliness = r->timeliness;
    c->anchor_event = r->anchor_event;
    restore_claims(t, c, r->claims);
    pack_apply_list(t->pool, &c->entity.texts, TEXT_PARTIES, r->parties);
    pack_set(t->pool, &c->entity.texts, TEXT_DUE, r->due);
    restore_slippage(t, &c->entity, r->slippage);
    c->slip_days = r->slip_days;
    c->progress = r->progress.value;
    c->has_progress = r->progress.set;
    c->value = r->value.value;
    c->has_value = r->value.set;
    if (r->target) {
        const struct target_numbers numbers = {r->target->baseline, r->target->value};
        const struct text texts[] = {
            r->target->unit, r->target->from, r->target->to, {(const char *)&numbers, sizeof numbers}};
        pack_append(t->pool, &c->entity.texts, TEXT_TARGET, texts, sizeof texts / sizeof *texts);
    }
    restore_repetition(t, &c->entity, r->occurrence, r->missed, r->fulfilled_occurrences);
    restore_started(c->repetition, resume);
    pack_set(t->pool, &c->entity.texts, TEXT_SUPERSEDED_BY, r->superseded_by);
    pack_set(t->pool, &c->entity.texts, TEXT_REASON, r->reason);
    c->fulfilled_from = resume->fulfilled_from;
    c->fulfilled_to = resume->fulfilled_to;
    c->fulfilled_dated = resume->fulfilled_dated;
    pack_append(t->pool, &c->entity.texts, TEXT_DISPUTED_BY, resume->disputed_by.at,
                resume->disputed_by.count);
}

/* A position, or a time, that only grows. */
static void latest(int64_t *to, int64_t from)
{
    if (from > *to)
        *to = from;
}

/* --- What entities count of each other --- */

/* What an entity knows of those that refer to it. */
struct referrers {
    struct node *dossier; /* NULL: there was no entity */
    struct commitment_counts counts;
    uint32_t identified_signings, parts, parts_fulfilled;
};

static void restore_named(struct entity *instrument, bool named)
{
    struct entity *summit = ref_entity(&as_instrument(instrument)->summit, SUBJECT_SUMMIT);
    if (summit)
        as_summit(summit)->identified_signings += named ? 1U : UINT32_MAX;
}

/* Takes the entity out; what is known of it only from others is returned, for the record that may come in its
 * place. */
static struct referrers restore_forget(struct task *t, struct entity *e)
{
    struct referrers known = {.dossier = e->dossier};
    if (e->kind == SUBJECT_INSTRUMENT) {
        restore_named(e, false);
        known.counts = as_instrument(e)->counts;
        ref_set(&as_instrument(e)->summit, e, REF_SUMMIT, NULL);
    } else if (e->kind == SUBJECT_SUMMIT) {
        known.counts = as_summit(e)->counts;
        known.identified_signings = as_summit(e)->identified_signings;
    } else {
        counts_take_back(t, as_commitment(e));
        known.parts = as_commitment(e)->parts;
        known.parts_fulfilled = as_commitment(e)->parts_fulfilled;
        for (int i = 0; i < REF_KINDS; i++)
            commitment_refer_to(t->pool, as_commitment(e), (enum ref_kind)i, NULL);
    }
    task_arm(t, e, DAY_NONE);
    t->counts[e->kind]--;
    e->node->entity = NULL;
    entity_free(t->pool, e);
    return known;
}

/* Those that refer to it are looked at only where the entity that they were counted at was another one. */
static void restore_referrers(struct task *t, struct entity *e, const struct referrers *known)
{
    if (known->dossier != e->dossier) {
        counts_of_waiting(t, e);
    } else if (e->kind == SUBJECT_INSTRUMENT) {
        as_instrument(e)->counts = known->counts;
    } else if (e->kind == SUBJECT_SUMMIT) {
        as_summit(e)->counts = known->counts;
        as_summit(e)->identified_signings = known->identified_signings;
    } else {
        as_commitment(e)->parts = known->parts;
        as_commitment(e)->parts_fulfilled = known->parts_fulfilled;
    }
    if (e->kind == SUBJECT_INSTRUMENT)
        restore_named(e, true);
    else if (e->kind == SUBJECT_COMMITMENT)
        counts_enter(t, as_commitment(e));
}

/* --- Records --- */

void task_restore_tombstone(struct task *t, enum subject_kind kind, struct text id)
{
    struct node *node = index_find(t->ids, id);
    t->restoring = true;
    if (node && node->entity && node->entity->kind == kind)
        (void)restore_forget(t, node->entity);
}

static void restore_pending(struct task *t, struct entity *e)
{
    if (t->pending_count == t->pending_size) {
        t->pending_size = t->pending_size ? t->pending_size * 2 : 64;
        t->pending = memory_resize(t->pending, t->pending_size * sizeof(struct node *));
    }
    t->pending[t->pending_count++] = e->node;
    e->pending = true;
}

static void restore_task(struct task *t, const struct resume *r)
{
    latest(&t->positions[EVENT_SIGNING], r->signings_offset);
    latest(&t->positions[EVENT_SUMMIT], r->summits_offset);
    latest(&t->positions[EVENT_MILESTONE], r->milestones_offset);
    if (r->clock.ms >= t->clock.ms)
        t->restored_rules = r->rules;
    latest(&t->stream_time.ms, r->stream_time.ms);
    latest(&t->clock.ms, r->clock.ms);
}

int task_restore(struct task *t, const struct record *record, struct error *error)
{
    int rc = restore_check(t, record, error);
    if (rc)
        return rc;
    const struct record_common *common = &record->common;
    struct node *node = index_intern(t->ids, common->id);
    struct referrers known = {.dossier = NULL};
    bool pending = node->entity && node->entity->pending;
    t->restoring = true;
    arena_reset(t->scratch);
    if (node->entity)
        known = restore_forget(t, node->entity);
    struct entity *e = entity_new(t->pool, record->kind, node, index_intern(t->dossiers, common->dossier));
    e->pending = pending;
    t->counts[record->kind]++;
    task_give_draft(t, e);
    restore_entity(t, e, common);
    switch (record->kind) {
    case SUBJECT_INSTRUMENT: restore_instrument(t, as_instrument(e), &record->instrument); break;
    case SUBJECT_SUMMIT: restore_summit(t, as_summit(e), &record->summit); break;
    default: restore_commitment(t, as_commitment(e), &record->commitment); break;
    }
    restore_last_texts(t, e, common);
    task_take_draft(t, e);
    subject_reword(t->pool, e);
    e->reworded = false; /* the record says what followed from it */
    restore_referrers(t, e, &known);
    if (!pending)
        restore_pending(t, e);
    restore_task(t, common->resume);
    return 0;
}

/* --- After the records --- */

#define FETCH_AHEAD 8

bool task_rules_changed(const struct task *t)
{
    return t->restored_rules != t->rules;
}

static void restore_fetch(const struct task *t, size_t i)
{
    if (i + 2 * FETCH_AHEAD < t->pending_count)
        fetch(t->pending[i + 2 * FETCH_AHEAD], 1);
    if (i + FETCH_AHEAD < t->pending_count)
        fetch(t->pending[i + FETCH_AHEAD]->entity, sizeof(struct commitment));
}

/* Timers do not follow from the clock but for those that it has passed, and timeliness changes only where a
 * timer says so. Where it is another one than in the record all the same, that is for task_restored(), which
 * knows all of them. */
void task_settle(struct task *t)
{
    size_t left = 0;
    if (task_rules_changed(t))
        return;
    for (size_t i = 0; i < t->pending_count; i++) {
        struct node *node = t->pending[i];
        struct entity *e = node->entity;
        restore_fetch(t, i);
        if (e && e->kind == SUBJECT_COMMITMENT &&
            timeliness_now(t, as_commitment(e)) != as_commitment(e)->timeliness) {
            t->pending[left++] = node;
        } else if (e) {
            e->pending = false;
            deadline_arm(t, e);
        }
    }
    t->pending_count = left;
    t->settled_at = t->clock;
}

/* A policy or zone that changed since shows in timeliness at once, and so in the record. */
static void restore_clock(struct task *t, struct entity *e)
{
    e->pending = false;
    if (e->kind == SUBJECT_COMMITMENT && timeliness_refresh(t, as_commitment(e)))
        counts_update(t, as_commitment(e));
    deadline_arm(t, e);
}

/* Those that were settled when the clock stood earlier. */
static void restore_passed(struct task *t)
{
    struct entity **passed = NULL;
    size_t count = 0, n;
    struct timer *const *taken;
    struct day today = task_day_of(t, t->clock), first;
    while (!day_is_none(first = timers_first(t->timers)) && first.n <= today.n) {
        n = timers_take(t->timers, first, &taken);
        passed = memory_resize(passed, (count + n) * sizeof(struct entity *));
        for (size_t i = 0; i < n; i++)
            passed[count++] = (struct entity *)(void *)taken[i];
    }
    for (size_t i = 0; i < count; i++)
        restore_clock(t, passed[i]);
    memory_give(passed);
}

void task_restored(struct task *t)
{
    struct node *node;
    t->restoring = false;
    if (t->settled_at.ms != t->clock.ms && !instant_is_none(t->settled_at))
        restore_passed(t);
    for (size_t i = 0; i < t->pending_count; i++) {
        restore_fetch(t, i);
        if (t->pending[i]->entity)
            restore_clock(t, t->pending[i]->entity);
    }
    for (size_t position = 0; task_rules_changed(t) && (node = index_next(t->ids, &position));)
        if (node->entity)
            restore_clock(t, node->entity);
    memory_give(t->pending);
    t->pending = NULL;
    t->pending_count = t->pending_size = 0;
    task_find_threshold(t);
    arena_reset(t->scratch);
}
