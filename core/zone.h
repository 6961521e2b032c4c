/* A time zone: when each civil day begins in it. Built from the bytes of a TZif file (RFC 8536, versions 1 to
 * 4, including the POSIX TZ footer that rules after the last transition). Immutable once made: any thread may
 * read. */
#ifndef CORE_ZONE_H
#define CORE_ZONE_H

#include <stddef.h>

#include "core/error.h"
#include "core/text.h"
#include "core/time.h"

struct zone; /* opaque */

/* UTC. own. */
struct zone *zone_new_utc(void);

/* From the bytes of a TZif file; `name` is copied. Every count in the file is checked against its size.
 * ERROR_MALFORMED. *out: own. */
int zone_new(const char *name, const void *tzif, size_t bytes, struct zone **out, struct error *e);

void zone_free(struct zone *z); /* take; NULL allowed */

const char *zone_name(const struct zone *z); /* borrow */

/* The first instant of the civil day: 00:00 local time; where a transition skips midnight, the first instant
 * after the gap that belongs to the day (or, where the whole day is skipped, the next day's); where midnight
 * comes twice, the first. Monotone in the day. Defined for years -1 to 10001. */
struct instant zone_day_start(const struct zone *z, struct day d);

/* The civil day of an instant: the last day d whose zone_day_start(d) <= t. */
struct day zone_day_of(const struct zone *z, struct instant t);

/* Seconds by which local time is ahead of UTC at that instant. */
int32_t zone_offset(const struct zone *z, struct instant t);

#endif
