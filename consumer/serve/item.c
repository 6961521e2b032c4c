#include "consumer/serve/item.h"

#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"

#include "core/civil.h"
#include "core/pace.h"

struct deadline_in item_deadline(const struct subject_row *row)
{
    return (struct deadline_in){row->kind, row->opens, row->last_day, row->open};
}

struct text item_wording(const struct record *r)
{
    switch (r->kind) {
    case SUBJECT_INSTRUMENT: return r->instrument.period;
    case SUBJECT_SUMMIT: return r->summit.date;
    case SUBJECT_COMMITMENT: return r->commitment.due;
    case SUBJECT_UNKNOWN: break;
    }
    return TEXT_NULL;
}

void item_member(struct buffer *b, const char *name, bool first)
{
    if (!first)
        buffer_add_byte(b, ',');
    json_write_string(b, text_of(name));
    buffer_add_byte(b, ':');
}

void item_some_of(struct buffer *b, const char *name, bool first, uint64_t total)
{
    item_member(b, name, first);
    json_add_text(b, TEXT_LITERAL("{\"total\":"));
    json_write_integer(b, (int64_t)total);
    json_add_text(b, TEXT_LITERAL(",\"items\":["));
}

static void add_text(struct buffer *b, const char *name, const char *value)
{
    item_member(b, name, false);
    json_write_string(b, text_of(value));
}

static void add_flag(struct buffer *b, const char *name, bool value)
{
    item_member(b, name, false);
    json_add_text(b, value ? TEXT_LITERAL("true") : TEXT_LITERAL("false"));
}

static void add_day(struct buffer *b, const char *name, struct day day)
{
    char text[DAY_TEXT_SIZE];
    (void)day_format(day, text);
    add_text(b, name, text);
}

static void add_deadline(struct buffer *b, const struct deadline_in *d, struct text wording, struct day today)
{
    enum deadline_event event;
    struct day next = deadline_next(d, today, &event);
    struct deadline_marks marks = deadline_marks(wording);
    struct buffer words = BUFFER_EMPTY;
    int64_t left;
    deadline_known_as(d, wording, &words);
    item_member(b, "deadline", false);
    buffer_add_byte(b, '{');
    item_member(b, "known_as", true);
    json_write_string(b, buffer_text(&words));
    buffer_free(&words);
    add_text(b, "precision", symbols_name(&deadline_precisions, (uint8_t)deadline_precision(d)));
    add_flag(b, "lasts", deadline_lasts(d, wording));
    add_flag(b, "uncertain", marks.uncertain);
    add_flag(b, "approximate", marks.approximate);
    add_flag(b, "repeats", marks.repeats);
    add_flag(b, "open", d->open);
    add_flag(b, "overdue", deadline_is_overdue(d, today));
    if (!text_is_null(wording)) {
        item_member(b, "wording", false);
        json_write_string(b, wording);
    }
    if (!day_is_none(d->last_day))
        add_day(b, "last_day", d->last_day);
    if (!day_is_none(next)) {
        add_day(b, "next_day", next);
        add_text(b, "next_event", symbols_name(&deadline_events, (uint8_t)event));
    }
    if (deadline_days_left(d, today, &left)) {
        item_member(b, "days_left", false);
        json_write_integer(b, left);
    }
    buffer_add_byte(b, '}');
}

/* The printer closes the object; more members go before that. */
static void reopen(struct buffer *b)
{
    b->len--;
}

/* What the record has was reckoned when it was written, which it is not because days pass. */
static void add_expected(struct buffer *b, const struct record *r, struct day today)
{
    if (r->kind != SUBJECT_COMMITMENT || !r->commitment.target)
        return;
    struct number expected = pace_expected(r->commitment.target, today);
    if (!expected.set)
        return;
    item_member(b, "expected_today", false);
    json_write_number(b, expected.value);
}

struct lateness item_lateness(const struct subject_row *row)
{
    struct lateness late = {0, 0};
    bool may_be = row->timeliness == TIMELINESS_LATE || row->timeliness == TIMELINESS_UNDETERMINED;
    if (!may_be || day_is_none(row->closes))
        return late;
    if (!day_is_none(row->fulfilled_from) && row->fulfilled_from.n > row->closes.n)
        late.least = row->fulfilled_from.n - row->closes.n;
    if (!day_is_none(row->fulfilled_to) && row->fulfilled_to.n > row->closes.n)
        late.most = row->fulfilled_to.n - row->closes.n;
    return late;
}

/* The days on which it was fulfilled, as far as they are known, and how late that was. */
static void add_fulfilled(struct buffer *b, const struct subject_row *row)
{
    struct lateness late = item_lateness(row);
    if (day_is_none(row->fulfilled_from) && day_is_none(row->fulfilled_to))
        return;
    item_member(b, "fulfilled", false);
    json_add_text(b, TEXT_LITERAL("{\"dated\":"));
    json_add_text(b, row->fulfilled_dated ? TEXT_LITERAL("true") : TEXT_LITERAL("false"));
    if (!day_is_none(row->fulfilled_from))
        add_day(b, "from", row->fulfilled_from);
    if (!day_is_none(row->fulfilled_to))
        add_day(b, "to", row->fulfilled_to);
    if (late.least) {
        item_member(b, "days_late", false);
        json_write_integer(b, late.least);
    }
    if (late.most) {
        item_member(b, "days_late_most", false);
        json_write_integer(b, late.most);
    }
    buffer_add_byte(b, '}');
}

void item_subject(struct buffer *b, const struct record *r, const struct subject_row *row, struct day today)
{
    struct deadline_in d = item_deadline(row);
    register_print(b, r);
    reopen(b);
    if (!day_is_none(d.opens))
        add_deadline(b, &d, item_wording(r), today);
    add_expected(b, r, today);
    add_fulfilled(b, row);
    buffer_add_byte(b, '}');
}

void item_alert(struct buffer *b, const struct alert *a, bool stands)
{
    alert_print(b, a);
    reopen(b);
    add_flag(b, "standing", stands);
    buffer_add_byte(b, '}');
}

void item_reference(struct buffer *b, const struct record *r)
{
    static const char *const names[] = {"title", "status", "delivery", "timeliness", "opens", "closes"};
    const struct fields *fields = record_fields[r->kind - 1];
    buffer_add_byte(b, '{');
    item_member(b, "record", true);
    json_write_string(b, text_of(record_kind_names[r->kind - 1]));
    item_member(b, "id", false);
    json_write_string(b, r->common.id);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct field *f = fields_find(fields, text_of(names[i]));
        if (!f || field_is_left_out(f, &r->common))
            continue;
        item_member(b, names[i], false);
        field_print(b, f, &r->common);
    }
    buffer_add_byte(b, '}');
}
