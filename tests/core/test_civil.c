/* Civil days: the arithmetic of the calendar against counting, day by day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/civil.h"

static void every_day_of_9999_years_is_counted(void **state)
{
    (void)state;
    int32_t n = DAY_FIRST.n;
    for (int32_t year = 1; year <= 9999; year++) {
        for (int32_t month = 1; month <= 12; month++) {
            for (int32_t day = 1; day <= civil_days_in_month(year, month); day++, n++) {
                struct civil c = civil_of_day((struct day){n});
                if (day_of_civil(year, month, day).n != n || c.year != year || c.month != month ||
                    c.day != day)
                    fail_msg("%d-%d-%d is not day %d", year, month, day, n);
            }
        }
    }
    assert_int_equal(n, DAY_LAST.n + 1);
}

static void years_outside_have_days_too(void **state)
{
    static const struct {
        struct civil c;
        int32_t n;
    } cases[] = {
        {{1970, 1, 1}, 0},      {{1969, 12, 31}, -1},       {{2000, 2, 29}, 11016},
        {{0, 12, 31}, -719163}, {{10000, 1, 1}, 2932897},   {{-9999, 1, 1}, -4371587},
        {{0, 2, 29}, -719469},  {{19999, 12, 31}, 6585321},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil c = cases[i].c, back = civil_of_day((struct day){cases[i].n});
        assert_int_equal(day_of_civil(c.year, c.month, c.day).n, cases[i].n);
        assert_int_equal(back.year, c.year);
        assert_int_equal(back.month, c.month);
        assert_int_equal(back.day, c.day);
    }
}

static void leap_years(void **state)
{
    (void)state;
    assert_true(civil_is_leap(2024));
    assert_true(civil_is_leap(2000));
    assert_false(civil_is_leap(1900));
    assert_false(civil_is_leap(2027));
    assert_int_equal(civil_days_in_month(2024, 2), 29);
    assert_int_equal(civil_days_in_month(2100, 2), 28);
    assert_int_equal(civil_days_in_month(2027, 12), 31);
}

static void months_are_added_as_one_sum_and_clamped_once(void **state)
{
    static const struct {
        struct civil from;
        int64_t months;
        struct civil to; /* year 0: none */
    } cases[] = {
        {{2027, 1, 31}, 1, {2027, 2, 28}},    {{2028, 1, 31}, 1, {2028, 2, 29}},
        {{2024, 2, 29}, 12, {2025, 2, 28}},   {{2024, 2, 29}, 48, {2028, 2, 29}},
        {{2025, 8, 31}, 18, {2027, 2, 28}},   {{2027, 3, 31}, -1, {2027, 2, 28}},
        {{2027, 1, 15}, -1, {2026, 12, 15}},  {{2027, 12, 15}, 0, {2027, 12, 15}},
        {{2027, 1, 15}, -13, {2025, 12, 15}}, {{9999, 11, 30}, 1, {9999, 12, 30}},
        {{9999, 12, 1}, 1, {0, 0, 0}},        {{1, 1, 31}, -1, {0, 0, 0}},
        {{1, 1, 31}, 119987, {9999, 12, 31}}, {{2027, 1, 1}, INT64_MAX, {0, 0, 0}},
        {{2027, 1, 1}, INT64_MIN, {0, 0, 0}}, {{0, 12, 31}, 2, {1, 2, 28}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil from = cases[i].from, to = cases[i].to;
        struct day expected = to.year ? day_of_civil(to.year, to.month, to.day) : DAY_NONE;
        struct day got = day_add_months(day_of_civil(from.year, from.month, from.day), cases[i].months);
        if (got.n != expected.n)
            fail_msg("case %zu: %d instead of %d", i, got.n, expected.n);
    }
    assert_true(day_is_none(day_add_months(DAY_NONE, 0)));
}

static void days_have_a_text(void **state)
{
    static const struct {
        struct civil c;
        const char *text;
    } cases[] = {
        {{2027, 5, 22}, "2027-05-22"}, {{1, 1, 1}, "0001-01-01"},     {{9999, 12, 31}, "9999-12-31"},
        {{0, 12, 31}, "0000-12-31"},   {{-1, 12, 31}, "-0001-12-31"}, {{10000, 1, 1}, "+10000-01-01"},
    };
    char text[DAY_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil c = cases[i].c;
        assert_int_equal(day_format(day_of_civil(c.year, c.month, c.day), text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
    assert_int_equal(day_format((struct day){INT32_MAX}, text), strlen("+5881580-07-11"));
    assert_string_equal(text, "+5881580-07-11");
    (void)day_format(DAY_NONE, text);
    assert_string_equal(text, "-5877641-06-23");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_9999_years_is_counted),
        cmocka_unit_test(years_outside_have_days_too),
        cmocka_unit_test(leap_years),
        cmocka_unit_test(months_are_added_as_one_sum_and_clamped_once),
        cmocka_unit_test(days_have_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
