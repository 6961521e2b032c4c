/* Schemas: what is read from their JSON, their canonical form and fingerprint, what is refused and where; and
 * that the files of schemas/ and the field tables of the core say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/avro/codec.h"
#include "edge/avro/schema_files.h"

static struct avro_schema *parsed(const char *json)
{
    struct avro_schema *s = NULL;
    struct error e = {0};
    if (avro_schema_parse(json, strlen(json), &s, &e))
        fail_msg("%s: %s", e.where, e.text);
    return s;
}

/* Canonical forms as the specification's rules make them; fingerprints as the Java implementation's own test
 * data. */
static void canonical_forms(void **state)
{
    (void)state;
    static const struct {
        const char *json, *canonical;
        uint64_t fingerprint; /* 0: not known from elsewhere */
    } cases[] = {
        {"\"null\"", "\"null\"", UINT64_C(0x63dd24e7cc258f8a)},
        {"{\"type\":\"boolean\"}", "\"boolean\"", UINT64_C(0x9f42fc78a4d4f764)},
        {"\"int\"", "\"int\"", UINT64_C(0x7275d51a3f395c8f)},
        {" { \"type\" : \"long\" , \"logicalType\":\"timestamp-millis\" }", "\"long\"",
         UINT64_C(0xd054e14493f41db7)},
        {"\"string\"", "\"string\"", UINT64_C(0x8f014872634503c7)},
        {"[\"int\", \"null\"]", "[\"int\",\"null\"]", 0},
        {"[]", "[]", 0},
        {"{\"items\":\"string\", \"type\":\"array\", \"default\":[]}",
         "{\"type\":\"array\",\"items\":\"string\"}", 0},
        {"{\"type\":\"map\",\"doc\":\"x\",\"values\":[\"null\",\"bytes\"]}",
         "{\"type\":\"map\",\"values\":[\"null\",\"bytes\"]}", 0},
        {"{\"size\": 16, \"type\":\"fixed\",\"namespace\":\"a.b\",\"name\":\"F\",\"aliases\":[\"G\"]}",
         "{\"name\":\"a.b.F\",\"type\":\"fixed\",\"size\":16}", 0},
        {"{\"type\":\"enum\",\"doc\":\"d\",\"symbols\":[\"A\",\"B\"],\"name\":\"x.E\",\"default\":\"B\"}",
         "{\"name\":\"x.E\",\"type\":\"enum\",\"symbols\":[\"A\",\"B\"]}", 0},
        {"{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}",
         "{\"name\":\"R\",\"type\":\"record\",\"fields\":[]}", 0},
        /* Names without a namespace take that of what encloses them, and a type's second mention is its name.
         */
        {"{\"type\":\"record\",\"name\":\"List\",\"namespace\":\"n\",\"fields\":["
         "{\"name\":\"e\",\"default\":\"A\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}},"
         "{\"name\":\"f\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"namespace\":\"m\",\"size\":1}},"
         "{\"name\":\"next\",\"type\":[\"null\",\"List\",\"E\"],\"order\":\"ignore\"}]}",
         "{\"name\":\"n.List\",\"type\":\"record\",\"fields\":["
         "{\"name\":\"e\",\"type\":{\"name\":\"n.E\",\"type\":\"enum\",\"symbols\":[\"A\"]}},"
         "{\"name\":\"f\",\"type\":{\"name\":\"m.F\",\"type\":\"fixed\",\"size\":1}},"
         "{\"name\":\"next\",\"type\":[\"null\",\"n.List\",\"n.E\"]}]}",
         0},
    };
    assert_true(avro_crc64("", 0) == UINT64_C(0xc15d213aa4d7a795));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct avro_schema *s = parsed(cases[i].json);
        struct buffer out = BUFFER_EMPTY;
        avro_schema_canonical(s, &out);
        buffer_add_byte(&out, '\0');
        assert_string_equal((const char *)out.at, cases[i].canonical);
        if (cases[i].fingerprint)
            assert_true(avro_schema_fingerprint(s) == cases[i].fingerprint);
        avro_schema_free(s);
        /* A canonical form is its own canonical form. */
        struct avro_schema *again = parsed((const char *)out.at);
        struct buffer twice = BUFFER_EMPTY;
        avro_schema_canonical(again, &twice);
        assert_int_equal(twice.len, out.len - 1);
        assert_memory_equal(twice.at, out.at, twice.len);
        avro_schema_free(again);
        buffer_free(&out);
        buffer_free(&twice);
    }
}

static void what_resolution_needs_is_kept(void **state)
{
    (void)state;
    struct avro_schema *s = parsed("{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"n\",\"aliases\":["
                                   "\"Old\",\"m.Older\"],\"fields\":["
                                   "{\"name\":\"t\",\"aliases\":[\"time\"],\"type\":{\"type\":\"long\","
                                   "\"logicalType\":\"timestamp-millis\"},"
                                   "\"default\":7},"
                                   "{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":["
                                   "\"A\",\"B\"],\"default\":\"B\"}},"
                                   "{\"name\":\"self\",\"type\":[\"null\",\"R\"]},"
                                   "{\"name\":\"x\",\"type\":{\"type\":\"error\",\"name\":\"X\",\"fields\":[{"
                                   "\"name\":\"d\",\"type\":\"double\"}]}}]}");
    const struct avro_type *r = avro_schema_root(s);
    assert_string_equal(r->name, "n.R");
    assert_string_equal(r->short_name, "R");
    assert_int_equal(r->alias_count, 2);
    assert_string_equal(r->aliases[0], "n.Old");
    assert_string_equal(r->aliases[1], "m.Older");
    const struct avro_field *t = avro_type_field(r, "t");
    assert_string_equal(t->aliases[0], "time");
    assert_string_equal(t->type->logical, "timestamp-millis");
    assert_int_equal(json_integer_value(t->fallback), 7);
    assert_string_equal(avro_type_field(r, "e")->type->symbol_fallback, "B");
    assert_ptr_equal(avro_type_field(r, "self")->type->branches[1], r);
    assert_int_equal(avro_type_field(r, "x")->type->kind, KIND_RECORD);
    assert_null(avro_type_field(r, "y"));
    assert_int_equal(r->min_bytes, 1 + 1 + 1 + 8);
    avro_schema_free(s);
}

#define RECORD(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"

static void wrong_schemas_are_refused_and_placed(void **state)
{
    (void)state;
    static const struct {
        const char *json, *where, *text;
    } cases[] = {
        {"", "schema", "no JSON"},
        {"{\"type\":", "schema", "no JSON"},
        {"{\"type\":\"int\",\"type\":\"int\"}", "schema", "no JSON"},
        {"\"int\" x", "schema", "no JSON"},
        {"7", "", "neither a name"},
        {"\"in\\u0000t\"", "", "neither a name"},
        {"{\"type\":\"fixed\",\"size\":1,\"name\":\"F\\u0000\"}", "", "no \"name\""},
        {"{\"type\":\"fixed\",\"size\":1,\"name\":\"F\",\"namespace\":\"a\\u0000\"}", "", "no string"},
        {"{\"type\":\"fixed\",\"size\":1,\"name\":\"F\",\"aliases\":[\"a\\u0000\"]}", "", "aliases"},
        {"null", "", "neither a name"},
        {"{\"name\":\"R\"}", "", "neither a name"},
        {"\"Foo\"", "", "\"Foo\" is not defined"},
        {"{\"type\":\"union\"}", "", "\"union\" is not defined"},
        {"{\"type\":\"record\",\"fields\":[]}", "", "no \"name\""},
        {"{\"type\":\"record\",\"name\":\"int\",\"fields\":[]}", "", "primitive"},
        {"{\"type\":\"record\",\"name\":\"1R\",\"fields\":[]}", "", "no Avro name"},
        {"{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"a..b\",\"fields\":[]}", "", "no Avro name"},
        {"{\"type\":\"record\",\"name\":\"R\",\"namespace\":7,\"fields\":[]}", "", "no string"},
        {"{\"type\":\"record\",\"name\":\"R\",\"aliases\":7,\"fields\":[]}", "", "aliases"},
        {"{\"type\":\"record\",\"name\":\"R\",\"aliases\":[7],\"fields\":[]}", "", "aliases"},
        {"{\"type\":\"record\",\"name\":\"R\"}", "R", "no array of \"fields\""},
        {RECORD("7"), "R", "no Avro name"},
        {RECORD("{\"type\":\"int\"}"), "R", "no Avro name"},
        {RECORD("{\"name\":\"a b\",\"type\":\"int\"}"), "R", "\"a b\" is no Avro name"},
        {RECORD("{\"name\":\"a\"}"), "R.a", "no \"type\""},
        {RECORD(FIELD("a", "\"int\"") "," FIELD("a", "\"int\"")), "R.a", "two fields"},
        {RECORD(FIELD("a", RECORD(""))), "R.a", "defined twice"},
        {RECORD(FIELD("a", "{\"type\":\"array\"}")), "R.a", "\"items\""},
        {RECORD(FIELD("a", "{\"type\":\"map\"}")), "R.a", "\"values\""},
        {RECORD(FIELD("a", "{\"type\":\"array\",\"items\":\"Foo\"}")), "R.a[]", "not defined"},
        {RECORD(FIELD("a", "[\"int\",[\"long\"]]")), "R.a", "within a union"},
        {RECORD(FIELD("a", "[\"int\",\"string\",\"int\"]")), "R.a", "branch int twice"},
        {RECORD(FIELD("a", "{\"type\":\"enum\",\"name\":\"E\"}")), "R.a", "\"symbols\""},
        {RECORD(FIELD("a", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"A\"]}")), "R.a", "twice"},
        {RECORD(FIELD("a", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A-\"]}")), "R.a",
         "no Avro name"},
        {RECORD(FIELD("a", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"B\"}")),
         "R.a", "none of its symbols"},
        {RECORD(FIELD("a", "{\"type\":\"fixed\",\"name\":\"F\"}")), "R.a", "\"size\""},
        {RECORD(FIELD("a", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}")), "R.a", "\"size\""},
        {RECORD(FIELD("a", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":99999999999}")), "R.a", "\"size\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct avro_schema *s = NULL;
        struct error e = {0};
        int rc = avro_schema_parse(cases[i].json, strlen(cases[i].json), &s, &e);
        if (rc != ERROR_INVALID || e.code != rc || s || !strstr(e.text, cases[i].text) ||
            strcmp(e.where, cases[i].where) != 0)
            fail_msg("%s: %d \"%s\" \"%s\"", cases[i].json, rc, e.where, e.text);
        assert_int_equal(avro_schema_parse(cases[i].json, strlen(cases[i].json), &s, NULL), ERROR_INVALID);
    }
}

static void refused(const struct buffer *json, const char *text)
{
    struct avro_schema *s = NULL;
    struct error e = {0};
    assert_int_equal(avro_schema_parse((const char *)json->at, json->len, &s, &e), ERROR_INVALID);
    if (!strstr(e.text, text))
        fail_msg("\"%s\"", e.text);
}

static void add(struct buffer *b, const char *s, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buffer_add(b, s, strlen(s));
}

static void bombs_are_refused(void **state)
{
    (void)state;
    struct buffer json = BUFFER_EMPTY;
    add(&json, "{\"type\":\"array\",\"items\":", AVRO_MAX_DEPTH + 1);
    add(&json, "\"int\"", 1);
    add(&json, "}", AVRO_MAX_DEPTH + 1);
    refused(&json, "deeper than 64");

    buffer_clear(&json);
    add(&json, "{\"type\":", 1500);
    add(&json, "\"int\"", 1);
    add(&json, "}", 1500);
    refused(&json, "deeper than 64");

    buffer_clear(&json);
    add(&json, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[", 1);
    for (int i = 0; i < AVRO_MAX_NODES; i++) {
        char field[64];
        (void)snprintf(field, sizeof field, "%s{\"name\":\"f%d\",\"type\":\"int\"}", i ? "," : "", i);
        add(&json, field, 1);
    }
    add(&json, "]}", 1);
    refused(&json, "more than 10000");

    buffer_clear(&json);
    add(&json, "{\"type\":\"fixed\",\"size\":1,\"name\":\"", 1);
    add(&json, "n", AVRO_MAX_NAME + 1);
    add(&json, "\"}", 1);
    refused(&json, "longer than 255");

    buffer_clear(&json);
    add(&json, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"type\":\"int\",\"name\":\"", 1);
    add(&json, "n", AVRO_MAX_NAME + 1);
    add(&json, "\"}]}", 1);
    refused(&json, "at most 255 letters");

    buffer_clear(&json);
    add(&json, "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"", 1);
    add(&json, "S", AVRO_MAX_NAME + 1);
    add(&json, "\"]}", 1);
    refused(&json, "at most 255 letters");

    buffer_clear(&json);
    add(&json, "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"S\"", 1);
    for (int i = 0; i < AVRO_MAX_NODES; i++) {
        char symbol[32];
        (void)snprintf(symbol, sizeof symbol, ",\"S%d\"", i);
        add(&json, symbol, 1);
    }
    add(&json, "]}", 1);
    refused(&json, "more than 10000");

    buffer_clear(&json);
    add(&json, "[\"int\"", 1);
    add(&json, ",\"int\"", 100000);
    add(&json, "]", 1);
    refused(&json, "more than 1000 branches");

    buffer_clear(&json);
    add(&json, " ", AVRO_MAX_TEXT);
    add(&json, "\"int\"", 1);
    refused(&json, "longer than 1048576");

    /* A record that must contain itself is a schema, though there is no such value. */
    buffer_clear(&json);
    add(&json, RECORD(FIELD("a", "\"R\"")), 1);
    buffer_add_byte(&json, '\0');
    avro_schema_free(parsed((const char *)json.at));
    buffer_free(&json);
}

/* One field of a table against the schema's type; where they differ it fails with the path. */
static void types_agree(const char *path, const struct field *f, const struct avro_type *t);

static void records_agree(const char *path, const struct fields *table, const struct avro_type *t)
{
    if (t->kind != KIND_RECORD || strcmp(t->short_name, table->name) != 0 || t->count != table->count)
        fail_msg("%s: not the record %s with %zu fields", path, table->name, table->count);
    if (strncmp(t->name, "org.chapar.", 11) != 0)
        fail_msg("%s: %s is outside the namespace", path, t->name);
    for (size_t i = 0; i < t->count; i++) {
        char where[200];
        (void)snprintf(where, sizeof where, "%s.%s", path, t->fields[i].name);
        const struct field *f = &table->at[i];
        const struct avro_type *type = t->fields[i].type;
        if (strcmp(f->name, t->fields[i].name) != 0)
            fail_msg("%s: the table has %s there", where, f->name);
        if (f->nullable) {
            if (type->kind != KIND_UNION || type->count != 2 || type->branches[0]->kind != KIND_NULL ||
                !json_is_null(t->fields[i].fallback))
                fail_msg("%s: not a union of null and a type, with default null", where);
            type = type->branches[1];
        }
        types_agree(where, f, type);
    }
}

static void enums_agree(const char *path, const struct symbols *s, const struct avro_type *t)
{
    if (strcmp(t->short_name, s->name) != 0 || t->count != s->count)
        fail_msg("%s: not the enum %s of %zu", path, s->name, s->count);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->at[i], t->symbols[i]) != 0)
            fail_msg("%s: symbol %zu is %s, not %s", path, i, t->symbols[i], s->at[i]);
    if (!s->has_default || !t->symbol_fallback || strcmp(t->symbol_fallback, "UNKNOWN") != 0 ||
        strcmp(s->at[s->count - 1], "UNKNOWN") != 0)
        fail_msg("%s: the default is not UNKNOWN, the last symbol", path);
}

static void types_agree(const char *path, const struct field *f, const struct avro_type *t)
{
    static const struct {
        enum avro_kind kind;
        const char *logical;
    } expected[] = {
        [FIELD_TEXT] = {KIND_STRING, NULL},   [FIELD_BYTES] = {KIND_BYTES, NULL},
        [FIELD_ENUM] = {KIND_ENUM, NULL},     [FIELD_INSTANT] = {KIND_LONG, "timestamp-millis"},
        [FIELD_DAY] = {KIND_INT, "date"},     [FIELD_LONG] = {KIND_LONG, NULL},
        [FIELD_DOUBLE] = {KIND_DOUBLE, NULL}, [FIELD_BOOL] = {KIND_BOOLEAN, NULL},
        [FIELD_TEXTS] = {KIND_ARRAY, NULL},   [FIELD_RECORD] = {KIND_RECORD, NULL},
        [FIELD_RECORDS] = {KIND_ARRAY, NULL},
    };
    bool int_for_long = f->kind == FIELD_LONG && t->kind == KIND_INT;
    if (t->kind != expected[f->kind].kind && !int_for_long)
        fail_msg("%s: the schema has %s", path, avro_kind_name(t->kind));
    if ((t->logical == NULL) != (expected[f->kind].logical == NULL) ||
        (t->logical && strcmp(t->logical, expected[f->kind].logical) != 0))
        fail_msg("%s: logical type %s", path, t->logical ? t->logical : "is missing");
    if (f->kind == FIELD_ENUM)
        enums_agree(path, f->symbols, t);
    else if (f->kind == FIELD_RECORD)
        records_agree(path, f->of, t);
    else if (f->kind == FIELD_RECORDS)
        records_agree(path, f->of, t->items);
    else if (f->kind == FIELD_TEXTS && t->items->kind != KIND_STRING)
        fail_msg("%s: not an array of strings", path);
}

/* Every record, field and enum of the JSON has a doc. */
static void is_documented(const char *path, const json_t *j)
{
    if (json_is_array(j)) {
        for (size_t i = 0; i < json_array_size(j); i++)
            is_documented(path, json_array_get(j, i));
        return;
    }
    if (!json_is_object(j))
        return;
    const char *name = json_string_value(json_object_get(j, "name"));
    const char *doc = json_string_value(json_object_get(j, "doc"));
    char where[200];
    (void)snprintf(where, sizeof where, "%s/%s", path, name ? name : "");
    if (name && (!doc || strlen(doc) < 4 || doc[strlen(doc) - 1] != '.'))
        fail_msg("%s: no doc", where);
    is_documented(where, json_object_get(j, "type"));
    is_documented(where, json_object_get(j, "items"));
    is_documented(where, json_object_get(j, "fields"));
}

static void files_and_tables_agree(void **state)
{
    (void)state;
    size_t found = 0;
    for (int s = 0; s < CODEC_SUBJECTS; s++)
        for (size_t i = 0; i < schema_file_count; i++) {
            const struct schema_file *file = &schema_files[i];
            if (file->is_history || strcmp(file->name, codec_schema_name((enum codec_subject)s)) != 0)
                continue;
            struct avro_schema *schema;
            struct error e = {0};
            if (avro_schema_parse(file->text.at, file->text.len, &schema, &e))
                fail_msg("%s: %s: %s", file->name, e.where, e.text);
            records_agree(file->name, codec_fields((enum codec_subject)s), avro_schema_root(schema));
            avro_schema_free(schema);
            json_t *j = json_loadb(file->text.at, file->text.len, 0, NULL);
            is_documented(file->name, j);
            json_decref(j);
            found++;
        }
    assert_int_equal(found, CODEC_SUBJECTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_forms),
        cmocka_unit_test(what_resolution_needs_is_kept),
        cmocka_unit_test(wrong_schemas_are_refused_and_placed),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(files_and_tables_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
