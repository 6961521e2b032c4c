/* Durations: what is read, and where the calendar arrives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/civil.h"
#include "core/duration.h"

static void texts_are_read(void **state)
{
    static const struct {
        const char *text;
        int32_t months, days;
    } cases[] = {
        {"P5Y", 60, 0},        {"P18M", 18, 0},  {"P1Y6M", 18, 0},
        {"P90D", 0, 90},       {"P2W", 0, 14},   {"P1W3D", 0, 10},
        {"P1Y2M3W4D", 14, 25}, {"P1Y1D", 12, 1}, {"P0D", 0, 0},
        {"P0Y0M0W0D", 0, 0},   {"P007D", 0, 7},  {"P9999999Y9999999M9999999W9999999D", 129999987, 79999992},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duration d;
        struct error e;
        if (duration_parse(text_of(cases[i].text), &d, &e))
            fail_msg("%s: %s", cases[i].text, e.text);
        assert_int_equal(d.months, cases[i].months);
        assert_int_equal(d.days, cases[i].days);
        assert_int_equal(duration_is_zero(d), cases[i].months == 0 && cases[i].days == 0);
    }
}

static void wrong_texts_say_where(void **state)
{
    static const struct {
        const char *text;
        size_t position;
        const char *expected;
    } cases[] = {
        {"", 0, "a duration such as P1Y, P18M or P90D"},
        {"1Y", 0, "a duration such as P1Y, P18M or P90D"},
        {"p1Y", 0, "a duration such as P1Y, P18M or P90D"},
        {"P", 1, "a number, as in P5Y, P18M, P2W or P90D"},
        {"P-1Y", 1, "a number, as in P5Y, P18M, P2W or P90D"},
        {"PT1H", 1, "a number, as in P5Y, P18M, P2W or P90D"},
        {"P1", 2, "Y, M, W or D (years, months, weeks, days in that order, no time part)"},
        {"P1.5Y", 2, "Y, M, W or D (years, months, weeks, days in that order, no time part)"},
        {"P1Y2", 4, "M, W or D (months, weeks, days in that order, no time part)"},
        {"P1M1Y", 4, "W or D (weeks, days in that order, no time part)"},
        {"P1W2M", 4, "D (days, no time part)"},
        {"P1D1W", 3, "the end of the duration"},
        {"P1D ", 3, "the end of the duration"},
        {"P1YT5H", 3, "a number or the end of the duration (there is no time part)"},
        {"P12345678D", 1, "a number of at most 7 digits"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duration d = {1, 2};
        struct error e;
        char text[200];
        assert_int_equal(duration_parse(text_of(cases[i].text), &d, &e), ERROR_INVALID);
        (void)snprintf(text, sizeof text, "expected %s at position %zu of \"%s\"", cases[i].expected,
                       cases[i].position, cases[i].text);
        assert_string_equal(e.text, text);
        assert_int_equal(e.position, cases[i].position);
        assert_int_equal(d.months, 1);
        assert_int_equal(d.days, 2);
    }
}

static void years_and_months_come_first_and_are_clamped_once(void **state)
{
    static const struct {
        struct civil from;
        const char *by;
        int64_t times;
        struct civil to; /* year 0: none */
    } cases[] = {
        {{2027, 1, 31}, "P1M", 1, {2027, 2, 28}},
        {{2024, 2, 29}, "P1Y", 1, {2025, 2, 28}},
        {{2025, 8, 31}, "P18M", 1, {2027, 2, 28}},
        {{2025, 8, 31}, "P1Y6M", 1, {2027, 2, 28}},
        {{2027, 1, 31}, "P1M1D", 1, {2027, 3, 1}},
        {{2027, 1, 31}, "P1M", 2, {2027, 3, 31}},
        {{2024, 2, 29}, "P1Y", 4, {2028, 2, 29}},
        {{2027, 1, 30}, "P1M2D", 3, {2027, 5, 6}},
        {{2027, 12, 31}, "P1D", 1, {2028, 1, 1}},
        {{2027, 5, 22}, "P2W", 3, {2027, 7, 3}},
        {{2027, 5, 22}, "P5Y", 0, {2027, 5, 22}},
        {{2027, 5, 22}, "P0D", 1000000, {2027, 5, 22}},
        {{9999, 12, 30}, "P1D", 1, {9999, 12, 31}},
        {{9999, 12, 31}, "P1D", 1, {0, 0, 0}},
        {{9999, 12, 1}, "P1M", 1, {0, 0, 0}},
        {{2027, 5, 22}, "P9999999Y", 1, {0, 0, 0}},
        {{2027, 5, 22}, "P9999999W", 1, {0, 0, 0}},
        {{2027, 5, 22}, "P9999999Y", INT64_MAX, {0, 0, 0}},
        {{2027, 5, 22}, "P9999999D", INT64_MAX, {0, 0, 0}},
        {{2027, 5, 22}, "P1D", INT64_MAX, {0, 0, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil from = cases[i].from, to = cases[i].to;
        struct day expected = to.year ? day_of_civil(to.year, to.month, to.day) : DAY_NONE;
        struct duration by;
        assert_int_equal(duration_parse(text_of(cases[i].by), &by, NULL), 0);
        struct day got = duration_add(day_of_civil(from.year, from.month, from.day), by, cases[i].times);
        if (got.n != expected.n)
            fail_msg("case %zu (%s): %d instead of %d", i, cases[i].by, got.n, expected.n);
    }
    assert_true(day_is_none(duration_add(DAY_NONE, (struct duration){1, 1}, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read),
        cmocka_unit_test(wrong_texts_say_where),
        cmocka_unit_test(years_and_months_come_first_and_are_clamped_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
