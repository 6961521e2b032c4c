#include "edge/json/record_printer.h"

#include <math.h>

#include "edge/json/json_write.h"

/* What the field holds, as the type that its kind has in the struct (core/fields.h). */
#define VALUE(type, field, record) (*(type const *)(const void *)((const char *)(record) + (field)->offset))

bool field_is_left_out(const struct field *f, const void *record)
{
    switch (f->kind) {
    case FIELD_TEXT: return text_is_null(VALUE(struct text, f, record));
    case FIELD_BYTES: return true;
    case FIELD_ENUM: return VALUE(uint8_t, f, record) == 0;
    case FIELD_INSTANT: return instant_is_none(VALUE(struct instant, f, record));
    case FIELD_DAY: return day_is_none(VALUE(struct day, f, record));
    case FIELD_LONG: return VALUE(int64_t, f, record) == LONG_NULL;
    case FIELD_DOUBLE: {
        const struct number *n = &VALUE(struct number, f, record);
        return !n->set || !isfinite(n->value);
    }
    case FIELD_BOOL: return false;
    case FIELD_TEXTS: return f->nullable && VALUE(struct texts, f, record).count == 0;
    case FIELD_RECORD: return f->nullable && VALUE(const void *, f, record) == NULL;
    case FIELD_RECORDS: return f->nullable && VALUE(struct records, f, record).count == 0;
    }
    return true;
}

static void print_texts(struct buffer *b, struct texts texts)
{
    buffer_add_byte(b, '[');
    for (size_t i = 0; i < texts.count; i++) {
        if (i)
            buffer_add_byte(b, ',');
        json_write_string(b, texts.at[i]);
    }
    buffer_add_byte(b, ']');
}

void field_print(struct buffer *b, const struct field *f, const void *record)
{
    switch (f->kind) {
    case FIELD_TEXT: json_write_string(b, VALUE(struct text, f, record)); break;
    case FIELD_ENUM: json_write_plain(b, text_of(symbols_name(f->symbols, VALUE(uint8_t, f, record)))); break;
    case FIELD_INSTANT: json_write_instant(b, VALUE(struct instant, f, record)); break;
    case FIELD_DAY: json_write_day(b, VALUE(struct day, f, record)); break;
    case FIELD_LONG: json_write_integer(b, VALUE(int64_t, f, record)); break;
    case FIELD_DOUBLE: json_write_number(b, VALUE(struct number, f, record).value); break;
    case FIELD_BOOL:
        json_add_text(b, VALUE(bool, f, record) ? TEXT_LITERAL("true") : TEXT_LITERAL("false"));
        break;
    case FIELD_TEXTS: print_texts(b, VALUE(struct texts, f, record)); break;
    case FIELD_BYTES:
    case FIELD_RECORD:
    case FIELD_RECORDS: break;
    }
}

/* Names in field tables and of members are plain ASCII identifiers. */
static void print_name(struct buffer *b, const char *name, bool first)
{
    if (!first)
        buffer_add_byte(b, ',');
    json_write_plain(b, text_of(name));
    buffer_add_byte(b, ':');
}

static void print_fields(struct buffer *b, const struct fields *fields, const void *record, bool first);

static void print_object(struct buffer *b, const struct fields *fields, const void *record)
{
    buffer_add_byte(b, '{');
    if (record)
        print_fields(b, fields, record, true);
    buffer_add_byte(b, '}');
}

static void print_records(struct buffer *b, const struct fields *fields, struct records records)
{
    buffer_add_byte(b, '[');
    for (size_t i = 0; i < records.count; i++) {
        if (i)
            buffer_add_byte(b, ',');
        print_object(b, fields, (const char *)records.at + i * fields->size);
    }
    buffer_add_byte(b, ']');
}

static void print_fields(struct buffer *b, const struct fields *fields, const void *record, bool first)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (field_is_left_out(f, record))
            continue;
        print_name(b, f->name, first);
        first = false;
        if (f->kind == FIELD_RECORD)
            print_object(b, f->of, VALUE(const void *, f, record));
        else if (f->kind == FIELD_RECORDS)
            print_records(b, f->of, VALUE(struct records, f, record));
        else
            field_print(b, f, record);
    }
}

void record_print_with(struct buffer *b, const char *kind, const struct record_member *members, size_t count,
                       const struct fields *fields, const void *record)
{
    buffer_add_byte(b, '{');
    print_name(b, "record", true);
    json_write_string(b, text_of(kind));
    for (size_t i = 0; i < count; i++) {
        print_name(b, members[i].name, false);
        if (text_is_null(members[i].text))
            json_write_integer(b, members[i].number);
        else
            json_write_string(b, members[i].text);
    }
    print_fields(b, fields, record, false);
    buffer_add_byte(b, '}');
}

void record_print(struct buffer *b, const char *kind, const struct fields *fields, const void *record)
{
    record_print_with(b, kind, NULL, 0, fields, record);
}

void alert_print(struct buffer *b, const struct alert *alert)
{
    record_print(b, "alert", &alert_fields, alert);
}

void register_print(struct buffer *b, const struct record *record)
{
    record_print(b, record_kind_names[record->kind - 1], record_fields[record->kind - 1], &record->common);
}

void event_print(struct buffer *b, const struct event *event, struct text topic, int64_t partition,
                 int64_t offset)
{
    const struct record_member members[] = {
        {"event", text_of(event_kind_names[event->kind]), 0},
        {"topic", topic, 0},
        {"partition", TEXT_NULL, partition},
        {"offset", TEXT_NULL, offset},
    };
    record_print_with(b, "event", members, sizeof members / sizeof members[0], event_fields[event->kind],
                      &event->common);
}

void event_print_given(struct buffer *b, const struct event *event)
{
    buffer_add_byte(b, '{');
    print_name(b, "event", true);
    json_write_string(b, text_of(event_kind_names[event->kind]));
    print_fields(b, event_fields[event->kind], &event->common, false);
    buffer_add_byte(b, '}');
}
