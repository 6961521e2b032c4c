/* The quick reading of lines beside the thorough one: whatever a line is, both find the same event, or the
 * same errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edge/json/event_reader.h"
#include "edge/json/event_scan.h"
#include "edge/json/record_printer.h"

#define NOW ((struct instant){1790000000000})
#define LINE_MOST 2000
#define MUTATIONS 150000

static const char *const plain[] = {
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\"}",
    ("{\"event\":\"signing\",\"event_id\":\"e1\",\"recorded_at\":\"2026-05-22T10:00:00.5+05:00\","
     "\"dossier\":\"d1\",\"type\":\"ADOPTED\",\"initiated_by\":[\"KAZ\",\"org:ifas\"],\"pursuant_to\":\"i0\","
     "\"source\":{\"document\":\"D\",\"locator\":\"14\",\"sha256\":\"ab\",\"url\":null},\"note\":\"\","
     "\"instrument\":\"i1\",\"title\":\"Договор\",\"form\":\"TREATY\","
     "\"binding\":\"BINDING\",\"parties\":[],\"date\":\"2026-05-22\",\"period\":\"2026/2032\","
     "\"place\":\"Tashkent\",\"summit\":\"s1\",\"superseded_by\":\"i2\"}"),
    ("{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"SCHEDULED\",\"kind\":\"FORUM\","
     "\"date\":\"R/XXXX-05-24/P1Y\",\"hosts\":[\"UZB\"],\"participants\":[\"KGZ\",\"TJK\"],"
     "\"expected_signings\":22}"),
    (" {\"event\" : \"milestone\" , \"commitment\":\"c1\",\"type\":\"REPORTED\",\"instrument\":\"i1\",\n"
     "\t\"due\":\"P1Y6M\",\"anchor\":\"i1\",\"anchor_event\":\"IN_FORCE\",\"progress\":0.25,"
     "\"target\":{\"unit\":\"ha\",\"baseline\":-0,\"value\":1.05,\"from\":\"2026\",\"to\":\"2030\"},"
     "\"value\":123456789.012345,\"claimed_by\":\"TKM\",\"reason\":\"why not\"} \r\n"),
    ("{\"event\":\"milestone\",\"summit\":\"s1\",\"commitment\":\"c2\",\"type\":\"UNDERTAKEN\",\"title\":"
     "null,"
     "\"parties\":[\"KAZ\"],\"part_of\":\"c1\",\"event_id\":null}"),
};

/* Left to the thorough reading, and right all the same. */
static const char *const other[] = {
    "{\"instrument\":\"i1\",\"event\":\"signing\",\"type\":\"SIGNED\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"note\":\"a\\nb\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"\\u0053IGNED\"}",
    "{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"expected_signings\":2e1}",
    ("{\"event\":\"milestone\",\"instrument\":\"i1\",\"commitment\":\"c1\",\"type\":\"REPORTED\","
     "\"value\":12345678901234567890}"),
};

/* Wrong, each in its own way. */
/* NOLINTBEGIN(bugprone-suspicious-missing-comma): clang-format breaks the long ones */
static const char *const wrong[] = {
    "",
    "{}",
    "{\"event\":\"signing\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\"",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\"} {",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"type\":\"SIGNED\"}",
    "{\"event\":\"signing\",\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\"}",
    "{\"event\":\"signing\",\"instrument\":\"I1\",\"type\":\"SIGNED\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"form\":\"POEM\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"recorded_at\":\"2026-02-30T00:00:"
    "00Z\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"source\":{\"url\":\"u\",\"url\":"
    "\"u\"}}",
    "{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"expected_signings\":01}",
    "{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"expected_signings\":1.}",
    "{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"expected_signings\":-1}",
    "{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"expected_signings\":0.5}",
    "{\"event\":\"summit\",\"summit\":\"s1\",\"type\":\"HELD\",\"date\":\"R/2026-05-24/P1Y\"}",
    "{\"event\":\"milestone\",\"commitment\":\"c1\",\"type\":\"REPORTED\"}",
    "{\"event\":\"milestone\",\"instrument\":\"i1\",\"commitment\":\"c1\",\"type\":\"REPORTED\",\"due\":"
    "\"2026-13\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"note\":\"\xff\"}",
    "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"note\":\"\t\"}",
};
/* NOLINTEND(bugprone-suspicious-missing-comma) */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void print(struct buffer *b, const struct event *event)
{
    buffer_clear(b);
    event_print(b, event, TEXT_LITERAL("t"), 0, 0);
}

/* Whether it is an event. */
static bool compare(const char *line, size_t n)
{
    static struct event_json_errors found, expected;
    static struct buffer ours, theirs;
    struct event event = {.kind = EVENT_SIGNING}, thorough = {.kind = EVENT_SIGNING};
    int rc = event_from_json(line, n, NOW, arena, &event, &found);
    if (rc != event_from_any_json(line, n, NOW, arena, &thorough, &expected) ||
        found.count != expected.count || found.dropped != expected.dropped)
        fail_msg("read in two ways: %.*s", (int)n, line);
    for (size_t i = 0; i < found.count; i++) {
        assert_string_equal(found.at[i].where, expected.at[i].where);
        assert_string_equal(found.at[i].text, expected.at[i].text);
    }
    if (rc)
        return false;
    print(&ours, &event);
    print(&theirs, &thorough);
    if (event.kind != thorough.kind || !text_equal(buffer_text(&ours), buffer_text(&theirs)))
        fail_msg("%.*s\nis %.*s\nand %.*s", (int)n, line, (int)ours.len, (const char *)ours.at,
                 (int)theirs.len, (const char *)theirs.at);
    return true;
}

static bool scans(const char *line, size_t n)
{
    struct event event;
    struct text form;
    return event_scan(line, n, arena, &event, &form);
}

static void plain_lines_are_read_quickly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plain); i++) {
        arena_reset(arena);
        if (!scans(plain[i], strlen(plain[i])))
            fail_msg("%s", plain[i]);
        assert_true(compare(plain[i], strlen(plain[i])));
    }
}

static void what_is_written_otherwise_is_read_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(other); i++) {
        arena_reset(arena);
        if (scans(other[i], strlen(other[i])))
            fail_msg("%s", other[i]);
        assert_true(compare(other[i], strlen(other[i])));
    }
}

static void what_is_wrong_is_told_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        arena_reset(arena);
        if (compare(wrong[i], strlen(wrong[i])))
            fail_msg("%s", wrong[i]);
    }
}

/* --- By chance --- */

static uint64_t seed = 20261122;

static size_t chance(size_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(seed >> 33) % below;
}

static size_t change(char *line, size_t n)
{
    static const char *const pieces[] = {
        "\"",
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        " ",
        "\\",
        "null",
        "true",
        "0",
        "-",
        ".",
        "1e3",
        "9999999999999999",
        "0.1",
        "\"event\":\"summit\",",
        "\"type\":null,",
        "\"title\":\"x\",",
        "\xc3\xa9",
        "\xed\xa0\x80",
        "\x7f",
        "\xc2",
        "\n",
        "\"value\":-0.0,",
        "\"parties\":[\"KAZ\",\"UZB\"],",
        "\"source\":{},",
        "\"target\":{\"to\":null},",
    };
    size_t at = chance(n + 1), kind = chance(4);
    if (kind == 0 && n > 0) {
        size_t cut = 1 + chance(8);
        cut = cut < n - at ? cut : n - at;
        memmove(line + at, line + at + cut, n - at - cut);
        return n - cut;
    }
    if (kind == 1 && at < n) {
        line[at] = (char)(32 + chance(95));
        return n;
    }
    const char *piece = pieces[chance(COUNT(pieces))];
    size_t len = strlen(piece);
    if (n + len > LINE_MOST)
        return n;
    if (kind == 2) { /* where a member may begin */
        for (size_t i = 0; i < n && line[at < n ? at : 0] != ','; i++)
            at = at + 1 < n ? at + 1 : 0;
        at = at < n ? at + 1 : n;
    }
    memmove(line + at + len, line + at, n - at);
    memcpy(line + at, piece, len);
    return n + len;
}

static void chance_finds_no_difference(void **state)
{
    (void)state;
    size_t events = 0, quick = 0;
    for (size_t i = 0; i < MUTATIONS; i++) {
        char line[LINE_MOST + 1];
        const char *from = chance(4) ? plain[chance(COUNT(plain))] : other[chance(COUNT(other))];
        size_t n = strlen(from);
        memcpy(line, from, n);
        for (size_t changes = chance(3) + 1; changes > 0; changes--)
            n = change(line, n);
        arena_reset(arena);
        events += compare(line, n);
        quick += scans(line, n);
    }
    /* Neither all right nor all wrong, and some of the right ones left to the thorough reading. */
    assert_in_range(events, MUTATIONS / 50, MUTATIONS / 2);
    assert_in_range(quick, MUTATIONS / 50, MUTATIONS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_are_read_quickly),
        cmocka_unit_test(what_is_written_otherwise_is_read_too),
        cmocka_unit_test(what_is_wrong_is_told_alike),
        cmocka_unit_test(chance_finds_no_difference),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
