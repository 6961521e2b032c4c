/* Events from lines that are written as programs write them: `event` comes first, strings have no escapes,
 * numbers have at most 15 digits and no exponent, and nothing is wrong. Such a line is read in one pass, into
 * the event, without a tree of values between; every other one is left to the reader that can say what is
 * wrong with it (event_reader.h), which reads these lines alike. */
#ifndef EDGE_JSON_EVENT_SCAN_H
#define EDGE_JSON_EVENT_SCAN_H

#include "core/arena.h"
#include "core/event.h"

/* Reads one line (`n` bytes). false: it is not such a line; `out` is of no use then. What the event does not
 * say is null: nothing is filled in, and nothing is checked beyond the types. Texts live in the arena.
 *
 * *form: where there is no event_id, the canonical form (RFC 8785) of the line's object, also in the arena;
 * else null. Any thread, one arena a thread. */
bool event_scan(const char *line, size_t n, struct arena *arena, struct event *out, struct text *form);

#endif
