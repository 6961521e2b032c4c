/* What the files of the register share about a task. Internal to the core. */
#ifndef CORE_TASK_STATE_H
#define CORE_TASK_STATE_H

#include "core/alert_id.h"
#include "core/entity.h"
#include "core/record_check.h"
#include "core/task.h"

/* What happens right now: an event that is being applied, or the clock that moves a subject on. */
struct application {
    const struct event *event; /* NULL: the clock */
    struct instant time; /* the event's time: stream time as it is applied; of the clock: the threshold */
    uint8_t topic;       /* enum event_kind */
    int64_t offset;
    uint64_t event_hash; /* of the event's id, as entity_remember() takes it */
};

struct task {
    struct task_config config;
    struct pool *pool; /* own: nodes, entities and all that they own */
    struct index *ids;
    struct index *dossiers;
    struct timers *timers;
    struct due_subject *due; /* own: those of the day that is fired, in order */
    size_t due_size;
    struct arena *scratch; /* for one event or one threshold */
    struct alert_ids *alert_ids;
    struct instant stream_time;
    struct instant clock;
    int64_t positions[EVENT_KINDS]; /* as the caller said last */
    int64_t applied[EVENT_KINDS];   /* next offset behind the last event applied */
    struct entity **changed;        /* own; those from changed_first on have not been fetched yet */
    size_t changed_first, changed_count, changed_size;
    struct record_checks *checks; /* own */
    struct pack *draft;           /* own; what drafted_from's texts change in */
    struct pack *drafted_from;    /* own; of the entity that has the draft */

    /* Between the first record that is put back and task_restored(). */
    bool restoring;
    struct node **pending; /* own; subjects that task_settle() has not seen to */
    size_t pending_count, pending_size;
    struct instant settled_at; /* the clock by which the others were */

    uint64_t counts[4];     /* by subject kind */
    int64_t rules;          /* fingerprint of zone and policy */
    int64_t restored_rules; /* the one the register was written with last */

    /* In a step that can make stages stale: its end; else INSTANT_NONE. */
    struct instant step_end;

    /* The civil day of the last instant asked for, and when the first timer comes, so that neither is looked
     * up for each event. */
    struct day today;
    struct instant today_from, today_to;
    struct instant next_threshold;
    struct day next_threshold_day;
};

/* The civil day of an instant in the task's zone. */
struct day task_day_of(struct task *t, struct instant at);

/* Lends the entity that an event is about memory in which its texts change, and puts them back once they
 * have: so they are moved once, and take no more memory than they must. */
void task_give_draft(struct task *t, struct entity *e);
void task_take_draft(struct task *t, struct entity *e);

/* Puts the entity on the list of those whose record is to be written. */
void task_changed(struct task *t, struct entity *e);

/* How many views before its own the memory of an entity is asked for. */
#define VIEW_AHEAD 16

/* Asks for what task_view() looks at: of `later` the entity, of `soon`, asked for half as long ago, what it
 * points to. NULL allowed. */
void task_view_fetch(const struct entity *later, const struct entity *soon);

/* The entity's record, as task_next_changed() gives it. Threads may look at records at the same time as long
 * as nothing changes, once task_day_of() was asked for the day of the clock. */
void task_view(struct task *t, struct entity *e, enum record_purpose purpose, struct arena *a,
               struct record *out);

/* Arms the entity's timer for the next day on which it has something to do. */
void task_arm(struct task *t, struct entity *e, struct day day);

/* Looks up anew when the first timer comes, after timers changed. */
void task_find_threshold(struct task *t);

#endif
