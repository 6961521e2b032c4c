/* The door to Avro for everybody else: Kafka values to structs and back.
 *
 * A codec holds the schemas of schemas/ and those added later, each found by its fingerprint or its registry
 * id, and compiles a plan for each when a record needs it first. One thread; nothing blocks, nothing is
 * allocated per record beyond the arena and the buffer. */
#ifndef EDGE_AVRO_CODEC_H
#define EDGE_AVRO_CODEC_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/event.h"
#include "core/record.h"
#include "edge/avro/framing.h"
#include "edge/avro/schema.h"

struct codec; /* opaque */

/* What a message can hold; the first six are events and records by their own kinds. */
enum codec_subject {
    CODEC_SIGNING,
    CODEC_SUMMIT,
    CODEC_MILESTONE,
    CODEC_INSTRUMENT_RECORD,
    CODEC_SUMMIT_RECORD,
    CODEC_COMMITMENT_RECORD,
    CODEC_ALERT,
};
#define CODEC_SUBJECTS 7

/* The field table of each, and the file of its schema ("signing"). */
const struct fields *codec_fields(enum codec_subject s);
const char *codec_schema_name(enum codec_subject s);

/* Whether a record of that full name ("org.chapar.Signing") is one of these. */
bool codec_subject_of(const char *full_name, enum codec_subject *out);

/* Loads all embedded schemas. ERROR_INVALID when one of them is wrong: a mistake of the build. */
int codec_new(struct codec **out, struct error *e); /* own */
void codec_free(struct codec *c);                   /* take; NULL allowed */

/* Adds a schema that records may have been written with. With `schema_id`, also messages of the Confluent
 * wire format that carry this id are read with it. Again the same schema or id: no error, an id then means
 * the schema given last. ERROR_INVALID when it is no schema. */
int codec_add_schema(struct codec *c, const char *json, size_t len, const uint32_t *schema_id,
                     struct error *e);

/* Looks the schema of an id up and appends its JSON. ERROR_UNKNOWN_SCHEMA when there is none;
 * ERROR_REGISTRY when that is not known. */
typedef int (*codec_lookup)(void *context, uint32_t schema_id, struct buffer *json, struct error *e);

/* From now on, ids that nobody added are looked up with this; `context` is borrowed. What is found is kept.
 */
void codec_look_up_with(struct codec *c, codec_lookup lookup, void *context);

/* From now on, what is written about `s` is framed with that registry id instead of the fingerprint. */
void codec_use_schema_id(struct codec *c, enum codec_subject s, uint32_t schema_id);

/* From now on, what `by` writes is read without a look-up. For a codec of another thread: of `by`, nothing is
 * looked at but what codec_use_schema_id() has set. */
void codec_read_as_written(struct codec *c, const struct codec *by);

/* The JSON of our own schema of `s`, as in schemas/. Borrow: static. */
struct text codec_schema_json(enum codec_subject s);

/* Our own schema of `s`. Borrow: lives as long as the codec. */
const struct avro_schema *codec_schema(const struct codec *c, enum codec_subject s);

/* Read a framed record; texts are views into `bytes`, the rest comes from the arena or lives as long as the
 * codec. `out` is touched only on success. Block for as long as a look-up takes.
 * ERROR_MALFORMED       no framing, or bytes that do not decode; the position counts from the framing's start
 * ERROR_UNKNOWN_SCHEMA  a fingerprint or id that is not known (the text has it), or a schema of another
 *                       record, or one that does not resolve to ours
 * ERROR_INVALID         a value that the field in `where` cannot take, such as null
 * ERROR_REGISTRY        the id could not be looked up: to be tried again later */
int codec_decode_event(struct codec *c, enum event_kind kind, const void *bytes, size_t n, struct arena *a,
                       struct event *out, struct error *e);
int codec_decode_record(struct codec *c, enum subject_kind kind, const void *bytes, size_t n, struct arena *a,
                        struct record *out, struct error *e);
int codec_decode_alert(struct codec *c, const void *bytes, size_t n, struct arena *a, struct alert *out,
                       struct error *e);

/* Append a framed record, of its own kind. ERROR_INVALID with the field; nothing is appended then. */
int codec_encode_event(const struct codec *c, const struct event *event, struct buffer *out, struct error *e);
int codec_encode_record(const struct codec *c, const struct record *record, struct buffer *out,
                        struct error *e);
int codec_encode_alert(const struct codec *c, const struct alert *alert, struct buffer *out, struct error *e);

/* Appends an event that was encoded before, without its framing then, with the framing of now. */
void codec_frame_event(const struct codec *c, enum event_kind kind, struct text value, struct buffer *out);

#endif
