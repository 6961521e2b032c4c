#include "core/task.h"

#include <stdlib.h>

#include "core/counts.h"
#include "core/deadline.h"
#include "core/fetch.h"
#include "core/fold.h"
#include "core/instant.h"
#include "core/memory.h"
#include "core/siphash.h"
#include "core/task_state.h"

#define SCRATCH_BYTES 16384

/* Not the null of FIELD_LONG, whatever the hashes are. */
static int64_t rules_of(const struct task_config *config)
{
    uint64_t hash = siphash(text_of(zone_name(config->zone))) ^ policy_fingerprint(config->policy);
    return (int64_t)(hash >> 1);
}

struct task *task_new(const struct task_config *config)
{
    struct task *t = memory_zeroed(sizeof *t);
    t->config = *config;
    t->pool = pool_new();
    t->ids = index_new(t->pool);
    t->dossiers = index_new(t->pool);
    t->timers = timers_new();
    t->scratch = arena_new(SCRATCH_BYTES);
    t->alert_ids = alert_ids_new();
    t->checks = record_checks_new();
    t->rules = rules_of(config);
    t->restored_rules = t->rules;
    t->stream_time = t->clock = t->step_end = t->settled_at = INSTANT_NONE;
    t->today_from = t->today_to = INSTANT_NONE;
    t->next_threshold_day = DAY_NONE;
    t->next_threshold = INSTANT_NONE;
    return t;
}

void task_free(struct task *t)
{
    if (!t)
        return;
    index_free(t->ids);
    index_free(t->dossiers);
    timers_free(t->timers);
    pool_free(t->pool);
    arena_free(t->scratch);
    memory_give(t->due);
    alert_ids_free(t->alert_ids);
    record_checks_free(t->checks);
    memory_give(t->changed);
    memory_give(t->pending);
    memory_give(t);
}

/* --- The clock --- */

#define FIRE_AHEAD 8
#define FIRE_BYTES (4 * FETCH_LINE)

struct due_subject {
    struct entity *entity;
    bool moves;
};

static int due_order(const void *a, const void *b)
{
    const struct due_subject *x = a, *y = b;
    if (x->moves != y->moves)
        return x->moves ? -1 : 1;
    return text_compare(entity_id(x->entity), entity_id(y->entity));
}

static struct due_subject *task_due_room(struct task *t, size_t count)
{
    if (count > t->due_size) {
        t->due = memory_resize(t->due, 2 * count * sizeof *t->due);
        t->due_size = 2 * count;
    }
    return t->due;
}

/* That of those due on a day, in order where they were put in order; NULL: there are not so many. */
static struct entity *due_at(struct timer *const *taken, const struct due_subject *due, size_t i,
                             size_t count)
{
    if (i >= count)
        return NULL;
    return due ? due[i].entity : (struct entity *)(void *)taken[i];
}

static struct node *counted_by(struct entity *e)
{
    return e->kind == SUBJECT_COMMITMENT ? as_commitment(e)->refs.to : NULL;
}

/* Before something happens to them: first they themselves, later what they point to, then what counts them.
 */
static void fire_fetch(const struct task *t, struct entity *later, struct entity *soon, struct entity *next)
{
    fetch(later, FIRE_BYTES);
    if (soon) {
        fetch(counted_by(soon), 1);
        fetch(t->config.alert ? soon->texts : NULL, 5 * FETCH_LINE);
    }
    if (next && counted_by(next))
        fetch(counted_by(next)->entity, sizeof(struct instrument));
}

/* The subjects due on that day, moves to a next occurrence first, then by id; those beyond the limit stay
 * due. How many were taken. */
static size_t task_fire_day(struct task *t, struct day day, size_t limit)
{
    struct timer *const *taken;
    size_t count = timers_take(t->timers, day, &taken);
    /* The order shows in alerts and in changed records only, and where nobody asks for either it costs much.
     */
    bool ordered = count > 1 && (t->config.alert || !t->config.unrecorded || count > limit);
    struct due_subject *due = ordered ? task_due_room(t, count) : NULL;
    for (size_t i = 0; ordered && i < count; i++) {
        struct entity *soon = due_at(taken, NULL, i + FIRE_AHEAD, count);
        fetch(due_at(taken, NULL, i + 2 * FIRE_AHEAD, count), FIRE_BYTES);
        fetch(soon ? soon->node : NULL, 1); /* its id is there */
        due[i].entity = (struct entity *)(void *)taken[i];
        due[i].moves = deadline_moves(t, due[i].entity, day);
    }
    if (ordered)
        qsort(due, count, sizeof *due, due_order);
    size_t fired = count < limit ? count : limit;
    for (size_t i = 0; i < fired; i++) {
        arena_reset(t->scratch);
        fire_fetch(t, due_at(taken, due, i + 3 * FIRE_AHEAD, count),
                   due_at(taken, due, i + 2 * FIRE_AHEAD, count), due_at(taken, due, i + FIRE_AHEAD, count));
        deadline_due(t, due_at(taken, due, i, count), day);
    }
    for (size_t i = fired; i < count; i++)
        timers_arm(t->timers, &due[i].entity->timer, day);
    task_find_threshold(t);
    return fired;
}

static bool task_fire_up_to(struct task *t, struct instant to, size_t limit)
{
    while (!instant_is_none(t->next_threshold) && t->next_threshold.ms <= to.ms) {
        if (limit == 0)
            return false;
        if (instant_is_none(t->clock) || t->clock.ms < t->next_threshold.ms)
            t->clock = t->next_threshold;
        limit -= task_fire_day(t, t->next_threshold_day, limit);
    }
    if (instant_is_none(t->clock) || t->clock.ms < to.ms)
        t->clock = to;
    return true;
}

bool task_advance_part(struct task *t, struct instant to, enum task_step step, size_t limit)
{
    if (!instant_is_none(t->clock) && to.ms < t->clock.ms)
        return true;
    t->step_end = step == STEP_OUTAGE ? to : INSTANT_NONE;
    bool reached = task_fire_up_to(t, to, limit);
    t->step_end = INSTANT_NONE;
    return reached;
}

void task_advance(struct task *t, struct instant to, enum task_step step)
{
    (void)task_advance_part(t, to, step, SIZE_MAX);
}

struct instant task_next_threshold(const struct task *t)
{
    return t->next_threshold;
}

struct instant task_clock(const struct task *t)
{
    return t->clock;
}

struct instant task_stream_time(const struct task *t)
{
    return t->stream_time;
}

void task_set_position(struct task *t, enum event_kind kind, int64_t next_offset)
{
    t->positions[kind] = next_offset;
}

int64_t task_position(const struct task *t, enum event_kind kind)
{
    return t->positions[kind];
}

void task_reserve(struct task *t, size_t subjects)
{
    index_reserve(t->ids, subjects);
}

void task_expect_record(const struct task *t, struct text id)
{
    index_fetch(t->ids, index_hash(id));
}

uint64_t task_count(const struct task *t, enum subject_kind kind)
{
    return t->counts[kind];
}

/* --- Events --- */

static const enum subject_kind subject_of_event[EVENT_KINDS] = {SUBJECT_INSTRUMENT, SUBJECT_SUMMIT,
                                                                SUBJECT_COMMITMENT};
static const char *const subject_fields[EVENT_KINDS] = {"instrument", "summit", "commitment"};
static const char *const subject_articles[] = {"", "an instrument", "a summit", "a commitment"};

static int task_refuse(const struct event *event, const struct entity *e, enum subject_kind kind,
                       struct error *error)
{
    struct text id = event_subject(event), dossier = node_id(e->dossier);
    if (e->kind != kind)
        return error_set(error, ERROR_INVALID, subject_fields[event->kind], "%.*s is known as %s",
                         (int)id.len, id.at, subject_articles[e->kind]);
    if (!text_equal(dossier, event->common.dossier))
        return error_set(error, ERROR_INVALID, "dossier", "%.*s belongs to dossier %.*s", (int)id.len, id.at,
                         (int)dossier.len, dossier.at);
    return 0;
}

/* How far the task has come: the caller knows of events that it did not give us. */
static int64_t task_reached(const struct task *t, int kind)
{
    return t->positions[kind] > t->applied[kind] ? t->positions[kind] : t->applied[kind];
}

static void entity_note_lateness(struct task *t, struct entity *e, const struct application *a)
{
    struct late_event late = {.clock = t->clock};
    if (a->event->common.recorded_at.ms == t->clock.ms)
        return;
    (void)task_day_of(t, t->clock);
    if (a->event->common.recorded_at.ms >= t->today_from.ms)
        return;
    for (int k = 0; k < EVENT_KINDS; k++)
        late.positions[k] = task_reached(t, k);
    late.positions[a->topic] = a->offset;
    entity_remember_late(t->pool, e, &late);
}

static void entity_apply_common(struct task *t, struct entity *e, const struct application *a)
{
    const struct event_common *c = &a->event->common;
    struct text title = a->event->kind == EVENT_SIGNING  ? a->event->signing.title
                        : a->event->kind == EVENT_SUMMIT ? a->event->summit.title
                                                         : a->event->milestone.title;
    pack_apply(t->pool, &e->texts, TEXT_TITLE, title);
    pack_apply_list(t->pool, &e->texts, TEXT_INITIATED_BY, c->initiated_by);
    pack_apply(t->pool, &e->texts, TEXT_PURSUANT_TO, c->pursuant_to);
    pack_apply(t->pool, &e->texts, TEXT_NOTE, c->note);
    entity_add_source(t->pool, e, c->source, t->scratch);
    entity_remember(t->pool, e, a->event_hash);
    e->events++;
    entity_set_last(t->pool, e, &(struct event_place){a->topic, a->offset, c->event_id}, c->recorded_at,
                    t->scratch);
}

static enum task_outcome judge(const struct event *event, uint64_t event_hash, const struct entity *e,
                               struct error *error)
{
    if (!e)
        return TASK_APPLIED;
    if (task_refuse(event, e, subject_of_event[event->kind], error))
        return TASK_REFUSED;
    return entity_recalls(e, event_hash) ? TASK_DUPLICATE : TASK_APPLIED;
}

enum task_outcome task_judge(const struct task *t, const struct event *event, struct error *error)
{
    const struct node *node = index_find(t->ids, event_subject(event));
    return judge(event, siphash(event->common.event_id), node ? node->entity : NULL, error);
}

#define EXPECTED 32

/* An id that an event names. */
struct named {
    uint64_t hash;
    const struct node *node;
};

static void expect_name(const struct index *index, struct text id, struct named *out)
{
    out->hash = index_hash(id);
    index_fetch(index, out->hash);
}

static void expect_node(const struct index *index, struct named *name)
{
    name->node = index_guess(index, name->hash);
    fetch(name->node, 1);
}

/* In rounds, each of which finds fetched what the one before asked for. */
static void expect(const struct task *t, const struct event *events, size_t count)
{
    struct named subjects[EXPECTED],
        others[EXPECTED]; /* of a new subject its dossier, of others what it is of */
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &events[i];
        expect_name(t->ids, event_subject(event), &subjects[i]);
        if (event->kind == EVENT_MILESTONE && event->milestone.instrument.len)
            index_fetch(t->ids, index_hash(event->milestone.instrument));
    }
    for (size_t i = 0; i < count; i++) {
        expect_node(t->ids, &subjects[i]);
        if (!subjects[i].node)
            expect_name(t->dossiers, events[i].common.dossier, &others[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (subjects[i].node) {
            fetch(subjects[i].node->entity, entity_bytes(subject_of_event[events[i].kind]));
            continue;
        }
        expect_node(t->dossiers, &others[i]);
        if (events[i].kind == EVENT_MILESTONE && events[i].milestone.instrument.len)
            fetch(index_guess(t->ids, index_hash(events[i].milestone.instrument)), 1);
    }
    for (size_t i = 0; i < count; i++) {
        struct entity *e = subjects[i].node ? subjects[i].node->entity : NULL;
        if (!e)
            continue;
        fetch(e->texts, 5 * FETCH_LINE);
        fetch(e->dossier, 1);
        if (e->kind == SUBJECT_COMMITMENT)
            fetch(as_commitment(e)->refs.to, 1);
    }
    for (size_t i = 0; i < count; i++) {
        struct entity *e = subjects[i].node ? subjects[i].node->entity : NULL;
        if (e && e->kind == SUBJECT_COMMITMENT && as_commitment(e)->refs.to)
            fetch(as_commitment(e)->refs.to->entity, sizeof(struct instrument));
    }
}

void task_expect(const struct task *t, const struct event *events, size_t count)
{
    for (size_t i = 0; i < count; i += EXPECTED)
        expect(t, events + i, count - i < EXPECTED ? count - i : EXPECTED);
}

enum task_outcome task_apply(struct task *t, const struct event *event, int64_t offset, struct error *error)
{
    enum subject_kind kind = subject_of_event[event->kind];
    uint64_t hash = index_hash(event_subject(event));
    struct node *node = index_find_hashed(t->ids, event_subject(event), hash);
    struct entity *e = node ? node->entity : NULL;
    uint64_t event_hash = siphash(event->common.event_id);
    enum task_outcome outcome = judge(event, event_hash, e, error);
    if (outcome == TASK_DUPLICATE) {
        e->duplicates++;
        t->applied[event->kind] = offset + 1;
        task_changed(t, e);
    }
    if (outcome != TASK_APPLIED)
        return outcome;
    struct instant time = event->common.recorded_at;
    if (!instant_is_none(t->stream_time) && t->stream_time.ms > time.ms)
        time = t->stream_time;
    task_advance(t, time, STEP_FORECAST);
    t->stream_time = time;

    arena_reset(t->scratch);
    struct application a = {event, time, (uint8_t)event->kind, offset, event_hash};
    if (!e) {
        if (!node)
            node = index_intern_hashed(t->ids, event_subject(event), hash);
        e = entity_new(t->pool, kind, node, index_intern(t->dossiers, event->common.dossier));
        t->counts[kind]++;
        counts_of_waiting(t, e);
    }
    task_give_draft(t, e);
    entity_apply_common(t, e, &a);
    entity_note_lateness(t, e, &a);
    t->applied[event->kind] = offset + 1;
    task_changed(t, e);
    switch (event->kind) {
    case EVENT_SIGNING: instrument_apply(t, as_instrument(e), &a); break;
    case EVENT_SUMMIT: summit_apply(t, as_summit(e), &a); break;
    case EVENT_MILESTONE: commitment_apply(t, as_commitment(e), &a); break;
    }
    task_take_draft(t, e);
    /* Where the clock is ahead of the stream, or an end came nearer, what lies behind the clock is due at
     * once. */
    if (!instant_is_none(t->next_threshold) && t->next_threshold.ms <= t->clock.ms)
        task_advance(t, t->clock, t->clock.ms > time.ms ? STEP_OUTAGE : STEP_FORECAST);
    return TASK_APPLIED;
}
