#include "consumer/notify/summary.h"

#include <stdio.h>

#include "consumer/alert_days.h"
#include "consumer/deadline_words.h"
#include "core/civil.h"
#include "edge/json/json_write.h"

static void add(struct buffer *b, const char *text)
{
    json_add_text(b, text_of(text));
}

static void add_kind(struct buffer *b, uint8_t kind)
{
    for (const char *c = symbols_name(&alert_kinds, kind); *c; c++)
        buffer_add_byte(b, (unsigned char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c));
}

static void add_days(struct buffer *b, int64_t days)
{
    char line[40];
    (void)snprintf(line, sizeof line, "%lld %s", (long long)days, days == 1 ? "day" : "days");
    add(b, line);
}

static void add_day(struct buffer *b, const char *before, struct day day)
{
    char text[DAY_TEXT_SIZE];
    (void)day_format(day, text);
    add(b, before);
    add(b, text);
}

static struct deadline_in deadline_of(const struct alert *a)
{
    return (struct deadline_in){a->subject_kind, a->opens, alert_last_day(a), true};
}

/* Whether the first day is the one that counts. */
static bool counts_to_first(const struct deadline_in *d, struct day today)
{
    return day_is_none(d->last_day) || (d->kind == SUBJECT_SUMMIT && d->opens.n >= today.n);
}

static int64_t days_left(const struct deadline_in *d, struct day today)
{
    if (day_is_none(d->opens) || (day_is_none(d->last_day) && d->opens.n < today.n))
        return LONG_NULL;
    return (int64_t)(counts_to_first(d, today) ? d->opens.n : d->last_day.n) - today.n;
}

int64_t summary_days_left(const struct alert *a, struct day today)
{
    struct deadline_in d = deadline_of(a);
    return days_left(&d, today);
}

/* "2027-05-22", "some time in May 2027", "from 2026-06-10 to 2026-06-12", "from 2030-01-01 on". */
static void add_stretch(struct buffer *b, const struct deadline_in *d, struct text wording)
{
    bool lasts = deadline_lasts(d, wording);
    switch (deadline_precision(d)) {
    case PRECISION_DAY: break;
    case PRECISION_MONTH:
    case PRECISION_YEAR: add(b, lasts ? "all of " : "some time in "); break;
    case PRECISION_WINDOW: add(b, lasts ? "from " : "some time from "); break;
    case PRECISION_OPEN: add(b, "from "); break;
    }
    deadline_days(d, b);
}

/* How many days, and to which. */
static void add_count(struct buffer *b, const struct deadline_in *d, bool lasts, struct day today)
{
    int64_t left = days_left(d, today);
    bool first = counts_to_first(d, today);
    bool several = !day_is_none(d->last_day) && d->opens.n < d->last_day.n;
    bool imprecise = d->kind == SUBJECT_SUMMIT && several && !lasts;
    if (left < 0) {
        add_days(b, -left);
        add_day(b, " past ", d->last_day);
        return;
    }
    if (imprecise)
        add(b, first ? "at least " : "at most ");
    add_days(b, left);
    add(b, " left");
    if (several && lasts)
        add(b, first ? " until it begins" : " until it ends");
    else if (!imprecise)
        add_day(b, " until ", first ? d->opens : d->last_day);
}

void summary_write(struct buffer *b, const struct alert *a, struct day today)
{
    struct deadline_in d = deadline_of(a);
    json_add_text(b, a->title.len ? a->title : a->subject);
    add(b, ": ");
    add_kind(b, a->kind);
    if (day_is_none(d.opens))
        return;
    int64_t left = days_left(&d, today);
    add(b, ", ");
    if (a->kind == ALERT_MOVED || a->kind == ALERT_REFINED) {
        add(b, "now ");
        add_stretch(b, &d, a->due);
    } else if (left == LONG_NULL) {
        add_day(b, "since ", d.opens);
    } else {
        if (left >= 0 && !day_is_none(d.last_day) && d.opens.n < d.last_day.n) {
            add_stretch(b, &d, a->due);
            add(b, ", ");
        }
        add_count(b, &d, deadline_lasts(&d, a->due), today);
    }
    deadline_doubts(a->due, b);
}
