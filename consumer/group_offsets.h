/* What a consumer group has committed, asked without joining it. */
#ifndef CONSUMER_GROUP_OFFSETS_H
#define CONSUMER_GROUP_OFFSETS_H

#include "core/event.h"
#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"

/* The next offset of each event partition: out[partition][kind], -1 where there is none. Waits while a
 * transaction holds some of them, at most until that has timed out. ERROR_KAFKA, ERROR_USAGE. */
int group_offsets_read(const struct settings *s, const struct topic_names *names, int32_t partitions,
                       int64_t (*out)[EVENT_KINDS], struct error *e);

#endif
