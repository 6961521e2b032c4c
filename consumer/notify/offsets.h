/* How far a receiver has come in the topic of alerts: the committed offsets of a consumer group of its own,
 * which nobody joins. One thread, but for what is said. */
#ifndef CONSUMER_NOTIFY_OFFSETS_H
#define CONSUMER_NOTIFY_OFFSETS_H

#include "edge/cli/settings.h"

struct offsets; /* opaque */

/* Connects. ERROR_KAFKA, ERROR_USAGE, ERROR_SYSTEM. `topic` is borrowed. *out: own. */
int offsets_open(const struct settings *s, const char *group, const char *topic, int32_t partitions,
                 struct offsets **out, struct error *e);
void offsets_close(struct offsets *o); /* take; NULL allowed; does not wait for what is under way */

/* What is committed, partition by partition; -1: nothing. Blocks as group_offsets_ask. ERROR_KAFKA. */
int offsets_read(struct offsets *o, int64_t *out, struct error *e);

/* Wants these committed: at once where nothing is under way, else by a later call of this or offsets_keep.
 * What is refused is said and tried again. Does not block. */
void offsets_commit(struct offsets *o, const int64_t *positions);

/* To be called now and then: goes on with what is wanted. Brokers forget what was not committed for a while
 * (offsets.retention.minutes), so the same is committed again every hour. */
void offsets_keep(struct offsets *o);

/* Waits until everything wanted is committed, at most so long. */
void offsets_settle(struct offsets *o, int timeout_ms);

#endif
