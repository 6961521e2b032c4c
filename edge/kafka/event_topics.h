/* The three event topics as the brokers have them. */
#ifndef EDGE_KAFKA_EVENT_TOPICS_H
#define EDGE_KAFKA_EVENT_TOPICS_H

#include <librdkafka/rdkafka.h>

#include "core/error.h"
#include "edge/kafka/topics.h"

/* How many partitions each of them has: the same number, or ERROR_KAFKA, which tells them. ERROR_KAFKA also
 * names those that are missing, or says that no broker answered within the time. Creates nothing. Blocks. */
int event_topics_partitions(rd_kafka_t *rk, const struct topic_names *names, int timeout_ms, int32_t *out,
                            struct error *e);

#endif
