#include "consumer/deadline_words.h"

#include <stdio.h>

#include "core/civil.h"

static const char *const event_names[] = {"DUE", "OPENS", "CLOSES", "STARTS", "ENDS"};
const struct symbols deadline_events = {"DeadlineEvent", event_names, 5, false};

static const char *const precision_names[] = {"DAY", "MONTH", "YEAR", "WINDOW", "OPEN"};
const struct symbols deadline_precisions = {"Precision", precision_names, 5, false};

static enum deadline_event first_event(const struct deadline_in *d)
{
    if (d->kind == SUBJECT_SUMMIT)
        return DEADLINE_STARTS;
    return d->opens.n == d->last_day.n && d->kind == SUBJECT_COMMITMENT ? DEADLINE_DUE : DEADLINE_OPENS;
}

struct day deadline_next(const struct deadline_in *d, struct day today, enum deadline_event *event)
{
    *event = DEADLINE_NOTHING;
    if (!d->open || day_is_none(d->opens))
        return DAY_NONE;
    if (d->opens.n >= today.n) {
        *event = first_event(d);
        return d->opens;
    }
    if (day_is_none(d->last_day) || d->last_day.n < today.n)
        return DAY_NONE;
    *event = d->kind == SUBJECT_COMMITMENT ? DEADLINE_CLOSES : DEADLINE_ENDS;
    return d->last_day;
}

bool deadline_days_left(const struct deadline_in *d, struct day today, int64_t *out)
{
    enum deadline_event event;
    struct day day = deadline_next(d, today, &event);
    if (day_is_none(day) && d->open && !day_is_none(d->opens))
        day = d->last_day;
    if (day_is_none(day))
        return false;
    *out = (int64_t)day.n - today.n;
    return true;
}

bool deadline_is_overdue(const struct deadline_in *d, struct day today)
{
    return d->open && d->kind != SUBJECT_INSTRUMENT && !day_is_none(d->opens) && !day_is_none(d->last_day) &&
           d->last_day.n < today.n;
}

enum deadline_precision deadline_precision(const struct deadline_in *d)
{
    if (day_is_none(d->last_day))
        return PRECISION_OPEN;
    if (d->opens.n == d->last_day.n)
        return PRECISION_DAY;
    struct civil first = civil_of_day(d->opens), last = civil_of_day(d->last_day);
    if (first.year != last.year || first.day != 1)
        return PRECISION_WINDOW;
    if (first.month == 1 && last.month == 12 && last.day == 31)
        return PRECISION_YEAR;
    bool month = first.month == last.month && last.day == civil_days_in_month(last.year, last.month);
    return month ? PRECISION_MONTH : PRECISION_WINDOW;
}

/* Of a repetition only the date in the middle counts: R/<date>/<duration>. An open start is no first day: of
 * ../<date> the end counts alone. */
bool deadline_lasts(const struct deadline_in *d, struct text wording)
{
    size_t slashes = 0;
    for (size_t i = 0; i < wording.len; i++)
        slashes += wording.at[i] == '/';
    bool repeats = wording.len && wording.at[0] == 'R', open_start = wording.len && wording.at[0] == '.';
    return d->kind == SUBJECT_INSTRUMENT ||
           (d->kind == SUBJECT_SUMMIT && !open_start && slashes > (repeats ? 2 : 0));
}

struct deadline_marks deadline_marks(struct text wording)
{
    struct deadline_marks marks = {.repeats = wording.len && wording.at[0] == 'R'};
    for (size_t i = 0; i < wording.len; i++) {
        char c = wording.at[i];
        marks.uncertain |= c == '?' || c == '%';
        marks.approximate |= c == '~' || c == '%';
    }
    return marks;
}

static void add(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

void deadline_days(const struct deadline_in *d, struct buffer *out)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE] = "", line[80];
    struct civil c = civil_of_day(d->opens);
    (void)day_format(d->opens, first);
    if (!day_is_none(d->last_day))
        (void)day_format(d->last_day, last);
    switch (deadline_precision(d)) {
    case PRECISION_DAY: (void)snprintf(line, sizeof line, "%s", first); break;
    case PRECISION_MONTH: (void)snprintf(line, sizeof line, "%s %d", months[c.month - 1], (int)c.year); break;
    case PRECISION_YEAR: (void)snprintf(line, sizeof line, "%d", (int)c.year); break;
    case PRECISION_WINDOW: (void)snprintf(line, sizeof line, "%s to %s", first, last); break;
    case PRECISION_OPEN: (void)snprintf(line, sizeof line, "%s on", first); break;
    }
    add(out, line);
}

void deadline_doubts(struct text wording, struct buffer *out)
{
    struct deadline_marks marks = deadline_marks(wording);
    if (marks.uncertain || marks.approximate)
        add(out, !marks.uncertain     ? " (approximate)"
                 : !marks.approximate ? " (uncertain)"
                                      : " (uncertain, approximate)");
}

void deadline_known_as(const struct deadline_in *d, struct text wording, struct buffer *out)
{
    static const char *const before[] = {"", "day ", "month ", "year ", "", "from "};
    add(out, before[deadline_precision(d)]);
    deadline_days(d, out);
    deadline_doubts(wording, out);
    if (deadline_marks(wording).repeats)
        add(out, ", repeats");
}
