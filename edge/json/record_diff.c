#include "edge/json/record_diff.h"

#include <stdio.h>
#include <string.h>

#include "core/record.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"

/* What the field holds, as the type that its kind has in the struct (core/fields.h). */
#define VALUE(type, field, record) (*(type const *)(const void *)((const char *)(record) + (field)->offset))

#define PATH_SIZE 256

struct diff {
    char path[PATH_SIZE];
    struct buffer one, other;
    record_diff_visit *visit;
    void *context;
    size_t count;
};

/* --- Printing --- */

static void print_object(struct buffer *b, const struct fields *fields, const void *record);

static void print_bytes(struct buffer *b, struct text bytes)
{
    static const char digits[] = "0123456789abcdef";
    buffer_add_byte(b, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        buffer_add_byte(b, (unsigned char)digits[(unsigned char)bytes.at[i] >> 4]);
        buffer_add_byte(b, (unsigned char)digits[(unsigned char)bytes.at[i] & 15]);
    }
    buffer_add_byte(b, '"');
}

static void print_list(struct buffer *b, const struct fields *fields, struct records list)
{
    buffer_add_byte(b, '[');
    for (size_t i = 0; i < list.count; i++) {
        if (i)
            buffer_add_byte(b, ',');
        print_object(b, fields, (const char *)list.at + i * fields->size);
    }
    buffer_add_byte(b, ']');
}

static void print_value(struct buffer *b, const struct field *f, const void *record)
{
    if (f->kind == FIELD_BYTES)
        print_bytes(b, VALUE(struct text, f, record));
    else if (field_is_left_out(f, record))
        json_add_text(b, TEXT_LITERAL("null"));
    else if (f->kind == FIELD_RECORD)
        print_object(b, f->of, VALUE(const void *, f, record));
    else if (f->kind == FIELD_RECORDS)
        print_list(b, f->of, VALUE(struct records, f, record));
    else
        field_print(b, f, record);
}

static void print_object(struct buffer *b, const struct fields *fields, const void *record)
{
    bool first = true;
    if (!record) {
        json_add_text(b, TEXT_LITERAL("null"));
        return;
    }
    buffer_add_byte(b, '{');
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (f->kind != FIELD_BYTES && field_is_left_out(f, record))
            continue;
        if (!first)
            buffer_add_byte(b, ',');
        first = false;
        json_write_string(b, text_of(f->name));
        buffer_add_byte(b, ':');
        print_value(b, f, record);
    }
    buffer_add_byte(b, '}');
}

/* --- Comparing --- */

/* A path that does not fit is cut: no table of ours nests so deep. */
static size_t path_add(struct diff *d, size_t len, const char *text, size_t n)
{
    if (n > PATH_SIZE - len)
        n = PATH_SIZE - len;
    memcpy(d->path + len, text, n);
    return len + n;
}

static size_t path_add_name(struct diff *d, size_t len, const char *name)
{
    if (len)
        len = path_add(d, len, ".", 1);
    return path_add(d, len, name, strlen(name));
}

static size_t path_add_index(struct diff *d, size_t len, size_t index)
{
    char text[24];
    int n = snprintf(text, sizeof text, "[%zu]", index);
    return path_add(d, len, text, (size_t)n);
}

static void diff_fields(struct diff *d, const struct fields *fields, const void *one, const void *other,
                        size_t path);

static void diff_tell(struct diff *d, const struct field *f, const void *one, const void *other, size_t path)
{
    buffer_clear(&d->one);
    buffer_clear(&d->other);
    print_value(&d->one, f, one);
    print_value(&d->other, f, other);
    d->count++;
    d->visit(d->context, (struct text){d->path, path}, json_text(&d->one), json_text(&d->other));
}

static bool texts_same(struct texts one, struct texts other)
{
    if (one.count != other.count)
        return false;
    for (size_t i = 0; i < one.count; i++)
        if (!text_equal(one.at[i], other.at[i]))
            return false;
    return true;
}

static bool numbers_same(struct number one, struct number other)
{
    return one.set == other.set && (!one.set || one.value == other.value);
}

/* A field that is compared as a whole. */
static bool value_same(const struct field *f, const void *one, const void *other)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: return text_equal(VALUE(struct text, f, one), VALUE(struct text, f, other));
    case FIELD_ENUM: return VALUE(uint8_t, f, one) == VALUE(uint8_t, f, other);
    case FIELD_INSTANT: return VALUE(struct instant, f, one).ms == VALUE(struct instant, f, other).ms;
    case FIELD_DAY: return VALUE(struct day, f, one).n == VALUE(struct day, f, other).n;
    case FIELD_LONG: return VALUE(int64_t, f, one) == VALUE(int64_t, f, other);
    case FIELD_DOUBLE: return numbers_same(VALUE(struct number, f, one), VALUE(struct number, f, other));
    case FIELD_BOOL: return VALUE(bool, f, one) == VALUE(bool, f, other);
    case FIELD_TEXTS: return texts_same(VALUE(struct texts, f, one), VALUE(struct texts, f, other));
    case FIELD_RECORD: return VALUE(const void *, f, one) == VALUE(const void *, f, other);
    case FIELD_RECORDS: return VALUE(struct records, f, one).count == VALUE(struct records, f, other).count;
    }
    return false;
}

static void diff_entries(struct diff *d, const struct fields *fields, struct records one,
                         struct records other, size_t path)
{
    for (size_t i = 0; i < one.count; i++)
        diff_fields(d, fields, (const char *)one.at + i * fields->size,
                    (const char *)other.at + i * fields->size, path_add_index(d, path, i));
}

static void diff_fields(struct diff *d, const struct fields *fields, const void *one, const void *other,
                        size_t path)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (f->kind == FIELD_RECORD && VALUE(const void *, f, one) && VALUE(const void *, f, other))
            diff_fields(d, f->of, VALUE(const void *, f, one), VALUE(const void *, f, other),
                        path_add_name(d, path, f->name));
        else if (!value_same(f, one, other))
            diff_tell(d, f, one, other, path_add_name(d, path, f->name));
        else if (f->kind == FIELD_RECORDS && VALUE(struct records, f, one).count)
            diff_entries(d, f->of, VALUE(struct records, f, one), VALUE(struct records, f, other),
                         path_add_name(d, path, f->name));
    }
}

size_t record_diff(const struct fields *fields, const void *one, const void *other, record_diff_visit *visit,
                   void *context)
{
    struct diff d = {.visit = visit, .context = context};
    diff_fields(&d, fields, one, other, 0);
    buffer_free(&d.one);
    buffer_free(&d.other);
    return d.count;
}
