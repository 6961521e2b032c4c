/* Events as they were checked, so that what goes out need not be read and encoded again: their encoded values
 * with what else sending them takes. There is a bound: when it is reached all of it is let go, and the files
 * are read twice. No I/O. One thread. */
#ifndef PRODUCER_KEPT_H
#define PRODUCER_KEPT_H

#include "core/event.h"

struct kept; /* opaque */

struct kept *kept_new(size_t most_bytes); /* own */
void kept_free(struct kept *k);           /* take; NULL allowed */

/* Adds an event with its value (without framing). Events must be added in the order of sending. */
void kept_add(struct kept *k, const struct event *event, struct text value);

/* Whether every event that was added is there. */
bool kept_all(const struct kept *k);

/* Walks over the events: *position starts at 0. Of the event its kind, id, time, dossier, type and subject
 * are set; everything points into `k`. false at the end. */
bool kept_next(const struct kept *k, size_t *position, struct event *out, struct text *value);

#endif
