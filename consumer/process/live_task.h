/* A task of the live processor: its register, and the inboxes of its three event partitions. One thread. */
#ifndef CONSUMER_PROCESS_LIVE_TASK_H
#define CONSUMER_PROCESS_LIVE_TASK_H

#include "consumer/ahead.h"
#include "core/task.h"
#include "edge/avro/codec.h"

struct live_task {
    int32_t partition;
    struct task *task; /* own */
    struct inbox inboxes[EVENT_KINDS];
    struct ahead ahead[EVENT_KINDS];
    int64_t committed[EVENT_KINDS]; /* next offsets as they were committed last; -1: never */
    bool caught_up;                 /* nothing was left when it was looked at last */
    int64_t blocked_until_ms;       /* monotonic: when a schema is asked for again; 0: not held */
    bool restored;
    double restore_seconds;    /* what that took */
    uint64_t restored_records; /* read from Kafka for it */
};

enum live_step {
    LIVE_EVENT,  /* *kind and *message are the next event; finish it with inbox_take */
    LIVE_IDLE,   /* nothing is there, and nothing more was there when the watermarks were looked up */
    LIVE_WAIT,   /* a partition is known to have more, which has not arrived yet */
    LIVE_LOOKUP, /* the watermarks of inboxes that are empty must be looked up first */
    LIVE_FAILED, /* a partition cannot be read: the error says why */
};

/* The next event in the order of section "Time and order" of docs/processing.md: by timestamp, topic, offset,
 * always comparing the heads; a partition without a head must have been at its end when it was looked up,
 * later than the candidate was seen. `round` counts the lookups there were. */
enum live_step live_task_next(struct live_task *t, uint64_t round, enum event_kind *kind,
                              const rd_kafka_message_t **message, struct error *e);

/* Whether the inbox's watermark must be looked up before it can be called empty. */
bool live_task_needs_lookup(const struct inbox *in, uint64_t seen_in_round);

void live_task_close(struct live_task *t);

#endif
