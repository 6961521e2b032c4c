/* Where partitions end: topics with their partition counts, and high watermarks. Blocks for round trips. */
#ifndef CONSUMER_WATERMARKS_H
#define CONSUMER_WATERMARKS_H

#include <librdkafka/rdkafka.h>

#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"

/* A client that sees everything that was written, committed or not; own, rd_kafka_destroy. ERROR_USAGE. */
int watermarks_client(const struct settings *s, rd_kafka_t **out, struct error *e);

/* How many partitions the topics have, all alike. ERROR_STATE where topics are missing or differ, with the
 * command that mends it; ERROR_KAFKA where no broker answers within timeout_ms. `first` and `count` choose
 * from enum topic. */
int watermarks_partitions(rd_kafka_t *client, const struct topic_names *names, enum topic first, int count,
                          int timeout_ms, int32_t *out, struct error *e);

/* Sets each partition's offset in the list to its high watermark, by one request a broker. ERROR_KAFKA. */
int watermarks_high(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int timeout_ms,
                    struct error *e);

/* The same with the low watermarks. */
int watermarks_low(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int timeout_ms,
                   struct error *e);

#endif
