#include "core/instant.h"

#include <string.h>

#include "core/civil.h"
#include "core/scan.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static int scan_day(struct scan *s, int64_t *ms, struct error *e)
{
    int32_t year, month, day;
    /* Year 0000 is let through here: its last hours may be 0001 in UTC. */
    if (!scan_number(s, 4, &year))
        return scan_expected(s, e, "a year of four digits");
    if (!scan_take(s, '-'))
        return scan_expected(s, e, "- and a month");
    if (!scan_number_within(s, 2, 1, 12, &month))
        return scan_expected(s, e, "a month 01..12");
    if (!scan_take(s, '-'))
        return scan_expected(s, e, "- and a day");
    if (!scan_number_within(s, 2, 1, civil_days_in_month(year, month), &day))
        return scan_expected(s, e, "a day of that month");
    *ms = day_of_civil(year, month, day).n * DAY_MS;
    return 0;
}

/* Milliseconds, however many digits there are; at least one. */
static bool scan_fraction(struct scan *s, int64_t *ms)
{
    int64_t scale = 100, sum = 0;
    if (!scan_is_digit(scan_peek(s, 0)))
        return false;
    for (; scan_is_digit(scan_peek(s, 0)); s->at++, scale /= 10)
        sum += (scan_peek(s, 0) - '0') * scale;
    *ms = sum;
    return true;
}

static int scan_time(struct scan *s, int64_t *ms, struct error *e)
{
    int32_t hour, minute, second;
    int64_t fraction = 0;
    if (!scan_take(s, 'T') && !scan_take(s, 't'))
        return scan_expected(s, e, "T and a time");
    if (!scan_number_within(s, 2, 0, 23, &hour))
        return scan_expected(s, e, "an hour 00..23");
    if (!scan_take(s, ':'))
        return scan_expected(s, e, ": and a minute");
    if (!scan_number_within(s, 2, 0, 59, &minute))
        return scan_expected(s, e, "a minute 00..59");
    if (!scan_take(s, ':'))
        return scan_expected(s, e, ": and a second");
    if (!scan_number_within(s, 2, 0, 60, &second))
        return scan_expected(s, e, "a second 00..59");
    if (scan_take(s, '.') && !scan_fraction(s, &fraction))
        return scan_expected(s, e, "a digit");
    *ms = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction;
    return 0;
}

static int scan_offset(struct scan *s, int64_t *ms, struct error *e)
{
    int32_t hours, minutes;
    *ms = 0;
    if (scan_take(s, 'Z') || scan_take(s, 'z'))
        return 0;
    bool west = scan_peek(s, 0) == '-';
    if (!scan_take(s, '+') && !scan_take(s, '-'))
        return scan_expected(s, e, "Z or an offset such as +05:00");
    if (!scan_number_within(s, 2, 0, 23, &hours))
        return scan_expected(s, e, "hours 00..23");
    if (!scan_take(s, ':'))
        return scan_expected(s, e, ": and minutes");
    if (!scan_number_within(s, 2, 0, 59, &minutes))
        return scan_expected(s, e, "minutes 00..59");
    *ms = hours * HOUR_MS + minutes * MINUTE_MS;
    if (west)
        *ms = -*ms;
    return 0;
}

int instant_parse(struct text t, struct instant *out, struct error *e)
{
    const size_t second_at = sizeof "2026-05-22T10:00:" - 1;
    struct scan s = scan_of(t);
    int64_t day = 0, time = 0, offset = 0;
    int rc = scan_day(&s, &day, e);
    if (rc == 0)
        rc = scan_time(&s, &time, e);
    if (rc == 0)
        rc = scan_offset(&s, &offset, e);
    if (rc)
        return rc;
    if (!scan_at_end(&s))
        return scan_expected(&s, e, "the end of the instant");
    int64_t ms = day + time - offset;
    /* Leap seconds are inserted before midnight UTC and nowhere else, so the one after must be midnight. */
    bool is_leap = t.at[second_at] == '6';
    if (is_leap && (ms % DAY_MS + DAY_MS) % DAY_MS >= SECOND_MS)
        return scan_expected_at(&s, second_at, e, "a second 00..59");
    if (ms < DAY_FIRST.n * DAY_MS || ms > INSTANT_LAST.ms)
        return scan_expected_at(&s, 0, e, "an instant of the years 0001..9999 in UTC");
    *out = (struct instant){ms};
    return 0;
}

static char *put_two(char *out, uint32_t value, char behind)
{
    memcpy(out, civil_two_digits + 2 * value, 2);
    out[2] = behind;
    return out + 3;
}

size_t instant_format(struct instant t, char out[INSTANT_TEXT_SIZE])
{
    int64_t of_day = t.ms % DAY_MS, days = t.ms / DAY_MS - (of_day < 0);
    uint32_t ms = (uint32_t)(of_day < 0 ? of_day + DAY_MS : of_day), seconds = ms / 1000,
             minutes = seconds / 60;
    ms %= 1000;
    char *at = out + civil_format(civil_of_days(days), out);
    *at++ = 'T';
    at = put_two(at, minutes / 60, ':');
    at = put_two(at, minutes % 60, ':');
    at = put_two(at, seconds % 60, '.');
    *at++ = (char)('0' + ms / 100);
    at = put_two(at, ms % 100, 'Z');
    *at = '\0';
    return (size_t)(at - out);
}
