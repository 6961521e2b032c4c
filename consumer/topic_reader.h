/* Whole partitions of topics, read from a place to where they end, without joining a group: what a command
 * wants to know before it begins. Only committed records are seen. */
#ifndef CONSUMER_TOPIC_READER_H
#define CONSUMER_TOPIC_READER_H

#include <librdkafka/rdkafka.h>

#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"

/* A consumer of whole partitions, however large a batch of theirs becomes when it is unpacked: committed
 * records alone, and told where a partition ends. *out: own, rd_kafka_destroy. ERROR_USAGE. */
int topic_reader_client(const struct settings *s, rd_kafka_t **out, struct error *e);

struct topic_reader; /* opaque; one thread */

/* Waits until a broker answers. Looks at the topics: ERROR_STATE where some are missing or their partition
 * counts differ; ERROR_KAFKA, ERROR_USAGE. `names` is borrowed. *out: own. */
int topic_reader_open(const struct settings *s, const struct topic_names *names, struct topic_reader **out,
                      struct error *e);
void topic_reader_close(struct topic_reader *r); /* take; NULL allowed */

int32_t topic_reader_partitions(const struct topic_reader *r);

/* A partition to be read. */
struct topic_span {
    enum topic topic;
    int32_t partition;
    int64_t from; /* the first offset */
    int64_t to;   /* ends before this one */
};

/* Sets `to` of each to where its partition ends now, counting what is not committed yet. Blocks for a round
 * trip. */
int topic_reader_ends(struct topic_reader *r, struct topic_span *spans, size_t count, struct error *e);

/* Gives each record of the spans to `visit`, one span after the other, each in the order of offsets; waits
 * for open transactions to end. A `visit` that returns anything but 0 ends it. Blocks; ERROR_KAFKA, or
 * ERROR_STOPPED when a signal came (interrupt.h). */
int topic_reader_read(struct topic_reader *r, const struct topic_span *spans, size_t count,
                      int (*visit)(void *context, const struct topic_span *span,
                                   const rd_kafka_message_t *message, struct error *e),
                      void *context, struct error *e);

#endif
