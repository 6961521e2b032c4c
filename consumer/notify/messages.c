#include "consumer/notify/messages.h"

#include <stdio.h>

#include "consumer/alert_days.h"
#include "consumer/notify/summary.h"
#include "core/civil.h"
#include "core/instant.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"
#include "edge/kafka/cloud_events.h"

#define WORD_SIZE 48

static void add(struct buffer *b, const char *text)
{
    json_add_text(b, text_of(text));
}

static void add_member(struct buffer *b, const char *name, struct text value, bool first)
{
    add(b, first ? "\"" : ",\"");
    add(b, name);
    add(b, "\":");
    json_write_string(b, value);
}

/* --- Alertmanager --- */

/* "OVERDUE" as "Overdue" or "overdue". */
static const char *word(const char *symbol, bool capital, char out[WORD_SIZE])
{
    size_t i = 0;
    for (; symbol[i] && i + 1 < WORD_SIZE; i++)
        out[i] = (char)(symbol[i] >= 'A' && symbol[i] <= 'Z' && (i || !capital) ? symbol[i] + ('a' - 'A')
                                                                                : symbol[i]);
    out[i] = '\0';
    return out;
}

static void add_labels(struct buffer *b, const struct alert *a)
{
    char kind[WORD_SIZE], severity[WORD_SIZE], name[WORD_SIZE + 8];
    const char *symbol = symbols_name(&alert_kinds, a->kind);
    (void)snprintf(name, sizeof name, "Chapar%s", word(symbol, true, kind));
    add(b, "\"labels\":{");
    add_member(b, "alertname", text_of(name), true);
    add_member(b, "subject", a->subject, false);
    add_member(b, "kind", text_of(symbol), false);
    add_member(b, "stage", a->stage, false);
    add_member(b, "severity", text_of(word(symbols_name(&severities, a->severity), false, severity)), false);
    add_member(b, "subject_kind", text_of(symbols_name(&subject_kinds, a->subject_kind)), false);
    add_member(b, "dossier", a->dossier, false);
    add(b, "}");
}

static void add_annotation(struct buffer *b, const char *name, struct text value)
{
    if (value.len)
        add_member(b, name, value, false);
}

static void add_number(struct buffer *b, const char *name, int64_t n)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)n);
    add_member(b, name, text_of(text), false);
}

static void add_day(struct buffer *b, const char *name, struct day day)
{
    char text[DAY_TEXT_SIZE];
    if (!day_is_none(day))
        add_member(b, name, (struct text){text, day_format(day, text)}, false);
}

static void add_instant(struct buffer *b, const char *name, struct instant t, bool first)
{
    char text[INSTANT_TEXT_SIZE];
    if (!instant_is_none(t))
        add_member(b, name, (struct text){text, instant_format(t, text)}, first);
}

/* Days change while an alert stands; of a processor whose clock is ahead, those are counted that it saw. */
static struct day today_of(const struct message_context *m, const struct alert *a)
{
    return zone_day_of(m->zone, a->raised_at.ms > m->wall.ms ? a->raised_at : m->wall);
}

static void add_annotations(struct buffer *b, const struct message_context *m,
                            const struct active_entry *entry)
{
    const struct alert *a = &entry->alert;
    struct buffer summary = BUFFER_EMPTY;
    struct day today = today_of(m, a);
    int64_t left = summary_days_left(a, today);
    summary_write(&summary, a, today);
    add(b, "\"annotations\":{");
    add_member(b, "summary", json_text(&summary), true);
    buffer_free(&summary);
    add_annotation(b, "title", a->title);
    add_annotation(b, "parties", entry->parties);
    if (left != LONG_NULL)
        add_number(b, "days_left", left);
    add_day(b, "opens", a->opens);
    add_day(b, "closes", alert_last_day(a));
    add_annotation(b, "due", a->due);
    add_number(b, "revision", a->revision);
    if (a->slip_days != LONG_NULL)
        add_number(b, "slip_days", a->slip_days);
    add_instant(b, "threshold", a->threshold, false);
    add_instant(b, "raised_at", a->raised_at, false);
    add_member(b, "alert_id", a->alert_id, false);
    add(b, "}");
}

static void add_link(struct buffer *b, const char *dashboard, const struct alert *a)
{
    struct buffer url = BUFFER_EMPTY;
    size_t len = strlen(dashboard);
    while (len && dashboard[len - 1] == '/')
        len--;
    buffer_add(&url, dashboard, len);
    add(&url, "/");
    add(&url, a->subject_kind == SUBJECT_UNKNOWN ? "subject" : record_kind_names[a->subject_kind - 1]);
    add(&url, "s/");
    json_add_text(&url, a->subject);
    add_member(b, "generatorURL", json_text(&url), false);
    buffer_free(&url);
}

void message_alert(struct buffer *b, const struct message_context *m, const struct active *a,
                   const struct active_entry *entry)
{
    struct instant ends = active_ends(a, entry, m->wall);
    if (instant_is_none(ends))
        ends.ms = m->wall.ms + m->stands_ms;
    add(b, "{");
    add_labels(b, &entry->alert);
    add(b, ",");
    add_annotations(b, m, entry);
    add_instant(b, "startsAt", active_starts(entry, m->wall), false);
    add_instant(b, "endsAt", ends, false);
    if (m->dashboard_url)
        add_link(b, m->dashboard_url, &entry->alert);
    add(b, "}");
}

/* --- CloudEvents --- */

void message_event(struct buffer *b, const struct alert *alert)
{
    char type[64];
    add(b, "{");
    add_member(b, "specversion", TEXT_LITERAL("1.0"), true);
    add_member(b, "id", alert->alert_id, false);
    add_member(b, "source", TEXT_LITERAL(CLOUD_EVENTS_PROCESSOR), false);
    add_member(b, "type",
               cloud_events_type(type, sizeof type, "alert", symbols_name(&alert_kinds, alert->kind)), false);
    add_member(b, "subject", alert->subject, false);
    add_instant(b, "time", alert->raised_at, false);
    add_member(b, "datacontenttype", TEXT_LITERAL("application/json"), false);
    add_member(b, "dataschema", TEXT_LITERAL("urn:chapar:schema:org.chapar.Alert"), false);
    add(b, ",\"data\":");
    alert_print(b, alert);
    add(b, "}");
}
