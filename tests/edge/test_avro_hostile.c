/* Bytes that nobody meant: cut anywhere, changed anywhere, or made to cost more than they weigh. Nothing may
 * crash, hang or take memory out of proportion; the sanitizers watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "edge/avro/codec.h"
#include "edge/avro/plan.h"
#include "tests/edge/avro_random.h"

struct reader {
    const struct fields *table;
    const struct avro_schema *schema;
    struct avro_plan *plan;
    struct avro_encoder *encoder;
};

static void reader_open(struct reader *r, const struct codec *c, enum codec_subject s)
{
    r->table = codec_fields(s);
    r->schema = codec_schema(c, s);
    assert_int_equal(avro_plan_compile(r->schema, r->schema, r->table, &r->plan, NULL), 0);
    assert_int_equal(avro_encoder_compile(r->schema, r->table, &r->encoder, NULL), 0);
}

static void reader_close(struct reader *r)
{
    avro_plan_free(r->plan);
    avro_encoder_free(r->encoder);
}

/* The bytes stand at the end of a block of their own, so that a read past them is seen. */
static int decode_alone(const struct reader *r, const unsigned char *bytes, size_t n, struct arena *a,
                        void *out, struct error *e)
{
    unsigned char *alone = malloc(n ? n : 1);
    assert_non_null(alone);
    if (n)
        memcpy(alone, bytes, n);
    int rc = avro_decode(r->plan, alone, n, a, out, e);
    size_t used = 0;
    if (rc == 0)
        assert_int_equal(avro_measure(r->schema, alone, n, &used, NULL), 0);
    assert_int_equal(used, rc ? 0 : n);
    free(alone);
    return rc;
}

static void cut_at_every_byte(void **state)
{
    struct codec *c = *state;
    struct arena *a = arena_new(64 * 1024);
    struct random random = random_start(a);
    for (int s = 0; s < CODEC_SUBJECTS; s++) {
        struct reader r;
        reader_open(&r, c, (enum codec_subject)s);
        for (int round = 0; round < 10; round++) {
            struct buffer b = BUFFER_EMPTY;
            struct error e = {0};
            arena_reset(a);
            void *record = arena_take(a, r.table->size), *back = arena_take(a, r.table->size);
            random_record(&random, r.table, avro_schema_root(r.schema), record);
            assert_int_equal(avro_encode(r.encoder, record, &b, &e), 0);
            for (size_t n = 0; n < b.len; n++) {
                assert_int_equal(decode_alone(&r, b.at, n, a, back, &e), ERROR_MALFORMED);
                assert_true(e.position <= n);
            }
            assert_int_equal(decode_alone(&r, b.at, b.len, a, back, &e), 0);
            buffer_add_byte(&b, 0);
            assert_int_equal(decode_alone(&r, b.at, b.len, a, back, &e), ERROR_MALFORMED);
            assert_int_equal(e.position, b.len - 1);
            buffer_free(&b);
        }
        reader_close(&r);
    }
    arena_free(a);
}

static void changed_anywhere(void **state)
{
    struct codec *c = *state;
    struct arena *a = arena_new(64 * 1024);
    struct random random = random_start(a);
    size_t refused = 0, read = 0;
    for (int s = 0; s < CODEC_SUBJECTS; s++) {
        struct reader r;
        reader_open(&r, c, (enum codec_subject)s);
        for (int round = 0; round < 3000; round++) {
            struct buffer b = BUFFER_EMPTY, again = BUFFER_EMPTY;
            struct error e = {0};
            arena_reset(a);
            void *record = arena_take(a, r.table->size), *back = arena_take(a, r.table->size);
            random_record(&random, r.table, avro_schema_root(r.schema), record);
            assert_int_equal(avro_encode(r.encoder, record, &b, &e), 0);
            for (size_t i = 0, n = 1 + random_below(&random, 3); i < n; i++)
                b.at[random_below(&random, b.len)] =
                    random_below(&random, 2) ? (unsigned char)random_bits(&random) : 0xff;
            int rc = decode_alone(&r, b.at, b.len, a, back, &e);
            assert_true(rc == 0 || rc == ERROR_MALFORMED || rc == ERROR_INVALID);
            /* What was read can be written: no text points anywhere, no enum is out of range. */
            if (rc == 0) {
                unsigned char *same = b.at;
                assert_int_equal(avro_decode(r.plan, same, b.len, a, back, &e), 0);
                assert_int_equal(avro_encode(r.encoder, back, &again, &e), 0);
            }
            *(rc ? &refused : &read) += 1;
            buffer_free(&b);
            buffer_free(&again);
        }
        reader_close(&r);
    }
    assert_true(refused > 1000 && read > 1000);
    arena_free(a);
}

static void noise(void **state)
{
    struct codec *c = *state;
    struct arena *a = arena_new(64 * 1024);
    struct random random = random_start(a);
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[64];
        size_t n = random_below(&random, sizeof bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = random_below(&random, 3) ? (unsigned char)random_below(&random, 6)
                                                : (unsigned char)random_bits(&random);
        arena_reset(a);
        struct event event;
        struct record record;
        struct alert alert;
        assert_true(
            codec_decode_event(c, (enum event_kind)random_below(&random, 3), bytes, n, a, &event, NULL) < 0);
        assert_true(codec_decode_record(c, SUBJECT_SUMMIT, bytes, n, a, &record, NULL) < 0);
        assert_true(codec_decode_alert(c, bytes, n, a, &alert, NULL) < 0);
    }
    arena_free(a);
}

struct many {
    struct texts ts;
    struct records rs;
};
struct one {
    struct text t;
};
static const struct field one_at[] = {{"t", FIELD_TEXT, true, offsetof(struct one, t), NULL, NULL}};
static const struct fields one_fields = {"One", sizeof(struct one), one_at, 1};
static const struct field many_at[] = {
    {"ts", FIELD_TEXTS, true, offsetof(struct many, ts), NULL, NULL},
    {"rs", FIELD_RECORDS, true, offsetof(struct many, rs), NULL, &one_fields},
};
static const struct fields many_fields = {"Many", sizeof(struct many), many_at, 2};

#define MANY(type) "{\"type\":\"record\",\"name\":\"Many\",\"fields\":[{\"name\":" type "}]}"
#define ARRAY(of) "{\"type\":\"array\",\"items\":" of "}"
#define EMPTY "{\"type\":\"record\",\"name\":\"One\",\"fields\":[]}"

static int decode_bomb(const char *json, const unsigned char *bytes, size_t n, struct many *out)
{
    struct avro_schema *schema = NULL;
    struct avro_plan *plan = NULL;
    struct error e = {0};
    if (avro_schema_parse(json, strlen(json), &schema, &e) ||
        avro_plan_compile(schema, NULL, &many_fields, &plan, &e))
        fail_msg("%s: %s: %s", json, e.where, e.text);
    struct arena *a = arena_new(1024);
    int rc = avro_decode(plan, bytes, n, a, out, &e);
    if (rc)
        assert_true(e.text[0] != '\0');
    arena_free(a);
    avro_plan_free(plan);
    avro_schema_free(schema);
    return rc;
}

static void few_bytes_cannot_claim_much(void **state)
{
    (void)state;
    /* 2^30 elements in front of nothing, positive and negative; the smallest count there is; many empty
     * blocks. */
    static const unsigned char counts[][12] = {
        {0x80, 0x80, 0x80, 0x80, 0x08},
        {0xff, 0xff, 0xff, 0xff, 0x07, 0x00},
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00},
        {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00},
        {0x80, 0x89, 0x7a, 0x00}, /* 1,000,000 elements, then the end */
    };
    static const char *const schemas[] = {
        MANY("\"ts\",\"type\":" ARRAY("\"string\"")),
        MANY("\"rs\",\"type\":" ARRAY(EMPTY)),
        MANY("\"unknown\",\"type\":" ARRAY("\"string\"")),
        MANY("\"unknown\",\"type\":{\"type\":\"map\",\"values\":\"null\"}"),
    };
    struct many out;
    for (size_t s = 0; s < sizeof schemas / sizeof schemas[0]; s++)
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            if (decode_bomb(schemas[s], counts[i], sizeof counts[i], &out) != ERROR_MALFORMED)
                fail_msg("%s: count %zu", schemas[s], i);
    /* Values without bytes are skipped up to the bound, not beyond: 1,000,000 nulls, then one more. */
    static const unsigned char nulls[] = {0x80, 0x89, 0x7a, 0x00}, more[] = {0x80, 0x89, 0x7a, 0x02, 0x00};
    assert_int_equal(decode_bomb(MANY("\"unknown\",\"type\":" ARRAY("\"null\"")), nulls, sizeof nulls, &out),
                     0);
    assert_int_equal(decode_bomb(MANY("\"unknown\",\"type\":" ARRAY("\"null\"")), more, sizeof more, &out),
                     ERROR_MALFORMED);
    /* A few elements without bytes are fine. */
    static const unsigned char three[] = {0x06, 0x00};
    assert_int_equal(decode_bomb(MANY("\"rs\",\"type\":" ARRAY(EMPTY)), three, sizeof three, &out), 0);
    assert_int_equal(out.rs.count, 3);
}

static void many_small_blocks_cost_what_they_weigh(void **state)
{
    (void)state;
    size_t blocks = 300000;
    unsigned char *bytes = malloc(2 * blocks + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < blocks; i++) {
        bytes[2 * i] = 0x02; /* one element: "" */
        bytes[2 * i + 1] = 0x00;
    }
    bytes[2 * blocks] = 0;
    struct many out;
    clock_t start = clock();
    assert_int_equal(decode_bomb(MANY("\"ts\",\"type\":" ARRAY("\"string\"")), bytes, 2 * blocks + 1, &out),
                     0);
    assert_int_equal(out.ts.count, blocks);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC); /* quadratic growth would take minutes */
    free(bytes);
}

static void records_of_records_of_nothing(void **state)
{
    (void)state;
    /* 2^40 values in no byte at all. */
    char json[8192];
    size_t len =
        (size_t)snprintf(json, sizeof json, "%s",
                         "{\"type\":\"record\",\"name\":\"Many\",\"fields\":[{\"name\":\"r0\",\"type\":"
                         "{\"type\":\"record\",\"name\":\"R0\",\"fields\":[]}}");
    for (int i = 1; i <= 40; i++)
        len +=
            (size_t)snprintf(json + len, sizeof json - len,
                             ",{\"name\":\"r%d\",\"type\":{\"type\":\"record\",\"name\":\"R%d\",\"fields\":["
                             "{\"name\":\"a\",\"type\":\"R%d\"},{\"name\":\"b\",\"type\":\"R%d\"}]}}",
                             i, i, i - 1, i - 1);
    (void)snprintf(json + len, sizeof json - len, "]}");
    struct many out;
    assert_int_equal(decode_bomb(json, NULL, 0, &out), ERROR_MALFORMED);
    /* A record that contains itself, without end. */
    assert_int_equal(decode_bomb(MANY("\"u\",\"type\":{\"type\":\"record\",\"name\":\"S\",\"fields\":["
                                      "{\"name\":\"s\",\"type\":\"S\"}]}"),
                                 NULL, 0, &out),
                     ERROR_MALFORMED);
    /* A list, each element within the one before: deep bytes, not a deep schema. */
    unsigned char deep[2000];
    memset(deep, 0x02, sizeof deep);
    assert_int_equal(decode_bomb(MANY("\"u\",\"type\":{\"type\":\"record\",\"name\":\"S\",\"fields\":["
                                      "{\"name\":\"s\",\"type\":[\"null\",\"S\"]}]}"),
                                 deep, sizeof deep, &out),
                     ERROR_MALFORMED);
}

struct outer {
    const void *of;
};
static const struct field middle_at[] = {
    {"of", FIELD_RECORD, true, offsetof(struct outer, of), NULL, &one_fields}};
static const struct fields middle_fields = {"Middle", sizeof(struct outer), middle_at, 1};
static const struct field outer_at[] = {
    {"of", FIELD_RECORD, true, offsetof(struct outer, of), NULL, &middle_fields}};
static const struct fields outer_fields = {"Outer", sizeof(struct outer), outer_at, 1};

static void add(struct buffer *b, const char *format, int i)
{
    char part[200];
    int n = snprintf(part, sizeof part, format, i);
    buffer_add(b, part, (size_t)n);
}

/* Unions of many records, each with a union of many records, each with a few fields: the plan is bounded too.
 */
static void schemas_cannot_blow_up_a_plan(void **state)
{
    (void)state;
    struct buffer json = BUFFER_EMPTY;
    add(&json, "{\"type\":\"record\",\"name\":\"Outer\",\"fields\":[{\"name\":\"ones\",\"type\":[\"null\"",
        0);
    for (int i = 0; i < 200; i++)
        add(&json,
            ",{\"type\":\"record\",\"name\":\"n%d.One\",\"fields\":[{\"name\":\"t\",\"type\":\"string\"},"
            "{\"name\":\"u\",\"type\":\"string\"}]}",
            i);
    add(&json, "]},{\"name\":\"of\",\"type\":[\"null\"", 0);
    for (int i = 0; i < 200; i++) {
        add(&json,
            ",{\"type\":\"record\",\"name\":\"n%d.Middle\",\"fields\":[{\"name\":\"of\",\"type\":[\"null\"",
            i);
        for (int k = 0; k < 200; k++)
            add(&json, ",\"n%d.One\"", k);
        add(&json, "]}]}", 0);
    }
    add(&json, "]}]}", 0);
    struct avro_schema *schema = NULL;
    struct avro_plan *plan = NULL;
    struct error e = {0};
    assert_int_equal(avro_schema_parse((const char *)json.at, json.len, &schema, &e), 0);
    assert_int_equal(avro_plan_compile(schema, NULL, &outer_fields, &plan, &e), ERROR_TOO_LARGE);
    assert_non_null(strstr(e.text, "100000 steps"));
    avro_schema_free(schema);
    buffer_free(&json);
}

static int open_codec(void **state)
{
    struct codec *c = NULL;
    int rc = codec_new(&c, NULL);
    *state = c;
    return rc;
}

static int close_codec(void **state)
{
    codec_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(changed_anywhere),
        cmocka_unit_test(noise),
        cmocka_unit_test(few_bytes_cannot_claim_much),
        cmocka_unit_test(many_small_blocks_cost_what_they_weigh),
        cmocka_unit_test(records_of_records_of_nothing),
        cmocka_unit_test(schemas_cannot_blow_up_a_plan),
    };
    return cmocka_run_group_tests(tests, open_codec, close_codec);
}
