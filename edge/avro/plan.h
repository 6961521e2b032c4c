/* How records are read and written: the schema and a field table compiled once into a list of steps, which
 * are then run for each record.
 *
 * Reading resolves the writer's schema to ours (Avro specification, "Schema Resolution"): fields by name, or
 * by an alias of ours; int to long to float to double, string and bytes into each other; an enum's unknown
 * symbol becomes our default; a field we do not know is skipped; one that the writer does not have takes our
 * default. Stricter than the specification in one point: a long with a logical type other than ours
 * (timestamp-micros) does not resolve, rather than be taken for milliseconds.
 *
 * A plan or encoder never changes once compiled, and may be shared by threads. */
#ifndef EDGE_AVRO_PLAN_H
#define EDGE_AVRO_PLAN_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/fields.h"
#include "edge/avro/schema.h"

struct avro_plan;    /* opaque */
struct avro_encoder; /* opaque */

/* How to read what was written with `writer` into the struct of `table`. `reader` is our own schema of that
 * table, from which defaults and aliases come; NULL: none, nullable fields are then null. `writer` is
 * borrowed as long as the plan lives, `reader` only during the call. ERROR_INVALID with the field in `where`
 * when they do not resolve. */
int avro_plan_compile(const struct avro_schema *writer, const struct avro_schema *reader,
                      const struct fields *table, struct avro_plan **out, struct error *e); /* own */
void avro_plan_free(struct avro_plan *p); /* take; NULL allowed */

/* Reads one record, which takes all of the bytes, into `record` (`table->size` bytes). Texts are views into
 * `bytes`; arrays and nested records come from the arena; defaults live as long as the plan. ERROR_MALFORMED
 * with the position; ERROR_INVALID with the field: the bytes are sound but hold a null, a branch or a symbol
 * that our field cannot take. */
int avro_decode(const struct avro_plan *p, const void *bytes, size_t n, struct arena *a, void *record,
                struct error *e);

/* Reads the record at the start of the bytes, which may go on behind it, and says how many it takes. As
 * above, but `record` is undefined where it fails. */
int avro_decode_first(const struct avro_plan *p, const void *bytes, size_t n, struct arena *a, void *record,
                      size_t *used, struct error *e);

/* How many bytes the record at the start of `bytes` takes. ERROR_MALFORMED. */
int avro_measure(const struct avro_schema *s, const void *bytes, size_t n, size_t *used, struct error *e);

/* How to write the struct of `table` by `schema`, which must have the same fields. Nothing is borrowed.
 * ERROR_INVALID with the field where they differ. */
int avro_encoder_compile(const struct avro_schema *schema, const struct fields *table,
                         struct avro_encoder **out, struct error *e); /* own */
void avro_encoder_free(struct avro_encoder *p);                       /* take; NULL allowed */

/* Appends the record. ERROR_INVALID with the field: it is null and must not be, or out of range; nothing is
 * appended then. Arrays are written as one block. */
int avro_encode(const struct avro_encoder *p, const void *record, struct buffer *out, struct error *e);

#endif
