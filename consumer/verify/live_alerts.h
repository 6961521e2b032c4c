/* The alerts as they stand in the topic, found by their ids, and what they tell about the order of events.
 * One thread. */
#ifndef CONSUMER_VERIFY_LIVE_ALERTS_H
#define CONSUMER_VERIFY_LIVE_ALERTS_H

#include <librdkafka/rdkafka.h>

#include "consumer/verify/live_order.h"
#include "core/record.h"
#include "edge/avro/codec.h"
#include "edge/kafka/topics.h"

struct live_alerts; /* opaque */

struct live_alert {
    int32_t partition;
    int64_t offset;
    struct text key;
    struct text value;
    bool readable;            /* false: what follows is not set */
    bool late;                /* read after the register: nothing need follow from it yet */
    struct live_alert *first; /* NULL, or the one that had this id before */
    uint64_t id, subject;     /* hashes */
    uint64_t revision;        /* hash of subject, revision and cause */
    uint8_t kind;             /* enum alert_kind */
    bool staged;
    int cause_kind; /* enum event_kind of the cause's topic; -1: none of this partition */
    int64_t cause_offset;
    struct instant threshold, raised_at;
    bool is_last;  /* of its subject */
    bool by_clock; /* a CLOSED that no event caused, but a move to the next occurrence */
    bool follows;  /* for the caller: the history gives such an alert */
    bool free;     /* for the caller: raised_at is not told by the history */
    bool differs;  /* for the caller: something is wrong with it */
    bool suspect;  /* nothing is concluded from it */
};

/* `names` is borrowed. */
struct live_alerts *live_alerts_new(const struct topic_names *names); /* own */
void live_alerts_free(struct live_alerts *l);                         /* take; NULL allowed */

/* In the order of partitions and offsets, the late ones at the end. Bytes are copied; the arena is used for
 * decoding. ERROR_REGISTRY: nobody can say right now what it says. */
int live_alerts_put(struct live_alerts *l, struct codec *codec, struct arena *arena,
                    const rd_kafka_message_t *message, bool late, struct error *e);

/* After the last of them. */
void live_alerts_settle(struct live_alerts *l);

/* The first with that id; NULL: none. */
struct live_alert *live_alerts_find(const struct live_alerts *l, struct text alert_id);

size_t live_alerts_count(const struct live_alerts *l);
struct live_alert *live_alerts_at(const struct live_alerts *l, size_t i);

/* When the events were applied that alerts without a stage follow from, into the order of each partition; not
 * beyond its end. */
void live_alerts_tell(const struct live_alerts *l, struct live_order *const *orders,
                      const struct live_cut *ends);

#endif
