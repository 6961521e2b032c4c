/* Held against avro-c: what it writes we read, what we write is the same bytes, for random records of all
 * schemas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <avro.h>
#include <cmocka.h>

#include "edge/avro/codec.h"
#include "edge/avro/plan.h"
#include "edge/avro/schema_files.h"
#include "tests/edge/avro_random.h"

#define ROUNDS 1500

static void to_generic(struct arena *a, const struct fields *table, const char *record, avro_value_t *out);

static void number_to_generic(const struct field *f, const void *at, avro_value_t *out)
{
    int64_t n = f->kind == FIELD_DAY       ? ((const struct day *)at)->n
                : f->kind == FIELD_INSTANT ? ((const struct instant *)at)->ms
                                           : *(const int64_t *)at;
    if (avro_value_get_type(out) == AVRO_INT32)
        assert_int_equal(avro_value_set_int(out, (int32_t)n), 0);
    else
        assert_int_equal(avro_value_set_long(out, n), 0);
}

static void text_to_generic(struct arena *a, struct text t, avro_value_t *out)
{
    assert_int_equal(avro_value_set_string_len(out, arena_copy(a, t).at, t.len + 1), 0);
}

static void array_to_generic(struct arena *a, const struct field *f, const void *at, avro_value_t *out)
{
    const struct texts *texts = at;
    const struct records *records = at;
    size_t count = f->kind == FIELD_TEXTS ? texts->count : records->count;
    for (size_t i = 0; i < count; i++) {
        avro_value_t element;
        assert_int_equal(avro_value_append(out, &element, NULL), 0);
        if (f->kind == FIELD_TEXTS)
            text_to_generic(a, texts->at[i], &element);
        else
            to_generic(a, f->of, (const char *)records->at + i * f->of->size, &element);
    }
}

static void field_to_generic(struct arena *a, const struct field *f, const void *at, avro_value_t *out)
{
    const struct text *bytes = at;
    int index = -1;
    switch (f->kind) {
    case FIELD_TEXT: text_to_generic(a, *bytes, out); break;
    case FIELD_BYTES:
        assert_int_equal(avro_value_set_bytes(out, (void *)(uintptr_t)bytes->at, bytes->len), 0);
        break;
    case FIELD_ENUM:
        index = avro_schema_enum_get_by_name(avro_value_get_schema(out),
                                             symbols_name(f->symbols, *(const uint8_t *)at));
        assert_true(index >= 0);
        assert_int_equal(avro_value_set_enum(out, index), 0);
        break;
    case FIELD_INSTANT:
    case FIELD_DAY:
    case FIELD_LONG: number_to_generic(f, at, out); break;
    case FIELD_DOUBLE:
        assert_int_equal(avro_value_set_double(out, ((const struct number *)at)->value), 0);
        break;
    case FIELD_BOOL: assert_int_equal(avro_value_set_boolean(out, *(const bool *)at), 0); break;
    case FIELD_TEXTS:
    case FIELD_RECORDS: array_to_generic(a, f, at, out); break;
    case FIELD_RECORD: to_generic(a, f->of, *(const char *const *)at, out); break;
    }
}

static bool is_unset(const struct field *f, const void *at)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: return ((const struct text *)at)->at == NULL;
    case FIELD_ENUM: return *(const uint8_t *)at == 0;
    case FIELD_INSTANT: return instant_is_none(*(const struct instant *)at);
    case FIELD_DAY: return day_is_none(*(const struct day *)at);
    case FIELD_LONG: return *(const int64_t *)at == LONG_NULL;
    case FIELD_DOUBLE: return !((const struct number *)at)->set;
    case FIELD_BOOL: return false;
    case FIELD_TEXTS: return ((const struct texts *)at)->count == 0;
    case FIELD_RECORD: return *(const void *const *)at == NULL;
    case FIELD_RECORDS: return ((const struct records *)at)->count == 0;
    }
    return false;
}

static void to_generic(struct arena *a, const struct fields *table, const char *record, avro_value_t *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct field *f = &table->at[i];
        avro_value_t part, branch = {0};
        assert_int_equal(avro_value_get_by_name(out, f->name, &part, NULL), 0);
        bool null = f->nullable && is_unset(f, record + f->offset);
        if (f->nullable) {
            assert_int_equal(avro_value_set_branch(&part, null ? 0 : 1, &branch), 0);
            part = branch;
        }
        if (null)
            assert_int_equal(avro_value_set_null(&part), 0);
        else
            field_to_generic(a, f, record + f->offset, &part);
    }
}

static void same_bytes_and_same_values(enum codec_subject s)
{
    const struct fields *table = codec_fields(s);
    struct arena *a = arena_new(64 * 1024);
    struct random r = random_start(a);
    struct error e = {0};
    const struct schema_file *file = schema_files;
    while (strcmp(file->name, codec_schema_name(s)) != 0)
        file++;
    struct avro_schema *schema;
    struct avro_plan *plan;
    struct avro_encoder *encoder;
    assert_int_equal(avro_schema_parse(file->text.at, file->text.len, &schema, &e), 0);
    assert_int_equal(avro_plan_compile(schema, schema, table, &plan, &e), 0);
    assert_int_equal(avro_encoder_compile(schema, table, &encoder, &e), 0);

    avro_schema_t theirs;
    avro_value_t value;
    assert_int_equal(avro_schema_from_json_length(file->text.at, file->text.len, &theirs), 0);
    avro_value_iface_t *class = avro_generic_class_from_schema(theirs);
    assert_int_equal(avro_generic_value_new(class, &value), 0);

    static char bytes[64 * 1024];
    struct buffer ours = BUFFER_EMPTY;
    size_t total = 0;
    for (int i = 0; i < ROUNDS; i++) {
        arena_reset(a);
        void *record = arena_take(a, table->size);
        void *back = arena_take(a, table->size);
        random_record(&r, table, avro_schema_root(schema), record);

        avro_writer_t writer = avro_writer_memory(bytes, sizeof bytes);
        avro_value_reset(&value);
        to_generic(a, table, record, &value);
        assert_int_equal(avro_value_write(writer, &value), 0);
        size_t len = (size_t)avro_writer_tell(writer);
        avro_writer_free(writer);

        buffer_clear(&ours);
        assert_int_equal(avro_encode(encoder, record, &ours, &e), 0);
        assert_int_equal(ours.len, len);
        assert_memory_equal(ours.at, bytes, len);

        assert_int_equal(avro_decode(plan, bytes, len, a, back, &e), 0);
        assert_string_equal(record_difference(table, record, back), "");
        size_t used = 0;
        assert_int_equal(avro_measure(schema, bytes, len, &used, &e), 0);
        assert_int_equal(used, len);
        total += len;
    }
    assert_true(total > ROUNDS * 20);

    avro_value_decref(&value);
    avro_value_iface_decref(class);
    avro_schema_decref(theirs);
    buffer_free(&ours);
    avro_encoder_free(encoder);
    avro_plan_free(plan);
    avro_schema_free(schema);
    arena_free(a);
}

#define STORY(name, subject)                                                                                 \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        same_bytes_and_same_values(subject);                                                                 \
    }
STORY(signings, CODEC_SIGNING)
STORY(summits, CODEC_SUMMIT)
STORY(milestones, CODEC_MILESTONE)
STORY(instrument_records, CODEC_INSTRUMENT_RECORD)
STORY(summit_records, CODEC_SUMMIT_RECORD)
STORY(commitment_records, CODEC_COMMITMENT_RECORD)
STORY(alerts, CODEC_ALERT)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signings),       cmocka_unit_test(summits),
        cmocka_unit_test(milestones),     cmocka_unit_test(instrument_records),
        cmocka_unit_test(summit_records), cmocka_unit_test(commitment_records),
        cmocka_unit_test(alerts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
