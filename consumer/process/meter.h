/* What `process` counts about its own work.
 *
 * Counted is what was committed, once: what the open transaction holds is counted apart and becomes part of
 * the totals with its commit, or is forgotten with it. So the counters of all instances together say what
 * stands in the topics.
 *
 * The loop's thread owns the meter; to count is an addition. Once a turn or less the loop publishes a copy,
 * and whoever asks is given that. */
#ifndef CONSUMER_PROCESS_METER_H
#define CONSUMER_PROCESS_METER_H

#include <pthread.h>

#include "consumer/event_message.h"
#include "core/arena.h"
#include "core/record.h"
#include "edge/metrics/openmetrics.h"

/* Each the first of as many as there are of its kind. */
enum meter_count {
    METER_EVENTS = 0, /* + enum event_kind: records of that topic */
    METER_DUPLICATES = METER_EVENTS + EVENT_KINDS,
    METER_LETTERS,                                  /* + enum letter_reason */
    METER_ALERTS = METER_LETTERS + LETTER_REASONS,  /* + enum alert_kind - 1 */
    METER_STALE = METER_ALERTS + ALERT_UNKNOWN - 1, /* alerts that are */
    METER_RECORDS,                                  /* + enum subject_kind - 1 */
    METER_COUNTS = METER_RECORDS + SUBJECT_UNKNOWN - 1,
};

/* A task as it stands. */
struct meter_task {
    int32_t partition;
    bool restored;
    bool caught_up;
    int64_t lag[EVENT_KINDS];  /* records of the partition that were not applied yet; -1: unknown */
    struct instant clock;      /* INSTANT_NONE: nothing happened yet */
    struct instant threshold;  /* the next that the clock passes; INSTANT_NONE: none, or no event came yet */
    uint64_t subjects[3];      /* by subject kind - 1 */
    double restore_seconds;    /* what it took to restore it */
    uint64_t restored_records; /* read from Kafka for that */
};

struct meter_state {
    uint64_t totals[METER_COUNTS];
    uint64_t transactions, restarts, restores;
    struct openmetrics_histogram transaction_seconds; /* from looking for events to the commit's end */
    struct openmetrics_histogram commit_seconds;      /* of that, the commit's round trips */
    struct openmetrics_histogram delay_seconds;       /* of alerts against their thresholds */
    double deadline_lag;                              /* of the latest of them, in seconds; NaN: none */
    struct instant committed_at;                      /* INSTANT_NONE: never */
    bool assigned;      /* the group has said which tasks are this instance's, be it none */
    int32_t partitions; /* of the topics; 0: not known yet */
    size_t task_count;
};

struct meter {
    /* The loop's. */
    struct meter_state now;
    uint64_t pending[METER_COUNTS]; /* in the open transaction */
    struct openmetrics_histogram pending_delay;
    double pending_lag; /* NaN: none */
    bool follows_wall;  /* the clock does: against another one nothing is late */
    int64_t published_ms;

    /* Everybody's, by the lock. */
    pthread_mutex_t lock;
    struct meter_state shown;
    struct meter_task *tasks; /* own */
    size_t room;
};

void meter_open(struct meter *m, bool follows_wall);
void meter_close(struct meter *m);

/* One more in the open transaction. */
static inline void meter_add(struct meter *m, int count)
{
    m->pending[count]++;
}

void meter_alert(struct meter *m, const struct alert *alert);

/* What was pending is committed. */
void meter_committed(struct meter *m, double transaction_seconds, double commit_seconds);

/* What was pending is not committed and never will be. */
void meter_forget(struct meter *m);

/* Shows how things are to whoever asks. */
void meter_publish(struct meter *m, const struct meter_task *tasks);

/* What was published last, with its tasks in the arena. Any thread. */
struct meter_state meter_look(struct meter *m, struct arena *a, const struct meter_task **tasks);

#endif
