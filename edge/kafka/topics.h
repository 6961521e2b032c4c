/* The topics: one table of their names, what they hold and how they are kept. */
#ifndef EDGE_KAFKA_TOPICS_H
#define EDGE_KAFKA_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

enum topic {
    TOPIC_SIGNINGS,
    TOPIC_SUMMITS,
    TOPIC_MILESTONES,
    TOPIC_REGISTER_INSTRUMENTS,
    TOPIC_REGISTER_SUMMITS,
    TOPIC_REGISTER_COMMITMENTS,
    TOPIC_ALERTS,
    TOPIC_DEAD_LETTERS,
    TOPIC_COUNT,
};

enum topic_kind {
    TOPIC_KIND_EVENTS,   /* enum topic is the same number as enum event_kind */
    TOPIC_KIND_REGISTER, /* TOPIC_REGISTER_INSTRUMENTS and the two after it: enum record kind in that order */
    TOPIC_KIND_ALERTS,
    TOPIC_KIND_DEAD_LETTERS,
};

struct topic_info {
    const char *suffix; /* the name without the prefix */
    enum topic_kind kind;
    bool compacted; /* the latest record of each key is kept; else everything is, for ever */
};

#define TOPICS_PARTITIONS 4 /* unless told otherwise */

/* Bytes of key, value and headers together that a record of an event topic may have. */
#define TOPIC_EVENT_BYTES 1048576

/* Bytes of a batch: what producers set as message.max.bytes. An event's leaves room for the framing around
 * it. The other topics take what follows from events: a register record may quote a hundred of them, so their
 * limit is that of a request to a broker (its socket.request.max.bytes). */
#define TOPIC_EVENT_BATCH_BYTES 1114112
#define TOPIC_BATCH_BYTES 104857600

const struct topic_info *topic_info(enum topic t);

/* Prefix and suffix with NUL; returns the length. The prefix is one that the option --prefix takes. */
#define TOPIC_NAME_SIZE 250
size_t topic_name(const char *prefix, enum topic t, char out[TOPIC_NAME_SIZE]);

/* A setting of a topic, as Kafka names and writes it. */
struct topic_setting {
    const char *name;
    const char *value;
};

#define TOPIC_SETTINGS_MOST 16

/* The settings that Chapar needs of a topic, at most TOPIC_SETTINGS_MOST; *count of them. borrow: static. */
const struct topic_setting *topic_settings(enum topic t, size_t *count);

#endif
