/* Records as JSON lines, and the state hash over them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"
#include "edge/json/state_hash.h"

static struct buffer out;

static int free_buffer(void **state)
{
    (void)state;
    buffer_free(&out);
    return 0;
}

static void expect_printed(const char *expected)
{
    buffer_add_byte(&out, 0);
    assert_string_equal((const char *)out.at, expected);
    buffer_clear(&out);
}

/* --- a table of its own: each kind of field, nullable and not --- */

struct inner {
    struct text word;
};
struct sample {
    struct text text, bytes;
    uint8_t colour;
    struct instant instant;
    struct day day;
    int64_t whole;
    struct number number;
    bool flag;
    struct texts texts;
    const struct inner *record;
    struct records records;
};

#define AT(member) offsetof(struct sample, member)

static const char *const colour_names[] = {"RED", "GREEN"};
static const struct symbols colours = {"Colour", colour_names, 2, false};
static const struct field inner_at[] = {{"word", FIELD_TEXT, true, offsetof(struct inner, word), NULL, NULL}};
static const struct fields inner_fields = {"Inner", sizeof(struct inner), inner_at, 1};

#define SAMPLE(variable, nullable)                                                                           \
    static const struct field variable##_at[] = {                                                            \
        {"text", FIELD_TEXT, nullable, AT(text), NULL, NULL},                                                \
        {"bytes", FIELD_BYTES, nullable, AT(bytes), NULL, NULL},                                             \
        {"colour", FIELD_ENUM, nullable, AT(colour), &colours, NULL},                                        \
        {"instant", FIELD_INSTANT, nullable, AT(instant), NULL, NULL},                                       \
        {"day", FIELD_DAY, nullable, AT(day), NULL, NULL},                                                   \
        {"whole", FIELD_LONG, nullable, AT(whole), NULL, NULL},                                              \
        {"number", FIELD_DOUBLE, nullable, AT(number), NULL, NULL},                                          \
        {"flag", FIELD_BOOL, false, AT(flag), NULL, NULL},                                                   \
        {"texts", FIELD_TEXTS, nullable, AT(texts), NULL, NULL},                                             \
        {"record", FIELD_RECORD, nullable, AT(record), NULL, &inner_fields},                                 \
        {"records", FIELD_RECORDS, nullable, AT(records), NULL, &inner_fields},                              \
    };                                                                                                       \
    static const struct fields variable = {"Sample", sizeof(struct sample), variable##_at, 11}

SAMPLE(nullable_fields, true);
SAMPLE(required_fields, false);

static const struct text words[] = {TEXT_LITERAL("a"), TEXT_LITERAL("\"b\"")};
static const struct inner inners[] = {{TEXT_LITERAL("x")}, {{NULL, 0}}};

static struct sample full_sample(void)
{
    return (struct sample){
        .text = TEXT_LITERAL(""),
        .bytes = TEXT_LITERAL("\xFF"),
        .colour = 2,
        .instant = {1779426000007},
        .day = {20595},
        .whole = -9007199254740993,
        .number = {0.1, true},
        .flag = true,
        .texts = {words, 2},
        .record = &inners[0],
        .records = {inners, 2},
    };
}

static void each_kind_of_field(void **state)
{
    (void)state;
    struct sample s = full_sample();
    static const char printed[] =
        "{\"record\":\"sample\",\"text\":\"\",\"colour\":\"GREEN\",\"instant\":\"2026-05-22T05:00:00.007Z\","
        "\"day\":\"2026-05-22\",\"whole\":-9007199254740993,\"number\":0.1,\"flag\":true,\"texts\":[\"a\","
        "\"\\\"b\\\"\"],"
        "\"record\":{\"word\":\"x\"},\"records\":[{\"word\":\"x\"},{}]}";
    record_print(&out, "sample", &nullable_fields, &s);
    expect_printed(printed);
    record_print(&out, "sample", &required_fields, &s);
    expect_printed(printed);
}

static void nulls_are_left_out_but_not_what_is_required(void **state)
{
    (void)state;
    struct sample s;
    fields_clear(&nullable_fields, &s);
    record_print(&out, "sample", &nullable_fields, &s);
    expect_printed("{\"record\":\"sample\",\"flag\":false}");
    record_print(&out, "sample", &required_fields, &s);
    expect_printed("{\"record\":\"sample\",\"flag\":false,\"texts\":[],\"record\":{},\"records\":[]}");
}

static void numbers_that_json_has_not(void **state)
{
    (void)state;
    struct sample s;
    fields_clear(&nullable_fields, &s);
    const double values[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        s.number = (struct number){values[i], true};
        record_print(&out, "sample", &nullable_fields, &s);
        expect_printed("{\"record\":\"sample\",\"flag\":false}");
    }
}

static void an_alert(void **state)
{
    (void)state;
    static const struct cause cause = {TEXT_LITERAL("chapar.milestones"), 2, 17, TEXT_LITERAL("move")};
    struct alert alert;
    fields_clear(&alert_fields, &alert);
    alert.alert_id = TEXT_LITERAL("431b225c94579f244d2a2237f3e2375e");
    alert.subject = TEXT_LITERAL("c2");
    alert.subject_kind = SUBJECT_COMMITMENT;
    alert.dossier = TEXT_LITERAL("d1");
    alert.kind = ALERT_MOVED;
    alert.stage = TEXT_LITERAL("");
    alert.severity = SEVERITY_WARNING;
    alert.opens = alert.closes = (struct day){20636};
    alert.due = TEXT_LITERAL("P6M");
    alert.revision = 2;
    alert.threshold = alert.raised_at = (struct instant){1769940000000};
    alert.days_left = 151;
    alert.slip_days = 1;
    alert.cause = &cause;
    alert_print(&out, &alert);
    expect_printed(
        "{\"record\":\"alert\",\"alert_id\":\"431b225c94579f244d2a2237f3e2375e\",\"subject\":\"c2\","
        "\"subject_kind\":\"COMMITMENT\",\"dossier\":\"d1\",\"kind\":\"MOVED\",\"stage\":\"\","
        "\"severity\":\"WARNING\",\"opens\":\"2026-07-02\",\"closes\":\"2026-07-02\",\"due\":\"P6M\","
        "\"revision\":2,\"threshold\":\"2026-02-01T10:00:00.000Z\",\"raised_at\":\"2026-02-01T10:00:00."
        "000Z\","
        "\"days_left\":151,\"slip_days\":1,\"stale\":false,\"cause\":{\"topic\":\"chapar.milestones\","
        "\"partition\":2,\"offset\":17,\"event_id\":\"move\"}}");
}

static void an_event_and_where_it_stands(void **state)
{
    (void)state;
    struct event e;
    event_clear(&e, EVENT_SUMMIT);
    e.common.event_id = TEXT_LITERAL("e1");
    e.common.recorded_at = (struct instant){1779426000000};
    e.common.dossier = e.summit.summit = TEXT_LITERAL("s1");
    e.common.type = SUMMIT_HELD;
    e.summit.expected_signings = 22;
    event_print(&out, &e, TEXT_LITERAL("chapar.summits"), 3, 41);
    expect_printed("{\"record\":\"event\",\"event\":\"summit\",\"topic\":\"chapar.summits\",\"partition\":3,"
                   "\"offset\":41,"
                   "\"event_id\":\"e1\",\"recorded_at\":\"2026-05-22T05:00:00.000Z\",\"dossier\":\"s1\","
                   "\"type\":\"HELD\","
                   "\"summit\":\"s1\",\"expected_signings\":22}");
}

/* --- the register --- */

static const struct last last_event = {
    TEXT_LITERAL("chapar.milestones"), 1, 5, TEXT_LITERAL("e5"), {1767261600000}};
static const struct resume resume = {.recent = TEXT_LITERAL("x"), .generation = RESUME_GENERATION};
static const struct target target = {
    TEXT_LITERAL("ha"), {100, true}, {300, true}, TEXT_LITERAL("2026"), {NULL, 0}};
static const struct pace pace = {{1.0 / 3, true}, {0.25, true}};

static struct record a_commitment(void)
{
    struct record r = {.kind = SUBJECT_COMMITMENT};
    fields_clear(&commitment_record_fields, &r.common);
    r.common.id = TEXT_LITERAL("c1");
    r.common.dossier = TEXT_LITERAL("d1");
    r.common.title = TEXT_LITERAL("Über");
    r.common.revision = 1;
    r.common.events = 2;
    r.common.duplicates = 0;
    r.common.last = &last_event;
    r.common.as_of = (struct instant){1767261600000};
    r.common.resume = &resume;
    r.commitment.delivery = DELIVERY_UNDERTAKEN;
    r.commitment.clock = CLOCK_NO_DEADLINE;
    r.commitment.timeliness = TIMELINESS_NONE;
    r.commitment.target = &target;
    r.commitment.pace = &pace;
    r.commitment.slip_days = r.commitment.parts = r.commitment.parts_fulfilled = 0;
    r.commitment.fulfilled_occurrences = r.commitment.missed = 0;
    return r;
}

static struct record a_summit(void)
{
    static const struct commitment_counts counts = {0, 1, 2, 0, 0, 0};
    struct record r = {.kind = SUBJECT_SUMMIT};
    fields_clear(&summit_record_fields, &r.common);
    r.common.id = r.common.dossier = TEXT_LITERAL("s1");
    r.common.revision = r.common.events = 1;
    r.common.duplicates = 0;
    r.common.last = &last_event;
    r.common.as_of = (struct instant){1767261600000};
    r.summit.status = SUMMIT_HELD;
    r.summit.slip_days = r.summit.identified_signings = r.summit.missed = 0;
    r.summit.commitments = &counts;
    return r;
}

#define COMMITMENT_FORM                                                                                      \
    "{\"claims\":[],\"clock\":\"NO_DEADLINE\",\"contested\":false,\"delivery\":\"UNDERTAKEN\",\"dossier\":"  \
    "\"d1\","                                                                                                \
    "\"duplicates\":0,\"events\":2,\"fulfilled_occurrences\":0,\"id\":\"c1\",\"incomplete\":false,"          \
    "\"last\":{\"event_id\":\"e5\",\"recorded_at\":\"2026-01-01T10:00:00.000Z\",\"topic\":\"chapar."         \
    "milestones\"},"                                                                                         \
    "\"missed\":0,\"pace\":{\"expected\":0.3333333333333333,\"reported\":0.25},\"parts\":0,\"parts_"         \
    "fulfilled\":0,"                                                                                         \
    "\"record\":\"commitment\",\"revision\":1,\"slip_days\":0,\"slippage\":[],\"sources\":[],"               \
    "\"target\":{\"baseline\":100,\"from\":\"2026\",\"unit\":\"ha\",\"value\":300},\"timeliness\":\"NONE\"," \
    "\"title\":\"Über\"}\n"

#define SUMMIT_FORM                                                                                          \
    "{\"commitments\":{\"fulfilled\":2,\"open\":1,\"overdue\":0,\"proposed\":0,\"superseded\":0,"            \
    "\"withdrawn\":0},"                                                                                      \
    "\"dossier\":\"s1\",\"duplicates\":0,\"events\":1,\"id\":\"s1\",\"identified_signings\":0,"              \
    "\"incomplete\":false,"                                                                                  \
    "\"last\":{\"event_id\":\"e5\",\"recorded_at\":\"2026-01-01T10:00:00.000Z\",\"topic\":\"chapar."         \
    "milestones\"},"                                                                                         \
    "\"missed\":0,\"record\":\"summit\",\"revision\":1,\"slip_days\":0,\"slippage\":[],\"sources\":[],"      \
    "\"status\":\"HELD\"}\n"

static void a_register_record(void **state)
{
    (void)state;
    struct record r = a_summit();
    register_print(&out, &r);
    expect_printed(
        "{\"record\":\"summit\",\"id\":\"s1\",\"dossier\":\"s1\",\"incomplete\":false,\"revision\":1,"
        "\"sources\":[],"
        "\"events\":1,\"duplicates\":0,\"last\":{\"topic\":\"chapar.milestones\",\"partition\":1,\"offset\":"
        "5,"
        "\"event_id\":\"e5\",\"recorded_at\":\"2026-01-01T10:00:00.000Z\"},\"as_of\":\"2026-01-01T10:00:00."
        "000Z\","
        "\"status\":\"HELD\",\"slippage\":[],\"slip_days\":0,\"identified_signings\":0,\"missed\":0,"
        "\"commitments\":{\"proposed\":0,\"open\":1,\"fulfilled\":2,\"withdrawn\":0,\"superseded\":0,"
        "\"overdue\":0}}");
}

static void canonical_forms_of_the_register(void **state)
{
    (void)state;
    struct state_hash *h = state_hash_new();
    struct record commitment = a_commitment(), summit = a_summit();
    state_hash_form(h, &commitment, &out);
    expect_printed(COMMITMENT_FORM);
    state_hash_form(h, &summit, &out);
    expect_printed(SUMMIT_FORM);
    state_hash_free(h);
}

static void the_hash_is_of_those_forms(void **state)
{
    (void)state;
    struct state_hash *h = state_hash_new();
    struct record commitment = a_commitment(), summit = a_summit();
    char hash[STATE_HASH_SIZE];

    state_hash_final(h, hash); /* SHA-256 of nothing */
    assert_string_equal(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (int round = 0; round < 2; round++) {
        state_hash_add(h, &summit);
        state_hash_add(h, &commitment);
        state_hash_final(h, hash);
        assert_string_equal(
            hash, "d6d1e6385ab96ad7b3f43969750f218b3616141cf2a13b6d8635a8028baf90ee"); /* sha256sum of the two
                                                                                          forms above */
    }
    state_hash_free(h);
}

static void the_hash_does_not_see_where_and_when(void **state)
{
    (void)state;
    struct state_hash *h = state_hash_new();
    struct record r = a_commitment();
    char before[STATE_HASH_SIZE], after[STATE_HASH_SIZE];
    state_hash_add(h, &r);
    state_hash_final(h, before);

    struct last elsewhere = last_event;
    elsewhere.partition = 3;
    elsewhere.offset = 99;
    r.common.last = &elsewhere;
    r.common.as_of = (struct instant){1790000000000};
    r.common.resume = NULL;
    state_hash_add(h, &r);
    state_hash_final(h, after);
    assert_string_equal(after, before);

    elsewhere.event_id = TEXT_LITERAL("e6");
    state_hash_add(h, &r);
    state_hash_final(h, after);
    assert_string_not_equal(after, before);
    state_hash_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_field),
        cmocka_unit_test(nulls_are_left_out_but_not_what_is_required),
        cmocka_unit_test(numbers_that_json_has_not),
        cmocka_unit_test(an_alert),
        cmocka_unit_test(an_event_and_where_it_stands),
        cmocka_unit_test(a_register_record),
        cmocka_unit_test(canonical_forms_of_the_register),
        cmocka_unit_test(the_hash_is_of_those_forms),
        cmocka_unit_test(the_hash_does_not_see_where_and_when),
    };
    return cmocka_run_group_tests(tests, NULL, free_buffer);
}
