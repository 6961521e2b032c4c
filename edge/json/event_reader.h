/* Events from JSON Lines: one flat object a line, with `event` naming the kind and the fields by name.
 *
 *     {"event": "signing", "instrument": "i1", "type": "SIGNED", "date": "2026-05-22"}
 *
 * Left out (or null) may be: `recorded_at`, which then is the caller's now; `dossier`, which then is the
 * event's own instrument or summit, for a milestone its `instrument`, else its `summit`; `event_id`
 * (event_id.h). Unknown members, values of the wrong type and symbols that an enum does not have are errors,
 * as is everything that event_check() finds. Every error of a line is reported, not only the first; but a
 * line that is no JSON has only that one. */
#ifndef EDGE_JSON_EVENT_READER_H
#define EDGE_JSON_EVENT_READER_H

#include "core/arena.h"
#include "core/event.h"

/* As many errors of one line are kept; what is beyond is counted. */
#define EVENT_JSON_ERRORS 32

struct event_json_errors {
    size_t count;   /* in `at` */
    size_t dropped; /* that found no room there */
    struct error at[EVENT_JSON_ERRORS];
};

/* Reads one line (`n` bytes, with or without its line feed) into `out`, whose texts are copied to the arena.
 *
 * 0, or ERROR_INVALID with at least one error in `errors` and `out` untouched. `where` of an error is the
 * member
 * ("due", "target.from", "parties[2]"); it is empty where the line itself is no JSON object. `position` is
 * the byte within the member's text for dates and instants, within the line where it is no JSON, and 0
 * otherwise; the text says it too. Lines are not split or counted here: file names, line numbers and empty
 * lines are the caller's.
 *
 * Any thread, one arena a thread; no I/O. */
int event_from_json(const char *line, size_t n, struct instant now, struct arena *arena, struct event *out,
                    struct event_json_errors *errors);

/* The same, by way of a tree of JSON values, which any line can be read into: what event_from_json() does
 * where event_scan() declines. */
int event_from_any_json(const char *line, size_t n, struct instant now, struct arena *arena,
                        struct event *out, struct event_json_errors *errors);

#endif
