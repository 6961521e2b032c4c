/* A setting of the brokers, as one of them tells it (Kafka's DescribeConfigs). */
#ifndef EDGE_KAFKA_BROKER_SETTING_H
#define EDGE_KAFKA_BROKER_SETTING_H

#include <librdkafka/rdkafka.h>

#include "core/error.h"

/* The value of a setting that is a number, "transaction.max.timeout.ms". ERROR_KAFKA: no broker answered in
 * time, we may not ask (DescribeConfigs on the cluster), or there is no such number. Blocks. */
int broker_setting(rd_kafka_t *rk, const char *name, int timeout_ms, int64_t *out, struct error *e);

#endif
