/* Why Kafka is not to be had. librdkafka tries again whatever went wrong, be it a wrong password, so that its
 * calls merely time out: what was the matter stands in its log alone, and is kept here.
 *
 * One word for all clients of the process: they speak of the same brokers. Any thread. */
#ifndef EDGE_KAFKA_TROUBLE_H
#define EDGE_KAFKA_TROUBLE_H

#include <librdkafka/rdkafka.h>

#include "core/text.h"

#define TROUBLE_SIZE 360

/* librdkafka has said that a connection failed, or that a partition may not be written. Copied. */
void trouble_connection(struct text reason);
void trouble_partition(struct text reason);

/* Why the last connection failed, in `out`; where none did, what `code` means. Returns `out`. */
const char *trouble_why_away(rd_kafka_resp_err_t code, char out[TROUBLE_SIZE]);

/* Why a transaction failed, in `out`: what `error` of the client says and, where something was not allowed,
 * what it was, which librdkafka leaves out of its errors. Returns `out`. */
const char *trouble_why_refused(rd_kafka_t *rk, const rd_kafka_error_t *error, char out[TROUBLE_SIZE]);

/* Why a message was not delivered, in `out`: what `code` means or, where its transaction failed before it was
 * sent, why that did. Returns `out`. */
const char *trouble_why_undelivered(rd_kafka_resp_err_t code, char out[TROUBLE_SIZE]);

#endif
