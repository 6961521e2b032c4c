/* Avro object container files (Avro specification, "Object Container Files"), with the codecs null and
 * deflate.
 *
 * A file comes from outside: its header, blocks and lengths are bounded (a block to CONTAINER_MAX_BLOCK
 * bytes, compressed or not) and checked before they are believed. Errors name the file, the block by the byte
 * at which it starts, and the record within it from 0. Readers and writers belong to one thread and block on
 * their file. */
#ifndef EDGE_AVRO_CONTAINER_H
#define EDGE_AVRO_CONTAINER_H

#include <stdbool.h>
#include <stdio.h>

#include "core/buffer.h"
#include "edge/avro/codec.h"

#define CONTAINER_MAX_BLOCK (64 * 1024 * 1024)
#define CONTAINER_FIRST_BYTE 'O' /* of every such file; JSON Lines never start with it */

struct avro_plan;
struct container;        /* opaque: a file that is read */
struct container_writer; /* opaque: a file that is written */

/* Reads the header from where `file` stands (a pipe will do; a first byte that was looked at may have been
 * put back with ungetc). `file` and `name`, which errors show, are borrowed as long as the container lives;
 * close the file yourself. ERROR_MALFORMED: no container file, or a damaged one. ERROR_INVALID: its schema is
 * wrong, or its codec neither null nor deflate. ERROR_SYSTEM: it cannot be read. */
int container_open(FILE *file, const char *name, struct container **out, struct error *e); /* own */
void container_free(struct container *c); /* take; NULL allowed */

/* What it was written with; borrow: lives as long as the container. */
const struct avro_schema *container_schema(const struct container *c);

/* The kind of event it holds. ERROR_UNKNOWN_SCHEMA when it holds something else. */
int container_event_kind(const struct container *c, enum event_kind *out, struct error *e);

/* The next record's bytes, unframed; a view valid until the next call. 1: there is one, 0: the end, else
 * ERROR_MALFORMED or ERROR_SYSTEM. */
int container_next(struct container *c, const void **bytes, size_t *n, struct error *e);

/* The next record, read by that plan of the file's schema into `record`: texts are views into the block and
 * live until a record of another block is asked for (container_block_ends), arrays and nested records come
 * from the arena. 1: there is one, 0: the end; else as container_next, or as avro_decode about one record,
 * after which the next can be read. `record` is undefined unless there is one. */
int container_read(struct container *c, const struct avro_plan *plan, struct arena *a, void *record,
                   struct error *e);

/* Whether the record returned last was the last of its block. */
bool container_block_ends(const struct container *c);

/* At the end of a block: puts its bytes into the buffer, so that views into them live on, and uses the memory
 * that the buffer had for the next. */
void container_take_block(struct container *c, struct buffer *out);

/* The next record as an event, resolved to our schema, which comes from the codec; all that it points to
 * lives in the arena. 1: there is one, 0: the end; else as container_next, ERROR_UNKNOWN_SCHEMA when the file
 * holds no events of ours or its schema does not resolve, ERROR_INVALID about one record, after which the
 * next can be read. */
int container_next_event(struct container *c, const struct codec *codec, struct arena *a, struct event *out,
                         struct error *e);

#define CONTAINER_SYNC_BYTES 16

/* Starts a file of records of that schema, given as the JSON text that goes into the header. `sync` is the
 * marker between blocks, CONTAINER_SYNC_BYTES that should not occur in records; NULL: random ones. `file` and
 * `name` are borrowed until it is finished. */
int container_create(FILE *file, const char *name, struct text schema, bool deflated,
                     const unsigned char *sync, struct container_writer **out, struct error *e); /* own */

/* Adds a record, unframed as avro_encode appends it. */
int container_append(struct container_writer *w, const void *bytes, size_t n, struct error *e);

/* Writes what is left and flushes the file; then free it. Without this call the file lacks its last records.
 */
int container_finish(struct container_writer *w, struct error *e);
void container_writer_free(struct container_writer *w); /* take; NULL allowed */

#endif
