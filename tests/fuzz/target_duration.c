/* Durations and days: reading, adding and multiplying, held against slow arithmetic that cannot overflow.
 *
 * Input: a duration, a line feed, then the bytes that choose the days to add it to. */
#include "core/civil.h"
#include "core/duration.h"
#include "tests/fuzz/fuzz.h"

/* Any day of the calendar; days around its ends and around months' ends more often. */
static struct day choose_day(struct choices *c)
{
    static const struct {
        int32_t year, month, day;
    } edges[] = {{1, 1, 1},     {1, 12, 31},   {4, 2, 29},    {1600, 2, 29}, {1900, 2, 28}, {1970, 1, 1},
                 {2024, 2, 29}, {2025, 1, 31}, {2026, 8, 31}, {9996, 2, 29}, {9999, 12, 1}, {9999, 12, 31}};
    size_t edge = choose(c, 16);
    if (edge < sizeof edges / sizeof edges[0])
        return day_of_civil(edges[edge].year, edges[edge].month, edges[edge].day);
    return (struct day){DAY_FIRST.n + (int32_t)(choose_word(c) % (uint32_t)(DAY_LAST.n - DAY_FIRST.n + 1))};
}

/* The sum of months clamped once, then days: by counting, in 128 bits. */
static struct day add_slowly(struct day d, struct duration by, int64_t times)
{
    struct civil from = civil_of_day(d);
    __int128 months = (__int128)by.months * times + from.month - 1;
    __int128 year = from.year + months / 12, days = (__int128)by.days * times;
    int32_t month = (int32_t)(months % 12) + 1;
    if (year > 9999 || days > 4000000)
        return DAY_NONE;
    int32_t last = civil_days_in_month((int32_t)year, month);
    __int128 n = day_of_civil((int32_t)year, month, from.day < last ? from.day : last).n + days;
    return n > DAY_LAST.n ? DAY_NONE : (struct day){(int32_t)n};
}

static void check_civil(struct day d)
{
    struct civil c = civil_of_day(d);
    FUZZ_HOLDS(day_of_civil(c.year, c.month, c.day).n == d.n, "day %d", d.n);
    FUZZ_HOLDS(c.day >= 1 && c.day <= civil_days_in_month(c.year, c.month), "day %d", d.n);
    char text[DAY_TEXT_SIZE];
    int year, month, day;
    FUZZ_HOLDS(day_format(d, text) == 10 && sscanf(text, "%d-%d-%d", &year, &month, &day) == 3, "%s", text);
    FUZZ_HOLDS(year == c.year && month == c.month && day == c.day, "%s", text);
    if (d.n < DAY_LAST.n) {
        struct civil next = civil_of_day((struct day){d.n + 1});
        int64_t key = (int64_t)c.year * 400 + c.month * 32 + c.day;
        FUZZ_HOLDS((int64_t)next.year * 400 + next.month * 32 + next.day > key, "day %d and the next", d.n);
    }
}

static void check_adding(struct duration by, struct choices *c)
{
    struct day d = choose_day(c);
    check_civil(d);
    int64_t times = (int64_t)choose(c, 8);
    if (times == 7)
        times = choose_long(c) & INT64_MAX;
    else if (times == 6)
        times = choose_word(c);
    struct day sum = duration_add(d, by, times);
    FUZZ_HOLDS(sum.n == add_slowly(d, by, times).n, "%d + %lld x (%d months, %d days) = %d", d.n,
               (long long)times, by.months, by.days, sum.n);
    FUZZ_HOLDS(day_is_none(sum) || sum.n >= d.n, "goes back");
    FUZZ_HOLDS(day_is_none(duration_add(DAY_NONE, by, times)), "something after nothing");
    if (times == INT64_MAX)
        return;
    /* Later occurrences are later, and beyond 9999 they stay there. */
    struct day more = duration_add(d, by, times + 1);
    FUZZ_HOLDS(day_is_none(more) || !day_is_none(sum), "%lld x is beyond 9999, one more is not",
               (long long)times);
    FUZZ_HOLDS(day_is_none(more) || duration_is_zero(by) || more.n > sum.n, "occurrence %lld is not later",
               (long long)times);
    /* And of a later day they are not earlier. */
    if (d.n < DAY_LAST.n) {
        struct day of_next = duration_add((struct day){d.n + 1}, by, times);
        FUZZ_HOLDS(day_is_none(of_next) || (!day_is_none(sum) && of_next.n >= sum.n), "out of order");
    }
}

static void check_written_out(struct duration d)
{
    char text[64];
    struct duration again;
    const int32_t most = 9999999;
    if (d.months > most || d.days > most)
        return;
    int n = snprintf(text, sizeof text, "P%dM%dD", d.months, d.days);
    FUZZ_HOLDS(duration_parse((struct text){text, (size_t)n}, &again, NULL) == 0, "%s", text);
    FUZZ_HOLDS(again.months == d.months && again.days == d.days, "%s", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *feed = size ? memchr(data, '\n', size) : NULL;
    size_t n = feed ? (size_t)(feed - data) : size;
    struct text t = {n ? (const char *)data : "", n};
    struct choices c = {feed ? feed + 1 : data, feed ? size - n - 1 : 0};
    struct duration d = {-7, -7};
    struct error e = {0};
    int rc = duration_parse(t, &d, &e);
    if (rc) {
        fuzz_error(&e, ERROR_INVALID);
        FUZZ_HOLDS(e.position <= n, "position %zu of %zu", e.position, n);
        FUZZ_HOLDS(d.months == -7 && d.days == -7, "touched by an error");
        d = (struct duration){(int32_t)(choose_word(&c) >> 1), (int32_t)(choose_word(&c) >> 1)};
    } else {
        FUZZ_HOLDS(d.months >= 0 && d.days >= 0, "%d months, %d days", d.months, d.days);
        check_written_out(d);
    }
    do
        check_adding(d, &c);
    while (c.left > 0);
    return 0;
}
