/* Events from JSON Lines: what is read, what is filled in, and what is said about lines that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/instant.h"
#include "edge/json/event_reader.h"

#define NOW ((struct instant){1790000000000})

static struct arena *arena;
static struct event event;
static struct event_json_errors errors;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static int try_line(const char *line)
{
    arena_reset(arena);
    return event_from_json(line, strlen(line), NOW, arena, &event, &errors);
}

static void read_line(const char *line)
{
    if (try_line(line))
        fail_msg("%s\n-> %s: %s", line, errors.at[0].where, errors.at[0].text);
    assert_int_equal(errors.count, 0);
}

static void expect_text(struct text t, const char *expected)
{
    assert_true(text_equal(t, text_of(expected)));
}

static void every_field_of_a_signing(void **state)
{
    (void)state;
    read_line(
        "{\"event\":\"signing\",\"event_id\":\"e1\",\"recorded_at\":\"2026-05-22T10:00:00.5+05:00\","
        "\"dossier\":\"d1\","
        "\"type\":\"SIGNED\",\"initiated_by\":[\"KAZ\",\"org:ifas\"],\"pursuant_to\":\"i0\","
        "\"source\":{\"document\":\"D\",\"locator\":\"14\",\"sha256\":\"ab\",\"url\":\"https://"
        "example.org\"},"
        "\"note\":\"\",\"instrument\":\"i1\",\"title\":\"\\u00dcber\",\"form\":\"ROAD_MAP\",\"binding\":"
        "\"POLITICAL\","
        "\"parties\":[],\"date\":\"2026-05\",\"period\":\"2026/2032\",\"place\":\"Astana\",\"summit\":\"s1\","
        "\"superseded_by\":null}\n");
    const struct signing *s = &event.signing;
    assert_int_equal(event.kind, EVENT_SIGNING);
    expect_text(s->common.event_id, "e1");
    assert_int_equal(s->common.recorded_at.ms, 1779426000500);
    expect_text(s->common.dossier, "d1");
    assert_int_equal(s->common.type, SIGNING_SIGNED);
    assert_int_equal(s->common.initiated_by.count, 2);
    expect_text(s->common.initiated_by.at[1], "org:ifas");
    expect_text(s->common.pursuant_to, "i0");
    expect_text(s->common.source->locator, "14");
    expect_text(s->common.source->url, "https://example.org");
    expect_text(s->common.note, "");
    expect_text(s->instrument, "i1");
    expect_text(s->title, "Über");
    assert_string_equal(symbols_name(&instrument_forms, s->form), "ROAD_MAP");
    assert_string_equal(symbols_name(&bindings, s->binding), "POLITICAL");
    assert_int_equal(s->parties.count, 0);
    expect_text(s->period, "2026/2032");
    assert_true(text_is_null(s->superseded_by));
}

static void numbers_of_a_milestone_and_a_summit(void **state)
{
    (void)state;
    read_line(
        "{\"event\":\"milestone\",\"commitment\":\"c1\",\"dossier\":\"d1\",\"type\":\"REPORTED\","
        "\"progress\":1,"
        "\"value\":-100000000000000000000,\"target\":{\"unit\":\"ha\",\"value\":3e2,\"from\":\"2026\"}}");
    assert_true(event.milestone.progress.set && event.milestone.progress.value == 1);
    assert_true(event.milestone.value.set && event.milestone.value.value == -1e20);
    assert_true(event.milestone.target->value.value == 300);
    assert_false(event.milestone.target->baseline.set);
    assert_true(text_is_null(event.milestone.target->to));
    assert_null(event.common.source);

    read_line("{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"expected_signings\":22.0}");
    assert_int_equal(event.summit.expected_signings, 22);
    read_line("{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\"}");
    assert_true(event.summit.expected_signings == LONG_NULL);
}

static void what_is_left_out_is_filled_in(void **state)
{
    static const struct {
        const char *line, *dossier;
    } cases[] = {
        {"{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"summit\":\"s1\"}", "i1"},
        {"{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"dossier\":null}", "s1"},
        {"{\"event\":\"milestone\",\"commitment\":\"c1\",\"type\":\"REPORTED\",\"instrument\":\"i1\","
         "\"summit\":\"s1\"}",
         "i1"},
        {"{\"event\":\"milestone\",\"commitment\":\"c1\",\"type\":\"REPORTED\",\"summit\":\"s1\"}", "s1"},
        {"{\"event\":\"milestone\",\"commitment\":\"c1\",\"type\":\"REPORTED\",\"instrument\":\"\","
         "\"summit\":\"s1\"}",
         "s1"},
        {"{\"event\":\"milestone\",\"commitment\":\"c1\",\"type\":\"REPORTED\",\"dossier\":\"d9\","
         "\"instrument\":\"i1\"}",
         "d9"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_line(cases[i].line);
        expect_text(event.common.dossier, cases[i].dossier);
        assert_int_equal(event.common.recorded_at.ms, NOW.ms);
        assert_int_equal(event.common.event_id.len, 36);
    }
}

static void identity_follows_from_what_is_given(void **state)
{
    (void)state;
    char first[40];
    read_line("{\"event\":\"milestone\",\"commitment\":\"c1\",\"dossier\":\"d1\",\"type\":\"REPORTED\","
              "\"progress\":0.50}");
    (void)snprintf(first, sizeof first, "%.*s", (int)event.common.event_id.len, event.common.event_id.at);
    read_line(" {\"type\":\"REPORTED\", \"progress\":5e-1, \"event\":\"milestone\", "
              "\"dossier\":\"d1\",\"event_id\":null,"
              "\"commitment\":\"c1\"} \r\n");
    expect_text(event.common.event_id, first);
    read_line("{\"event\":\"milestone\",\"commitment\":\"c1\",\"dossier\":\"d1\",\"type\":\"REPORTED\","
              "\"progress\":0.5,"
              "\"note\":null}");
    assert_false(text_equal(event.common.event_id, text_of(first)));
}

static void text_may_hold_anything(void **state)
{
    (void)state;
    read_line("{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"note\":"
              "\"a\\u0000b\\n\\ud83d\\ude00\"}");
    assert_true(text_equal(event.common.note, TEXT_LITERAL("a\0b\n\U0001F600")));

    static const char head[] =
        "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"title\":\"";
    size_t n = 1 << 20;
    char *line = malloc(sizeof head + n + 3);
    assert_non_null(line);
    memcpy(line, head, sizeof head - 1);
    memset(line + sizeof head - 1, 't', n);
    memcpy(line + sizeof head - 1 + n, "\"}", 3);
    read_line(line);
    assert_int_equal(event.signing.title.len, n);
    free(line);
}

#define SIGNING "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\""
#define SUMMIT "{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"SCHEDULED\""
#define MILESTONE "{\"event\":\"milestone\",\"commitment\":\"c1\",\"dossier\":\"d1\",\"type\":\"REPORTED\""

static const struct bad_line {
    const char *line;
    struct {
        const char *where, *says;
        size_t position;
    } errors[8];
} bad_lines[] = {
    /* lines that are no JSON object */
    {"", {{"", "found an empty line", 0}}},
    {"[]", {{"", "expected a JSON object, found \"[]\"", 0}}},
    {"  null", {{"", "expected a JSON object, found \"null\"", 2}}},
    {"# comment", {{"", "expected a JSON object", 0}}},
    {"\xEF\xBB\xBF" SIGNING "}", {{"", "byte order mark", 0}}},
    {"{\"event\":\"signing\",\"instrument\":\"i1\"\n",
     {{"", "at column 36: '}' expected near end of line", 36}}},
    {"{\"event\":\"sig", {{"", "premature end of input", 13}}},
    {SIGNING "} {}", {{"", "end of file expected near '{'", 55}}},
    {SIGNING ",}", {{"", "not JSON at column 54", 54}}},
    {SIGNING ",\"title\":\"a\",\"title\":\"b\"}", {{"title", "duplicate object key", 72}}},
    {MILESTONE ",\"value\":1e400}", {{"", "real number overflow near '1e400'", 85}}},
    {MILESTONE ",\"value\":NaN}", {{"", "invalid token near 'NaN'", 83}}},
    {MILESTONE ",\"value\":0123}", {{"", "invalid token", 81}}},
    {SIGNING ",\"title\":\"\xFF\"}", {{"", "unable to decode byte 0xff", 62}}},
    {SIGNING ",\"title\":\"\xED\xA0\x80\"}", {{"", "unable to decode byte 0xed", 62}}},
    {SIGNING ",\"title\":\"\\ud800\"}", {{"", "invalid Unicode", 69}}},
    {SIGNING ",\"title\":\"a\tb\"}", {{"", "control character 0x9", 63}}},
    {SIGNING ",\"a\\u0000b\":1}", {{"", "NUL byte in object key", 63}}},

    /* the kind */
    {"{}", {{"event", "required: \"signing\", \"summit\" or \"milestone\"", 0}}},
    {"{\"event\":\"Signing\"}", {{"event", "found \"Signing\"", 0}}},
    {"{\"event\":null}", {{"event", "found null", 0}}},
    {"{\"event\":1,\"colour\":2}", {{"event", "found a number", 0}}},

    /* required fields */
    {"{\"event\":\"signing\"}", {{"type", "required", 0}, {"instrument", "required", 0}}},
    {"{\"event\":\"summit\",\"type\":null,\"summit\":null}",
     {{"type", "required", 0}, {"summit", "required", 0}}},
    {"{\"event\":\"milestone\",\"type\":\"UNDERTAKEN\",\"instrument\":\"i1\"}",
     {{"commitment", "required", 0}}},
    {"{\"event\":\"milestone\",\"commitment\":\"c1\",\"type\":\"UNDERTAKEN\"}",
     {{"dossier", "neither instrument nor summit", 0}}},
    {"{\"event\":\"milestone\",\"commitment\":\"c1\",\"type\":\"UNDERTAKEN\",\"instrument\":7}",
     {{"instrument", "expected a string, found a number", 0}}},
    {"{\"event\":\"milestone\",\"commitment\":\"c1\",\"dossier\":\"d1\",\"type\":\"DISPUTED\"}",
     {{"claimed_by", "required", 0}}},
    {SIGNING ",\"event_id\":\"\"}", {{"event_id", "required", 0}}},

    /* fields that there are not */
    {SIGNING ",\"colour\":\"red\"}", {{"colour", "Signing has no such field", 0}}},
    {SIGNING ",\"due\":\"2027\"}", {{"due", "Signing has no such field", 0}}},
    {SUMMIT ",\"source\":{\"page\":1}}", {{"source.page", "Source has no such field", 0}}},
    {MILESTONE ",\"target\":{\"event\":1}}", {{"target.event", "Target has no such field", 0}}},

    /* wrong types, for each kind of field */
    {SIGNING ",\"title\":7}", {{"title", "expected a string, found a number", 0}}},
    {SIGNING ",\"title\":[\"a\"]}", {{"title", "expected a string, found an array", 0}}},
    {SIGNING ",\"form\":1}", {{"form", "expected a string, one of DECLARATION, TREATY", 0}}},
    {SIGNING ",\"binding\":\"binding\"}",
     {{"binding", "\"binding\" is none of BINDING, POLITICAL, UNKNOWN", 0}}},
    {SIGNING ",\"recorded_at\":1790000000000}",
     {{"recorded_at", "expected an RFC 3339 instant as a string", 0}}},
    {SIGNING ",\"parties\":\"KAZ\"}", {{"parties", "expected an array of strings, found a string", 0}}},
    {SIGNING ",\"parties\":[\"KAZ\",null,true]}",
     {{"parties[1]", "expected a string, found null", 0},
      {"parties[2]", "expected a string, found a boolean", 0}}},
    {SIGNING ",\"source\":\"page 3\"}", {{"source", "expected an object, found a string", 0}}},
    {SUMMIT ",\"expected_signings\":\"22\"}",
     {{"expected_signings", "expected a whole number, found a string", 0}}},
    {SUMMIT ",\"expected_signings\":22.5}",
     {{"expected_signings", "expected a whole number, found 22.5", 0}}},
    {SUMMIT ",\"expected_signings\":1e30}", {{"expected_signings", "1e+30 is out of range", 0}}},
    {SUMMIT ",\"expected_signings\":-1}", {{"expected_signings", "expected a count", 0}}},
    {SUMMIT ",\"expected_signings\":2147483648}", {{"expected_signings", "expected a count", 0}}},
    {MILESTONE ",\"progress\":\"half\"}", {{"progress", "expected a number, found a string", 0}}},
    {MILESTONE ",\"progress\":1.01}", {{"progress", "expected a number 0..1", 0}}},
    {MILESTONE ",\"value\":{}}", {{"value", "expected a number, found an object", 0}}},

    /* values that are none */
    {SIGNING ",\"recorded_at\":\"2026-05-22\"}", {{"recorded_at", "position 10", 10}}},
    {SIGNING ",\"recorded_at\":\"1970-01-01T00:00:00Z\"}", {{"recorded_at", "after 1970", 0}}},
    {SIGNING ",\"date\":\"2026-13\"}", {{"date", "expected a month", 5}}},
    {SIGNING ",\"summit\":\"Summit 1\"}", {{"summit", "expected an id", 0}}},
    {MILESTONE ",\"due\":\"R0/2027/P1Y\"}", {{"due", "expected a count", 1}}},
    {MILESTONE ",\"target\":{\"from\":\"20\",\"to\":\"x\"}}", {{"target.from", "", 2}, {"target.to", "", 0}}},
    {MILESTONE ",\"parties\":[\"KAZ\",\"Uzbekistan\"]}", {{"parties", "found \"Uzbekistan\"", 0}}},

    /* all of them at once, each once */
    {"{\"event\":\"milestone\",\"commitment\":\"C1\",\"type\":\"DONE\",\"instrument\":\"I "
     "1\",\"due\":\"soon\",\"date\":\"2026-02-30\","
     "\"progress\":2,\"target\":{\"unit\":3,\"from\":\"2026-13\"},\"claimed_by\":\"kaz\"}",
     {{"type", "\"DONE\" is none of", 0},
      {"target.unit", "expected a string", 0},
      {"commitment", "expected an id", 0},
      {"instrument", "expected an id", 0},
      {"due", "", 0},
      {"date", "", 8},
      {"claimed_by", "expected a party", 0},
      {"target.from", "expected a month", 5}}},
};

static void expect_errors(const struct bad_line *bad)
{
    size_t expected = 0;
    while (expected < sizeof bad->errors / sizeof bad->errors[0] && bad->errors[expected].where)
        expected++;
    for (size_t i = 0; i < expected; i++) {
        size_t j = 0;
        while (j < errors.count && strcmp(errors.at[j].where, bad->errors[i].where) != 0)
            j++;
        if (j == errors.count)
            fail_msg("%s\n-> no error at \"%s\", but at \"%s\": %s", bad->line, bad->errors[i].where,
                     errors.at[0].where, errors.at[0].text);
        if (!strstr(errors.at[j].text, bad->errors[i].says) ||
            errors.at[j].position != bad->errors[i].position)
            fail_msg("%s\n-> %s @%zu: %s\nexpected @%zu: %s", bad->line, errors.at[j].where,
                     errors.at[j].position, errors.at[j].text, bad->errors[i].position, bad->errors[i].says);
        assert_int_equal(errors.at[j].code, ERROR_INVALID);
    }
}

static void bad_lines_are_told_in_full(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) {
        memset(&event, 0x5A, sizeof event);
        struct event untouched = event;
        assert_int_equal(try_line(bad_lines[i].line), ERROR_INVALID);
        assert_memory_equal(&event, &untouched, sizeof event);
        assert_int_equal(errors.dropped, 0);
        expect_errors(&bad_lines[i]);
        if (i < sizeof bad_lines / sizeof bad_lines[0] - 1)
            assert_in_range(errors.count, 1, 2);
    }
}

static void more_errors_than_are_kept(void **state)
{
    (void)state;
    char line[2048] = SIGNING;
    for (int i = 0; i < EVENT_JSON_ERRORS + 5; i++) {
        char member[32];
        (void)snprintf(member, sizeof member, ",\"x%d\":%d", i, i);
        strcat(line, member);
    }
    strcat(line, "}");
    assert_int_equal(try_line(line), ERROR_INVALID);
    assert_int_equal(errors.count, EVENT_JSON_ERRORS);
    assert_int_equal(errors.dropped, 5);
}

static void nesting_without_end(void **state)
{
    (void)state;
    static const int depths[] = {40, 2000, 100000};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        size_t n = (size_t)depths[i];
        char *line = malloc(sizeof SIGNING + 16 + 2 * n);
        assert_non_null(line);
        int head = sprintf(line, "%s,\"title\":", SIGNING);
        memset(line + head, '[', n);
        memset(line + head + n, ']', n);
        strcpy(line + (size_t)head + 2 * n, "}");
        assert_int_equal(try_line(line), ERROR_INVALID);
        assert_int_equal(errors.count, 1);
        assert_non_null(strstr(errors.at[0].text, n < 2048 ? "found an array" : "maximum parsing depth"));
        free(line);
    }
}

static void every_line_cut_anywhere_is_an_error(void **state)
{
    (void)state;
    static const char line[] = MILESTONE ",\"title\":\"\\u00dc\",\"parties\":[\"KAZ\"],\"target\":{\"unit\":"
                                         "\"ha\",\"value\":3e2},\"progress\":0.5}";
    read_line(line);
    for (size_t n = 0; n < sizeof line - 1; n++) {
        char *cut = malloc(n + 1); /* its own memory, so that a sanitizer sees a read beyond it */
        assert_non_null(cut);
        memcpy(cut, line, n);
        assert_int_equal(event_from_json(cut, n, NOW, arena, &event, &errors), ERROR_INVALID);
        assert_int_equal(errors.count, 1);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_signing),
        cmocka_unit_test(numbers_of_a_milestone_and_a_summit),
        cmocka_unit_test(what_is_left_out_is_filled_in),
        cmocka_unit_test(identity_follows_from_what_is_given),
        cmocka_unit_test(text_may_hold_anything),
        cmocka_unit_test(bad_lines_are_told_in_full),
        cmocka_unit_test(more_errors_than_are_kept),
        cmocka_unit_test(nesting_without_end),
        cmocka_unit_test(every_line_cut_anywhere_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
