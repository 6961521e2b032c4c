#include "consumer/replay/timeline.h"

#include <inttypes.h>
#include <stdio.h>

#include "consumer/alert_days.h"
#include "consumer/deadline_words.h"
#include "consumer/replay/timeline_words.h"
#include "core/civil.h"

#define NARROW 100 /* columns from which the time of day has room, */
#define WIDE 140   /* and kind and parties */

enum tone { TONE_PLAIN, TONE_HEADING, TONE_DIM, TONE_GOOD, TONE_NOTICE, TONE_WARNING, TONE_BAD, TONE_WORST };

static const char *const paints[] = {
    [TONE_PLAIN] = "",    [TONE_HEADING] = "1",  [TONE_DIM] = "2",  [TONE_GOOD] = "32",
    [TONE_NOTICE] = "36", [TONE_WARNING] = "33", [TONE_BAD] = "31", [TONE_WORST] = "1;31",
};

/* Columns of the table, from left to right; 0: it is left out. */
struct layout {
    size_t when, kind, what, days, deadline, parties, title;
};

static struct layout layout_of(const struct terminal *screen)
{
    size_t columns = screen->columns;
    struct layout l = {.when = 11, .kind = 10, .what = 16, .days = 6, .deadline = 26, .parties = 16};
    if (columns && columns < WIDE)
        l.kind = l.parties = 0;
    if (columns && columns < NARROW)
        l = (struct layout){.when = 5, .what = 13, .days = 5, .deadline = 22};
    if (columns == 0)
        return l;
    size_t taken = 2 + l.when + 2 + l.what + 2 + l.days + 2 + 2 + (l.kind ? l.kind + 2 : 0) +
                   (l.parties ? l.parties + 2 : 0);
    size_t left = columns - taken;
    l.deadline = left / 2 < l.deadline ? left / 2 : l.deadline;
    l.title = left - l.deadline;
    return l;
}

/* --- Cells --- */

static void add(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

static void add_blanks(struct buffer *b, size_t count)
{
    while (count-- > 0)
        buffer_add_byte(b, ' ');
}

static void paint(const struct timeline *t, enum tone tone, struct buffer *out)
{
    if (!t->screen.colour || tone == TONE_PLAIN)
        return;
    add(out, "\033[");
    add(out, paints[tone]);
    add(out, "m");
}

static void unpaint(const struct timeline *t, enum tone tone, struct buffer *out)
{
    if (t->screen.colour && tone != TONE_PLAIN)
        add(out, "\033[0m");
}

/* Where nothing is cut, a text that is longer than its column moves what follows. */
static void cell(struct timeline *t, struct text text, size_t columns, enum tone tone, struct buffer *out)
{
    if (columns == 0)
        return;
    paint(t, tone, out);
    size_t used = terminal_add(out, text, t->screen.columns ? columns : 0);
    unpaint(t, tone, out);
    add_blanks(out, (used < columns ? columns - used : 0) + 2);
}

/* For what is as wide as it has characters. */
static void cell_right(struct timeline *t, struct text text, size_t columns, enum tone tone,
                       struct buffer *out)
{
    size_t used = 0;
    for (size_t i = 0; i < text.len; i++)
        used += ((unsigned char)text.at[i] & 0xC0) != 0x80;
    add_blanks(out, used < columns ? columns - used : 0);
    paint(t, tone, out);
    buffer_add(out, text.at, text.len);
    unpaint(t, tone, out);
    add_blanks(out, 2);
}

static void end_line(struct buffer *out)
{
    while (out->len && out->at[out->len - 1] == ' ')
        out->len--;
    buffer_add_byte(out, '\n');
}

/* --- Lines --- */

struct row {
    struct instant at;
    const char *kind;
    struct text what;
    enum tone tone;
    int64_t days;      /* LONG_NULL: none */
    const char *bound; /* what stands before them where they are a bound, else "" */
    enum tone days_tone;
    struct text deadline;
    struct texts parties;
    struct text title;
};

static void head(struct timeline *t, struct buffer *out)
{
    struct layout l = layout_of(&t->screen);
    if (t->begun)
        return;
    t->begun = true;
    add(out, "  ");
    cell(t, TEXT_LITERAL("KNOWN"), l.when, TONE_DIM, out);
    cell(t, TEXT_LITERAL("KIND"), l.kind, TONE_DIM, out);
    cell(t, TEXT_LITERAL("WHAT"), l.what, TONE_DIM, out);
    cell_right(t, TEXT_LITERAL("DAYS"), l.days, TONE_DIM, out);
    cell(t, TEXT_LITERAL("DEADLINE"), l.deadline, TONE_DIM, out);
    cell(t, TEXT_LITERAL("PARTIES"), l.parties, TONE_DIM, out);
    cell(t, TEXT_LITERAL("TITLE"), l.title ? l.title : 5, TONE_DIM, out);
    end_line(out);
}

static void year_line(struct timeline *t, int32_t year, struct buffer *out)
{
    char text[16];
    head(t, out);
    if (t->year == year)
        return;
    t->year = year;
    (void)snprintf(text, sizeof text, "%d", (int)year);
    paint(t, TONE_HEADING, out);
    add(out, text);
    unpaint(t, TONE_HEADING, out);
    add(out, "\n");
}

void timeline_come_to(struct timeline *t, struct instant at, struct buffer *out)
{
    year_line(t, civil_of_day(zone_day_of(t->zone, at)).year, out);
}

/* Month, day and time. */
static void when(struct timeline *t, struct instant at, const struct layout *l, struct buffer *out)
{
    struct civil c = civil_of_day(zone_day_of(t->zone, at));
    char text[40];
    year_line(t, c.year, out);
    int64_t day_ms = 86400000, local = at.ms % day_ms + (int64_t)zone_offset(t->zone, at) * 1000;
    int64_t minute = ((local % day_ms + day_ms) % day_ms) / 60000;
    (void)snprintf(text, sizeof text, "%02d-%02d %02d:%02d", (int)c.month, (int)c.day, (int)(minute / 60),
                   (int)(minute % 60));
    add(out, "  ");
    cell(t, (struct text){text, l->when}, l->when, TONE_DIM, out);
}

static void add_parties(struct buffer *b, struct texts parties)
{
    for (size_t i = 0; i < parties.count; i++) {
        if (i)
            buffer_add_byte(b, ' ');
        buffer_add(b, parties.at[i].at, parties.at[i].len);
    }
}

static void draw(struct timeline *t, const struct row *row, struct buffer *out)
{
    struct layout l = layout_of(&t->screen);
    char days[24] = "";
    if (row->days != LONG_NULL)
        (void)snprintf(days, sizeof days, "%s%" PRId64, row->bound, row->days);
    when(t, row->at, &l, out);
    cell(t, text_of(row->kind), l.kind, TONE_DIM, out);
    cell(t, row->what, l.what, row->tone, out);
    cell_right(t, text_of(days), l.days, row->days_tone, out);
    cell(t, row->deadline, l.deadline, TONE_PLAIN, out);
    buffer_clear(&t->parties);
    add_parties(&t->parties, row->parties);
    cell(t, buffer_text(&t->parties), l.parties, TONE_PLAIN, out);
    cell(t, row->title, l.title ? l.title : 1, TONE_PLAIN, out);
    end_line(out);
}

/* --- Events --- */

static struct texts parties_of(const struct event *event, const struct record *record)
{
    switch (event->kind) {
    case EVENT_SIGNING:
        return event->signing.parties.count ? event->signing.parties : record->instrument.parties;
    case EVENT_SUMMIT: return record->summit.hosts;
    case EVENT_MILESTONE: break;
    }
    return record->commitment.parties;
}

static enum tone tone_of(const struct event *event)
{
    uint8_t type = event->common.type;
    switch (event->kind) {
    case EVENT_SIGNING:
        if (type == SIGNING_WITHDRAWN || type == SIGNING_TERMINATED)
            return TONE_WARNING;
        return type == SIGNING_ANNOUNCED || type == SIGNING_UNKNOWN ? TONE_PLAIN : TONE_GOOD;
    case EVENT_SUMMIT:
        return type == SUMMIT_HELD ? TONE_GOOD : type == SUMMIT_CANCELLED ? TONE_WARNING : TONE_PLAIN;
    case EVENT_MILESTONE: break;
    }
    if (type == MILESTONE_WITHDRAWN || type == MILESTONE_DISPUTED || type == MILESTONE_RESCHEDULED)
        return TONE_WARNING;
    return type == MILESTONE_FULFILLED ? TONE_GOOD : TONE_PLAIN;
}

static bool is_open(const struct record *r)
{
    switch (r->kind) {
    case SUBJECT_INSTRUMENT:
        return r->instrument.status >= INSTRUMENT_SIGNED && r->instrument.status <= INSTRUMENT_IN_FORCE;
    case SUBJECT_SUMMIT: return r->summit.status == SUMMIT_PROPOSED || r->summit.status == SUMMIT_SCHEDULED;
    case SUBJECT_COMMITMENT:
        return r->commitment.delivery == DELIVERY_UNDERTAKEN ||
               r->commitment.delivery == DELIVERY_IN_PROGRESS;
    case SUBJECT_UNKNOWN: break;
    }
    return false;
}

static struct text wording_of(const struct record *r)
{
    return r->kind == SUBJECT_INSTRUMENT ? r->instrument.period
           : r->kind == SUBJECT_SUMMIT   ? r->summit.date
                                         : r->commitment.due;
}

static struct timeline_window window_of(const struct record *r)
{
    struct timeline_window w = {r->kind, r->common.opens, r->common.closes, wording_of(r)};
    if (r->kind == SUBJECT_SUMMIT)
        w.last = day_is_none(r->summit.latest_end) ? w.opens : r->summit.latest_end;
    return w;
}

/* To the last day; of a summit to the first, as long as that is to come. LONG_NULL: to none. */
static int64_t days_left(const struct timeline_window *w, struct day today)
{
    bool first = day_is_none(w->last) || (w->kind == SUBJECT_SUMMIT && w->opens.n >= today.n);
    if (day_is_none(w->opens))
        return LONG_NULL;
    return (int64_t)(first ? w->opens.n : w->last.n) - today.n;
}

/* Of a summit of which it is known only in which month, season or year it will be, the days to the first of
 * it are the fewest that are left, and then those to the last the most. Of a date with two ends they are the
 * days that it lasts: those are known. */
static const char *bound_of(const struct timeline_window *w, struct day today)
{
    const struct deadline_in d = {(uint8_t)w->kind, w->opens, w->last, true};
    if (w->kind != SUBJECT_SUMMIT || deadline_lasts(&d, w->wording) || day_is_none(w->opens) ||
        day_is_none(w->last) || w->opens.n == w->last.n || w->last.n < today.n)
        return "";
    return w->opens.n >= today.n ? "≥" : "≤";
}

/* When the subject is due as far as that is known, and whether it was in time. */
static void deadline_words(const struct record *r, const struct timeline_window *w, struct buffer *out)
{
    bool said = !day_is_none(w->opens);
    if (said)
        timeline_when(w, out);
    else
        said = timeline_when_worded(r->kind, w->wording, out);
    if (r->kind != SUBJECT_COMMITMENT)
        return;
    if (r->commitment.clock == CLOCK_NOT_STARTED)
        add(out, "not dated yet");
    else if (said && r->commitment.delivery == DELIVERY_PROPOSED)
        add(out, ", proposed");
    else if (said && r->commitment.timeliness == TIMELINESS_MET)
        add(out, ", in time");
    else if (said && r->commitment.timeliness == TIMELINESS_LATE)
        add(out, ", late");
}

void timeline_event(struct timeline *t, const struct event *event, const struct record *record,
                    struct buffer *out)
{
    struct timeline_window w = window_of(record);
    struct text title = record->common.title;
    struct buffer *b = &t->words;
    struct row row = {
        .at = event->common.recorded_at,
        .kind = record_kind_names[record->kind - 1],
        .tone = tone_of(event),
        .days = LONG_NULL,
        .parties = parties_of(event, record),
        .title = title.len ? title : record->common.id,
    };
    buffer_clear(b);
    timeline_event_words(event, b);
    size_t what = b->len;
    deadline_words(record, &w, b);
    row.what = (struct text){(const char *)b->at, what};
    row.deadline = (struct text){(const char *)b->at + what, b->len - what};
    struct day today = zone_day_of(t->zone, row.at);
    if (is_open(record))
        row.days = days_left(&w, today);
    row.bound = bound_of(&w, today);
    if (row.days != LONG_NULL && row.days < 0 && record->kind != SUBJECT_INSTRUMENT)
        row.days_tone = TONE_BAD;
    draw(t, &row, out);
}

/* --- Alerts --- */

static enum tone tone_of_alert(const struct alert *a)
{
    switch (a->kind) {
    case ALERT_OVERDUE:
    case ALERT_UNCONFIRMED: return a->severity == SEVERITY_CRITICAL ? TONE_WORST : TONE_BAD;
    case ALERT_CLOSED: return TONE_GOOD;
    default: break;
    }
    return a->severity == SEVERITY_INFO ? TONE_NOTICE : TONE_WARNING;
}

static struct timeline_window window_of_alert(const struct alert *a)
{
    struct day last = alert_last_day(a);
    return (struct timeline_window){(enum subject_kind)a->subject_kind, a->opens, last, a->due};
}

void timeline_alert(struct timeline *t, const struct alert *alert, struct buffer *out)
{
    struct buffer *b = &t->words;
    struct timeline_window w = window_of_alert(alert);
    struct day today = zone_day_of(t->zone, alert->raised_at);
    bool over = alert->kind == ALERT_OVERDUE || alert->kind == ALERT_UNCONFIRMED;
    bool stands = alert->kind != ALERT_CLOSED && alert->kind != ALERT_CANCELLED;
    buffer_clear(b);
    timeline_alert_words(alert, b);
    size_t what = b->len;
    if (!day_is_none(w.opens))
        timeline_when(&w, b);
    const struct row row = {
        .at = alert->raised_at,
        .kind = record_kind_names[alert->subject_kind - 1],
        .what = {(const char *)b->at, what},
        .tone = tone_of_alert(alert),
        .days = stands ? days_left(&w, today) : LONG_NULL,
        .bound = bound_of(&w, today),
        .days_tone = over ? tone_of_alert(alert) : TONE_PLAIN,
        .deadline = {(const char *)b->at + what, b->len - what},
        .parties = alert->parties,
        .title = alert->title.len ? alert->title : alert->subject,
    };
    draw(t, &row, out);
}

/* --- The table --- */

void timeline_remark(struct timeline *t, struct instant at, const char *text, struct buffer *out)
{
    struct layout l = layout_of(&t->screen);
    when(t, at, &l, out);
    paint(t, TONE_DIM, out);
    (void)terminal_add(out, text_of(text), t->screen.columns ? t->screen.columns - l.when - 4 : 0);
    unpaint(t, TONE_DIM, out);
    end_line(out);
}

void timeline_open(struct timeline *t, const struct zone *zone, struct terminal screen)
{
    *t = (struct timeline){
        .zone = zone, .screen = screen, .year = INT32_MIN, .words = BUFFER_EMPTY, .parties = BUFFER_EMPTY};
}

void timeline_close(struct timeline *t)
{
    buffer_free(&t->words);
    buffer_free(&t->parties);
}
