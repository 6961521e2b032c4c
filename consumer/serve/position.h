/* How far all topics were read, as one opaque text: positions in the order of partitions and topics. The same
 * for every instance that has read the same, and never too old: what has changed since can always be told
 * from where the latest records stand. */
#ifndef CONSUMER_SERVE_POSITION_H
#define CONSUMER_SERVE_POSITION_H

#include "consumer/serve/view.h"
#include "core/buffer.h"

/* Partitions that a position can tell apart; with more it is of no use and everybody begins anew. */
#define POSITION_PARTITIONS_MOST 512

/* The topics that are told: those of the register and the alerts. */
#define POSITION_FIRST TOPIC_INSTRUMENTS
#define POSITION_TOPICS 4

struct position {
    int32_t partitions;
    int64_t at[POSITION_PARTITIONS_MOST][POSITION_TOPICS];
};

void position_write(const struct view *v, struct buffer *out);

/* False: it is none, or one of topics with another number of partitions. */
bool position_read(struct text t, int32_t partitions, struct position *out);

/* Whether a record at this place came after the position. */
static inline bool position_is_before(const struct position *p, enum topic topic, int32_t partition,
                                      int64_t offset)
{
    return offset >= p->at[partition][topic - POSITION_FIRST];
}

#endif
