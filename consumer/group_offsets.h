/* What a consumer group has committed, asked without joining it. */
#ifndef CONSUMER_GROUP_OFFSETS_H
#define CONSUMER_GROUP_OFFSETS_H

#include <librdkafka/rdkafka.h>

#include "core/event.h"
#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"

/* The next offset of each event partition: out[partition][kind], -1 where there is none. Waits while a
 * transaction holds some of them, at most until that has timed out. ERROR_KAFKA, ERROR_USAGE. */
int group_offsets_read(const struct settings *s, const struct topic_names *names, int32_t partitions,
                       int64_t (*out)[EVENT_KINDS], struct error *e);

/* The same for the partitions of the list, asked by a client that has the group's name. Their offsets are
 * set, below 0 where there is none. Blocks for some 20 s at most, or until a stop is asked for. ERROR_KAFKA.
 */
int group_offsets_ask(rd_kafka_t *client, const char *group, rd_kafka_topic_partition_list_t *list,
                      struct error *e);

#endif
