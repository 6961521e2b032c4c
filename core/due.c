#include "core/due.h"

#include "core/civil.h"
#include "core/scan.h"

#define COUNT_DIGITS_MAX 9

static int scan_step(const struct scan *s, struct due *out, struct error *e)
{
    int rc = duration_parse_part(s->whole, s->at, s->end, &out->step, e);
    if (rc)
        return rc;
    return duration_is_zero(out->step) ? scan_expected(s, e, "a duration longer than nothing") : 0;
}

/* What follows "XXXX". */
static int scan_any_year(struct scan *s, struct due *out, struct error *e)
{
    const int32_t leap = 2000; /* a day that is there in any year at all */
    if (!scan_take(s, '-'))
        return scan_expected(s, e, "-");
    if (!scan_number_within(s, 2, 1, 12, &out->month))
        return scan_expected(s, e, "a month 01..12");
    if (!scan_take(s, '-'))
        return scan_expected(s, e, "- and a day");
    if (!scan_number_within(s, 2, 1, civil_days_in_month(leap, out->month), &out->day))
        return scan_expected(s, e, "a day of that month");
    if (!scan_take(s, '/'))
        return scan_expected(s, e, "/ and a duration");
    out->form = DUE_REPEAT_ANY_YEAR;
    return scan_step(s, out, e);
}

/* Where a date that lacks an end says so. */
static size_t position_of_open_end(const struct scan *s)
{
    size_t i = s->at;
    while (s->whole.at[i] != '.')
        i++;
    return i;
}

/* A date with both ends, "/" and the step; the last "/" separates the two, for the date may be an interval.
 */
static int scan_repeated_date(struct scan *s, struct due *out, struct error *e)
{
    size_t slash = s->end;
    while (slash > s->at && s->whole.at[slash - 1] != '/')
        slash--;
    size_t date_end = slash > s->at ? slash - 1 : s->end;
    int rc = edtf_parse_part(s->whole, s->at, date_end, &out->date, e);
    if (rc)
        return rc;
    if (date_end == s->end)
        return scan_expected_at(s, s->end, e, "/ and a duration");
    if (out->date.unbounded)
        return scan_expected(s, e, "a date that ends by 9999-12-31");
    if (day_is_none(out->date.earliest) || day_is_none(out->date.latest))
        return scan_expected_at(s, position_of_open_end(s), e, "a date with both ends");
    out->form = DUE_REPEAT;
    s->at = slash;
    return scan_step(s, out, e);
}

/* What follows "R". */
static int scan_repetition(struct scan *s, unsigned allowed, struct due *out, struct error *e)
{
    int32_t count = 0;
    size_t digits = scan_count_digits(s, COUNT_DIGITS_MAX + 1);
    if (digits > COUNT_DIGITS_MAX)
        return scan_expected(s, e, "a count of at most 9 digits");
    if (digits > 0 && !scan_number_within(s, digits, 1, INT32_MAX, &count))
        return scan_expected(s, e, "a count of 1 or more");
    if (!scan_take(s, '/'))
        return scan_expected(s, e, digits ? "/" : "/ or a count");
    out->count = count;
    if (scan_peek(s, 0) == 'P' && allowed & DUE_ALLOW_RELATIVE) {
        out->form = DUE_REPEAT_AFTER;
        return scan_step(s, out, e);
    }
    if (!(allowed & DUE_ALLOW_REPEAT))
        return scan_expected(s, e, "a duration");
    if (scan_take_text(s, TEXT_LITERAL("XXXX")))
        return scan_any_year(s, out, e);
    return scan_repeated_date(s, out, e);
}

int due_parse(struct text t, unsigned allowed, struct due *out, struct error *e)
{
    struct due due = {.date = {DAY_NONE, DAY_NONE, DAY_NONE, false, '\0'}};
    struct scan s = scan_of(t);
    int rc = 0;
    if (t.len == 0) {
        due.form = DUE_NONE;
    } else if (scan_peek(&s, 0) == 'P' && allowed & DUE_ALLOW_RELATIVE) {
        due.form = DUE_AFTER;
        rc = duration_parse(t, &due.step, e);
    } else if (allowed && scan_take(&s, 'R')) {
        rc = scan_repetition(&s, allowed, &due, e);
    } else if (scan_peek(&s, 0) == 'P' || scan_peek(&s, 0) == 'R') {
        rc = scan_expected(&s, e, allowed ? "a date or a repetition" : "a date");
    } else {
        due.form = DUE_DATE;
        rc = edtf_parse(t, &due.date, e);
    }
    if (rc == 0)
        *out = due;
    return rc;
}

struct day due_first_any_year(int32_t month, int32_t day, struct day from)
{
    int32_t first = civil_of_day(from).year;
    for (int32_t year = first < 1 ? 1 : first; year <= 9999; year++) {
        if (day > civil_days_in_month(year, month))
            continue;
        struct day d = day_of_civil(year, month, day);
        if (d.n >= from.n)
            return d;
    }
    return DAY_NONE;
}
