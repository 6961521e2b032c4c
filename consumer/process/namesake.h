/* A namesake: another process that has joined the group under the name of this instance.
 *
 * Kafka fences a member whose name somebody else joins with. It does the same to a member that joined twice
 * itself, because the answer to its first request was lost: then the somebody is nobody, and gone as soon as
 * its session has run out. */
#ifndef CONSUMER_PROCESS_NAMESAKE_H
#define CONSUMER_PROCESS_NAMESAKE_H

#include <stdbool.h>

#include <librdkafka/rdkafka.h>

#include "edge/cli/settings.h"

/* Whether a namesake is alive: a member of that name stays in the group for longer than a session lasts. Call
 * it when this instance is no member any more. Blocks for that long, also while Kafka is away, until a stop
 * is requested (false). `client`: any of this process. */
bool namesake_is_there(const struct settings *s, rd_kafka_t *client, int64_t session_timeout_ms, int wake_fd);

#endif
