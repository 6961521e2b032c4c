/* The topics, each declared once: what it is called, what its records are, how long they are kept. */
#ifndef EDGE_KAFKA_TOPICS_H
#define EDGE_KAFKA_TOPICS_H

#include <stddef.h>

#include "core/event.h"
#include "core/record.h"

enum topic {
    TOPIC_SIGNINGS, /* the first three in the order of enum event_kind */
    TOPIC_SUMMITS,
    TOPIC_MILESTONES,
    TOPIC_INSTRUMENTS, /* the next three in the order of enum subject_kind */
    TOPIC_SUMMIT_REGISTER,
    TOPIC_COMMITMENTS,
    TOPIC_ALERTS,
    TOPIC_DEAD_LETTERS,
};
#define TOPIC_COUNT 8

struct topic_info {
    const char *suffix; /* behind the prefix: "signings", "register.instruments" */
    bool compacted;     /* the latest record of each key is kept; otherwise every record, for ever */
};
extern const struct topic_info topic_table[TOPIC_COUNT];

/* How many partitions each has, unless told otherwise. */
#define TOPICS_PARTITIONS 4

/* Bytes of key, value, names and values of headers together that an event may have. */
#define TOPIC_EVENT_BYTES 1048576

/* Bytes of a batch: what a topic takes, and producers set as message.max.bytes. An event of 1 MiB fits with
 * the framing around it. The other topics take what follows from events: a register record may quote a
 * hundred of them, so their limit is that of a request to a broker (its socket.request.max.bytes). */
#define TOPIC_EVENT_BATCH_BYTES 1114112
#define TOPIC_BATCH_BYTES 104857600

/* One of these numbers as the text of a Kafka setting. */
#define TOPIC_TEXT_OF(number) TOPIC_TEXT_OF_EXPANDED(number)
#define TOPIC_TEXT_OF_EXPANDED(number) #number

/* A setting of a topic, as Kafka names and writes it. */
struct topic_setting {
    const char *name;
    const char *value;
};
#define TOPIC_SETTINGS_MOST 16

/* The settings that Chapar needs of a topic, at most TOPIC_SETTINGS_MOST; *count of them. borrow: static. */
const struct topic_setting *topic_settings(enum topic t, size_t *count);

/* The full names under a prefix. */
struct topic_names {
    struct text all[TOPIC_COUNT]; /* NUL-terminated; own */
};

void topic_names_make(struct topic_names *names, const char *prefix);
void topic_names_free(struct topic_names *names);

static inline enum topic topic_of_event(enum event_kind kind)
{
    return (enum topic)kind;
}

static inline enum topic topic_of_record(enum subject_kind kind)
{
    return (enum topic)(TOPIC_INSTRUMENTS + (int)kind - 1);
}

#endif
