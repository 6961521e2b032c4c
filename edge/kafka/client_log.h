/* What librdkafka has to say: as lines of our log, and as the reason why no broker can be reached. It tries
 * again whatever went wrong, be it a wrong password, so that its calls merely time out: what was the matter
 * stands in its messages alone.
 *
 * One word for all clients of the process: they speak of the same brokers. Any thread. */
#ifndef EDGE_KAFKA_CLIENT_LOG_H
#define EDGE_KAFKA_CLIENT_LOG_H

#include <librdkafka/rdkafka.h>

#define CLIENT_TROUBLE_SIZE 360

/* Makes librdkafka's messages lines of our log, from its own threads: connections that fail as one warning a
 * minute, everything else of no consequence at debug. Of certificates that are not accepted it is told what
 * is wrong with them. */
void client_log_attach(rd_kafka_conf_t *conf);

/* Why the last connection failed, in `out`; where none did, what `code` means. Returns `out`. */
const char *client_trouble(rd_kafka_resp_err_t code, char out[CLIENT_TROUBLE_SIZE]);

#endif
