/* Event files: JSON Lines, or an Avro object container file of one kind of event. Told apart by their first
 * bytes: "Obj" and 01 begin a container (Avro specification, "Object Container Files"), and no JSON.
 *
 * Reads the file once from its beginning to its end; "-" is standard input. One thread; blocks as reading the
 * file does. */
#ifndef EDGE_FILE_EVENT_FILE_H
#define EDGE_FILE_EVENT_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/event.h"
#include "edge/json/event_reader.h"

/* Bytes of the longest line that can be an event; a longer one is wrong, and is passed over without being
 * kept. An event of a mebibyte takes six where every character of it is escaped. */
#define EVENT_FILE_LINE_MAX (16 * 1024 * 1024)

struct event_file; /* opaque */

/* `path` is borrowed until it is closed. `now` stands for a recorded_at left out. *out: own. Errors have the
 * path in `where`: ERROR_SYSTEM; of a container also ERROR_MALFORMED for a damaged header, ERROR_INVALID for
 * a schema that is wrong or of no event and a codec that is not supported, ERROR_UNKNOWN_SCHEMA for a schema
 * that does not resolve to ours. */
int event_file_open(const char *path, struct instant now, struct event_file **out, struct error *e);

/* The same of a stream, which it takes, also on failure; `path` is what errors call it. */
int event_file_open_stream(FILE *stream, const char *path, struct instant now, struct event_file **out,
                           struct error *e);
void event_file_close(struct event_file *f); /* take; NULL allowed */

enum event_file_step {
    EVENT_FILE_END,     /* nothing is left */
    EVENT_FILE_EVENT,   /* `out` is the next event, checked (event_check) and with an event_id */
    EVENT_FILE_INVALID, /* the next event is wrong: `errors` says all of it; reading can go on */
    EVENT_FILE_BROKEN,  /* the file cannot be read on: `errors` says why */
};

/* The next event. Its texts live in the arena. */
enum event_file_step event_file_next(struct event_file *f, struct arena *arena, struct event *out,
                                     struct event_json_errors *errors);

/* The same of a container, without copying: its texts are views that live until the first call after
 * event_file_views_end() has become true; what else it points to lives in the arena. `out` may be touched
 * also where there is no event. */
enum event_file_step event_file_view(struct event_file *f, struct arena *arena, struct event *out,
                                     struct event_json_errors *errors);
bool event_file_views_end(const struct event_file *f);

/* Once that is true: what the views look at is in the buffer from now on, in exchange for the memory that the
 * buffer had. */
void event_file_take_views(struct event_file *f, struct buffer *out);

/* Of a container. */
enum event_kind event_file_kind(const struct event_file *f);

/* Where the event that was returned last stands: its line from 1, in container files its number from 1. */
uint64_t event_file_line(const struct event_file *f);
bool event_file_is_container(const struct event_file *f);

/* Bytes of the file read so far, and of it as a whole (0: unknown). */
uint64_t event_file_bytes(const struct event_file *f);
uint64_t event_file_size(const struct event_file *f);

/* Each error of the event that was returned last on a line of its own: "FILE:LINE: FIELD: TEXT", of a
 * container "FILE: record NUMBER: FIELD: TEXT", or where it is damaged "FILE: block at byte OFFSET: TEXT". */
void event_file_report(const struct event_file *f, const char *path, const struct event_json_errors *errors,
                       FILE *to);

#endif
