/* The register as it stands in the topics: the last record of each key of each partition, as bytes. One
 * thread. */
#ifndef CONSUMER_VERIFY_LIVE_REGISTER_H
#define CONSUMER_VERIFY_LIVE_REGISTER_H

#include <librdkafka/rdkafka.h>

#include "consumer/verify/live_order.h"
#include "core/record.h"
#include "core/text.h"

struct live_register; /* opaque */

struct live_entry {
    enum subject_kind kind; /* of the topic that it stands in */
    int32_t partition;
    int64_t offset;
    struct text key;   /* null: a record without one */
    struct text value; /* null: a tombstone */
    bool placed;       /* for the caller: it says at which cut it was written */
    struct live_cut cut;
    bool newer;      /* a later record took its place after what is compared */
    bool only_newer; /* and there was none before */
    bool follows;    /* for the caller: the history gives such a record */
    bool agrees;     /* for the caller: and it is as it should be */
    bool differs;    /* for the caller: something is wrong with it */
    bool latest;     /* for the caller: nothing of its task is said to have been written later */
    bool misplaced;  /* for the caller: its task had never come to where it says */
    bool suspect;    /* nothing is concluded from it */
};

struct live_register *live_register_new(void);    /* own */
void live_register_free(struct live_register *r); /* take; NULL allowed */

/* A record takes the place of the one before; its bytes are copied. borrow: the entry, until the next put. */
struct live_entry *live_register_put(struct live_register *r, enum subject_kind kind,
                                     const rd_kafka_message_t *message);

/* The entry that has this place; made, with offset -1, where there is none. */
struct live_entry *live_register_entry(struct live_register *r, enum subject_kind kind, int32_t partition,
                                       struct text key);

/* NULL: none. */
struct live_entry *live_register_find(const struct live_register *r, enum subject_kind kind,
                                      int32_t partition, struct text key);

/* All of them, in no order that matters. */
size_t live_register_count(const struct live_register *r);
struct live_entry *live_register_at(const struct live_register *r, size_t i);

#endif
