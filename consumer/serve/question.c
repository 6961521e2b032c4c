#include "consumer/serve/question.h"

#include "consumer/deadline_words.h"
#include "consumer/serve/fold_case.h"
#include "core/siphash.h"

static const char *const change_names[] = {"EVENT", "ALERT", "RECORD"};
const struct symbols changes_of = {"ChangeOf", change_names, 3, false};

void question_init(struct question *q, struct day today)
{
    *q = (struct question){
        .today = today,
        .kinds = 1u << SUBJECT_INSTRUMENT | 1u << SUBJECT_SUMMIT | 1u << SUBJECT_COMMITMENT,
        .contested = -1,
        .incomplete = -1,
        .open = -1,
        .dated = -1,
        .stale = -1,
        .standing = -1,
        .from = DAY_NONE,
        .to = DAY_NONE,
        .after = {DAY_NONE, INSTANT_NONE},
        .before = {DAY_NONE, INSTANT_NONE},
    };
}

void question_free(struct question *q)
{
    buffer_free(&q->folded);
}

void question_bind(struct question *q, const struct view *v)
{
    const struct names *names = view_names(v);
    q->party_name = names_find(names, q->party);
    q->dossier_name = names_find(names, q->dossier);
    q->instrument_name = names_find(names, q->instrument);
    q->summit_name = names_find(names, q->summit);
    q->part_of_name = names_find(names, q->part_of);
    q->subject_name = names_find(names, q->subject);
    buffer_clear(&q->folded);
    if (q->text.len)
        fold_case(q->text, &q->folded);
}

static struct deadline_in deadline_of(const struct subject_row *row)
{
    return (struct deadline_in){row->kind, row->opens, row->last_day, row->open};
}

static bool has_party(const struct packed *p, uint32_t party)
{
    for (uint32_t i = 0; i < p->party_count; i++)
        if (p->parties[i] == party)
            return true;
    return false;
}

static bool has_text(const struct question *q, const struct packed *p)
{
    struct text search = packed_search(p);
    return memmem(search.at, search.len, q->folded.at, q->folded.len) != NULL;
}

static bool asks(uint16_t bits, uint8_t value)
{
    return bits == 0 || ((unsigned)bits >> value & 1u) != 0;
}

static bool asks_flag(int8_t asked, bool value)
{
    return asked < 0 || (asked == 1) == value;
}

static bool asks_name(uint32_t asked, uint32_t value)
{
    return asked == NAME_NULL || asked == value;
}

/* The window has a day from..to. */
static bool asks_days(const struct question *q, const struct subject_row *row)
{
    if (day_is_none(q->from) && day_is_none(q->to))
        return true;
    if (day_is_none(row->opens))
        return false;
    return (day_is_none(q->to) || row->opens.n <= q->to.n) &&
           (day_is_none(q->from) || day_is_none(row->last_day) || row->last_day.n >= q->from.n);
}

static bool asks_status(const struct question *q, const struct subject_row *row)
{
    switch (row->kind) {
    case SUBJECT_INSTRUMENT: return asks(q->instrument_statuses, row->status);
    case SUBJECT_SUMMIT: return asks(q->summit_statuses, row->status);
    default:
        return asks(q->deliveries, row->status) && asks(q->timelinesses, row->timeliness) &&
               asks(q->clocks, row->clock);
    }
}

static bool asks_preset(const struct question *q, const struct subject_row *row)
{
    enum deadline_event event;
    struct deadline_in d = deadline_of(row);
    switch ((enum preset)q->preset) {
    case PRESET_DUE: return !day_is_none(deadline_next(&d, q->today, &event));
    case PRESET_OVERDUE: return deadline_is_overdue(&d, q->today);
    case PRESET_ALL: break;
    }
    return true;
}

bool question_takes_subject(const struct question *q, const struct subject_row *row)
{
    bool names = asks_name(q->dossier_name, row->dossier) && asks_name(q->instrument_name, row->instrument) &&
                 asks_name(q->summit_name, row->summit) && asks_name(q->part_of_name, row->part_of);
    bool flags = asks_flag(q->contested, row->contested) && asks_flag(q->incomplete, row->incomplete) &&
                 asks_flag(q->open, row->open) && asks_flag(q->dated, !day_is_none(row->opens));
    return asks(q->kinds, row->kind) && names && flags && asks_status(q, row) && asks_days(q, row) &&
           asks_preset(q, row) && (q->party_name == NAME_NULL || has_party(row->packed, q->party_name)) &&
           (q->folded.len == 0 || has_text(q, row->packed));
}

/* Days of alerts are those of the clock they were raised at, in UTC days of its milliseconds. */
#define DAY_MS 86400000

static bool asks_raised(const struct question *q, struct instant raised)
{
    int64_t day = raised.ms / DAY_MS - (raised.ms % DAY_MS < 0);
    return (day_is_none(q->from) || day >= q->from.n) && (day_is_none(q->to) || day <= q->to.n);
}

bool question_takes_alert(const struct question *q, const struct view *v, uint32_t number)
{
    uint32_t count;
    const struct alert_row *row = &view_alerts(v, &count)[number];
    return asks(q->alert_kinds, row->kind) && asks(q->severities, row->severity) &&
           asks(q->kinds, row->subject_kind) && asks_name(q->subject_name, row->subject) &&
           asks_name(q->dossier_name, row->dossier) && asks_flag(q->stale, row->stale) &&
           asks_raised(q, row->raised_at) &&
           (q->standing < 0 || (q->standing == 1) == view_stands(v, number)) &&
           (q->party_name == NAME_NULL || has_party(row->packed, q->party_name)) &&
           (q->folded.len == 0 || has_text(q, row->packed));
}

/* An event has the parties, the dossier and the title of its subject. One that the register has not taken may
 * have none. */
bool question_takes_event(const struct question *q, const struct view *v, uint32_t number)
{
    uint32_t count;
    const struct event_row *event = &view_events(v, &count)[number];
    const struct name_rows *known = view_name(v, event->subject);
    const struct subject_row *row =
        known && known->subject ? &view_subjects(v, &count)[known->subject - 1] : NULL;
    if (!asks(q->kinds, (uint8_t)(event->kind + SUBJECT_INSTRUMENT)) ||
        !asks_name(q->subject_name, event->subject))
        return false;
    if (!row)
        return q->party_name == NAME_NULL && q->dossier_name == NAME_NULL && q->folded.len == 0;
    return asks_name(q->dossier_name, row->dossier) &&
           (q->party_name == NAME_NULL || has_party(row->packed, q->party_name)) &&
           (q->folded.len == 0 || has_text(q, row->packed));
}

/* --- Order --- */

static int64_t key_of(struct order order, bool is_null, int64_t value)
{
    if (is_null)
        return INT64_MAX;
    return order.descending ? -value : value;
}

int64_t question_subject_key(const struct question *q, const struct subject_row *row)
{
    struct day day;
    switch ((enum sort_key)q->order.key) {
    case SORT_ID: return key_of(q->order, false, row->rank);
    case SORT_NEXT: {
        enum deadline_event event;
        struct deadline_in d = deadline_of(row);
        day = deadline_next(&d, q->today, &event);
        break;
    }
    case SORT_OPENS: day = row->opens; break;
    case SORT_CLOSES: day = day_is_none(row->opens) ? DAY_NONE : row->last_day; break;
    case SORT_RECORDED: return key_of(q->order, instant_is_none(row->recorded_at), row->recorded_at.ms);
    case SORT_SLIP: return key_of(q->order, false, row->slip_days);
    default: return INT64_MAX;
    }
    return key_of(q->order, day_is_none(day), day.n);
}

int64_t question_alert_key(const struct question *q, const struct alert_row *row)
{
    return key_of(q->order, instant_is_none(row->raised_at), row->raised_at.ms);
}

static void add_text(struct buffer *b, struct text t)
{
    buffer_add(b, &t.len, sizeof t.len);
    buffer_add(b, t.at, t.len);
}

uint64_t question_fingerprint(const struct question *q)
{
    struct buffer b = BUFFER_EMPTY;
    const struct text texts[] = {q->party,   q->dossier, q->instrument, q->summit,
                                 q->part_of, q->subject, q->text};
    const int64_t numbers[] = {
        q->preset,          q->kinds,       q->instrument_statuses,
        q->summit_statuses, q->deliveries,  q->timelinesses,
        q->clocks,          q->alert_kinds, q->severities,
        q->contested,       q->incomplete,  q->open,
        q->dated,           q->stale,       q->standing,
        q->from.n,          q->to.n,        q->changes,
        q->after.day.n,     q->after.at.ms, q->before.day.n,
        q->before.at.ms,    q->order.key,   q->order.descending,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_text(&b, texts[i]);
    buffer_add(&b, numbers, sizeof numbers);
    uint64_t hash = siphash(buffer_text(&b));
    buffer_free(&b);
    return hash;
}
