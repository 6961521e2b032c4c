/* What becomes of records whose writer had another schema than we have: the table `cases` is the manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/number.h"
#include "core/time.h"
#include "edge/avro/plan.h"

struct part {
    struct text name;
    int64_t n;
};

struct thing {
    struct text t;
    struct text b;
    uint8_t e;
    struct instant i;
    struct day d;
    int64_t l;
    struct number x;
    bool f;
    struct texts ts;
    const struct part *p;
    struct records ps;
};

static const char *const letters[] = {"A", "B", "UNKNOWN"};
static const struct symbols symbols = {"E", letters, 3, true};
static const struct field part_at[] = {
    {"name", FIELD_TEXT, false, offsetof(struct part, name), NULL, NULL},
    {"n", FIELD_LONG, true, offsetof(struct part, n), NULL, NULL},
};
static const struct fields part_fields = {"Part", sizeof(struct part), part_at, 2};

#define THING(name, kind, nullable, symbols, of)                                                             \
    {                                                                                                        \
#name, kind, nullable, offsetof(struct thing, name), symbols, of                                     \
    }
#define THING_FIELDS(nullable)                                                                               \
    {                                                                                                        \
        THING(t, FIELD_TEXT, nullable, NULL, NULL), THING(b, FIELD_BYTES, nullable, NULL, NULL),             \
            THING(e, FIELD_ENUM, nullable, &symbols, NULL), THING(i, FIELD_INSTANT, nullable, NULL, NULL),   \
            THING(d, FIELD_DAY, nullable, NULL, NULL), THING(l, FIELD_LONG, nullable, NULL, NULL),           \
            THING(x, FIELD_DOUBLE, nullable, NULL, NULL), THING(f, FIELD_BOOL, false, NULL, NULL),           \
            THING(ts, FIELD_TEXTS, nullable, NULL, NULL),                                                    \
            THING(p, FIELD_RECORD, nullable, NULL, &part_fields),                                            \
            THING(ps, FIELD_RECORDS, nullable, NULL, &part_fields),                                          \
    }
static const struct field nullable_at[] = THING_FIELDS(true);
static const struct field required_at[] = THING_FIELDS(false);
static const struct fields nullable_fields = {"Thing", sizeof(struct thing), nullable_at, 11};
static const struct fields required_fields = {"Thing", sizeof(struct thing), required_at, 11};

#define PART                                                                                                 \
    "{'type':'record','name':'Part','fields':[{'name':'name','type':'string'},{'name':'n','type':['null','"  \
    "long'],'default':null}]}"
#define ENUM(...) "{'type':'enum','name':'E','symbols':[" __VA_ARGS__ "]}"
#define RECORD(name, ...) "{'type':'record','name':'" name "','fields':[" __VA_ARGS__ "]}"
#define FIELD(name, type) "{'name':'" name "','type':" type "}"
#define DEFAULTED(name, type, value) "{'name':'" name "','type':" type ",'default':" value "}"

/* Ours: everything nullable. */
static const char nullable_json[] = RECORD(
    "Thing",
    "{'name':'t','aliases':['text','words'],'type':['null','string'],'default':null}"
    "," DEFAULTED("b", "['null','bytes']", "null") "," DEFAULTED("e", "['null'," ENUM("'A','B','UNKNOWN'") "]", "null") "," DEFAULTED(
        "i", "['null',{'type':'long','logicalType':'timestamp-millis'}]",
        "null") "," DEFAULTED("d", "['null',{'type':'int','logicalType':'date'}]",
                              "null") "," DEFAULTED("l", "['null','long']",
                                                    "null") "," DEFAULTED("x", "['null','double']",
                                                                          "null") "," DEFAULTED("f",
                                                                                                "'boolean'",
                                                                                                "false") "," DEFAULTED("ts",
                                                                                                                       "['null',{'type':'array','items':'string'}]",
                                                                                                                       "null") "," DEFAULTED("p",
                                                                                                                                             "['null'," PART
                                                                                                                                             "]",
                                                                                                                                             "null") "," DEFAULTED("ps",
                                                                                                                                                                   "['null',{'type':'array','items':'Part'}]",
                                                                                                                                                                   "null"));

/* Ours: nothing nullable, and a default for everything. */
static const char required_json[] = RECORD(
    "Thing",
    DEFAULTED("t", "'string'", "'say \\'so\\''") "," DEFAULTED("b", "'bytes'", "'a\\u00ff\\u0080'") "," DEFAULTED("e", ENUM("'A','B','UNKNOWN'"), "'B'") "," DEFAULTED(
        "i", "{'type':'long','logicalType':'timestamp-millis'}",
        "-5") "," DEFAULTED("d", "{'type':'int','logicalType':'date'}",
                            "19000") "," DEFAULTED("l", "'long'",
                                                   "12") "," DEFAULTED("x", "'double'",
                                                                       "2.5") "," DEFAULTED("f", "'boolean'",
                                                                                            "true") "," DEFAULTED("ts",
                                                                                                                  "{'type':'array','items':'string'}",
                                                                                                                  "['u','v']") "," DEFAULTED("p",
                                                                                                                                             PART,
                                                                                                                                             "{'name':'q','n':3}") "," DEFAULTED("ps",
                                                                                                                                                                                 "{'type':'array','items':'Part'}",
                                                                                                                                                                                 "[{'name':'r'},{'name':'s','n':4}]"));

/* JSON is written with ' for " here. */
static struct avro_schema *parsed(const char *json)
{
    struct arena *a = arena_new(4096);
    struct text t = arena_copy(a, text_of(json));
    char *at = (char *)(uintptr_t)t.at;
    size_t len = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (at[i] == '\\' && at[i + 1] == '\'')
            at[len++] = '\'', i++;
        else
            at[len++] = at[i] == '\'' ? '"' : at[i];
    }
    struct avro_schema *s = NULL;
    struct error e = {0};
    if (avro_schema_parse(at, len, &s, &e))
        fail_msg("%s: %s: %s", json, e.where, e.text);
    arena_free(a);
    return s;
}

static void show_part(FILE *f, const struct part *p)
{
    fprintf(f, "{%.*s", (int)p->name.len, p->name.at);
    if (p->n != LONG_NULL)
        fprintf(f, " %" PRId64, p->n);
    fprintf(f, "}");
}

/* All that is not null, as one line. */
static void show(const struct thing *t, char *out, size_t size)
{
    FILE *f = fmemopen(out, size, "w");
    if (t->t.at)
        fprintf(f, "t=%.*s ", (int)t->t.len, t->t.at);
    if (t->b.at)
        fprintf(f, "b=");
    for (size_t i = 0; i < t->b.len; i++)
        fprintf(f, "%02x", (unsigned char)t->b.at[i]);
    if (t->b.at)
        fprintf(f, " ");
    if (t->e)
        fprintf(f, "e=%s ", symbols_name(&symbols, t->e));
    if (!instant_is_none(t->i))
        fprintf(f, "i=%" PRId64 " ", t->i.ms);
    if (!day_is_none(t->d))
        fprintf(f, "d=%d ", t->d.n);
    if (t->l != LONG_NULL)
        fprintf(f, "l=%" PRId64 " ", t->l);
    if (t->x.set)
        fprintf(f, "x=%g ", t->x.value);
    if (t->f)
        fprintf(f, "f ");
    for (size_t i = 0; i < t->ts.count; i++)
        fprintf(f, "ts=%.*s ", (int)t->ts.at[i].len, t->ts.at[i].at);
    if (t->p) {
        fprintf(f, "p=");
        show_part(f, t->p);
        fprintf(f, " ");
    }
    for (size_t i = 0; i < t->ps.count; i++) {
        fprintf(f, "ps=");
        show_part(f, (const struct part *)t->ps.at + i);
        fprintf(f, " ");
    }
    long len = ftell(f);
    fclose(f);
    out[len > 0 ? len - 1 : 0] = '\0';
}

static size_t unhex(const char *hex, unsigned char *out)
{
    size_t n = 0;
    for (; *hex; hex++) {
        unsigned byte;
        if (*hex == ' ')
            continue;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        out[n++] = (unsigned char)byte;
        hex++;
    }
    return n;
}

#define INVALID(where) "!-1 " where
#define MALFORMED(where) "!-2 " where
#define UNRESOLVED(where) "?-1 " where

static const struct {
    const char *writer, *bytes;
    const char
        *expected; /* the record; "!code where": what reading says; "?code where": what compiling says */
} cases[] = {
    /* Fields are found by name, in whatever order, under an alias too; unknown ones are skipped. */
    {RECORD("Thing", FIELD("l", "'long'") "," FIELD("t", "'string'")), "0a 02 61", "t=a l=5"},
    {RECORD("Thing", FIELD("words", "'string'")), "02 61", "t=a"},
    {RECORD("Thing", FIELD("words", "'string'") "," FIELD("t", "'string'")), "02 61 02 62", "t=b"},
    {RECORD("Thing", ""), "", ""},
    {RECORD("other.space.Thing", FIELD("l", "'long'")), "0a", "l=5"},
    {RECORD(
         "Thing",
         FIELD("u1", "'null'") "," FIELD("u2", "'boolean'") "," FIELD("u3", "'int'") "," FIELD("u4", "'long'") "," FIELD("u5", "'float'") "," FIELD(
             "u6",
             "'double'") "," FIELD("u7",
                                   "'bytes'") "," FIELD("u8",
                                                        "'string'") "," FIELD("u9",
                                                                              "{'type':'fixed','name':'F','"
                                                                              "size':3}") "," FIELD("u10",
                                                                                                    ENUM(
                                                                                                        "'A',"
                                                                                                        "'C"
                                                                                                        "'")) "," FIELD("l",
                                                                                                                        "'int'")),
     "01 02 04 00000000 0000000000000000 02ff 0261 000000 02 0a", "l=5"},
    {RECORD("Thing",
            FIELD("u1", "{'type':'array','items':'string'}") "," FIELD(
                "u2",
                "{'type':'map','values':['null',"
                "'int']}") "," FIELD("u3",
                                     RECORD("List", FIELD("v", "'int'") "," FIELD(
                                                        "next", "['null','List']"))) "," FIELD("l", "'int'")),
     "04 02 61 04 62 63 00  02 02 6b 02 08 00  02 02 04 02 06 00  0a", "l=5"},
    {RECORD("Thing", FIELD("u", "{'type':'array','items':'string'}") "," FIELD("l", "'int'")),
     "03 0a 02 61 04 62 63 00 0a", "l=5"},
    {RECORD("Thing", FIELD("u", "{'type':'map','values':'int'}") "," FIELD("l", "'int'")),
     "01 06 02 6b 04 00 0a", "l=5"},
    {RECORD("Thing", FIELD("u", ENUM("'A','C'"))), "04", MALFORMED("u")},
    {RECORD("Thing", FIELD("u", "['null','int']")), "04", MALFORMED("u")},

    /* Promotions. */
    {RECORD("Thing", FIELD("l", "'int'")), "0a", "l=5"},
    {RECORD("Thing", FIELD("i", "'int'")), "0a", "i=5"},
    {RECORD("Thing", FIELD("i", "'long'")), "0a", "i=5"},
    {RECORD("Thing", FIELD("d", "'int'")), "0a", "d=5"},
    {RECORD("Thing", FIELD("x", "'int'")), "09", "x=-5"},
    {RECORD("Thing", FIELD("x", "'long'")), "80 80 80 80 20", "x=4.29497e+09"},
    {RECORD("Thing", FIELD("x", "'float'")), "0000c03f", "x=1.5"},
    {RECORD("Thing", FIELD("x", "'double'")), "000000000000f87f", "x=nan"},
    {RECORD("Thing", FIELD("t", "'bytes'")), "04 d2 9b", "t=\xd2\x9b"},
    {RECORD("Thing", FIELD("b", "'string'")), "02 61", "b=61"},
    {RECORD("Thing", FIELD("b", "'bytes'")), "04 ff 00", "b=ff00"},

    /* What does not resolve is refused once and for all, with the field. */
    {RECORD("Thing", FIELD("l", "'string'")), "", UNRESOLVED("l")},
    {RECORD("Thing", FIELD("l", "'double'")), "", UNRESOLVED("l")},
    {RECORD("Thing", FIELD("d", "'long'")), "", UNRESOLVED("d")},
    {RECORD("Thing", FIELD("t", "'int'")), "", UNRESOLVED("t")},
    {RECORD("Thing", FIELD("f", "'int'")), "", UNRESOLVED("f")},
    {RECORD("Thing", FIELD("f", "'null'")), "", UNRESOLVED("f")},
    {RECORD("Thing", FIELD("e", "'string'")), "", UNRESOLVED("e")},
    {RECORD("Thing", FIELD("e", "{'type':'enum','name':'G','symbols':['A']}")), "", UNRESOLVED("e")},
    {RECORD("Thing", FIELD("i", "{'type':'long','logicalType':'timestamp-micros'}")), "", UNRESOLVED("i")},
    {RECORD("Thing", FIELD("l", "{'type':'long','logicalType':'timestamp-millis'}")), "", UNRESOLVED("l")},
    {RECORD("Thing", FIELD("ts", "'string'")), "", UNRESOLVED("ts")},
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':'int'}")), "", UNRESOLVED("ts")},
    {RECORD("Thing", FIELD("p", RECORD("Other", ""))), "", UNRESOLVED("p")},
    {RECORD("Thing", FIELD("p", RECORD("Part", FIELD("n", "'long'")))), "", UNRESOLVED("p.name")},
    {RECORD("Thing", FIELD("ps", "{'type':'array','items':" RECORD("Part", FIELD("name", "'int'")) "}")), "",
     UNRESOLVED("ps.name")},
    {RECORD("Other", FIELD("l", "'long'")), "", UNRESOLVED("")},
    {"'int'", "", UNRESOLVED("")},

    /* Unions of the writer: any branches in any order; only a branch that is taken can be wrong. */
    {RECORD("Thing", FIELD("l", "['null','long']")), "00", ""},
    {RECORD("Thing", FIELD("l", "['null','long']")), "02 0a", "l=5"},
    {RECORD("Thing", FIELD("l", "['long','null']")), "00 0a", "l=5"},
    {RECORD("Thing", FIELD("l", "['long','null']")), "02", ""},
    {RECORD("Thing", FIELD("l", "['long']")), "00 0a", "l=5"},
    {RECORD("Thing", FIELD("l", "'null'")), "", ""},
    {RECORD("Thing", FIELD("x", "['string','float','null','int']")), "02 0000c03f", "x=1.5"},
    {RECORD("Thing", FIELD("x", "['string','float','null','int']")), "04", ""},
    {RECORD("Thing", FIELD("x", "['string','float','null','int']")), "06 0a", "x=5"},
    {RECORD("Thing", FIELD("x", "['string','float','null','int']")), "00 02 61", INVALID("x")},
    {RECORD("Thing", FIELD("x", "['string','float','null','int']")), "08", MALFORMED("x")},
    {RECORD("Thing", FIELD("x", "['null','string']")), "00", ""},
    {RECORD("Thing", FIELD("x", "['null','string']")), "02 00", INVALID("x")},
    {RECORD("Thing", FIELD("x", "['null','double']")), "01", MALFORMED("x")},
    {RECORD("Thing", FIELD("x", "['null','double']")), "80 00", ""},
    {RECORD("Thing", FIELD("x", "[]")), "00", MALFORMED("x")},
    {RECORD("Thing", FIELD("f", "['null','boolean']")), "02 01", "f"},
    {RECORD("Thing", FIELD("f", "['null','boolean']")), "00", INVALID("f")},
    {RECORD("Thing", FIELD("f", "['boolean','int','null']")), "04", INVALID("f")},
    {RECORD("Thing", FIELD("p", "['null'," RECORD("Other", "") "," PART "]")), "04 02 61 02 0a", "p={a 5}"},
    {RECORD("Thing", FIELD("p", "['null'," RECORD("Other", "") "," PART "]")), "02", INVALID("p")},
    {RECORD("Thing", FIELD("p", "[" RECORD("Part", FIELD("n", "'int'")) ",'null']")), "02", ""},
    {RECORD("Thing", FIELD("p", "[" RECORD("Part", FIELD("n", "'int'")) ",'null']")), "00 0a",
     INVALID("p.name")},

    /* Enums: by symbol; what we do not know is our default. */
    {RECORD("Thing", FIELD("e", ENUM("'UNKNOWN','B','A'"))), "04", "e=A"},
    {RECORD("Thing", FIELD("e", ENUM("'A','NEW','B'"))), "02", "e=UNKNOWN"},
    {RECORD("Thing", FIELD("e", ENUM("'A'"))), "02", MALFORMED("e")},
    {RECORD("Thing", FIELD("e", ENUM("'A'"))), "01", MALFORMED("e")},

    /* Arrays and records. */
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':'string'}")), "00", ""},
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':'string'}")), "04 02 61 04 62 63 00", "ts=a ts=bc"},
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':'string'}")),
     "02 02 61 03 08 02 62 02 63 02 02 64 00", "ts=a ts=b ts=c ts=d"},
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':'string'}")), "03 0a 02 61 02 62 00",
     MALFORMED("ts")},
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':'bytes'}")), "02 02 61 00", "ts=a"},
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':['null','string']}")), "02 02 02 61 00", "ts=a"},
    {RECORD("Thing", FIELD("ts", "{'type':'array','items':['null','string']}")), "02 00 00", INVALID("ts")},
    {RECORD("Thing", FIELD("ts", "['null',{'type':'array','items':'string'}]")), "02 02 02 61 00", "ts=a"},
    {RECORD("Thing", FIELD("p", RECORD("Part", FIELD("n", "'int'") "," FIELD("u", "'string'") "," FIELD(
                                                   "name", "'string'")))),
     "0a 02 7a 02 61", "p={a 5}"},
    {RECORD("Thing", FIELD("p", RECORD("Part", FIELD("name", "'string'")))), "02 61", "p={a}"},
    {RECORD("Thing", FIELD("ps", "{'type':'array','items':" PART "}")), "04 02 61 00 02 62 02 0a 00",
     "ps={a} ps={b 5}"},
    {RECORD("Thing", FIELD("ps", "{'type':'array','items':['int'," PART "]}")), "02 02 02 61 00 00",
     "ps={a}"},
    {RECORD("Thing", FIELD("ps", "{'type':'array','items':['int'," PART "]}")), "02 00 02 00", INVALID("ps")},

    /* Bytes that are wrong. */
    {RECORD("Thing", FIELD("l", "'long'")), "", MALFORMED("l")},
    {RECORD("Thing", FIELD("l", "'long'")), "0a 0a", MALFORMED("")},
    {RECORD("Thing", FIELD("l", "'long'")), "80", MALFORMED("l")},
    {RECORD("Thing", FIELD("l", "'long'")), "feffffffffffffffff 01", "l=9223372036854775807"},
    {RECORD("Thing", FIELD("l", "'long'")), "fdffffffffffffffff 01", "l=-9223372036854775807"},
    {RECORD("Thing", FIELD("l", "'long'")), "ffffffffffffffffff 01", INVALID("l")},
    {RECORD("Thing", FIELD("l", "'long'")), "feffffffffffffffff 02", MALFORMED("l")},
    {RECORD("Thing", FIELD("l", "'long'")), "80808080808080808080 00", MALFORMED("l")},
    {RECORD("Thing", FIELD("l", "'int'")), "80 80 80 80 10", MALFORMED("l")},
    {RECORD("Thing", FIELD("d", "'int'")), "ff ff ff ff 0f", INVALID("d")},
    {RECORD("Thing", FIELD("t", "'string'")), "04 61", MALFORMED("t")},
    {RECORD("Thing", FIELD("t", "'string'")), "01", MALFORMED("t")},
    {RECORD("Thing", FIELD("t", "'string'")), "02 ff", MALFORMED("t")},
    {RECORD("Thing", FIELD("t", "'string'")), "04 c0 80", MALFORMED("t")},
    {RECORD("Thing", FIELD("t", "'string'")), "06 ed a0 80", MALFORMED("t")},
    {RECORD("Thing", FIELD("t", "'string'")), "08 f4 90 80 80", MALFORMED("t")},
    {RECORD("Thing", FIELD("t", "'string'")), "16 6162636465666768696a e6", MALFORMED("t")},
    {RECORD("Thing", FIELD("t", "'string'")), "16 6162636465666768 e6b996", "t=abcdefgh湖"},
    {RECORD("Thing", FIELD("f", "'boolean'")), "02", MALFORMED("f")},
    {RECORD("Thing", FIELD("x", "'double'")), "00000000000000", MALFORMED("x")},
    {RECORD("Thing", FIELD("x", "'float'")), "000000", MALFORMED("x")},
};

/* What reading gives, in the notation of the table. */
static void outcome(const char *writer_json, const char *reader_json, const struct fields *table,
                    const char *hex, char *out, size_t size)
{
    struct avro_schema *writer = parsed(writer_json), *reader = parsed(reader_json);
    struct avro_plan *plan = NULL;
    struct error e = {0};
    int rc = avro_plan_compile(writer, reader, table, &plan, &e);
    avro_schema_free(reader); /* not needed from here on */
    if (rc) {
        assert_null(plan);
        (void)snprintf(out, size, "?%d %s", e.code, e.where);
    } else {
        unsigned char bytes[256];
        size_t n = unhex(hex, bytes);
        struct arena *a = arena_new(1024);
        struct thing thing, before;
        memset(&thing, 0x5a, sizeof thing);
        before = thing;
        rc = avro_decode(plan, bytes, n, a, &thing, &e);
        if (rc) {
            (void)snprintf(out, size, "!%d %s", rc, e.where);
            assert_int_equal(e.code, rc);
            assert_true(e.text[0] != '\0' && e.position <= n);
            assert_memory_equal(&thing, &before, sizeof thing); /* touched only on success */
        } else {
            show(&thing, out, size);
        }
        arena_free(a);
    }
    avro_plan_free(plan);
    avro_schema_free(writer);
}

static void writers_of_other_schemas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[400];
        outcome(cases[i].writer, nullable_json, &nullable_fields, cases[i].bytes, got, sizeof got);
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s\n  %s\n  is  \"%s\"\n  not \"%s\"", cases[i].writer, cases[i].bytes, got,
                     cases[i].expected);
    }
}

#define ALL_DEFAULTS "b=61ff80 e=B i=-5 d=19000 l=12 x=2.5 f ts=u ts=v p={q 3} ps={r} ps={s 4}"

static void what_the_writer_lacks_takes_our_default(void **state)
{
    (void)state;
    char got[400];
    outcome(RECORD("Thing", ""), required_json, &required_fields, "", got, sizeof got);
    assert_string_equal(got, "t=say 'so' " ALL_DEFAULTS);
    outcome(RECORD("Thing", FIELD("t", "'string'")), required_json, &required_fields, "02 61", got,
            sizeof got);
    assert_string_equal(got, "t=a " ALL_DEFAULTS);
    /* A default replaces what is missing, not what is null. */
    outcome(RECORD("Thing", FIELD("t", "['null','string']")), required_json, &required_fields, "00", got,
            sizeof got);
    assert_string_equal(got, INVALID("t"));
    /* Without default. */
    outcome(RECORD("Thing", ""), RECORD("Thing", FIELD("t", "'string'")), &required_fields, "", got,
            sizeof got);
    assert_string_equal(got, UNRESOLVED("t"));
}

static void defaults_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        DEFAULTED("t", "'string'", "null"),
        DEFAULTED("t", "'string'", "7"),
        DEFAULTED("t", "'string'", "'a'") "," DEFAULTED("b", "'bytes'", "'\u6e56'"),
        DEFAULTED("t", "'string'", "'a'") "," DEFAULTED("b", "'bytes'",
                                                        "'b'") "," DEFAULTED("e", ENUM("'A','C'"), "'C'"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char json[600], got[400];
        (void)snprintf(json, sizeof json, RECORD("Thing", "%s"), wrong[i]);
        outcome(RECORD("Thing", ""), json, &required_fields, "", got, sizeof got);
        if (strncmp(got, "?-1 ", 4) != 0)
            fail_msg("%s: %s", wrong[i], got);
    }
}

static void encoders_know_their_table(void **state)
{
    (void)state;
    struct avro_encoder *p = NULL;
    struct error e = {0};
    struct avro_schema *ours = parsed(nullable_json);
    assert_int_equal(avro_encoder_compile(ours, &required_fields, &p, &e), ERROR_INVALID);
    assert_string_equal(e.where, "t");
    assert_int_equal(avro_encoder_compile(ours, &part_fields, &p, &e), ERROR_INVALID);
    assert_int_equal(avro_encoder_compile(ours, &nullable_fields, &p, &e), 0);
    avro_schema_free(ours);

    struct thing t;
    struct part nameless = {TEXT_NULL, 3};
    struct buffer out = BUFFER_EMPTY;
    buffer_add_byte(&out, 0x77);
    fields_clear(&nullable_fields, &t);
    assert_int_equal(avro_encode(p, &t, &out, &e), 0);
    assert_int_equal(out.len, 1 + 11);
    size_t before = out.len;
    t.p = &nameless;
    assert_int_equal(avro_encode(p, &t, &out, &e), ERROR_INVALID);
    assert_string_equal(e.where, "p.name");
    t.p = NULL;
    t.e = 4;
    assert_int_equal(avro_encode(p, &t, &out, &e), ERROR_INVALID);
    assert_string_equal(e.where, "e");
    t.e = 0;
    struct text element = TEXT_NULL;
    t.ts = (struct texts){&element, 1};
    assert_int_equal(avro_encode(p, &t, &out, &e), ERROR_INVALID);
    assert_string_equal(e.where, "ts");
    assert_int_equal(out.len, before); /* nothing of what failed is left */
    buffer_free(&out);
    avro_encoder_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_of_other_schemas),
        cmocka_unit_test(what_the_writer_lacks_takes_our_default),
        cmocka_unit_test(defaults_that_do_not_fit_are_refused),
        cmocka_unit_test(encoders_know_their_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
