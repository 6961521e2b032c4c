/* For tests in other languages: the codec as a filter between JSON Lines and Avro.
 *
 *   avro_tool fingerprint           a schema on stdin -> its fingerprint (hex of the number), its canonical
 * form avro_tool decode NAME           framed messages on stdin, each after its length (4 bytes,
 * little-endian)
 *                                   -> one line each: the record as JSON, null fields left out, or "!CODE
 * WHERE: TEXT" avro_tool encode NAME           JSON Lines -> framed messages, each after its length avro_tool
 * container-read        a container file of events on stdin -> JSON Lines avro_tool container-write NAME
 * CODEC    JSON Lines -> a container file on stdout
 *
 * NAME is a schema file's name ("signing"). Bytes are strings of characters up to U+00FF. Nothing here is
 * lenient: what does not fit ends the program with 1. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "core/number.h"
#include "core/time.h"
#include "edge/avro/container.h"
#include "edge/avro/plan.h"
#include "edge/avro/schema_files.h"

__attribute__((noreturn)) static void fail(const char *what, const struct error *e)
{
    fprintf(stderr, "avro_tool: %s: %s: %s\n", what, e ? e->where : "", e ? e->text : "");
    exit(1);
}

static json_t *record_to_json(const struct fields *table, const char *record);

static json_t *bytes_to_json(struct text t)
{
    struct buffer b = BUFFER_EMPTY;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c >= 0x80)
            buffer_add_byte(&b, (unsigned char)(0xc0 | c >> 6));
        buffer_add_byte(&b, c < 0x80 ? c : (unsigned char)(0x80 | (c & 0x3f)));
    }
    json_t *out = json_stringn(b.at ? (const char *)b.at : "", b.len);
    buffer_free(&b);
    return out;
}

static json_t *array_to_json(const struct field *f, const void *at)
{
    const struct texts *t = at;
    const struct records *r = at;
    size_t count = f->kind == FIELD_TEXTS ? t->count : r->count;
    if (count == 0 && f->nullable)
        return NULL;
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, f->kind == FIELD_TEXTS
                                       ? json_stringn(t->at[i].at, t->at[i].len)
                                       : record_to_json(f->of, (const char *)r->at + i * f->of->size));
    return out;
}

/* NULL: the field is null. */
static json_t *field_to_json(const struct field *f, const void *at)
{
    const struct text *t = at;
    switch (f->kind) {
    case FIELD_TEXT: return t->at ? json_stringn(t->at, t->len) : NULL;
    case FIELD_BYTES: return t->at ? bytes_to_json(*t) : NULL;
    case FIELD_ENUM:
        return *(const uint8_t *)at ? json_string(symbols_name(f->symbols, *(const uint8_t *)at)) : NULL;
    case FIELD_INSTANT:
        return instant_is_none(*(const struct instant *)at) ? NULL
                                                            : json_integer(((const struct instant *)at)->ms);
    case FIELD_DAY:
        return day_is_none(*(const struct day *)at) ? NULL : json_integer(((const struct day *)at)->n);
    case FIELD_LONG: return *(const int64_t *)at == LONG_NULL ? NULL : json_integer(*(const int64_t *)at);
    case FIELD_DOUBLE:
        return ((const struct number *)at)->set ? json_real(((const struct number *)at)->value) : NULL;
    case FIELD_BOOL: return json_boolean(*(const bool *)at);
    case FIELD_TEXTS:
    case FIELD_RECORDS: return array_to_json(f, at);
    case FIELD_RECORD:
        return *(const char *const *)at ? record_to_json(f->of, *(const char *const *)at) : NULL;
    }
    return NULL;
}

static json_t *record_to_json(const struct fields *table, const char *record)
{
    json_t *out = json_object();
    for (size_t i = 0; i < table->count; i++) {
        json_t *value = field_to_json(&table->at[i], record + table->at[i].offset);
        if (value && json_object_set_new(out, table->at[i].name, value))
            fail(table->at[i].name, NULL);
    }
    return out;
}

static void print_json(const struct fields *table, const void *record)
{
    json_t *j = record_to_json(table, record);
    if (json_dumpf(j, stdout, JSON_COMPACT | JSON_REAL_PRECISION(17)))
        fail("json", NULL);
    putchar('\n');
    json_decref(j);
}

static void json_to_record(const struct fields *table, const json_t *j, struct arena *a, char *record);

static struct text json_to_text(const json_t *j, struct arena *a, bool bytes)
{
    struct text t = arena_copy(a, (struct text){json_string_value(j), json_string_length(j)});
    char *at = (char *)(uintptr_t)t.at;
    size_t len = 0;
    if (!bytes)
        return t;
    for (size_t i = 0; i < t.len; i++, len++) {
        unsigned char c = (unsigned char)at[i];
        at[len] = (char)(c < 0x80 ? c : (unsigned char)(c << 6 | (at[++i] & 0x3f)));
    }
    return (struct text){at, len};
}

static void json_to_array(const struct field *f, const json_t *j, struct arena *a, void *at)
{
    size_t count = json_array_size(j);
    struct text *texts = arena_array(a, f->kind == FIELD_TEXTS ? count : 0, sizeof *texts);
    char *records = arena_array(a, f->of ? count : 0, f->of ? f->of->size : 1);
    for (size_t i = 0; i < count; i++)
        if (f->kind == FIELD_TEXTS)
            texts[i] = json_to_text(json_array_get(j, i), a, false);
        else
            json_to_record(f->of, json_array_get(j, i), a, records + i * f->of->size);
    if (f->kind == FIELD_TEXTS)
        *(struct texts *)at = (struct texts){texts, count};
    else
        *(struct records *)at = (struct records){records, count};
}

static void json_to_field(const struct field *f, const json_t *j, struct arena *a, void *at)
{
    void *record;
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: *(struct text *)at = json_to_text(j, a, f->kind == FIELD_BYTES); break;
    case FIELD_ENUM: *(uint8_t *)at = symbols_find(f->symbols, text_of(json_string_value(j))); break;
    case FIELD_INSTANT: ((struct instant *)at)->ms = json_integer_value(j); break;
    case FIELD_DAY: ((struct day *)at)->n = (int32_t)json_integer_value(j); break;
    case FIELD_LONG: *(int64_t *)at = json_integer_value(j); break;
    case FIELD_DOUBLE: *(struct number *)at = (struct number){json_number_value(j), true}; break;
    case FIELD_BOOL: *(bool *)at = json_is_true(j); break;
    case FIELD_TEXTS:
    case FIELD_RECORDS: json_to_array(f, j, a, at); break;
    case FIELD_RECORD:
        record = arena_take(a, f->of->size);
        json_to_record(f->of, j, a, record);
        *(const void **)at = record;
        break;
    }
}

static void json_to_record(const struct fields *table, const json_t *j, struct arena *a, char *record)
{
    const char *name;
    json_t *value;
    fields_clear(table, record);
    json_object_foreach((json_t *)(uintptr_t)j, name, value)
    {
        const struct field *f = fields_find(table, text_of(name));
        if (!f)
            fail(name, NULL);
        if (!json_is_null(value))
            json_to_field(f, value, a, record + f->offset);
    }
}

/* Room for a record of any of the tables. */
union any {
    struct event event;
    struct record record;
    struct alert alert;
};

static int decode(struct codec *c, enum codec_subject s, const struct buffer *in, struct arena *a,
                  union any *out, struct error *e)
{
    if (s <= CODEC_MILESTONE)
        return codec_decode_event(c, (enum event_kind)s, in->at, in->len, a, &out->event, e);
    if (s <= CODEC_COMMITMENT_RECORD)
        return codec_decode_record(c, (enum subject_kind)(s - CODEC_INSTRUMENT_RECORD + 1), in->at, in->len,
                                   a, &out->record, e);
    return codec_decode_alert(c, in->at, in->len, a, &out->alert, e);
}

static void *any_at(enum codec_subject s, union any *any)
{
    return s <= CODEC_MILESTONE           ? (void *)&any->event.common
           : s <= CODEC_COMMITMENT_RECORD ? (void *)&any->record.common
                                          : (void *)&any->alert;
}

static int encode(struct codec *c, enum codec_subject s, union any *any, struct buffer *out, struct error *e)
{
    if (s <= CODEC_MILESTONE) {
        any->event.kind = (enum event_kind)s;
        return codec_encode_event(c, &any->event, out, e);
    }
    if (s <= CODEC_COMMITMENT_RECORD) {
        any->record.kind = (enum subject_kind)(s - CODEC_INSTRUMENT_RECORD + 1);
        return codec_encode_record(c, &any->record, out, e);
    }
    return codec_encode_alert(c, &any->alert, out, e);
}

static bool read_message(struct buffer *b)
{
    unsigned char head[4];
    if (fread(head, 1, 4, stdin) != 4)
        return false;
    size_t n = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    buffer_clear(b);
    if (fread(buffer_room(b, n + 1), 1, n, stdin) != n)
        fail("stdin ends within a message", NULL);
    b->len = n;
    return true;
}

static void write_message(const struct buffer *b)
{
    for (int i = 0; i < 4; i++)
        putchar((int)(b->len >> (8 * i) & 0xff));
    fwrite(b->at, 1, b->len, stdout);
}

/* The next line as a record; false at the end. */
static bool read_line(enum codec_subject s, struct arena *a, union any *any)
{
    json_error_t wrong;
    json_t *j = json_loadf(stdin, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &wrong);
    if (!j && feof(stdin))
        return false;
    if (!j)
        fail(wrong.text, NULL);
    json_to_record(codec_fields(s), j, a, any_at(s, any));
    json_decref(j);
    return true;
}

static void run_decode(struct codec *c, enum codec_subject s, struct arena *a)
{
    struct buffer b = BUFFER_EMPTY;
    struct error e;
    union any any;
    for (; read_message(&b); arena_reset(a)) {
        int rc = decode(c, s, &b, a, &any, &e);
        if (rc)
            printf("!%d %s: %s\n", rc, e.where, e.text);
        else
            print_json(codec_fields(s), any_at(s, &any));
    }
    buffer_free(&b);
}

static void run_encode(struct codec *c, enum codec_subject s, struct arena *a)
{
    struct buffer b = BUFFER_EMPTY;
    struct error e;
    union any any;
    for (; read_line(s, a, &any); arena_reset(a), buffer_clear(&b)) {
        if (encode(c, s, &any, &b, &e))
            fail("encode", &e);
        write_message(&b);
    }
    buffer_free(&b);
}

static void run_fingerprint(void)
{
    struct buffer b = BUFFER_EMPTY;
    struct avro_schema *s;
    struct error e;
    for (int c; (c = getchar()) != EOF;)
        buffer_add_byte(&b, (unsigned char)c);
    if (avro_schema_parse((const char *)b.at, b.len, &s, &e))
        fail("schema", &e);
    buffer_clear(&b);
    avro_schema_canonical(s, &b);
    printf("%016" PRIx64 "\n%.*s\n", avro_schema_fingerprint(s), (int)b.len, (const char *)b.at);
    avro_schema_free(s);
    buffer_free(&b);
}

static void run_container_read(struct codec *c, struct arena *a)
{
    struct container *in;
    struct event event;
    struct error e;
    int rc = container_open(stdin, "stdin", &in, &e);
    if (rc)
        fail("container", &e);
    for (; (rc = container_next_event(in, c, a, &event, &e)) == 1; arena_reset(a))
        print_json(event_fields[event.kind], &event.common);
    if (rc)
        fail("container", &e);
    container_free(in);
}

static void run_container_write(struct codec *c, enum codec_subject s, bool deflated, struct arena *a)
{
    struct container_writer *w;
    struct buffer b = BUFFER_EMPTY;
    struct error e;
    union any any;
    const struct schema_file *file = schema_files;
    while (strcmp(file->name, codec_schema_name(s)) != 0)
        file++;
    if (container_create(stdout, "stdout", file->text, deflated, NULL, &w, &e))
        fail("container", &e);
    for (; read_line(s, a, &any); arena_reset(a), buffer_clear(&b)) {
        struct framing f;
        if (encode(c, s, &any, &b, &e) || framing_read(b.at, b.len, &f, &e) ||
            container_append(w, b.at + f.payload, b.len - f.payload, &e))
            fail("container", &e);
    }
    if (container_finish(w, &e))
        fail("container", &e);
    container_writer_free(w);
    buffer_free(&b);
}

int main(int argc, char **argv)
{
    struct codec *c;
    struct error e;
    const char *command = argc > 1 ? argv[1] : "";
    enum codec_subject s = CODEC_SIGNING;
    while (argc > 2 && strcmp(argv[2], codec_schema_name(s)) != 0)
        if (++s == CODEC_SUBJECTS)
            fail(argv[2], NULL);
    if (codec_new(&c, &e))
        fail("codec", &e);
    struct arena *a = arena_new(64 * 1024);
    if (strcmp(command, "fingerprint") == 0)
        run_fingerprint();
    else if (strcmp(command, "decode") == 0 && argc == 3)
        run_decode(c, s, a);
    else if (strcmp(command, "encode") == 0 && argc == 3)
        run_encode(c, s, a);
    else if (strcmp(command, "container-read") == 0)
        run_container_read(c, a);
    else if (strcmp(command, "container-write") == 0 && argc == 4)
        run_container_write(c, s, strcmp(argv[3], "deflate") == 0, a);
    else
        fail("usage: avro_tool COMMAND [NAME [CODEC]]", NULL);
    arena_free(a);
    codec_free(c);
    return fflush(stdout) == 0 ? 0 : 1;
}
