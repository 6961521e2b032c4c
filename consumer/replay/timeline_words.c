#include "consumer/replay/timeline_words.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "core/civil.h"
#include "core/edtf.h"

#define SPAN_SIZE 64

static void add(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

/* --- Stretches of days --- */

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

/* Whole months of one name: months from the first, how many, and how they are called. */
static const struct {
    int32_t month, count;
    const char *name;
} stretches[] = {
    {1, 12, "%d"},
    {1, 6, "the first half of %d"},
    {7, 6, "the second half of %d"},
    {1, 3, "Q1 %d"},
    {4, 3, "Q2 %d"},
    {7, 3, "Q3 %d"},
    {10, 3, "Q4 %d"},
    {3, 3, "spring %d"},
    {6, 3, "summer %d"},
    {9, 3, "autumn %d"},
};

static bool ends_month(struct civil c)
{
    return c.day == civil_days_in_month(c.year, c.month);
}

/* The stretch by its name, where it has one: "2027", "Q3 2026", "May 2027", "the 2020s". */
static bool name_of(struct civil first, struct civil last, char name[SPAN_SIZE])
{
    if (first.day != 1 || !ends_month(last))
        return false;
    int32_t count = (last.year - first.year) * 12 + last.month - first.month + 1;
    if (count == 1) {
        (void)snprintf(name, SPAN_SIZE, "%s %d", months[first.month - 1], (int)first.year);
        return true;
    }
    for (size_t i = 0; i < sizeof stretches / sizeof *stretches; i++)
        if (stretches[i].month == first.month && stretches[i].count == count) {
            (void)snprintf(name, SPAN_SIZE, stretches[i].name, (int)first.year);
            return true;
        }
    if (first.month == 12 && count == 3) {
        (void)snprintf(name, SPAN_SIZE, "winter %d/%d", (int)first.year, (int)last.year);
        return true;
    }
    if (first.month == 1 && count == 120 && first.year % 10 == 0) {
        (void)snprintf(name, SPAN_SIZE, "the %ds", (int)first.year);
        return true;
    }
    return false;
}

/* Of other stretches both ends, as years where they are whole ones. */
static void span_of(struct civil first, struct civil last, char out[SPAN_SIZE])
{
    char from[CIVIL_TEXT_SIZE], to[CIVIL_TEXT_SIZE];
    if (first.month == 1 && first.day == 1 && last.month == 12 && last.day == 31) {
        (void)snprintf(out, SPAN_SIZE, "%d to %d", (int)first.year, (int)last.year);
        return;
    }
    (void)civil_format(first, from);
    (void)civil_format(last, to);
    (void)snprintf(out, SPAN_SIZE, "%s to %s", from, to);
}

static void qualify(struct text wording, struct buffer *out)
{
    bool about = false, perhaps = false;
    for (size_t i = 0; i < wording.len; i++) {
        about = about || wording.at[i] == '~' || wording.at[i] == '%';
        perhaps = perhaps || wording.at[i] == '?' || wording.at[i] == '%';
    }
    if (perhaps || about)
        add(out, !perhaps ? " (approximate)" : !about ? " (uncertain)" : " (uncertain, approximate)");
}

void timeline_when(const struct timeline_window *w, struct buffer *out)
{
    static const char *const by_day[] = {
        [SUBJECT_INSTRUMENT] = "until ", [SUBJECT_SUMMIT] = "on ", [SUBJECT_COMMITMENT] = "by "};
    static const char *const by_name[] = {[SUBJECT_INSTRUMENT] = "until the end of ",
                                          [SUBJECT_SUMMIT] = "in ",
                                          [SUBJECT_COMMITMENT] = "by the end of "};
    char text[SPAN_SIZE];
    struct civil first = civil_of_day(w->opens);
    if (day_is_none(w->last)) {
        if (first.month == 1 && first.day == 1)
            (void)snprintf(text, sizeof text, "%d", (int)first.year);
        else
            (void)civil_format(first, text);
        add(out, "from ");
        add(out, text);
        add(out, " on");
    } else if (w->opens.n == w->last.n) {
        (void)civil_format(first, text);
        add(out, by_day[w->kind]);
        add(out, text);
    } else {
        struct civil last = civil_of_day(w->last);
        if (name_of(first, last, text))
            add(out, by_name[w->kind]);
        else
            span_of(first, last, text);
        add(out, text);
    }
    qualify(w->wording, out);
    if (w->wording.len && w->wording.at[0] == 'R')
        add(out, ", repeats");
}

bool timeline_when_worded(enum subject_kind kind, struct text wording, struct buffer *out)
{
    struct edtf date;
    if (wording.len == 0 || edtf_parse(wording, &date, NULL) || date.unbounded || day_is_none(date.latest))
        return false;
    struct day opens = day_is_none(date.earliest) ? date.end_from : date.earliest;
    timeline_when(&(struct timeline_window){kind, opens, date.latest, wording}, out);
    return true;
}

/* --- What happened --- */

static void add_lower(struct buffer *b, const char *name)
{
    for (; *name; name++)
        buffer_add_byte(b, *name == '_' ? ' ' : (unsigned char)tolower((unsigned char)*name));
}

void timeline_event_words(const struct event *event, struct buffer *out)
{
    const char *name = event_type_name(event);
    if (!name || strcmp(name, "UNKNOWN") == 0)
        name = "CHANGED";
    add_lower(out, name);
    if (event->kind != EVENT_MILESTONE)
        return;
    const struct milestone *m = &event->milestone;
    if (m->common.type == MILESTONE_REPORTED && m->progress.set) {
        char share[32];
        (void)snprintf(share, sizeof share, " %d %%", (int)floor(m->progress.value * 100 + 1e-9));
        add(out, share);
    }
    if (m->common.type == MILESTONE_DISPUTED && m->claimed_by.len) {
        add(out, " by ");
        buffer_add(out, m->claimed_by.at, m->claimed_by.len);
    }
}

void timeline_alert_words(const struct alert *alert, struct buffer *out)
{
    add(out, symbols_name(&alert_kinds, alert->kind));
    if (alert->kind == ALERT_MOVED) {
        char slip[32];
        (void)snprintf(slip, sizeof slip, " %+" PRId64 " days", alert->slip_days);
        add(out, slip);
    }
    if (alert->stale)
        add(out, " (stale)");
}
