/* Plans and encoders of our own schemas, for the targets that read Avro. Made once, by the first call, and
 * kept. */
#ifndef TESTS_FUZZ_AVRO_FUZZ_H
#define TESTS_FUZZ_AVRO_FUZZ_H

#include <jansson.h>

#include "edge/avro/codec.h"
#include "edge/avro/plan.h"
#include "edge/json/record_printer.h"
#include "tests/edge/avro_random.h"
#include "tests/fuzz/fuzz.h"

struct avro_fuzz {
    struct codec *codec;
    struct arena *arena;
    struct avro_plan *plans[CODEC_SUBJECTS];
    struct avro_encoder *encoders[CODEC_SUBJECTS];
};

static inline struct avro_fuzz *avro_fuzz(void)
{
    static struct avro_fuzz made;
    if (made.codec)
        return &made;
    FUZZ_HOLDS(codec_new(&made.codec, NULL) == 0, "the schemas");
    made.arena = arena_new(1 << 16);
    for (int s = 0; s < CODEC_SUBJECTS; s++) {
        const struct avro_schema *schema = codec_schema(made.codec, (enum codec_subject)s);
        const struct fields *fields = codec_fields((enum codec_subject)s);
        FUZZ_HOLDS(avro_plan_compile(schema, schema, fields, &made.plans[s], NULL) == 0, "plan %d", s);
        FUZZ_HOLDS(avro_encoder_compile(schema, fields, &made.encoders[s], NULL) == 0, "encoder %d", s);
    }
    return &made;
}

/* The same with its arena empty: at the start of an input. */
static inline struct avro_fuzz *avro_fuzz_start(void)
{
    arena_reset(avro_fuzz()->arena);
    return avro_fuzz();
}

/* A struct of that table, filled with what no decoder writes. */
static inline void *avro_fuzz_blank(struct avro_fuzz *f, const struct fields *fields)
{
    void *record = arena_take(f->arena, fields->size);
    memset(record, 0xa5, fields->size);
    return record;
}

/* What was read can be written by our own schema, reads back the same, and is then written the same. */
static inline void avro_fuzz_round_trip(struct avro_fuzz *f, int s, const void *record)
{
    const struct fields *fields = codec_fields((enum codec_subject)s);
    struct buffer one = BUFFER_EMPTY, two = BUFFER_EMPTY;
    struct error e = {0};
    void *again = avro_fuzz_blank(f, fields);
    FUZZ_HOLDS(avro_encode(f->encoders[s], record, &one, &e) == 0, "%s: %s", e.where, e.text);
    FUZZ_HOLDS(avro_decode(f->plans[s], one.at, one.len, f->arena, again, &e) == 0, "%s: %s", e.where,
               e.text);
    FUZZ_HOLDS(record_difference(fields, record, again)[0] == '\0', "%s is another",
               record_difference(fields, record, again));
    FUZZ_HOLDS(avro_encode(f->encoders[s], again, &two, &e) == 0, "%s: %s", e.where, e.text);
    FUZZ_HOLDS(one.len == two.len && memcmp(one.at, two.at, one.len) == 0, "is written otherwise");
    buffer_free(&one);
    buffer_free(&two);
}

/* It prints as one line of JSON. */
static inline void avro_fuzz_print(const struct fields *fields, const void *record)
{
    struct buffer b = BUFFER_EMPTY;
    json_error_t why;
    record_print(&b, "fuzz", fields, record);
    FUZZ_HOLDS(!memchr(b.at, '\n', b.len), "more than one line");
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
    json_t *json = json_loadb((const char *)b.at, b.len, flags, &why);
    FUZZ_HOLDS(json, "not JSON: %s: %.*s", why.text, (int)b.len, (const char *)b.at);
    json_decref(json);
    buffer_free(&b);
}

#endif
