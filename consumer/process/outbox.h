/* The first messages of a transaction, kept until its offsets are with Kafka. One thread; nothing blocks.
 *
 * For some milliseconds after a commit the coordinator is busy with its markers and takes nothing of the next
 * transaction. librdkafka asks it again about offsets after `retry.backoff.ms`, about partitions to be
 * written to only after 20 ms: so a small transaction sends its offsets first, and then what it writes. */
#ifndef CONSUMER_PROCESS_OUTBOX_H
#define CONSUMER_PROCESS_OUTBOX_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "core/text.h"
#include "edge/kafka/topics.h"

#define OUTBOX_MESSAGES 512 /* where there are more, 20 ms weigh little */
#define OUTBOX_BYTES (1 << 20)

struct outgoing {
    enum topic topic;
    int32_t partition;
    struct text key;   /* null: none */
    struct text value; /* null: none */
    rd_kafka_headers_t *headers;
};

struct outbox {
    size_t count;
    size_t used;
    struct outgoing messages[OUTBOX_MESSAGES]; /* headers own, until somebody has set them to NULL */
    char bytes[OUTBOX_BYTES];                  /* their keys and values */
};

/* Copies key and value, and takes the headers. false: there is no room, and nothing was taken. */
bool outbox_put(struct outbox *b, const struct outgoing *m);

void outbox_clear(struct outbox *b); /* its headers too */

#endif
