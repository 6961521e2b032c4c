/* The broker's administration, as far as topics need it: what exists, how it is set, making what is missing.
 *
 * One thread. Every call waits for the broker, bounded by its time-out. Errors are ERROR_KAFKA with the topic
 * or the brokers as `where`. */
#ifndef EDGE_KAFKA_ADMIN_H
#define EDGE_KAFKA_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"

struct admin; /* opaque */

/* Connects and waits until a broker answers, at most timeout_ms. Also ERROR_USAGE. *out: own, admin_close. */
int admin_open(const struct settings *s, int timeout_ms, struct admin **out, struct error *e);
void admin_close(struct admin *a); /* take; NULL allowed */

/* What there is of one topic. */
struct topic_found {
    bool exists;
    int32_t partitions;
    int32_t replicas; /* of the partition that has fewest */
    /* Values of topic_settings(), in its order, as the broker gives them; NULL: it has no such setting. */
    const char *values[TOPIC_SETTINGS_MOST];
};

/* Looks at all topics. `values` live until the next call with this admin. */
int admin_find(struct admin *a, const struct topic_names *names, struct topic_found found[TOPIC_COUNT],
               struct error *e);

/* Makes the topics `missing` says, with their settings; replicas 0: as many as is the broker's default.
 * Returns when the brokers know them, or with the first error; others may have been made then. A topic that
 * somebody else made meanwhile is no error. */
int admin_create(struct admin *a, const struct topic_names *names, const bool missing[TOPIC_COUNT],
                 int32_t partitions, int32_t replicas, struct error *e);

#endif
