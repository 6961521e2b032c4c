#include "core/edtf.h"

#include "core/civil.h"
#include "core/scan.h"

/* One date taken alone. */
struct date {
    struct day first, last;
    char qualifier;
};

/* What may stand in the place of the month besides 01..12 (ISO 8601-2, 4.8): the seasons of the northern
 * hemisphere, of which winter ends in the next year, quarters and half-years. */
static const struct part {
    int32_t code, month, months;
} parts[] = {
    {21, 3, 3}, {22, 6, 3}, {23, 9, 3},  {24, 12, 3}, {33, 1, 3},
    {34, 4, 3}, {35, 7, 3}, {36, 10, 3}, {40, 1, 6},  {41, 7, 6},
};

static struct day last_of_month(int32_t year, int32_t month)
{
    return day_of_civil(year, month, civil_days_in_month(year, month));
}

static void span_months(struct date *out, int32_t year, int32_t month, int32_t months)
{
    int32_t end = month + months - 1;
    out->first = day_of_civil(year, month, 1);
    out->last = end > 12 ? last_of_month(year + 1, end - 12) : last_of_month(year, end);
}

static int year_expected(const struct scan *s, size_t digits, size_t unknown, struct error *e)
{
    size_t position = s->at + (digits < 2 ? digits : digits + unknown);
    const char *what = unknown > 0 && digits >= 2 ? "X"
                       : digits >= 2              ? "a digit or X (a year has four)"
                       : digits == 1              ? "a digit (a year has four)"
                       : unknown == 4             ? "a year (XXXX stands only in R/XXXX-MM-DD/...)"
                                                  : "a year of four digits";
    return scan_expected_at(s, position, e, what);
}

/* Four digits, of which the last one or two may be X. */
static int scan_year(struct scan *s, int32_t *first, int32_t *last, struct error *e)
{
    size_t digits = scan_count_digits(s, 4), unknown = 0;
    int32_t year = 0, within = 1;
    while (digits + unknown < 4 && scan_peek(s, digits + unknown) == 'X') {
        unknown++;
        within *= 10;
    }
    if (digits < 2 || digits + unknown < 4)
        return year_expected(s, digits, unknown, e);
    struct scan after = *s;
    (void)scan_number(&after, digits, &year);
    *first = year * within;
    *last = *first + within - 1;
    if (*last == 0)
        return scan_expected(s, e, "a year 0001..9999");
    if (*first == 0)
        *first = 1;
    s->at = after.at + unknown;
    return 0;
}

static int scan_day(struct scan *s, int32_t year, int32_t month, struct date *out, struct error *e)
{
    int32_t days = civil_days_in_month(year, month), day;
    if (scan_take_text(s, TEXT_LITERAL("XX"))) {
        span_months(out, year, month, 1);
    } else if (scan_number_within(s, 2, 1, days, &day)) {
        out->first = out->last = day_of_civil(year, month, day);
    } else {
        char what[] = "a day 01..31 or XX";
        what[sizeof "a day 01.." - 1] = (char)('0' + days / 10);
        what[sizeof "a day 01..3" - 1] = (char)('0' + days % 10);
        return scan_expected(s, e, what);
    }
    return 0;
}

/* What follows "YYYY-". */
static int scan_part_of_year(struct scan *s, int32_t year, struct date *out, struct error *e)
{
    struct scan before = *s;
    int32_t code;
    if (scan_take_text(s, TEXT_LITERAL("XX"))) {
        if (!scan_take_text(s, TEXT_LITERAL("-XX")))
            return scan_expected(s, e, "-XX (after an unknown month the day is unknown too)");
        span_months(out, year, 1, 12);
        return 0;
    }
    if (scan_number_within(s, 2, 1, 12, &code)) {
        span_months(out, year, code, 1);
        return scan_take(s, '-') ? scan_day(s, year, code, out, e) : 0;
    }
    if (scan_number(s, 2, &code)) {
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            if (parts[i].code == code) {
                span_months(out, year, parts[i].month, parts[i].months);
                return 0;
            }
        }
    }
    return scan_expected(&before, e,
                         "a month 01..12, a season 21..24, a quarter 33..36, a half-year 40..41 or XX-XX");
}

#define FULL_DAY (sizeof "2027-05-22" - 1)

/* A day in full, which most dates are, in one look. false: it is something else, or wrong. */
static bool scan_full_day(struct scan *s, struct date *out)
{
    static const int8_t at[] = {0, 1, 2, 3, 5, 6, 8, 9};
    int32_t n[sizeof at];
    const char *text = s->whole.at + s->at;
    if (s->end - s->at < FULL_DAY || text[4] != '-' || text[7] != '-')
        return false;
    for (size_t i = 0; i < sizeof at; i++) {
        n[i] = text[at[i]] - '0';
        if (n[i] < 0 || n[i] > 9)
            return false;
    }
    int32_t year = n[0] * 1000 + n[1] * 100 + n[2] * 10 + n[3], month = n[4] * 10 + n[5];
    int32_t day = n[6] * 10 + n[7];
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > civil_days_in_month(year, month))
        return false;
    out->first = out->last = day_of_civil(year, month, day);
    s->at += FULL_DAY;
    return true;
}

static int scan_unsure_date(struct scan *s, struct date *out, struct error *e)
{
    int32_t first = 0, last = 0;
    int rc = scan_year(s, &first, &last, e);
    if (rc)
        return rc;
    if (first == last && scan_take(s, '-')) {
        rc = scan_part_of_year(s, first, out, e);
        if (rc)
            return rc;
    } else {
        out->first = day_of_civil(first, 1, 1);
        out->last = day_of_civil(last, 12, 31);
    }
    return 0;
}

static int scan_date(struct scan *s, struct date *out, struct error *e)
{
    if (!scan_full_day(s, out)) {
        int rc = scan_unsure_date(s, out, e);
        if (rc)
            return rc;
    }
    char c = scan_peek(s, 0);
    out->qualifier = c == '?' || c == '~' || c == '%' ? c : '\0';
    if (out->qualifier)
        s->at++;
    return 0;
}

/* The two ends of an interval or set, either NULL for open. */
static int resolve(const struct scan *s, const struct date *start, const struct date *end, size_t end_at,
                   struct edtf *out, struct error *e)
{
    if (start && end && end->last.n < start->first.n)
        return scan_expected_at(s, end_at, e, "an end that is not before its start");
    bool unbounded = end && end->last.n > DAY_LAST.n;
    *out = (struct edtf){
        .earliest = start ? start->first : DAY_NONE,
        .latest = end && !unbounded ? end->last : DAY_NONE,
        .end_from = end ? end->first : DAY_NONE,
        .unbounded = unbounded,
    };
    return 0;
}

static bool scan_open(struct scan *s)
{
    return scan_take_text(s, TEXT_LITERAL(".."));
}

/* What follows "[". */
static int scan_set(struct scan *s, struct edtf *out, struct error *e)
{
    struct date start = {0}, end = {0};
    bool from_open = scan_open(s), to_open = false;
    int rc = from_open ? 0 : scan_date(s, &start, e);
    if (rc)
        return rc;
    if (!from_open && !scan_open(s))
        return scan_expected(s, e, "..");
    if (scan_at_end(s))
        return scan_expected(s, e, from_open ? "a date" : "a date or ]");
    size_t end_at = s->at;
    if (!from_open && scan_peek(s, 0) == ']')
        to_open = true;
    else if ((rc = scan_date(s, &end, e)) != 0)
        return rc;
    if (!scan_take(s, ']'))
        return scan_expected(s, e, "]");
    if (!scan_at_end(s))
        return scan_expected(s, e, "the end of the date");
    return resolve(s, from_open ? NULL : &start, to_open ? NULL : &end, end_at, out, e);
}

static int scan_interval(struct scan *s, struct edtf *out, struct error *e)
{
    struct date start = {0}, end = {0};
    bool from_open = scan_open(s), to_open = false;
    int rc = from_open ? 0 : scan_date(s, &start, e);
    if (rc)
        return rc;
    if (!from_open && scan_at_end(s)) {
        rc = resolve(s, &start, &start, s->at, out, e);
        out->qualifier = start.qualifier;
        return rc;
    }
    if (!scan_take(s, '/'))
        return scan_expected(s, e, from_open ? "/ and a date" : "/ or the end of the date");
    if (scan_at_end(s))
        return scan_expected(s, e, from_open ? "a date" : "a date or ..");
    size_t end_at = s->at;
    if (!from_open && scan_open(s))
        to_open = true;
    else if ((rc = scan_date(s, &end, e)) != 0)
        return rc;
    if (!scan_at_end(s))
        return scan_expected(s, e, "the end of the date");
    return resolve(s, from_open ? NULL : &start, to_open ? NULL : &end, end_at, out, e);
}

int edtf_parse_part(struct text whole, size_t from, size_t to, struct edtf *out, struct error *e)
{
    struct scan s = {whole, from, to};
    struct date day;
    if (to - from == FULL_DAY && scan_full_day(&s, &day)) {
        *out = (struct edtf){.earliest = day.first, .latest = day.last, .end_from = day.first};
        return 0;
    }
    return scan_take(&s, '[') ? scan_set(&s, out, e) : scan_interval(&s, out, e);
}

int edtf_parse(struct text t, struct edtf *out, struct error *e)
{
    return edtf_parse_part(t, 0, t.len, out, e);
}
