/* Container files: ours read back and by avro-c, avro-c's read by us, and damaged ones refused with their
 * place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <avro.h>
#include <cmocka.h>
#include <unistd.h>
#include <zlib.h>

#include "edge/avro/container.h"
#include "edge/avro/plan.h"
#include "edge/avro/schema_files.h"
#include "tests/edge/avro_random.h"

#define EVENTS 2000 /* several blocks */

static struct text schema_text(const char *name)
{
    const struct schema_file *file = schema_files;
    while (strcmp(file->name, name) != 0)
        file++;
    return file->text;
}

static struct buffer contents(FILE *f)
{
    struct buffer b = BUFFER_EMPTY;
    rewind(f);
    for (int c; (c = getc(f)) != EOF;)
        buffer_add_byte(&b, (unsigned char)c);
    return b;
}

/* A file of random milestones, and the milestones. */
static FILE *written(struct codec *codec, struct random *r, bool deflated, struct event *events, size_t count)
{
    FILE *f = tmpfile();
    struct container_writer *w = NULL;
    struct avro_encoder *encoder = NULL;
    struct error e = {0};
    struct buffer b = BUFFER_EMPTY;
    const struct avro_schema *schema = codec_schema(codec, CODEC_MILESTONE);
    assert_non_null(f);
    assert_int_equal(avro_encoder_compile(schema, event_fields[EVENT_MILESTONE], &encoder, &e), 0);
    assert_int_equal(container_create(f, "written", schema_text("milestone"), deflated, NULL, &w, &e), 0);
    for (size_t i = 0; i < count; i++) {
        events[i].kind = EVENT_MILESTONE;
        random_record(r, event_fields[EVENT_MILESTONE], avro_schema_root(schema), &events[i].common);
        buffer_clear(&b);
        assert_int_equal(avro_encode(encoder, &events[i].common, &b, &e), 0);
        assert_int_equal(container_append(w, b.at, b.len, &e), 0);
    }
    assert_int_equal(container_finish(w, &e), 0);
    container_writer_free(w);
    avro_encoder_free(encoder);
    buffer_free(&b);
    return f;
}

static void read_back(struct codec *codec, FILE *f, struct arena *a, const struct event *events, size_t count)
{
    struct container *c = NULL;
    struct error e = {0};
    enum event_kind kind;
    struct event event;
    rewind(f);
    if (container_open(f, "written", &c, &e))
        fail_msg("%s: %s", e.where, e.text);
    assert_int_equal(container_event_kind(c, &kind, &e), 0);
    assert_int_equal(kind, EVENT_MILESTONE);
    for (size_t i = 0; i < count; i++) {
        if (container_next_event(c, codec, a, &event, &e) != 1)
            fail_msg("%zu: %s: %s", i, e.where, e.text);
        assert_int_equal(event.kind, EVENT_MILESTONE);
        assert_string_equal(
            record_difference(event_fields[EVENT_MILESTONE], &event.common, &events[i].common), "");
    }
    assert_int_equal(container_next_event(c, codec, a, &event, &e), 0);
    assert_int_equal(container_next_event(c, codec, a, &event, &e), 0);
    container_free(c);
}

static void ours_is_read_back_and_by_avro_c(void **state)
{
    struct codec *codec = *state;
    struct arena *a = arena_new(64 * 1024);
    struct random r = random_start(a);
    struct event *events = arena_take(a, EVENTS * sizeof *events);
    for (int deflated = 0; deflated < 2; deflated++) {
        FILE *f = written(codec, &r, deflated, events, EVENTS);
        read_back(codec, f, a, events, EVENTS);
        rewind(f);
        avro_file_reader_t theirs;
        assert_int_equal(avro_file_reader_fp(f, "written", 0, &theirs), 0);
        avro_schema_t schema = avro_file_reader_get_writer_schema(theirs);
        avro_value_iface_t *class = avro_generic_class_from_schema(schema);
        avro_value_t value, id;
        const char *text;
        size_t size, n = 0;
        avro_generic_value_new(class, &value);
        while (avro_file_reader_read_value(theirs, &value) == 0) {
            assert_int_equal(avro_value_get_by_name(&value, "event_id", &id, NULL), 0);
            assert_int_equal(avro_value_get_string(&id, &text, &size), 0);
            assert_int_equal(size - 1, events[n].common.event_id.len);
            assert_memory_equal(text, events[n].common.event_id.at, size - 1);
            n++;
            avro_value_reset(&value);
        }
        assert_int_equal(n, EVENTS);
        avro_value_decref(&value);
        avro_value_iface_decref(class);
        avro_schema_decref(schema);
        avro_file_reader_close(theirs);
        fclose(f);
    }
    arena_free(a);
}

static void theirs_is_read(void **state)
{
    static const char *const codecs[] = {"null", "deflate"};
    static const char json[] =
        "{\"type\":\"record\",\"name\":\"Summit\",\"namespace\":\"org.chapar\",\"fields\":["
        "{\"name\":\"event_id\",\"type\":\"string\"},{\"name\":\"recorded_at\",\"type\":\"long\"},"
        "{\"name\":\"dossier\",\"type\":\"string\"},{\"name\":\"summit\",\"type\":\"string\"},"
        "{\"name\":\"type\",\"type\":{\"type\":\"enum\",\"name\":\"SummitType\",\"symbols\":"
        "[\"HELD\"]}},{\"name\":\"extra\",\"type\":\"double\"}]}";
    struct codec *codec = *state;
    struct arena *a = arena_new(4096);
    for (size_t i = 0; i < 2; i++) {
        char path[] = "/tmp/chapar-container-XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        close(fd);
        unlink(path); /* avro-c makes the file itself */
        avro_schema_t schema;
        avro_file_writer_t writer;
        assert_int_equal(avro_schema_from_json_length(json, strlen(json), &schema), 0);
        assert_int_equal(avro_file_writer_create_with_codec(path, schema, &writer, codecs[i], 0), 0);
        avro_value_iface_t *class = avro_generic_class_from_schema(schema);
        avro_value_t value, part;
        avro_generic_value_new(class, &value);
        for (int64_t n = 0; n < 500; n++) {
            for (size_t k = 0; k < 4; k++) {
                avro_value_get_by_index(&value, k, &part, NULL);
                assert_int_equal(k == 1 ? avro_value_set_long(&part, n) : avro_value_set_string(&part, "s"),
                                 0);
            }
            avro_value_get_by_index(&value, 4, &part, NULL);
            assert_int_equal(avro_value_set_enum(&part, 0), 0);
            avro_value_get_by_index(&value, 5, &part, NULL);
            assert_int_equal(avro_value_set_double(&part, 0.5), 0);
            assert_int_equal(avro_file_writer_append_value(writer, &value), 0);
        }
        avro_file_writer_close(writer);
        avro_value_decref(&value);
        avro_value_iface_decref(class);
        avro_schema_decref(schema);

        FILE *f = fopen(path, "rb");
        unlink(path);
        struct container *c;
        struct error e = {0};
        struct event event;
        assert_int_equal(container_open(f, "theirs", &c, &e), 0);
        for (int64_t n = 0; n < 500; n++) {
            if (container_next_event(c, codec, a, &event, &e) != 1)
                fail_msg("%s: %s", e.where, e.text);
            assert_int_equal(event.common.recorded_at.ms, n);
            assert_int_equal(event.common.type, SUMMIT_HELD);
        }
        assert_int_equal(container_next_event(c, codec, a, &event, &e), 0);
        container_free(c);
        fclose(f);
    }
    arena_free(a);
}

/* Reads all there is; 0 at the end of the file. */
static int drain(struct codec *codec, const void *bytes, size_t n, size_t *events, struct error *e)
{
    struct arena *a = arena_new(1024);
    struct container *c = NULL;
    struct event event;
    FILE *f = fmemopen((void *)(uintptr_t)bytes, n, "rb");
    assert_non_null(f);
    *events = 0;
    int rc = container_open(f, "damaged", &c, e);
    while (rc == 0 && (rc = container_next_event(c, codec, a, &event, e)) == 1) {
        rc = 0;
        ++*events;
    }
    if (rc == 0)
        assert_true(feof(f));
    container_free(c);
    fclose(f);
    arena_free(a);
    return rc;
}

static void damage_is_refused(void **state)
{
    struct codec *codec = *state;
    struct arena *a = arena_new(64 * 1024);
    struct random r = random_start(a);
    struct event *events = arena_take(a, 20 * sizeof *events);
    for (int deflated = 0; deflated < 2; deflated++) {
        FILE *f = written(codec, &r, deflated, events, 20);
        struct buffer file = contents(f);
        struct error e = {0};
        size_t n, header = 0;
        fclose(f);
        assert_int_equal(drain(codec, file.at, file.len, &n, &e), 0);
        assert_int_equal(n, 20);
        /* Cut: only between header and block is that a whole file. */
        for (size_t len = 1; len < file.len; len++) {
            int rc = drain(codec, file.at, len, &n, &e);
            assert_int_equal(n, 0);
            if (rc == 0 && header == 0)
                header = len;
            else
                assert_int_equal(rc, ERROR_MALFORMED);
        }
        assert_true(header > schema_text("milestone").len);
        /* Changed: the schema may lose a doc, the records a letter, but nothing may break. */
        for (size_t i = 0; i < 1200; i++) {
            size_t at = i < 200 ? header + i : random_below(&r, file.len);
            unsigned char was = file.at[at];
            file.at[at] = (unsigned char)random_bits(&r);
            int rc = drain(codec, file.at, file.len, &n, &e);
            assert_true(rc <= 0 && n <= 20);
            if (at >= file.len - 16 && file.at[at] != was) {
                assert_int_equal(rc, ERROR_MALFORMED);
                assert_non_null(strstr(e.where, "damaged: block at byte "));
                assert_int_equal(strtoul(strstr(e.where, "byte ") + 5, NULL, 10), header);
            }
            file.at[at] = was;
        }
        buffer_free(&file);
    }
    arena_free(a);
}

/* A header with these entries, and a block. */
static struct buffer container_of(const char *codec, const char *schema, int64_t count, const void *block,
                                  size_t n)
{
    struct buffer b = BUFFER_EMPTY;
    buffer_add(&b, "Obj\1", 4);
    const char *const entries[] = {"avro.codec", codec, "avro.schema", schema};
    buffer_add_byte(&b, 4);
    for (size_t i = 0; i < 4; i++) {
        size_t len = strlen(entries[i]);
        for (size_t v = 2 * len;; v >>= 7) {
            buffer_add_byte(&b, (unsigned char)(v < 0x80 ? v : (v & 0x7f) | 0x80));
            if (v < 0x80)
                break;
        }
        buffer_add(&b, entries[i], len);
    }
    buffer_add_byte(&b, 0);
    buffer_add(&b, "0123456789abcdef", 16);
    const int64_t numbers[] = {count, (int64_t)n};
    for (size_t i = 0; i < 2; i++)
        for (uint64_t v = ((uint64_t)numbers[i] << 1) ^ (uint64_t)(numbers[i] >> 63);; v >>= 7) {
            buffer_add_byte(&b, (unsigned char)(v < 0x80 ? v : (v & 0x7f) | 0x80));
            if (v < 0x80)
                break;
        }
    buffer_add(&b, block, n);
    buffer_add(&b, "0123456789abcdef", 16);
    return b;
}

/* The bytes of the first records of a container, without asking what they mean. */
static int measure_all(const struct buffer *b, size_t *records, struct error *e)
{
    struct container *c = NULL;
    const void *bytes;
    size_t n;
    FILE *f = fmemopen(b->at, b->len, "rb");
    *records = 0;
    int rc = container_open(f, "made", &c, e);
    while (rc == 0 && (rc = container_next(c, &bytes, &n, e)) == 1) {
        rc = 0;
        ++*records;
    }
    container_free(c);
    fclose(f);
    return rc;
}

static void made_up_files(void **state)
{
    (void)state;
    static const struct {
        const char *codec, *schema;
        int64_t count;
        const char *block;
        size_t size;
        int rc;
        size_t records;
        const char *text;
    } cases[] = {
        {"null", "\"int\"", 3, "\0\2\4", 3, 0, 3, ""},
        {"", "\"int\"", 3, "\0\2\4", 3, 0, 3, ""},
        {"null", "\"int\"", 0, "", 0, 0, 0, ""},
        {"null", "\"null\"", 5, "", 0, 0, 5, ""},
        {"null", "\"int\"", 2, "\0\2\4", 3, ERROR_MALFORMED, 2, "1 bytes are left over"},
        {"null", "\"int\"", 4, "\0\2\4", 3, ERROR_MALFORMED, 0, "more records than there can be"},
        {"null", "\"null\"", INT64_C(1) << 40, "", 0, ERROR_MALFORMED, 0, "more records than there can be"},
        {"null", "\"int\"", -3, "\0\2\4", 3, ERROR_MALFORMED, 0, "cannot have"},
        {"null", "\"int\"", 2, "\0\x80", 2, ERROR_MALFORMED, 1, "record 1"},
        {"snappy", "\"int\"", 1, "\0", 1, ERROR_INVALID, 0, "\"snappy\" is not supported"},
        {"null", "\"Foo\"", 1, "\0", 1, ERROR_INVALID, 0, "Foo"},
        {"null", "{", 1, "\0", 1, ERROR_INVALID, 0, "no JSON"},
        {"deflate", "\"int\"", 1, "\0", 1, ERROR_MALFORMED, 0, "does not inflate"},
        {"deflate", "\"int\"", 1, "", 0, ERROR_MALFORMED, 0, "does not inflate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer b =
            container_of(cases[i].codec, cases[i].schema, cases[i].count, cases[i].block, cases[i].size);
        struct error e = {0};
        size_t records;
        int rc = measure_all(&b, &records, &e);
        if (rc != cases[i].rc || records != cases[i].records || !strstr(e.text, cases[i].text))
            fail_msg("case %zu: %d, %zu records, %s: %s", i, rc, records, e.where, e.text);
        buffer_free(&b);
    }
    struct buffer text = BUFFER_EMPTY;
    struct error e;
    size_t records;
    buffer_add(&text, "{\"event\":\"signing\"}", 19);
    assert_int_equal(measure_all(&text, &records, &e), ERROR_MALFORMED);
    assert_non_null(strstr(e.text, "no Avro container file"));
    buffer_free(&text);
}

/* 65 MiB of nothing in 65 KB. */
static void a_block_that_inflates_without_end(void **state)
{
    (void)state;
    size_t n = CONTAINER_MAX_BLOCK + 1024 * 1024;
    unsigned char *zeros = calloc(1, n);
    uLong size = compressBound((uLong)n);
    unsigned char *packed = malloc(size);
    assert_true(zeros && packed);
    assert_int_equal(compress(packed, &size, zeros, (uLong)n), Z_OK);
    /* Without zlib's two bytes of header and four of checksum: raw deflate. */
    struct buffer b = container_of("deflate", "\"int\"", (int64_t)n, packed + 2, size - 6);
    struct error e;
    size_t records;
    assert_int_equal(measure_all(&b, &records, &e), ERROR_MALFORMED);
    assert_non_null(strstr(e.text, "inflates to more than"));
    buffer_free(&b);
    free(packed);
    free(zeros);
}

static void files_of_something_else(void **state)
{
    struct codec *codec = *state;
    static const char other[] =
        "{\"type\":\"record\",\"name\":\"Alert\",\"namespace\":\"org.chapar\",\"fields\":[]}";
    static const char poor[] =
        "{\"type\":\"record\",\"name\":\"Signing\",\"namespace\":\"org.chapar\",\"fields\":[]}";
    static const char *const schemas[] = {"\"int\"", other, poor};
    for (size_t i = 0; i < 3; i++) {
        struct buffer b = container_of("null", schemas[i], 0, "", 0);
        struct error e;
        size_t n;
        assert_int_equal(drain(codec, b.at, b.len, &n, &e), ERROR_UNKNOWN_SCHEMA);
        buffer_free(&b);
    }
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
        cmocka_unit_test(ours_is_read_back_and_by_avro_c),
        cmocka_unit_test(theirs_is_read),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(made_up_files),
        cmocka_unit_test(a_block_that_inflates_without_end),
        cmocka_unit_test(files_of_something_else),
    };
    return cmocka_run_group_tests(tests, open_codec, close_codec);
}
