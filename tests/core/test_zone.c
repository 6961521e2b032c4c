/* Zones from hand-made TZif bytes: where days begin, and what is refused. Real zones: tests/edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/civil.h"
#include "core/instant.h"
#include "core/zone.h"

#define TRANSITIONS_MAX 8
#define TYPES_MAX 4
#define FILE_MAX 1024

/* What a TZif file says, to be written out by make_file(). */
struct plan {
    char version; /* '\0' or '2'.. */
    size_t transitions;
    struct {
        int64_t at;
        uint8_t type;
    } transition[TRANSITIONS_MAX];
    size_t types;
    int32_t offset[TYPES_MAX];
    const char *footer;
};

struct file {
    unsigned char at[FILE_MAX];
    size_t len;
};

static void put(struct file *f, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i > 0; i--)
        f->at[f->len++] = (unsigned char)(value >> (8 * (i - 1)));
}

static void put_block(struct file *f, const struct plan *p, size_t time_size)
{
    memcpy(f->at + f->len, "TZif", 4);
    f->len += 4;
    put(f, (unsigned char)p->version, 1);
    for (size_t i = 0; i < 15; i++)
        put(f, 0, 1);
    put(f, 0, 4);              /* UT indicators */
    put(f, p->types, 4);       /* standard indicators */
    put(f, 0, 4);              /* leap seconds */
    put(f, p->transitions, 4); /* at byte 32 */
    put(f, p->types, 4);       /* at byte 36 */
    put(f, 4, 4);              /* characters */
    for (size_t i = 0; i < p->transitions; i++)
        put(f, (uint64_t)p->transition[i].at, time_size);
    for (size_t i = 0; i < p->transitions; i++)
        put(f, p->transition[i].type, 1);
    for (size_t i = 0; i < p->types; i++) {
        put(f, (uint32_t)p->offset[i], 4);
        put(f, 0, 2);
    }
    put(f, 0x58585800, 4);
    for (size_t i = 0; i < p->types; i++)
        put(f, 0, 1);
}

static struct file make_file(const struct plan *p)
{
    struct file f = {.len = 0};
    put_block(&f, p, 4);
    if (p->version) {
        put_block(&f, p, 8);
        put(&f, '\n', 1);
        memcpy(f.at + f.len, p->footer, strlen(p->footer));
        f.len += strlen(p->footer);
        put(&f, '\n', 1);
    }
    return f;
}

/* From memory of exactly that size, so that the sanitizers see a step beyond its end. */
static int zone_of(const struct file *f, size_t len, struct zone **out, struct error *e)
{
    unsigned char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, f->at, len);
    int rc = zone_new("Test/Zone", exact, len, out, e);
    free(exact);
    return rc;
}

static struct zone *make_zone(const struct plan *p)
{
    struct file f = make_file(p);
    struct zone *z = NULL;
    struct error e;
    if (zone_of(&f, f.len, &z, &e))
        fail_msg("%s", e.text);
    return z;
}

static struct day day_of_text(const char *text)
{
    int year, month, day;
    assert_int_equal(sscanf(text, "%d-%d-%d", &year, &month, &day), 3);
    return day_of_civil(year, month, day);
}

static struct instant instant_of_text(const char *text)
{
    struct instant t = INSTANT_NONE;
    assert_int_equal(instant_parse(text_of(text), &t, NULL), 0);
    return t;
}

static void check_start(const struct zone *z, const char *day, const char *expected)
{
    char text[INSTANT_TEXT_SIZE];
    (void)instant_format(zone_day_start(z, day_of_text(day)), text);
    if (strcmp(text, expected) != 0)
        fail_msg("%s in %s begins %s, not %s", day, zone_name(z), text, expected);
}

static void check_day(const struct zone *z, const char *instant, const char *expected)
{
    char text[DAY_TEXT_SIZE];
    (void)day_format(zone_day_of(z, instant_of_text(instant)), text);
    if (strcmp(text, expected) != 0)
        fail_msg("%s in %s is %s, not %s", instant, zone_name(z), text, expected);
}

/* The two functions agree with each other on every day, and days never go back. */
static void check_consistent(const struct zone *z, int32_t first, int32_t last)
{
    struct instant before = zone_day_start(z, (struct day){first - 1});
    for (int32_t n = first; n <= last; n++) {
        struct instant start = zone_day_start(z, (struct day){n});
        struct instant next = zone_day_start(z, (struct day){n + 1});
        assert_true(start.ms >= before.ms);
        if (zone_day_of(z, (struct instant){start.ms - 1}).n >= n)
            fail_msg("day %d began before its start", n);
        if (next.ms > start.ms) {
            assert_int_equal(zone_day_of(z, start).n, n);
            assert_int_equal(zone_day_of(z, (struct instant){next.ms - 1}).n, n);
        } else {
            assert_true(zone_day_of(z, start).n > n);
        }
        before = start;
    }
}

static void utc_needs_no_file(void **state)
{
    (void)state;
    struct zone *z = zone_new_utc();
    assert_string_equal(zone_name(z), "UTC");
    check_start(z, "2026-05-22", "2026-05-22T00:00:00.000Z");
    check_day(z, "2026-05-22T23:59:59.999Z", "2026-05-22");
    check_day(z, "1969-12-31T23:59:59.999Z", "1969-12-31");
    check_start(z, "0001-01-01", "0001-01-01T00:00:00.000Z");
    check_consistent(z, day_of_civil(-1, 1, 1).n, day_of_civil(20, 1, 1).n);
    check_consistent(z, day_of_civil(9990, 1, 1).n, day_of_civil(10001, 12, 31).n);
    zone_free(z);
    zone_free(NULL);
}

static void a_file_of_version_1_goes_on_with_its_last_offset(void **state)
{
    static const struct plan plan = {
        .transitions = 2, .transition = {{0, 1}, {86400 * 365, 0}}, .types = 2, .offset = {3600, 18000}};
    (void)state;
    struct zone *z = make_zone(&plan);
    check_start(z, "1969-06-01", "1969-05-31T23:00:00.000Z");
    check_start(z, "1970-06-01", "1970-05-31T19:00:00.000Z");
    check_start(z, "1971-06-01", "1971-05-31T23:00:00.000Z");
    check_start(z, "9999-12-31", "9999-12-30T23:00:00.000Z");
    zone_free(z);
}

static void without_transitions_the_footer_rules_always(void **state)
{
    static const struct plan fixed = {.version = '2', .types = 1, .offset = {0}, .footer = "<+05>-5"};
    static const struct plan none = {.version = '2', .types = 1, .offset = {7200}, .footer = ""};
    static const struct plan south = {
        .version = '3', .types = 1, .offset = {0}, .footer = "AAA-10BBB,M10.1.0,M4.1.0/3"};
    (void)state;
    struct zone *z = make_zone(&fixed);
    check_start(z, "0001-01-01", "0000-12-31T19:00:00.000Z");
    check_start(z, "2026-05-22", "2026-05-21T19:00:00.000Z");
    zone_free(z);
    z = make_zone(&none);
    check_start(z, "2026-05-22", "2026-05-21T22:00:00.000Z");
    zone_free(z);
    z = make_zone(&south);
    check_start(z, "-1-01-01", "-0002-12-31T13:00:00.000Z");
    check_start(z, "0001-01-01", "0000-12-31T13:00:00.000Z");
    check_start(z, "2026-01-01", "2025-12-31T13:00:00.000Z");
    check_start(z, "2026-07-01", "2026-06-30T14:00:00.000Z");
    check_start(z, "10001-12-31", "+10001-12-30T13:00:00.000Z");
    check_consistent(z, day_of_civil(2000, 1, 1).n, day_of_civil(2400, 1, 1).n);
    zone_free(z);
}

static void the_footer_takes_over_after_the_last_transition(void **state)
{
    /* Fixed at UTC+1 until the summer of 2026 begins by the rule. */
    static const struct plan plan = {.version = '2',
                                     .transitions = 1,
                                     .transition = {{1767225600, 1}}, /* 2026-01-01 */
                                     .types = 2,
                                     .offset = {0, 3600},
                                     .footer = "CET-1CEST,M3.5.0,M10.5.0/3"};
    (void)state;
    struct zone *z = make_zone(&plan);
    check_start(z, "2025-07-01", "2025-07-01T00:00:00.000Z");
    check_start(z, "2026-03-29", "2026-03-28T23:00:00.000Z");
    check_start(z, "2026-03-30", "2026-03-29T22:00:00.000Z");
    check_start(z, "2026-10-26", "2026-10-25T23:00:00.000Z");
    check_start(z, "9999-07-01", "9999-06-30T22:00:00.000Z");
    check_consistent(z, day_of_civil(2020, 1, 1).n, day_of_civil(2100, 1, 1).n);
    zone_free(z);
}

static void transitions_outside_the_calendar_change_nothing_inside(void **state)
{
    static const struct plan plan = {.version = '2',
                                     .transitions = 3,
                                     .transition = {{INT64_MIN, 1}, {-(INT64_C(1) << 59), 2}, {INT64_MAX, 0}},
                                     .types = 3,
                                     .offset = {0, 3600, 7200},
                                     .footer = "CET-1CEST,M3.5.0,M10.5.0/3"};
    static const struct plan early = {.version = '2',
                                      .transitions = 1,
                                      .transition = {{-(INT64_C(1) << 59), 0}},
                                      .types = 1,
                                      .offset = {0},
                                      .footer = "CET-1CEST,M3.5.0,M10.5.0/3"};
    (void)state;
    struct zone *z = make_zone(&plan);
    check_start(z, "0001-01-01", "0000-12-31T22:00:00.000Z");
    check_start(z, "9999-07-01", "9999-06-30T22:00:00.000Z");
    check_start(z, "9999-12-31", "9999-12-30T22:00:00.000Z");
    zone_free(z);
    z = make_zone(&early);
    check_start(z, "0001-01-01", "0000-12-31T23:00:00.000Z");
    check_start(z, "2026-07-01", "2026-06-30T22:00:00.000Z");
    zone_free(z);
}

/* Around a transition at 1970-01-02T00:00:00Z from one offset to another. */
static void midnights_that_are_skipped_or_come_twice(void **state)
{
    static const struct {
        const char *story;
        int32_t before, after; /* seconds */
        const char *starts[4]; /* of 1970-01-01 to 04 */
    } cases[] = {
        {"midnight is skipped: 00:00 to 01:00",
         0,
         3600,
         {"1970-01-01T00:00:00.000Z", "1970-01-02T00:00:00.000Z", "1970-01-02T23:00:00.000Z",
          "1970-01-03T23:00:00.000Z"}},
        {"midnight is skipped: 23:30 to 00:30",
         -1800,
         1800,
         {"1970-01-01T00:30:00.000Z", "1970-01-02T00:00:00.000Z", "1970-01-02T23:30:00.000Z",
          "1970-01-03T23:30:00.000Z"}},
        {"midnight comes twice: 00:30 to 23:30",
         1800,
         -1800,
         {"1969-12-31T23:30:00.000Z", "1970-01-01T23:30:00.000Z", "1970-01-03T00:30:00.000Z",
          "1970-01-04T00:30:00.000Z"}},
        {"midnight comes twice: 01:00 to 00:00",
         3600,
         0,
         {"1969-12-31T23:00:00.000Z", "1970-01-01T23:00:00.000Z", "1970-01-03T00:00:00.000Z",
          "1970-01-04T00:00:00.000Z"}},
        {"midnight comes once: 24:00 to 23:00",
         0,
         -3600,
         {"1970-01-01T00:00:00.000Z", "1970-01-02T01:00:00.000Z", "1970-01-03T01:00:00.000Z",
          "1970-01-04T01:00:00.000Z"}},
        {"a whole day is skipped: 1970-01-01 24:00 to 1970-01-03 00:00",
         0,
         86400,
         {"1970-01-01T00:00:00.000Z", "1970-01-02T00:00:00.000Z", "1970-01-02T00:00:00.000Z",
          "1970-01-03T00:00:00.000Z"}},
        {"a day and a half are skipped: 1970-01-01 12:00 to 1970-01-03 00:00",
         -43200,
         86400,
         {"1970-01-01T12:00:00.000Z", "1970-01-02T00:00:00.000Z", "1970-01-02T00:00:00.000Z",
          "1970-01-03T00:00:00.000Z"}},
        {"a day comes twice",
         43200,
         -43200,
         {"1969-12-31T12:00:00.000Z", "1970-01-01T12:00:00.000Z", "1970-01-03T12:00:00.000Z",
          "1970-01-04T12:00:00.000Z"}},
    };
    static const char *const days[] = {"1970-01-01", "1970-01-02", "1970-01-03", "1970-01-04"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct plan plan = {.transitions = 1,
                                  .transition = {{86400, 1}},
                                  .types = 2,
                                  .offset = {cases[i].before, cases[i].after}};
        print_message("  %s\n", cases[i].story);
        struct zone *z = make_zone(&plan);
        for (size_t k = 0; k < 4; k++)
            check_start(z, days[k], cases[i].starts[k]);
        check_consistent(z, -10, 10);
        zone_free(z);
    }
}

static void local_time_that_goes_back_again_and_again_never_ends_a_day_early(void **state)
{
    static const struct plan plan = {.transitions = 4,
                                     .transition = {{87300, 1}, {88200, 2}, {89100, 3}, {90000, 1}},
                                     .types = 4,
                                     .offset = {0, -3600, -7200, -1800}};
    (void)state;
    struct zone *z = make_zone(&plan);
    check_start(z, "1970-01-02", "1970-01-02T00:00:00.000Z");
    check_day(z, "1970-01-02T00:16:00Z", "1970-01-02");
    check_day(z, "1970-01-02T00:31:00Z", "1970-01-02");
    check_day(z, "1970-01-02T02:00:00Z", "1970-01-02");
    check_start(z, "1970-01-03", "1970-01-03T01:00:00.000Z");
    check_consistent(z, -10, 10);
    zone_free(z);
}

static void instants_far_outside_count_as_the_ends(void **state)
{
    (void)state;
    struct zone *z = zone_new_utc();
    assert_int_equal(zone_day_of(z, (struct instant){INT64_MAX}).n, day_of_civil(10002, 1, 1).n);
    assert_int_equal(zone_day_of(z, INSTANT_NONE).n, day_of_civil(-2, 1, 1).n);
    zone_free(z);
}

static void damaged_files_are_refused(void **state)
{
    static const struct plan plan = {.version = '2',
                                     .transitions = 2,
                                     .transition = {{1000, 1}, {2000, 0}},
                                     .types = 2,
                                     .offset = {0, 3600},
                                     .footer = "CET-1CEST,M3.5.0,M10.5.0/3"};
    const size_t second = 44 + 2 * 4 + 2 + 2 * 6 + 4 + 2; /* where the 64-bit block begins */
    const size_t times = second + 44, types = times + 2 * 8, local = types + 2,
                 footer = local + 2 * 6 + 4 + 2;
    const struct {
        size_t at;
        unsigned char byte;
        size_t position;
        const char *text;
    } cases[] = {
        {0, 't', 0, "no header at byte 0"},
        {second, 't', second, "no header at byte 72"},
        {36 + 3, 0, 0, "a header with impossible counts at byte 0"},
        {second + 36 + 2, 2, second, "a header with impossible counts at byte 72"},
        {20 + 3, 1, 0, "a header with impossible counts at byte 0"},
        {24 + 3, 1, 0, "a header with impossible counts at byte 0"},
        {40 + 3, 0, 0, "a header with impossible counts at byte 0"},
        {28 + 3, 1, 0, "a header that counts leap seconds, which instants do not, at byte 0"},
        {second + 32, 255, second + 44, "the end comes too early, at byte 116"},
        {second + 40, 255, local + 12, "the end comes too early, at byte 146"},
        {types + 1, 2, types + 1, "a transition to an unknown type at byte 133"},
        {times + 8 + 6, 0, times + 8, "a transition out of order at byte 124"},
        {local + 6, 1, local + 6, "an offset of more than a day at byte 140"},
        {local, 255, local, "an offset of more than a day at byte 134"},
        {footer, 'x', footer + 1, "no footer at byte 153"},
        {footer + 4, '!', footer + 4,
         "its last line: expected hours -24..24 at position 3 of \"CET!1CEST,M3.5.0,M10.5.0/3\""},
    };
    (void)state;
    struct zone *z = NULL;
    struct error e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file f = make_file(&plan);
        char text[200];
        assert_int_not_equal(f.at[cases[i].at], cases[i].byte);
        f.at[cases[i].at] = cases[i].byte;
        (void)snprintf(text, sizeof text, "not a time zone file: %s", cases[i].text);
        assert_int_equal(zone_of(&f, f.len, &z, &e), ERROR_MALFORMED);
        assert_string_equal(e.text, text);
        assert_int_equal(e.position, cases[i].position);
        assert_string_equal(e.where, "Test/Zone");
        assert_null(z);
    }
}

static void cut_files_are_refused_at_every_length(void **state)
{
    static const struct plan plan = {.version = '2',
                                     .transitions = 2,
                                     .transition = {{1000, 1}, {2000, 0}},
                                     .types = 2,
                                     .offset = {0, 3600},
                                     .footer = "CET-1CEST,M3.5.0,M10.5.0/3"};
    struct file f = make_file(&plan);
    struct zone *z = NULL;
    (void)state;
    for (size_t len = 0; len < f.len; len++)
        assert_int_equal(zone_of(&f, len, &z, NULL), ERROR_MALFORMED);
    assert_null(z);
}

/* Each byte of a good file set to each of some values: read or refused, but nothing beyond the bytes, and
 * what is read keeps days in order. */
static void altered_files_do_no_harm(void **state)
{
    static const struct plan plan = {.version = '3',
                                     .transitions = 2,
                                     .transition = {{1000, 1}, {200000, 0}},
                                     .types = 2,
                                     .offset = {0, 3600},
                                     .footer = "XXX3EDT4,0/0,J365/23"};
    static const unsigned char values[] = {0, 1, 2, 0x7f, 0x80, 0xff, '0', '9', '-', 'M', 'J', '\n'};
    struct file f = make_file(&plan);
    size_t read = 0, refused = 0;
    (void)state;
    for (size_t i = 0; i < f.len; i++) {
        unsigned char kept = f.at[i];
        for (size_t k = 0; k < sizeof values; k++) {
            struct zone *z = NULL;
            f.at[i] = values[k];
            if (zone_of(&f, f.len, &z, NULL) == 0) {
                check_consistent(z, -800, 800);
                read++;
            } else {
                refused++;
            }
            zone_free(z);
        }
        f.at[i] = kept;
    }
    assert_true(read > 0 && refused > 0);
}

static void how_far_local_time_is_ahead(void **state)
{
    (void)state;
    static const struct plan plan = {.version = '2',
                                     .transitions = 1,
                                     .transition = {{86400, 1}},
                                     .types = 2,
                                     .offset = {3600, 21600},
                                     .footer = "<+06>-6"};
    const struct {
        int64_t ms;
        int32_t offset;
    } cases[] = {
        {INT64_MIN + 1, 3600}, {-1, 3600}, {86399999, 3600}, {86400000, 21600}, {INT64_MAX, 21600},
    };
    struct zone *z = make_zone(&plan), *utc = zone_new_utc();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(zone_offset(z, (struct instant){cases[i].ms}), cases[i].offset);
        assert_int_equal(zone_offset(utc, (struct instant){cases[i].ms}), 0);
    }
    zone_free(z);
    zone_free(utc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_far_local_time_is_ahead),
        cmocka_unit_test(utc_needs_no_file),
        cmocka_unit_test(a_file_of_version_1_goes_on_with_its_last_offset),
        cmocka_unit_test(without_transitions_the_footer_rules_always),
        cmocka_unit_test(the_footer_takes_over_after_the_last_transition),
        cmocka_unit_test(transitions_outside_the_calendar_change_nothing_inside),
        cmocka_unit_test(midnights_that_are_skipped_or_come_twice),
        cmocka_unit_test(local_time_that_goes_back_again_and_again_never_ends_a_day_early),
        cmocka_unit_test(instants_far_outside_count_as_the_ends),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(cut_files_are_refused_at_every_length),
        cmocka_unit_test(altered_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
