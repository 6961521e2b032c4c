/* Ids and digests that are hexadecimal digits, in half the room: those of events are mostly UUIDs, those of
 * sources SHA-256. Anything else is kept as it is, behind a byte that says so. Null stays null. What is read
 * was written here. */
#ifndef CORE_DIGITS_H
#define CORE_DIGITS_H

#include "core/arena.h"

/* The views live in the arena, or where the text given does. */
struct text digits_write(struct text t, struct arena *a);
struct text digits_read(struct text packed, struct arena *a);

#endif
