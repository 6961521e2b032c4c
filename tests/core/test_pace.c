/* How far a commitment should have come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/civil.h"
#include "core/pace.h"

static void test_what_is_expected_by_a_day(void **state)
{
    (void)state;
    const struct {
        const char *from, *to;
        struct day day;
        double expected; /* below 0: not known */
    } cases[] = {
        {"2026", "2026", day_of_civil(2026, 1, 1), 0},
        {"2026", "2026", day_of_civil(2025, 6, 1), 0},
        {"2026", "2026", day_of_civil(2026, 12, 31), 364.0 / 365},
        {"2026", "2026", day_of_civil(2027, 1, 1), 1},
        {"2026-01-01", "2026-01-04", day_of_civil(2026, 1, 2), 0.25},
        {"2026-01-05", "2026-01-04", day_of_civil(2026, 1, 2), -1},
        {"2026", "2026/..", day_of_civil(2026, 1, 2), -1},
        {"../2026", "2026", day_of_civil(2026, 1, 2), -1},
        {"", "2026", day_of_civil(2026, 1, 2), -1},
        {"2026", "soon", day_of_civil(2026, 1, 2), -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct target t = {.from = text_of(cases[i].from), .to = text_of(cases[i].to)};
        struct number n = pace_expected(&t, cases[i].day);
        assert_int_equal(n.set, cases[i].expected >= 0);
        if (n.set)
            assert_float_equal(n.value, cases[i].expected, 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_expected_by_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
