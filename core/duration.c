#include "core/duration.h"

#include "core/civil.h"
#include "core/scan.h"

#define DIGITS_MAX 7 /* so that no sum of parts overflows 32 bits */

static const struct unit {
    char letter;
    int32_t months, days;
    const char *expected; /* what may stand in its place, the units before it being used up */
} units[] = {
    {'Y', 12, 0, "Y, M, W or D (years, months, weeks, days in that order, no time part)"},
    {'M', 1, 0, "M, W or D (months, weeks, days in that order, no time part)"},
    {'W', 0, 7, "W or D (weeks, days in that order, no time part)"},
    {'D', 0, 1, "D (days, no time part)"},
};
#define UNITS (sizeof units / sizeof units[0])

static int scan_part(struct scan *s, size_t *next, struct duration *sum, struct error *e)
{
    size_t digits = scan_count_digits(s, DIGITS_MAX + 1);
    int32_t n;
    if (digits > DIGITS_MAX)
        return scan_expected(s, e, "a number of at most 7 digits");
    if (digits == 0)
        return scan_expected(s, e,
                             *next == 0 ? "a number, as in P5Y, P18M, P2W or P90D"
                                        : "a number or the end of the duration (there is no time part)");
    (void)scan_number(s, digits, &n);
    for (size_t i = *next; i < UNITS; i++) {
        if (scan_take(s, units[i].letter)) {
            sum->months += n * units[i].months;
            sum->days += n * units[i].days;
            *next = i + 1;
            return 0;
        }
    }
    return scan_expected(s, e, units[*next].expected);
}

int duration_parse_part(struct text whole, size_t from, size_t to, struct duration *out, struct error *e)
{
    struct scan s = {whole, from, to};
    struct duration sum = {0, 0};
    size_t next = 0;
    if (!scan_take(&s, 'P'))
        return scan_expected(&s, e, "a duration such as P1Y, P18M or P90D");
    do {
        if (next == UNITS)
            return scan_expected(&s, e, "the end of the duration");
        int rc = scan_part(&s, &next, &sum, e);
        if (rc)
            return rc;
    } while (!scan_at_end(&s));
    *out = sum;
    return 0;
}

int duration_parse(struct text t, struct duration *out, struct error *e)
{
    return duration_parse_part(t, 0, t.len, out, e);
}

struct day duration_add(struct day d, struct duration by, int64_t times)
{
    int64_t months, days, n;
    if (__builtin_mul_overflow(times, by.months, &months) || __builtin_mul_overflow(times, by.days, &days))
        return DAY_NONE;
    struct day reached = day_add_months(d, months);
    if (day_is_none(reached) || __builtin_add_overflow(days, reached.n, &n) || n > DAY_LAST.n)
        return DAY_NONE;
    return (struct day){(int32_t)n};
}
