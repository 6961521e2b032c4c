/* The messages of one partition, in order, with what is known about where it ends.
 *
 * A partition is at its end when its position has reached the high watermark, control records of transactions
 * included. The position is known from the messages taken and from librdkafka's end-of-partition marks, which
 * need enable.partition.eof. One thread; nothing blocks. */
#ifndef CONSUMER_INBOX_H
#define CONSUMER_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "core/error.h"
#include "core/time.h"

#define INBOX_BATCH 1000

struct inbox {
    rd_kafka_queue_t *queue; /* own; NULL: not open */
    rd_kafka_topic_t *topic; /* own; of a simple consumer, else NULL */
    const char *name;        /* borrow: the topic's */
    int32_t partition;
    rd_kafka_message_t **batch; /* own: what was fetched */
    size_t count, next;
    bool bounded;        /* header_bound() holds for what was fetched */
    uint64_t round;      /* when it was fetched, counted by the owner */
    int64_t applied;     /* next offset to apply: what is committed */
    int64_t position;    /* next offset to read, marks and control records included */
    int64_t high;        /* high watermark when it was looked up last; -1: never */
    uint64_t high_round; /* when that was */
    int64_t until;       /* reading ends here (a snapshot of the high watermark); -1: no such end */
};

/* Of a group's consumer: call before the partition is assigned at `start`, so that nothing of it goes
 * elsewhere. `wake_fd` is written to when something arrives. */
void inbox_open(struct inbox *in, rd_kafka_t *consumer, const char *topic, int32_t partition, int64_t start,
                int wake_fd);

/* Of a consumer without a group, reading begins at once. `start` may be RD_KAFKA_OFFSET_BEGINNING, for which
 * the position is 0 until more is known: not where the inbox may be closed before the client. Closed while
 * librdkafka 2.0.2 still asks where that is, it asks again and fetches for ever after, for nobody.
 * ERROR_KAFKA. */
int inbox_open_simple(struct inbox *in, rd_kafka_t *consumer, const char *topic, int32_t partition,
                      int64_t start, int wake_fd, struct error *e);

void inbox_close(struct inbox *in); /* may be called twice */

/* The next message, or NULL where there is none right now. It lives until inbox_take. ERROR_KAFKA where the
 * partition cannot be read on; *out is touched only on success. */
int inbox_head(struct inbox *in, uint64_t round, const rd_kafka_message_t **out, struct error *e);

/* The message that was fetched behind the one at that place, where it bounds that one's headers
 * (header_bound.h); else NULL. */
static inline const rd_kafka_message_t *inbox_behind(const struct inbox *in, size_t place)
{
    return in->bounded && place + 1 < in->count ? in->batch[place + 1] : NULL;
}

/* The head is done with. */
void inbox_take(struct inbox *in);

/* Whether nothing is left up to `end`; look at the head first. */
static inline bool inbox_reached(const struct inbox *in, int64_t end)
{
    return end >= 0 && in->position >= end;
}

#endif
