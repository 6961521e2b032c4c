/* The topics, each declared once: what it is called, what its records are, how long they are kept. */
#ifndef EDGE_KAFKA_TOPICS_H
#define EDGE_KAFKA_TOPICS_H

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
