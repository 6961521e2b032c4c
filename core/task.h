/* A task: partition p of the three event topics together, the unit of parallelism. It holds the register of
 * its dossiers and its clock, applies events in the order in which they are given, and raises alerts.
 *
 * One thread at a time. Nothing here blocks, reads a clock or does I/O: time comes in with events and
 * task_advance(). Alerts go out through a function as they are raised; changed records are fetched when the
 * caller wants them. */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include "core/arena.h"
#include "core/policy.h"
#include "core/record.h"
#include "core/zone.h"

struct task; /* opaque */

struct task_config {
    const struct zone *zone;     /* borrow: longer than the task */
    const struct policy *policy; /* borrow: longer than the task */
    int32_t partition;
    struct text topics[EVENT_KINDS]; /* full names of the event topics; borrow: longer than the task */
    /* Called for each alert as it is raised; the views live until it returns. May be NULL. */
    void (*alert)(void *context, const struct alert *alert);
    void *context;
    bool unrecorded; /* nobody asks which records changed: task_next_changed() gives none */
};

struct task *task_new(const struct task_config *config); /* own */
void task_free(struct task *t);                          /* take; NULL allowed */

/* What became of an event. */
enum task_outcome {
    TASK_APPLIED,
    TASK_DUPLICATE, /* its id is among the last 32 applied to its entity: dropped and counted */
    TASK_REFUSED,   /* entity of another dossier, or an id known under another kind: the error says which */
};

/* What task_apply would make of the event; nothing changes. */
enum task_outcome task_judge(const struct task *t, const struct event *event, struct error *e);

/* Applies an event that passed event_check(); before that the clock goes to the event's time and passes the
 * thresholds on its way. `offset` is the event's in its topic. The event's texts are copied. */
enum task_outcome task_apply(struct task *t, const struct event *event, int64_t offset, struct error *e);

/* These events are about to come: what they are about is fetched from memory meanwhile. Changes nothing. */
void task_expect(const struct task *t, const struct event *events, size_t count);

/* How the clock is moved on without an event. */
enum task_step {
    STEP_FORECAST, /* --as-of, --until, the end of the log: nothing is stale */
    STEP_OUTAGE,   /* wall time or an instant: stages overtaken by later ones within the step are stale */
};

/* Moves the clock on to `to`, firing every threshold on the way; earlier than the clock it does nothing. */
void task_advance(struct task *t, struct instant to, enum task_step step);

/* The same in pieces: comes back after `limit` subjects have been seen to at the latest. false: `to` is not
 * reached, the clock stands at a threshold, and the same call goes on from there. What is stale does not
 * depend on the pieces. */
bool task_advance_part(struct task *t, struct instant to, enum task_step step, size_t limit);

/* The first threshold that is still to come; INSTANT_NONE: none. */
struct instant task_next_threshold(const struct task *t);

struct instant task_clock(const struct task *t);       /* INSTANT_NONE: nothing happened yet */
struct instant task_stream_time(const struct task *t); /* INSTANT_NONE: no event was applied yet */

/* Next offset to read of each event topic, kept for `resume`. The caller keeps them up to date. */
void task_set_position(struct task *t, enum event_kind kind, int64_t next_offset);
int64_t task_position(const struct task *t, enum event_kind kind);

/* --- Records --- */

/* Whether to fill `resume`: for the register topics, not for people. */
enum record_purpose { RECORD_FOR_PEOPLE, RECORD_WITH_RESUME };

/* Fetches a changed entity's record and takes it off the list; false when there are none left. The record's
 * views live in the register and the arena until either changes. The order is that of the first change. */
bool task_next_changed(struct task *t, enum record_purpose purpose, struct arena *a, struct record *out);

/* Forgets what changed without looking at it. */
void task_drop_changed(struct task *t);

/* How many entities there are of a kind. */
uint64_t task_count(const struct task *t, enum subject_kind kind);

/* --- Restoring --- */

/* Puts a register record (with its `resume`) back. All records of the task, before anything else, in any
 * order but that of one entity's records: a later one takes the place of the one before, as in a topic that
 * is not compacted yet. ERROR_INVALID where it contradicts itself (the record is not taken over). */
int task_restore(struct task *t, const struct record *record, struct error *e);

/* So many subjects will be put back, or about as many: finding room for them by and by costs more. */
void task_reserve(struct task *t, size_t subjects);

/* The record of that subject is about to be put back: its place is fetched from memory meanwhile. */
void task_expect_record(const struct task *t, struct text id);

/* Does ahead of task_restored() what can be done before the last record is there. For who puts back many
 * records elsewhere than where the rest of them comes; more may follow. Changes nothing that can be seen. */
void task_settle(struct task *t);

/* Takes out again what was put back under that id, as a tombstone in its topic says. */
void task_restore_tombstone(struct task *t, enum subject_kind kind, struct text id);

/* Whether the zone or the policy is another one than when the register was written last. */
bool task_rules_changed(const struct task *t);

/* After the last record: from now on timers are armed, and what changes is told by task_next_changed(). */
void task_restored(struct task *t);

#endif
