#include "consumer/serve/calendar.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "consumer/serve/item.h"
#include "core/civil.h"
#include "core/stages.h"
#include "edge/json/json_write.h"

#define DAY_SECONDS 86400

/* libical 3.0 writes no year after 3000. */
#define CALENDAR_LAST ((struct day){376199}) /* 2999-12-31 */

void calendar_prepare(void)
{
    icalerror_set_errors_are_fatal(0);
    (void)icaltimezone_get_utc_timezone();
}

/* --- Values --- */

static icaltimetype date_of(struct day day)
{
    struct civil c = civil_of_day(day);
    icaltimetype t = icaltime_null_date();
    t.year = c.year;
    t.month = c.month;
    t.day = c.day;
    return t;
}

static icaltimetype time_of(struct instant at)
{
    int64_t seconds = at.ms / 1000 - (at.ms % 1000 < 0);
    int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
    int left = (int)(seconds - days * DAY_SECONDS);
    struct civil c = civil_of_days(days);
    icaltimetype t = icaltime_null_time();
    t.year = c.year;
    t.month = c.month;
    t.day = c.day;
    t.hour = left / 3600;
    t.minute = left / 60 % 60;
    t.second = left % 60;
    t.zone = icaltimezone_get_utc_timezone();
    return t;
}

static void add_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

/* Text of events, without the control characters that iCalendar has no place for. */
static void add_outside(struct buffer *b, struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        buffer_add_byte(b, c == '\n' || (c >= 0x20 && c != 0x7F) ? c : ' ');
    }
}

/* A copy that ends with NUL; the next call with this buffer replaces it. */
static const char *ended(struct buffer *b)
{
    buffer_add_byte(b, '\0');
    return (const char *)b->at;
}

static void add(icalcomponent *c, icalproperty *p)
{
    assert(p);
    icalcomponent_add_property(c, p);
}

static void add_x(icalcomponent *c, const char *name, const char *value)
{
    icalproperty *p = icalproperty_new_x(value);
    icalproperty_set_x_name(p, name);
    add(c, p);
}

void calendar_begin(struct calendar *c, const char *name, const char *description,
                    const struct policy *policy, const struct zone *zone, struct day today)
{
    *c = (struct calendar){icalcomponent_new(ICAL_VCALENDAR_COMPONENT), policy, zone, today};
    assert(c->root);
    add(c->root, icalproperty_new_version("2.0"));
    add(c->root, icalproperty_new_prodid("-//Chapar//chapar serve " CHAPAR_VERSION "//EN"));
    add(c->root, icalproperty_new_calscale("GREGORIAN"));
    add(c->root, icalproperty_new_name(name)); /* RFC 7986; the one below is what most read */
    add_x(c->root, "X-WR-CALNAME", name);
    add_x(c->root, "X-WR-CALDESC", description);
    icalproperty *refresh =
        icalproperty_new_refreshinterval((struct icaldurationtype){.hours = CALENDAR_HOURS});
    icalproperty_add_parameter(refresh, icalparameter_new_value(ICAL_VALUE_DURATION));
    add(c->root, refresh);
    add_x(c->root, "X-PUBLISHED-TTL", "PT1H");
}

/* --- One subject --- */

struct entry {
    const struct calendar *calendar;
    const struct record *record;
    const struct subject_row *row;
    struct deadline_in deadline;
    struct day last; /* its last day, where a calendar can show it; DAY_NONE: none */
    struct buffer summary, description, scratch;
};

static void add_line(struct buffer *b, const char *name, struct text value)
{
    if (value.len == 0)
        return;
    if (b->len)
        buffer_add_byte(b, '\n');
    add_text(b, name);
    add_text(b, ": ");
    add_outside(b, value);
}

static void add_parties(struct buffer *b, const char *name, struct texts parties)
{
    struct buffer all = BUFFER_EMPTY;
    for (size_t i = 0; i < parties.count; i++) {
        if (i)
            add_text(&all, ", ");
        json_add_text(&all, parties.at[i]);
    }
    add_line(b, name, buffer_text(&all));
    buffer_free(&all);
}

static const char *status_name(const struct record *r)
{
    static const struct symbols *const symbols[] = {NULL, &instrument_statuses, &summit_types, &deliveries};
    uint8_t status = r->kind == SUBJECT_INSTRUMENT ? r->instrument.status
                     : r->kind == SUBJECT_SUMMIT   ? r->summit.status
                                                   : r->commitment.delivery;
    return symbols_name(symbols[r->kind], status);
}

static void describe(struct entry *e)
{
    const struct record *r = e->record;
    struct buffer *b = &e->description, words = BUFFER_EMPTY;
    enum deadline_precision precision = deadline_precision(&e->deadline);
    deadline_known_as(&e->deadline, item_wording(r), &words);
    add_line(b, "Known as", buffer_text(&words));
    buffer_free(&words);
    if (precision == PRECISION_OPEN)
        add_text(b, "\nNo last day is known: only the first day is shown.");
    else if (precision != PRECISION_DAY && !deadline_lasts(&e->deadline, item_wording(r)))
        add_text(b,
                 "\nThe day is not known more precisely: these are the first and the last that it can be.");
    add_line(b, "As worded", item_wording(r));
    add_line(b, "Status", text_of(status_name(r)));
    if (r->kind == SUBJECT_COMMITMENT) {
        add_line(b, "Timeliness", text_of(symbols_name(&timelinesses, r->commitment.timeliness)));
        add_parties(b, "Parties", r->commitment.parties);
        add_line(b, "Instrument", r->commitment.instrument);
    } else if (r->kind == SUBJECT_SUMMIT) {
        add_parties(b, "Hosts", r->summit.hosts);
    } else {
        add_parties(b, "Parties", r->instrument.parties);
    }
    const struct source *sources = r->common.sources.at;
    if (r->common.sources.count) {
        add_line(b, "Source", sources[0].document);
        add_line(b, "Place in it", sources[0].locator);
        add_line(b, "Address", sources[0].url);
    }
    add_line(b, "Id", r->common.id);
}

static void summarise(struct entry *e)
{
    const struct record_common *c = &e->record->common;
    if (e->record->kind == SUBJECT_INSTRUMENT)
        add_text(&e->summary, "Period ends: ");
    add_outside(&e->summary, c->title.len ? c->title : c->id);
}

static bool is_cancelled(const struct record *r)
{
    switch (r->kind) {
    case SUBJECT_INSTRUMENT:
        return r->instrument.status == INSTRUMENT_TERMINATED || r->instrument.status == INSTRUMENT_SUPERSEDED;
    case SUBJECT_SUMMIT: return r->summit.status == SUMMIT_CANCELLED;
    default:
        return r->commitment.delivery == DELIVERY_WITHDRAWN || r->commitment.delivery == DELIVERY_SUPERSEDED;
    }
}

static icalproperty_status event_status(const struct record *r)
{
    bool tentative = (r->kind == SUBJECT_SUMMIT && r->summit.status == SUMMIT_PROPOSED) ||
                     (r->kind == SUBJECT_COMMITMENT && r->commitment.delivery == DELIVERY_PROPOSED);
    return is_cancelled(r) ? ICAL_STATUS_CANCELLED
           : tentative     ? ICAL_STATUS_TENTATIVE
                           : ICAL_STATUS_CONFIRMED;
}

static void add_alarms(struct entry *e, icalcomponent *c)
{
    struct stage stages[STAGES_MAX];
    struct window w = {e->record->common.opens, e->record->common.closes, e->row->last_day};
    size_t count = e->deadline.open ? stages_of(e->calendar->policy, e->record->kind, &w, stages) : 0;
    for (size_t i = 0; i < count; i++) {
        if (stages[i].kind != ALERT_UPCOMING || stages[i].day.n < e->calendar->today.n ||
            stages[i].day.n > CALENDAR_LAST.n)
            continue;
        icalcomponent *alarm = icalcomponent_new(ICAL_VALARM_COMPONENT);
        struct icaltriggertype trigger = {.time = time_of(zone_day_start(e->calendar->zone, stages[i].day)),
                                          .duration = icaldurationtype_null_duration()};
        add(alarm, icalproperty_new_action(ICAL_ACTION_DISPLAY));
        add(alarm, icalproperty_new_description((const char *)e->summary.at));
        icalproperty *when = icalproperty_new_trigger(trigger);
        icalproperty_add_parameter(when, icalparameter_new_value(ICAL_VALUE_DATETIME));
        add(alarm, when);
        icalcomponent_add_component(c, alarm);
    }
}

static void add_common(struct entry *e, icalcomponent *c, const char *form)
{
    const struct record_common *common = &e->record->common;
    static const char *const categories[] = {"", "Instrument", "Summit", "Commitment"};
    int64_t revision = common->revision < INT_MAX ? common->revision : INT_MAX;
    buffer_clear(&e->scratch);
    json_add_text(&e->scratch, common->id);
    add_text(&e->scratch, form);
    add(c, icalproperty_new_uid(ended(&e->scratch)));
    struct instant recorded = common->last ? common->last->recorded_at : common->as_of;
    add(c, icalproperty_new_dtstamp(time_of(recorded)));
    add(c, icalproperty_new_lastmodified(time_of(recorded)));
    add(c, icalproperty_new_sequence((int)revision));
    add(c, icalproperty_new_summary((const char *)e->summary.at));
    add(c, icalproperty_new_description((const char *)e->description.at));
    add(c, icalproperty_new_categories(categories[e->record->kind]));
    add(c, icalproperty_new_class(ICAL_CLASS_PUBLIC));
}

static void add_place(struct entry *e, icalcomponent *c)
{
    if (e->record->kind != SUBJECT_SUMMIT || e->record->summit.place.len == 0)
        return;
    buffer_clear(&e->scratch);
    add_outside(&e->scratch, e->record->summit.place);
    add(c, icalproperty_new_location(ended(&e->scratch)));
}

/* The end of all-day events is the day behind the last (RFC 5545, 3.6.1). */
static void add_event(struct entry *e)
{
    struct day first = e->deadline.opens;
    struct day last = day_is_none(e->last) ? first : e->last;
    if (e->record->kind == SUBJECT_INSTRUMENT)
        first = last;
    icalcomponent *c = icalcomponent_new(ICAL_VEVENT_COMPONENT);
    add_common(e, c, ".event@chapar.org");
    add(c, icalproperty_new_dtstart(date_of(first)));
    add(c, icalproperty_new_dtend(date_of((struct day){last.n + 1})));
    add(c, icalproperty_new_status(event_status(e->record)));
    add(c, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
    add_place(e, c);
    add_alarms(e, c);
    icalcomponent_add_component(e->calendar->root, c);
}

static icalproperty_status todo_status(const struct commitment_record *r)
{
    switch (r->delivery) {
    case DELIVERY_FULFILLED: return ICAL_STATUS_COMPLETED;
    case DELIVERY_IN_PROGRESS: return ICAL_STATUS_INPROCESS;
    case DELIVERY_WITHDRAWN:
    case DELIVERY_SUPERSEDED: return ICAL_STATUS_CANCELLED;
    default: return ICAL_STATUS_NEEDSACTION;
    }
}

/* DUE must lie behind DTSTART (3.8.2.3): a single day has only DUE. Its day is the last on which it can be
 * done. */
static void add_todo(struct entry *e)
{
    const struct commitment_record *r = &e->record->commitment;
    icalcomponent *c = icalcomponent_new(ICAL_VTODO_COMPONENT);
    add_common(e, c, ".todo@chapar.org");
    if (day_is_none(e->last)) {
        add(c, icalproperty_new_dtstart(date_of(e->deadline.opens)));
    } else {
        if (e->deadline.opens.n < e->last.n)
            add(c, icalproperty_new_dtstart(date_of(e->deadline.opens)));
        add(c, icalproperty_new_due(date_of(e->last)));
    }
    add(c, icalproperty_new_status(todo_status(r)));
    if (r->progress.set && r->progress.value >= 0 && r->progress.value <= 1)
        add(c, icalproperty_new_percentcomplete((int)lrint(r->progress.value * 100)));
    else if (r->delivery == DELIVERY_FULFILLED)
        add(c, icalproperty_new_percentcomplete(100));
    icalcomponent_add_component(e->calendar->root, c);
}

void calendar_add(struct calendar *c, const struct record *r, const struct subject_row *row)
{
    struct entry e = {.calendar = c, .record = r, .row = row, .deadline = item_deadline(row)};
    e.last = row->last_day.n > CALENDAR_LAST.n ? DAY_NONE : row->last_day;
    bool period_without_end = r->kind == SUBJECT_INSTRUMENT && day_is_none(e.last);
    if (day_is_none(row->opens) || row->opens.n > CALENDAR_LAST.n || period_without_end)
        return;
    summarise(&e);
    describe(&e);
    (void)ended(&e.summary);
    (void)ended(&e.description);
    add_event(&e);
    if (r->kind == SUBJECT_COMMITMENT)
        add_todo(&e);
    buffer_free(&e.summary);
    buffer_free(&e.description);
    buffer_free(&e.scratch);
}

void calendar_end(struct calendar *c, struct buffer *out)
{
    char *text = icalcomponent_as_ical_string_r(c->root);
    assert(text);
    buffer_add(out, text, strlen(text));
    icalmemory_free_buffer(text);
    icalcomponent_free(c->root);
    c->root = NULL;
}
