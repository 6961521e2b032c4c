#include "core/zone_rule.h"

#include "core/civil.h"
#include "core/scan.h"

#define HOUR 3600
#define DAY_SECONDS (24 * HOUR)
#define NAME_MIN 3

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* An abbreviation: letters, or between < and > letters, digits and signs. */
static int scan_name(struct scan *s, struct error *e)
{
    bool quoted = scan_take(s, '<');
    size_t start = s->at;
    char c;
    while (c = scan_peek(s, 0), is_letter(c) || (quoted && (scan_is_digit(c) || c == '+' || c == '-')))
        s->at++;
    if (s->at - start < NAME_MIN)
        return scan_expected(s, e, "a zone abbreviation of three letters or more");
    return quoted && !scan_take(s, '>') ? scan_expected(s, e, ">") : 0;
}

static bool scan_within(struct scan *s, size_t digits_max, int32_t low, int32_t high, int32_t *out)
{
    size_t digits = scan_count_digits(s, digits_max);
    return digits > 0 && scan_number_within(s, digits, low, high, out);
}

/* [+-]h[h[h]][:mm[:ss]] */
static int scan_time(struct scan *s, int32_t hours_max, int32_t *out, struct error *e)
{
    bool negative = scan_peek(s, 0) == '-';
    int32_t hours, minutes = 0, seconds = 0;
    if (!scan_take(s, '-'))
        (void)scan_take(s, '+');
    if (!scan_within(s, 3, 0, hours_max, &hours))
        return scan_expected(s, e, hours_max > 24 ? "hours -167..167" : "hours -24..24");
    if (scan_take(s, ':')) {
        if (!scan_number_within(s, 2, 0, 59, &minutes))
            return scan_expected(s, e, "minutes 00..59");
        if (scan_take(s, ':') && !scan_number_within(s, 2, 0, 59, &seconds))
            return scan_expected(s, e, "seconds 00..59");
    }
    int32_t sum = hours * HOUR + minutes * 60 + seconds;
    *out = negative ? -sum : sum;
    return 0;
}

static int scan_change(struct scan *s, struct zone_change *out, struct error *e)
{
    *out = (struct zone_change){.seconds = 2 * HOUR};
    if (!scan_take(s, ','))
        return scan_expected(s, e, ", and the day of a change");
    if (scan_take(s, 'J')) {
        out->form = ZONE_CHANGE_JULIAN;
        if (!scan_within(s, 3, 1, 365, &out->day))
            return scan_expected(s, e, "a day 1..365");
    } else if (scan_take(s, 'M')) {
        out->form = ZONE_CHANGE_WEEKDAY;
        if (!scan_within(s, 2, 1, 12, &out->month) || !scan_take(s, '.'))
            return scan_expected(s, e, "a month 1..12 and .");
        if (!scan_within(s, 1, 1, 5, &out->week) || !scan_take(s, '.'))
            return scan_expected(s, e, "a week 1..5 and .");
        if (!scan_within(s, 1, 0, 6, &out->day))
            return scan_expected(s, e, "a weekday 0..6");
    } else {
        out->form = ZONE_CHANGE_ORDINAL;
        if (!scan_within(s, 3, 0, 365, &out->day))
            return scan_expected(s, e, "a day Jn, n or Mm.w.d");
    }
    return scan_take(s, '/') ? scan_time(s, 167, &out->seconds, e) : 0;
}

/* POSIX counts offsets west of Greenwich. */
static int scan_offset(struct scan *s, int32_t *east, struct error *e)
{
    int32_t west = 0;
    int rc = scan_time(s, 24, &west, e);
    if (rc == 0)
        *east = -west;
    return rc;
}

int zone_rule_parse(struct text t, struct zone_rule *out, struct error *e)
{
    struct zone_rule r = {.changes = false};
    struct scan s = scan_of(t);
    int rc = scan_name(&s, e);
    if (rc == 0)
        rc = scan_offset(&s, &r.standard, e);
    r.summer = r.standard;
    if (rc == 0 && !scan_at_end(&s)) {
        r.changes = true;
        r.summer = r.standard + HOUR;
        rc = scan_name(&s, e);
        if (rc == 0 && scan_peek(&s, 0) != ',')
            rc = scan_offset(&s, &r.summer, e);
        if (rc == 0)
            rc = scan_change(&s, &r.to_summer, e);
        if (rc == 0)
            rc = scan_change(&s, &r.to_standard, e);
        if (rc == 0 && !scan_at_end(&s))
            rc = scan_expected(&s, e, "the end of the rule");
    }
    if (rc == 0)
        *out = r;
    return rc;
}

static int32_t change_day(const struct zone_change *c, int32_t year)
{
    int32_t new_year = day_of_civil(year, 1, 1).n;
    if (c->form == ZONE_CHANGE_ORDINAL)
        return new_year + c->day;
    if (c->form == ZONE_CHANGE_JULIAN)
        return new_year + c->day - 1 + (civil_is_leap(year) && c->day >= 60);
    int32_t first = day_of_civil(year, c->month, 1).n;
    /* 1970-01-01 was a Thursday, day 4 of the week. */
    int32_t weekday = ((first + 4) % 7 + 7) % 7;
    int32_t day = first + (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
    return day < first + civil_days_in_month(year, c->month) ? day : day - 7;
}

static int64_t change_instant(const struct zone_change *c, int32_t year, int32_t offset_before)
{
    return (int64_t)change_day(c, year) * DAY_SECONDS + c->seconds - offset_before;
}

int64_t zone_rule_summer_begins(const struct zone_rule *r, int32_t year)
{
    return change_instant(&r->to_summer, year, r->standard);
}

int64_t zone_rule_summer_ends(const struct zone_rule *r, int32_t year)
{
    return change_instant(&r->to_standard, year, r->summer);
}
