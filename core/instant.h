/* Instants as text: RFC 3339. */
#ifndef CORE_INSTANT_H
#define CORE_INSTANT_H

#include "core/error.h"
#include "core/text.h"
#include "core/time.h"

/* Reads "2026-05-22T10:00:00[.digits](Z|+hh:mm|-hh:mm)", t and z of either case; a leap second 23:59:60
 * counts as the following second; digits beyond milliseconds are cut. Years 0001..9999 in UTC. ERROR_INVALID
 * with the position where something else was expected. */
int instant_parse(struct text t, struct instant *out, struct error *e);

/* "2026-05-22T10:00:00.000Z" with NUL: UTC, always three decimals. Returns the length. */
#define INSTANT_TEXT_SIZE 32
size_t instant_format(struct instant t, char out[INSTANT_TEXT_SIZE]);

/* The latest instant that has a text: 9999-12-31T23:59:59.999Z. */
#define INSTANT_LAST ((struct instant){253402300799999})

#endif
