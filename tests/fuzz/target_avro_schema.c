/* Schemas of strangers: what is taken for one has a canonical form that is the same schema; and bytes read
 * with a plan from it to ours can be written by ours.
 *
 * Input: a byte that chooses the reader; the writer's schema as JSON; after an empty line the writer's bytes.
 */
#include "tests/fuzz/avro_fuzz.h"

static void check_canonical(const struct avro_schema *schema)
{
    struct buffer one = BUFFER_EMPTY, two = BUFFER_EMPTY;
    struct avro_schema *again = NULL;
    struct error e = {0};
    avro_schema_canonical(schema, &one);
    FUZZ_HOLDS(avro_crc64(one.at, one.len) == avro_schema_fingerprint(schema), "%.*s", (int)one.len, one.at);
    int rc = avro_schema_parse((const char *)one.at, one.len, &again, &e);
    FUZZ_HOLDS(rc == 0, "%.*s: %s: %s", (int)one.len, one.at, e.where, e.text);
    avro_schema_canonical(again, &two);
    FUZZ_HOLDS(one.len == two.len && memcmp(one.at, two.at, one.len) == 0, "%.*s, then %.*s", (int)one.len,
               one.at, (int)two.len, two.at);
    avro_schema_free(again);
    buffer_free(&one);
    buffer_free(&two);
}

static void check_plan(struct avro_fuzz *f, int s, const struct avro_schema *writer,
                       const struct avro_schema *reader, const uint8_t *data, size_t n)
{
    const struct fields *fields = codec_fields((enum codec_subject)s);
    struct avro_plan *plan = NULL;
    struct error e = {0};
    int rc = avro_plan_compile(writer, reader, fields, &plan, &e);
    if (rc) {
        fuzz_error(&e, rc);
        FUZZ_HOLDS(rc == ERROR_INVALID || rc == ERROR_TOO_LARGE, "%d", rc);
        return;
    }
    void *record = avro_fuzz_blank(f, fields);
    rc = avro_decode(plan, data, n, f->arena, record, &e);
    if (rc) {
        fuzz_error(&e, rc);
        FUZZ_HOLDS(e.position <= n && (rc == ERROR_MALFORMED || rc == ERROR_INVALID), "%d at %zu", rc,
                   e.position);
    } else {
        size_t used = 0;
        FUZZ_HOLDS(avro_measure(writer, data, n, &used, &e) == 0 && used == n, "measured %zu of %zu", used,
                   n);
        avro_fuzz_round_trip(f, s, record);
        avro_fuzz_print(fields, record);
    }
    avro_plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avro_fuzz *f = avro_fuzz_start();
    if (size == 0)
        return 0;
    int s = data[0] % CODEC_SUBJECTS;
    const uint8_t *json = data + 1, *split = memmem(json, size - 1, "\n\n", 2);
    size_t len = split ? (size_t)(split - json) : size - 1, n = split ? size - 1 - len - 2 : 0, used = 0;
    const uint8_t *bytes = split ? split + 2 : data + size;
    struct avro_schema *writer = NULL;
    struct error e = {0};
    int rc = avro_schema_parse((const char *)json, len, &writer, &e);
    if (rc) {
        fuzz_error(&e, ERROR_INVALID);
        return 0;
    }
    check_canonical(writer);
    rc = avro_measure(writer, bytes, n, &used, &e);
    FUZZ_HOLDS(rc == ERROR_MALFORMED || (rc == 0 && used <= n), "%d, %zu of %zu", rc, used, n);
    check_plan(f, s, writer, codec_schema(f->codec, (enum codec_subject)s), bytes, n);
    check_plan(f, s, writer, NULL, bytes, n);
    avro_schema_free(writer);
    return 0;
}
