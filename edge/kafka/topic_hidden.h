/* Topics that are hidden from us. Brokers with ACLs leave out of their list what we may not describe, as if
 * it were not there; asked by name they say that it is forbidden. */
#ifndef EDGE_KAFKA_TOPIC_HIDDEN_H
#define EDGE_KAFKA_TOPIC_HIDDEN_H

#include <librdkafka/rdkafka.h>

#include "core/error.h"

/* Of a topic that the brokers did not list: ERROR_KAFKA if we may not know of it or nobody answers, 0 if it
 * is not there, 1 if it is there after all: made or allowed meanwhile, or on the move. Creates nothing.
 * Blocks, at most timeout_ms. */
int topic_hidden(rd_kafka_t *rk, const char *name, int timeout_ms, struct error *e);

#endif
