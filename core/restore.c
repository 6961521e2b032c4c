/* Records back into entities: the register topics are the task's changelog. */
#include "core/counts.h"
#include "core/deadline.h"
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
    int rc = record_check(r, e);
    if (rc)
        return rc;
    struct text topic =
        topic_of(t, c->last->topic) < 0 || !c->resume->cause ? c->last->topic : c->resume->cause->topic;
    if (topic_of(t, topic) < 0)
        return error_set(e, ERROR_INVALID, "last.topic",
                         "%.*s follows from topic %.*s, which is none of ours", (int)c->id.len, c->id.at,
                         (int)topic.len, topic.at);
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
    e->last_topic = (uint8_t)topic_of(t, c->last->topic);
    e->last_offset = c->last->offset;
    e->last_recorded_at = c->last->recorded_at;
    blob_set(t->pool, &e->last_id, c->last->event_id);
    e->window = (struct window){c->opens, c->closes, DAY_NONE};
    e->revision = (uint32_t)c->revision;
    e->events = (uint32_t)c->events;
    e->duplicates = (uint32_t)c->duplicates;
    e->armed_at = r->armed_at;
    if (r->cause) {
        e->cause_topic = (uint8_t)topic_of(t, r->cause->topic);
        e->cause_offset = r->cause->offset;
        blob_set(t->pool, &e->cause_id, r->cause->event_id);
    }
    blob_set(t->pool, &e->title, c->title);
    blob_apply_list(t->pool, &e->initiated_by, c->initiated_by);
    blob_set(t->pool, &e->pursuant_to, c->pursuant_to);
    blob_set(t->pool, &e->note, c->note);
    const struct source *sources = c->sources.at;
    for (size_t i = 0; i < c->sources.count; i++)
        entity_add_source(t->pool, e, &sources[i]);
    if (r->recent.len)
        blob_set(t->pool, &e->recent, r->recent);
    if (r->late.len)
        blob_set(t->pool, &e->late, r->late);
}

static void restore_slippage(struct task *t, struct slippage *s, struct records entries, int64_t days)
{
    const struct slip *at = entries.at;
    for (size_t i = 0; i < entries.count; i++) {
        struct window from = {at[i].from_opens, at[i].from_closes, DAY_NONE};
        struct window to = {at[i].to_opens, at[i].to_closes, DAY_NONE};
        slippage_add(t->pool, s, &from, &to, (int32_t)at[i].days, at[i].reason, at[i].recorded_at);
    }
    s->days = days;
}

static struct repetition restore_repetition(int64_t occurrence, int64_t missed, const struct resume *r)
{
    return (struct repetition){occurrence == LONG_NULL ? 0 : (uint32_t)occurrence, (uint32_t)missed,
                               r->repetition_dated, r->start_opens, r->start_closes};
}

static void restore_instrument(struct task *t, struct instrument *i, const struct instrument_record *r)
{
    i->status = r->status;
    i->form = r->form;
    i->binding = r->binding;
    blob_apply_list(t->pool, &i->parties, r->parties);
    const struct participant *at = r->participants.at;
    for (size_t k = 0; k < r->participants.count; k++) {
        struct instrument_participant *p = vec_add(t->pool, &i->participants, sizeof *p);
        blob_set(t->pool, &p->party, at[k].party);
        blob_set(t->pool, &p->date, at[k].date);
        p->status = at[k].status;
    }
    if (r->dates) {
        const struct text dates[INSTRUMENT_DATES] = {r->dates->announced, r->dates->signed_,
                                                     r->dates->adopted, r->dates->in_force, r->dates->ended};
        for (int k = 0; k < INSTRUMENT_DATES; k++)
            blob_set(t->pool, &i->dates[k], dates[k]);
    }
    blob_set(t->pool, &i->period, r->period);
    blob_set(t->pool, &i->place, r->place);
    blob_set(t->pool, &i->superseded_by, r->superseded_by);
    if (r->summit.len)
        ref_set(&i->summit, &i->entity, index_intern(t->ids, r->summit));
}

static void restore_summit(struct task *t, struct summit_state *s, const struct summit_record *r)
{
    const struct resume *resume = r->common.resume;
    s->status = r->status;
    s->summit_kind = r->kind;
    s->entity.window.latest_end = r->latest_end;
    blob_set(t->pool, &s->date, r->date);
    blob_set(t->pool, &s->place, r->place);
    blob_apply_list(t->pool, &s->hosts, r->hosts);
    blob_apply_list(t->pool, &s->participants, r->participants);
    blob_set(t->pool, &s->held_on, r->held_on);
    restore_slippage(t, &s->slippage, r->slippage, r->slip_days);
    s->expected_signings = r->expected_signings;
    s->repetition = restore_repetition(r->occurrence, r->missed, resume);
    s->held = resume->held;
    s->held_day = resume->held_day;
}

static void restore_claims(struct task *t, struct commitment *c, struct records claims)
{
    const struct claim *at = claims.at;
    for (size_t i = 0; i < claims.count; i++) {
        struct claim_entry *entry = vec_add(t->pool, &c->claims, sizeof *entry);
        blob_set(t->pool, &entry->claimed_by, at[i].claimed_by);
        entry->type = at[i].type;
        entry->progress = at[i].progress;
        entry->value = at[i].value;
        entry->recorded_at = at[i].recorded_at;
    }
}

static void restore_commitment(struct task *t, struct commitment *c, const struct commitment_record *r)
{
    const struct resume *resume = r->common.resume;
    const struct text refs[REF_KINDS] = {r->instrument, r->summit, r->part_of, r->anchor};
    for (int i = 0; i < REF_KINDS; i++)
        if (refs[i].len)
            ref_set(&c->refs[i], &c->entity, index_intern(t->ids, refs[i]));
    c->delivery = r->delivery;
    c->clock = r->clock;
    c->timeliness = r->timeliness;
    c->anchor_event = r->anchor_event;
    restore_claims(t, c, r->claims);
    blob_apply_list(t->pool, &c->parties, r->parties);
    blob_set(t->pool, &c->due, r->due);
    restore_slippage(t, &c->slippage, r->slippage, r->slip_days);
    c->progress = r->progress;
    c->value = r->value;
    if (r->target) {
        const struct text texts[] = {r->target->unit, r->target->from, r->target->to};
        c->has_target = true;
        c->target_baseline = r->target->baseline;
        c->target_value = r->target->value;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            blob_append(t->pool, &c->target_texts, texts[i]);
    }
    c->repetition = restore_repetition(r->occurrence, r->missed, resume);
    c->fulfilled_occurrences = (uint32_t)r->fulfilled_occurrences;
    blob_set(t->pool, &c->superseded_by, r->superseded_by);
    blob_set(t->pool, &c->reason, r->reason);
    c->fulfilled_from = resume->fulfilled_from;
    c->fulfilled_to = resume->fulfilled_to;
    c->fulfilled_dated = resume->fulfilled_dated;
    for (size_t i = 0; i < resume->disputed_by.count; i++)
        blob_append(t->pool, &c->disputed_by, resume->disputed_by.at[i]);
}

/* A position, or a time, that only grows. */
static void latest(int64_t *to, int64_t from)
{
    if (from > *to)
        *to = from;
}

/* A later record of the same entity takes the place of the one before, a tombstone leaves it empty. */
static void restore_forget(struct task *t, struct entity *e)
{
    if (e->kind == SUBJECT_INSTRUMENT)
        ref_set(&as_instrument(e)->summit, e, NULL);
    for (int i = 0; e->kind == SUBJECT_COMMITMENT && i < REF_KINDS; i++)
        ref_set(&as_commitment(e)->refs[i], e, NULL);
    timers_arm(t->timers, &e->timer, DAY_NONE);
    t->counts[e->kind]--;
    e->node->entity = NULL;
    entity_free(t->pool, e);
}

void task_restore_tombstone(struct task *t, enum subject_kind kind, struct text id)
{
    struct node *node = index_find(t->ids, id);
    if (node && node->entity && node->entity->kind == kind)
        restore_forget(t, node->entity);
}

int task_restore(struct task *t, const struct record *record, struct error *error)
{
    int rc = restore_check(t, record, error);
    if (rc)
        return rc;
    const struct record_common *common = &record->common;
    struct node *node = index_intern(t->ids, common->id);
    if (node->entity)
        restore_forget(t, node->entity);
    struct entity *e = entity_new(t->pool, record->kind, node, index_intern(t->dossiers, common->dossier));
    t->counts[record->kind]++;
    restore_entity(t, e, common);
    switch (record->kind) {
    case SUBJECT_INSTRUMENT: restore_instrument(t, as_instrument(e), &record->instrument); break;
    case SUBJECT_SUMMIT: restore_summit(t, as_summit(e), &record->summit); break;
    default: restore_commitment(t, as_commitment(e), &record->commitment); break;
    }
    subject_reword(e);
    latest(&t->positions[EVENT_SIGNING], common->resume->signings_offset);
    latest(&t->positions[EVENT_SUMMIT], common->resume->summits_offset);
    latest(&t->positions[EVENT_MILESTONE], common->resume->milestones_offset);
    if (common->resume->clock.ms >= t->clock.ms)
        t->restored_rules = common->resume->rules;
    latest(&t->stream_time.ms, common->resume->stream_time.ms);
    latest(&t->clock.ms, common->resume->clock.ms);
    return 0;
}

static void restore_each(struct task *t, void (*visit)(struct task *t, struct entity *e))
{
    struct node *node;
    for (size_t position = 0; (node = index_next(t->ids, &position));)
        if (node->entity)
            visit(t, node->entity);
}

/* As what a commitment counts; where it counts is found from the other side, once an entity. */
static void restore_counted(struct task *t, struct entity *e)
{
    (void)t;
    if (e->kind != SUBJECT_COMMITMENT)
        return;
    struct commitment *c = as_commitment(e);
    c->counted_delivery = c->delivery;
    c->counted_overdue = c->timeliness == TIMELINESS_OVERDUE;
}

/* A policy or zone that changed since shows in timeliness at once, and so in the record. */
static void restore_clock(struct task *t, struct entity *e)
{
    if (e->kind == SUBJECT_COMMITMENT && timeliness_refresh(t, as_commitment(e)))
        counts_update(t, as_commitment(e));
    deadline_arm(t, e);
}

bool task_rules_changed(const struct task *t)
{
    return t->restored_rules != t->rules;
}

void task_restored(struct task *t)
{
    restore_each(t, restore_counted);
    restore_each(t, counts_of_waiting);
    task_drop_changed(t);
    restore_each(t, restore_clock);
    arena_reset(t->scratch);
}
