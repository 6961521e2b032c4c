#include "consumer/serve/csv.h"

#include "consumer/serve/item.h"
#include "core/civil.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"

#define AT(type, f, record) ((const type *)(const void *)((const char *)(record) + (f)->offset))

void csv_end_line(struct buffer *b)
{
    if (b->len && b->at[b->len - 1] == ',')
        b->len--;
    buffer_add(b, "\r\n", 2);
}

void csv_begin(struct buffer *b)
{
    buffer_add(b, "\xEF\xBB\xBF", 3);
}

/* Some take the wide forms of East Asian keyboards (U+FF1D and so on) for the same. */
static bool is_formula(struct text t)
{
    static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (t.len >= 3 && memcmp(t.at, wide[i], 3) == 0)
            return true;
    return t.len && (memchr("=+-@", t.at[0], 4) || (unsigned char)t.at[0] < 0x20);
}

void csv_value(struct buffer *b, struct text value, bool is_text)
{
    bool quoted = is_text && is_formula(value);
    for (size_t i = 0; i < value.len && !quoted; i++)
        quoted = memchr(",\"\r\n", value.at[i], 4) != NULL;
    if (quoted)
        buffer_add_byte(b, '"');
    if (is_text && is_formula(value))
        buffer_add_byte(b, '\'');
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '"')
            buffer_add_byte(b, '"');
        buffer_add_byte(b, (unsigned char)value.at[i]);
    }
    if (quoted)
        buffer_add_byte(b, '"');
    buffer_add_byte(b, ',');
}

static void add_name(struct buffer *b, const char *outer, const char *name)
{
    if (*outer) {
        json_add_text(b, text_of(outer));
        buffer_add_byte(b, '.');
    }
    json_add_text(b, text_of(name));
    buffer_add_byte(b, ',');
}

/* Whether the field is a column, or several: not what is needed only to go on after a restart. */
static bool is_column(const struct field *f)
{
    return f->kind != FIELD_RECORDS && f->kind != FIELD_BYTES && strcmp(f->name, "resume") != 0;
}

void csv_names(struct buffer *b, const struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (!is_column(f))
            continue;
        if (f->kind != FIELD_RECORD)
            add_name(b, "", f->name);
        for (size_t k = 0; f->kind == FIELD_RECORD && k < f->of->count; k++)
            add_name(b, f->name, f->of->at[k].name);
    }
}

static void add_texts(struct buffer *b, struct texts texts)
{
    struct buffer joined = BUFFER_EMPTY;
    for (size_t i = 0; i < texts.count; i++) {
        if (i)
            buffer_add_byte(&joined, ' ');
        json_add_text(&joined, texts.at[i]);
    }
    csv_value(b, buffer_text(&joined), true);
    buffer_free(&joined);
}

static void add_field(struct buffer *b, const struct field *f, const void *record)
{
    if (!record || field_is_left_out(f, record)) {
        csv_value(b, TEXT_NULL, false);
    } else if (f->kind == FIELD_TEXT) {
        csv_value(b, *AT(struct text, f, record), true);
    } else if (f->kind == FIELD_TEXTS) {
        add_texts(b, *AT(struct texts, f, record));
    } else {
        struct buffer value = BUFFER_EMPTY;
        field_print(&value, f, record);
        struct text t = buffer_text(&value);
        bool quotes = t.len >= 2 && t.at[0] == '"'; /* as JSON has days, instants and enums */
        csv_value(b, quotes ? (struct text){t.at + 1, t.len - 2} : t, false);
        buffer_free(&value);
    }
}

void csv_record(struct buffer *b, const struct fields *fields, const void *record)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (!is_column(f))
            continue;
        if (f->kind != FIELD_RECORD)
            add_field(b, f, record);
        for (size_t k = 0; f->kind == FIELD_RECORD && k < f->of->count; k++)
            add_field(b, &f->of->at[k], *AT(void *, f, record));
    }
}

/* --- Deadlines --- */

void csv_deadline_names(struct buffer *b)
{
    json_add_text(b, TEXT_LITERAL("known_as,next_day,next_event,days_left,overdue,last_day,precision,"
                                  "lasts,uncertain,approximate,"));
}

static void add_day(struct buffer *b, struct day day)
{
    char text[DAY_TEXT_SIZE] = "";
    if (!day_is_none(day))
        (void)day_format(day, text);
    csv_value(b, text_of(text), false);
}

static void add_flag(struct buffer *b, bool value)
{
    csv_value(b, value ? TEXT_LITERAL("true") : TEXT_LITERAL("false"), false);
}

/* What is known of its days: nothing where it has none. */
static void add_known(struct buffer *b, const struct deadline_in *d, struct text wording)
{
    struct deadline_marks marks = deadline_marks(wording);
    add_day(b, d->last_day);
    if (day_is_none(d->opens)) {
        buffer_add(b, ",,,,", 4);
        return;
    }
    csv_value(b, text_of(symbols_name(&deadline_precisions, (uint8_t)deadline_precision(d))), false);
    add_flag(b, deadline_lasts(d, wording));
    add_flag(b, marks.uncertain);
    add_flag(b, marks.approximate);
}

void csv_deadline(struct buffer *b, const struct record *r, const struct subject_row *row, struct day today)
{
    struct deadline_in d = item_deadline(row);
    enum deadline_event event;
    struct day next = deadline_next(&d, today, &event);
    struct buffer words = BUFFER_EMPTY;
    int64_t left;
    if (!day_is_none(d.opens))
        deadline_known_as(&d, item_wording(r), &words);
    csv_value(b, buffer_text(&words), true);
    add_day(b, next);
    csv_value(b, text_of(symbols_name(&deadline_events, (uint8_t)event)), false);
    buffer_clear(&words);
    if (deadline_days_left(&d, today, &left))
        json_write_integer(&words, left);
    csv_value(b, buffer_text(&words), false);
    buffer_free(&words);
    add_flag(b, deadline_is_overdue(&d, today));
    add_known(b, &d, item_wording(r));
}

void csv_mixed_names(struct buffer *b)
{
    json_add_text(b, TEXT_LITERAL("record,id,dossier,title,status,timeliness,opens,closes,wording,parties,"));
    csv_deadline_names(b);
}

static void add_named(struct buffer *b, const struct record *r, const char *name, const char *other)
{
    const struct fields *fields = record_fields[r->kind - 1];
    const struct field *f = fields_find(fields, text_of(name));
    f = f ? f : fields_find(fields, text_of(other));
    add_field(b, f, f ? &r->common : NULL);
}

void csv_mixed(struct buffer *b, const struct record *r, const struct subject_row *row, struct day today)
{
    static const struct field none = {.kind = FIELD_TEXT};
    csv_value(b, text_of(record_kind_names[r->kind - 1]), false);
    add_named(b, r, "id", "");
    add_named(b, r, "dossier", "");
    add_named(b, r, "title", "");
    add_named(b, r, "status", "delivery");
    if (r->kind == SUBJECT_COMMITMENT)
        add_named(b, r, "timeliness", "");
    else
        add_field(b, &none, NULL);
    add_named(b, r, "opens", "");
    add_named(b, r, "closes", "");
    csv_value(b, item_wording(r), true);
    add_named(b, r, "parties", "hosts");
    csv_deadline(b, r, row, today);
}
