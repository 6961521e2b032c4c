/* The alerts, read for one receiver: from where it wants, in the order of each partition, as far as they are
 * committed. Belongs to no group. One thread. */
#ifndef CONSUMER_NOTIFY_ALERT_SOURCE_H
#define CONSUMER_NOTIFY_ALERT_SOURCE_H

#include <stdatomic.h>

#include "core/record.h"
#include "edge/cli/settings.h"

struct alert_source; /* opaque */

/* Connects. `topic` is borrowed; `unreadable` counts the records that are no alerts, each of which is logged
 * and passed over. ERROR_KAFKA, ERROR_USAGE, ERROR_SYSTEM. *out: own. */
int alert_source_open(const struct settings *s, const char *topic, int32_t partitions,
                      atomic_uint_fast64_t *unreadable, struct alert_source **out, struct error *e);
void alert_source_close(struct alert_source *s); /* take; NULL allowed */

/* The first offset of each partition, and where what is committed ends. Blocks for a round trip. ERROR_KAFKA.
 */
int alert_source_bounds(struct alert_source *s, int64_t *low, int64_t *high, struct error *e);

/* Begins to read at these offsets; NULL: at the first. ERROR_KAFKA. */
int alert_source_start(struct alert_source *s, const int64_t *from, struct error *e);

/* The next alert, of any partition in turn, and where it stands; *found false: there is none now. The same
 * again until alert_source_take; the alert lives as long. ERROR_REGISTRY: its schema cannot be had now; to be
 * asked for again. ERROR_KAFKA: it cannot be read on. */
int alert_source_next(struct alert_source *s, bool *found, struct alert *out, int32_t *partition,
                      int64_t *offset, struct error *e);
void alert_source_take(struct alert_source *s);

/* The next offset of each partition to read. Borrow: as long as the source; changes with next and take. */
const int64_t *alert_source_positions(struct alert_source *s);

/* Becomes readable when something has come; alert_source_woken makes it forget that. */
int alert_source_fd(const struct alert_source *s);
void alert_source_woken(struct alert_source *s);

#endif
