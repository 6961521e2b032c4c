/* librdkafka's messages as lines of our log. */
#ifndef EDGE_KAFKA_CLIENT_LOG_H
#define EDGE_KAFKA_CLIENT_LOG_H

#include <librdkafka/rdkafka.h>

/* Messages come from librdkafka's own threads: connections that fail as one warning a minute, everything else
 * of no consequence at debug; why they failed can then be had from trouble.h. Of certificates that are not
 * accepted it is told what is wrong with them. */
void client_log_attach(rd_kafka_conf_t *conf);

#endif
