/* Dues: dates, durations after an anchor, repetitions; which field takes which; where wrong ones are wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/civil.h"
#include "core/due.h"

#define DATE DUE_ALLOW_DATE
#define WHEN DUE_ALLOW_REPEAT
#define ANY (DUE_ALLOW_REPEAT | DUE_ALLOW_RELATIVE)

static void check_day(struct day d, const char *expected)
{
    char text[DAY_TEXT_SIZE];
    (void)day_format(d, text);
    assert_string_equal(day_is_none(d) ? "" : text, expected);
}

static void wordings_are_read(void **state)
{
    static const struct {
        const char *text;
        unsigned allowed;
        enum due_form form;
        const char *earliest, *latest;
        int32_t months, days;
        int64_t count;
        int32_t month, day;
    } cases[] = {
        {"", DATE, DUE_NONE, "", "", 0, 0, 0, 0, 0},
        {"2027", DATE, DUE_DATE, "2027-01-01", "2027-12-31", 0, 0, 0, 0, 0},
        {"2027-05~", WHEN, DUE_DATE, "2027-05-01", "2027-05-31", 0, 0, 0, 0, 0},
        {"../2030", ANY, DUE_DATE, "", "2030-12-31", 0, 0, 0, 0, 0},
        {"P5Y", ANY, DUE_AFTER, "", "", 60, 0, 0, 0, 0},
        {"P0D", ANY, DUE_AFTER, "", "", 0, 0, 0, 0, 0},
        {"P1Y2W", DUE_ALLOW_RELATIVE, DUE_AFTER, "", "", 12, 14, 0, 0, 0},
        {"R/2026/P1Y", WHEN, DUE_REPEAT, "2026-01-01", "2026-12-31", 12, 0, 0, 0, 0},
        {"R5/2026-05-24/P90D", ANY, DUE_REPEAT, "2026-05-24", "2026-05-24", 0, 90, 5, 0, 0},
        {"R/2026-05-24/2026-05-26/P1Y", WHEN, DUE_REPEAT, "2026-05-24", "2026-05-26", 12, 0, 0, 0, 0},
        {"R1/[2026..2028]/P5Y", ANY, DUE_REPEAT, "2026-01-01", "2028-12-31", 60, 0, 1, 0, 0},
        {"R/2026-24?/P1Y", ANY, DUE_REPEAT, "2026-12-01", "2027-02-28", 12, 0, 0, 0, 0},
        {"R999999999/202X/P10Y", ANY, DUE_REPEAT, "2020-01-01", "2029-12-31", 120, 0, 999999999, 0, 0},
        {"R/XXXX-05-24/P1Y", WHEN, DUE_REPEAT_ANY_YEAR, "", "", 12, 0, 0, 5, 24},
        {"R3/XXXX-02-29/P4Y", ANY, DUE_REPEAT_ANY_YEAR, "", "", 48, 0, 3, 2, 29},
        {"R/P1Y", ANY, DUE_REPEAT_AFTER, "", "", 12, 0, 0, 0, 0},
        {"R4/P6M", DUE_ALLOW_RELATIVE, DUE_REPEAT_AFTER, "", "", 6, 0, 4, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct due d;
        struct error e;
        if (due_parse(text_of(cases[i].text), cases[i].allowed, &d, &e))
            fail_msg("%s: %s", cases[i].text, e.text);
        assert_int_equal(d.form, cases[i].form);
        check_day(d.date.earliest, cases[i].earliest);
        check_day(d.date.latest, cases[i].latest);
        assert_int_equal(d.step.months, cases[i].months);
        assert_int_equal(d.step.days, cases[i].days);
        assert_int_equal(d.count, cases[i].count);
        assert_int_equal(d.month, cases[i].month);
        assert_int_equal(d.day, cases[i].day);
        assert_int_equal(due_repeats(&d), cases[i].text[0] == 'R');
        assert_int_equal(due_is_relative(&d), d.form == DUE_AFTER || d.form == DUE_REPEAT_AFTER);
    }
    struct due d;
    assert_int_equal(due_parse(TEXT_NULL, ANY, &d, NULL), 0);
    assert_int_equal(d.form, DUE_NONE);
}

static void wrong_wordings_say_where(void **state)
{
    static const char duration[] = "a duration such as P1Y, P18M or P90D";
    static const char both_ends[] = "a date with both ends";
    static const char longer[] = "a duration longer than nothing";
    static const struct {
        const char *text;
        unsigned allowed;
        size_t position;
        const char *expected;
    } cases[] = {
        {"P5Y", DATE, 0, "a date"},
        {"P5Y", WHEN, 0, "a date or a repetition"},
        {"R/2026/P1Y", DATE, 0, "a date"},
        {"R/P1Y", WHEN, 2, "a year of four digits"},
        {"R/2026/P1Y", DUE_ALLOW_RELATIVE, 2, "a duration"},
        {"R", ANY, 1, "/ or a count"},
        {"R-1/2026/P1Y", ANY, 1, "/ or a count"},
        {"R5", ANY, 2, "/"},
        {"R0/2026/P1Y", ANY, 1, "a count of 1 or more"},
        {"R00/P1Y", ANY, 1, "a count of 1 or more"},
        {"R1000000000/P1Y", ANY, 1, "a count of at most 9 digits"},
        {"R/", ANY, 2, "a year of four digits"},
        {"R/2026", ANY, 6, "/ and a duration"},
        {"R/2026/", ANY, 7, duration},
        {"R/2026/2027", ANY, 7, duration},
        {"R/2026/1Y", ANY, 7, duration},
        {"R/2026/P1", ANY, 9, "Y, M, W or D (years, months, weeks, days in that order, no time part)"},
        {"R/2026/P1Y/", ANY, 7, "a year of four digits"},
        {"R/2026/2027/2028/P1Y", ANY, 11, "the end of the date"},
        {"R/2026-13/P1Y", ANY, 7,
         "a month 01..12, a season 21..24, a quarter 33..36, a half-year 40..41 or XX-XX"},
        {"R12/2027/2026/P1Y", ANY, 9, "an end that is not before its start"},
        {"R/2026/../P1Y", ANY, 7, both_ends},
        {"R/../2026/P1Y", ANY, 2, both_ends},
        {"R/[2026..]/P1Y", ANY, 7, both_ends},
        {"R/[..2026]/P1Y", ANY, 3, both_ends},
        {"R/9999-24/P1Y", ANY, 2, "a date that ends by 9999-12-31"},
        {"R/2026/P0D", ANY, 7, longer},
        {"R/P0Y0M", ANY, 2, longer},
        {"R/P1Y/P1Y", ANY, 5, "a number or the end of the duration (there is no time part)"},
        {"R/XXXX-05-24/P0D", ANY, 13, longer},
        {"R/XXXX/P1Y", ANY, 6, "-"},
        {"R/XXXX-13-01/P1Y", ANY, 7, "a month 01..12"},
        {"R/XXXX-21/P1Y", ANY, 7, "a month 01..12"},
        {"R/XXXX-05/P1Y", ANY, 9, "- and a day"},
        {"R/XXXX-04-31/P1Y", ANY, 10, "a day of that month"},
        {"R/XXXX-02-30/P1Y", ANY, 10, "a day of that month"},
        {"R/XXXX-05-XX/P1Y", ANY, 10, "a day of that month"},
        {"R/XXXX-05-24?/P1Y", ANY, 12, "/ and a duration"},
        {"R/XXXX-05-24", ANY, 12, "/ and a duration"},
        {"R/XXXX-05-24/XXXX-05-26/P1Y", ANY, 13, duration},
        {"r/2026/P1Y", ANY, 0, "a year of four digits"},
        {"2027-05-22 ", ANY, 10, "/ or the end of the date"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct due d = {.count = 77};
        struct error e;
        char text[200];
        if (due_parse(text_of(cases[i].text), cases[i].allowed, &d, &e) != ERROR_INVALID)
            fail_msg("%s: taken for a due", cases[i].text);
        (void)snprintf(text, sizeof text, "expected %s at position %zu of \"%s\"", cases[i].expected,
                       cases[i].position, cases[i].text);
        assert_string_equal(e.text, text);
        assert_int_equal(e.position, cases[i].position);
        assert_int_equal(d.count, 77);
    }
}

static void the_first_such_day_of_any_year(void **state)
{
    static const struct {
        int32_t month, day;
        struct civil from;
        const char *first;
    } cases[] = {
        {5, 24, {2026, 5, 23}, "2026-05-24"},
        {5, 24, {2026, 5, 24}, "2026-05-24"},
        {5, 24, {2026, 5, 25}, "2027-05-24"},
        {2, 29, {2026, 5, 25}, "2028-02-29"},
        {2, 29, {2028, 2, 29}, "2028-02-29"},
        {2, 29, {2096, 3, 1}, "2104-02-29"},
        {12, 31, {9999, 12, 31}, "9999-12-31"},
        {5, 24, {9999, 5, 25}, ""},
        {2, 29, {9997, 1, 1}, ""},
        {1, 1, {0, 1, 1}, "0001-01-01"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil from = cases[i].from;
        check_day(
            due_first_any_year(cases[i].month, cases[i].day, day_of_civil(from.year, from.month, from.day)),
            cases[i].first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wordings_are_read),
        cmocka_unit_test(wrong_wordings_say_where),
        cmocka_unit_test(the_first_such_day_of_any_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
