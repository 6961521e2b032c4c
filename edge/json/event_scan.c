#include "edge/json/event_scan.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include "core/buffer.h"
#include "core/instant.h"
#include "core/text_check.h"
#include "edge/json/canonical.h"
#include "edge/json/json_plain.h"
#include "edge/json/json_write.h"

#define FIELDS_MOST 32
#define TEXTS_MOST 64
#define DIGITS_MOST 15 /* any decimal number of so many is one double, found by one division */
#define WHOLE_LIMIT 0x1p53

/* --- Names, looked up and in canonical order --- */

struct names {
    const struct fields *fields;
    size_t count; /* with `event`, which comes last, of the three kinds */
    struct text at[FIELDS_MOST];
    uint8_t order[FIELDS_MOST];
};

static struct names kind_names[EVENT_KINDS], source_names, target_names;

static void names_make(struct names *names, const struct fields *fields, bool is_event)
{
    assert(fields->count < FIELDS_MOST);
    names->fields = fields;
    for (size_t i = 0; i < fields->count; i++)
        names->at[names->count++] = text_of(fields->at[i].name);
    if (is_event)
        names->at[names->count++] = TEXT_LITERAL("event");
    for (size_t i = 0; i < names->count; i++) {
        size_t k = i;
        for (; k > 0 && json_canonical_compare(names->at[i], names->at[names->order[k - 1]]) < 0; k--)
            names->order[k] = names->order[k - 1];
        names->order[k] = (uint8_t)i;
    }
}

static void names_make_all(void)
{
    for (size_t i = 0; i < EVENT_KINDS; i++)
        names_make(&kind_names[i], event_fields[i], true);
    names_make(&source_names, &source_fields, false);
    names_make(&target_names, &target_fields, false);
}

/* Which of the fields is called that; mostly one soon after the last. `count` of the table: none. */
static size_t names_find(const struct names *names, struct text name, size_t from)
{
    size_t count = names->fields->count;
    for (size_t n = 0, i = from; n < count; n++, i++) {
        if (i >= count)
            i = 0;
        if (text_equal(names->at[i], name))
            return i;
    }
    return count;
}

/* --- What a member holds, as the canonical form wants it --- */

enum shape { SHAPE_ABSENT, SHAPE_NULL, SHAPE_STRING, SHAPE_STRINGS, SHAPE_NUMBER, SHAPE_OBJECT };

struct value {
    enum shape shape;
    struct text text;
    double number;
    struct texts texts;
    const struct value *members; /* of an object, by its names */
    const struct names *names;
};

struct scan {
    const char *at, *end;
    struct arena *arena;
};

/* --- Tokens --- */

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
        s->at++;
}

static bool take(struct scan *s, char c)
{
    skip_space(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool take_word(struct scan *s, struct text word)
{
    if ((size_t)(s->end - s->at) < word.len || memcmp(s->at, word.at, word.len) != 0)
        return false;
    s->at += word.len;
    return true;
}

static bool take_string(struct scan *s, struct text *out)
{
    if (!take(s, '"'))
        return false;
    const unsigned char *from = (const unsigned char *)s->at;
    size_t left = (size_t)(s->end - s->at), n = json_plain_length(from, left);
    while (n < left && from[n] != '"') {
        size_t character = from[n] < 0x80 ? 0 : text_character_length(from + n, left - n);
        if (character == 0)
            return false;
        n += character;
        n += json_plain_length(from + n, left - n);
    }
    if (n == left)
        return false;
    *out = (struct text){s->at, n};
    s->at += n + 1;
    return true;
}

/* Digits, appended to a number; how many. */
static size_t take_digits(struct scan *s, uint64_t *number)
{
    const char *from = s->at;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - from <= DIGITS_MOST; s->at++)
        *number = *number * 10 + (uint64_t)(*s->at - '0');
    return (size_t)(s->at - from);
}

static bool take_number(struct scan *s, double *out)
{
    static const double tens[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    uint64_t digits = 0;
    skip_space(s);
    bool negative = s->at < s->end && *s->at == '-';
    s->at += negative;
    const char *first = s->at;
    size_t whole = take_digits(s, &digits), behind = 0;
    if (whole == 0 || (whole > 1 && *first == '0'))
        return false;
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        behind = take_digits(s, &digits);
        if (behind == 0)
            return false;
    }
    if (whole + behind > DIGITS_MOST || (s->at < s->end && (*s->at == 'e' || *s->at == 'E')))
        return false;
    double number = (double)digits / tens[behind];
    *out = negative ? -number : number;
    return true;
}

/* --- Values --- */

static bool scan_object(struct scan *s, const struct names *names, void *record, struct value *members);

static bool scan_texts(struct scan *s, struct texts *out)
{
    struct text found[TEXTS_MOST];
    size_t count = 0;
    if (!take(s, '['))
        return false;
    if (!take(s, ']')) {
        do {
            if (count == TEXTS_MOST || !take_string(s, &found[count++]))
                return false;
        } while (take(s, ','));
        if (!take(s, ']'))
            return false;
    }
    struct text *at = arena_array(s->arena, count, sizeof *at);
    if (count)
        memcpy(at, found, count * sizeof *at);
    *out = (struct texts){at, count};
    return true;
}

static bool scan_nested(struct scan *s, const struct field *f, const void **out, struct value *value)
{
    const struct names *names = f->of == &source_fields ? &source_names : &target_names;
    void *record = arena_take(s->arena, f->of->size);
    struct value *members = arena_array(s->arena, names->count, sizeof *members);
    fields_clear(f->of, record);
    if (!take(s, '{') || !scan_object(s, names, record, members))
        return false;
    value->shape = SHAPE_OBJECT;
    value->members = members;
    value->names = names;
    *out = record;
    return true;
}

static bool scan_text_value(struct scan *s, struct value *value)
{
    value->shape = SHAPE_STRING;
    return take_string(s, &value->text);
}

static bool scan_number_value(struct scan *s, struct value *value)
{
    value->shape = SHAPE_NUMBER;
    return take_number(s, &value->number);
}

static bool scan_value(struct scan *s, const struct field *f, void *at, struct value *value)
{
    switch (f->kind) {
    case FIELD_TEXT:
        if (!scan_text_value(s, value))
            return false;
        *(struct text *)at = value->text;
        return true;
    case FIELD_ENUM:
        return scan_text_value(s, value) && (*(uint8_t *)at = symbols_find(f->symbols, value->text)) != 0;
    case FIELD_INSTANT: return scan_text_value(s, value) && instant_parse(value->text, at, NULL) == 0;
    case FIELD_LONG:
        if (!scan_number_value(s, value) || value->number != trunc(value->number) ||
            fabs(value->number) > WHOLE_LIMIT)
            return false;
        *(int64_t *)at = (int64_t)value->number;
        return true;
    case FIELD_DOUBLE:
        if (!scan_number_value(s, value))
            return false;
        *(struct number *)at = (struct number){value->number, true};
        return true;
    case FIELD_TEXTS:
        value->shape = SHAPE_STRINGS;
        if (!scan_texts(s, &value->texts))
            return false;
        *(struct texts *)at = value->texts;
        return true;
    case FIELD_RECORD: return scan_nested(s, f, at, value);
    default: return false;
    }
}

/* The members behind the bracket, each at most once, and the bracket at the end. */
static bool scan_members(struct scan *s, const struct names *names, void *record, struct value *members)
{
    size_t i = 0;
    do {
        struct text name;
        if (!take_string(s, &name) || !take(s, ':'))
            return false;
        i = names_find(names, name, i);
        if (i == names->fields->count || members[i].shape != SHAPE_ABSENT)
            return false;
        skip_space(s);
        const struct field *f = &names->fields->at[i];
        if (take_word(s, TEXT_LITERAL("null")))
            members[i].shape = SHAPE_NULL;
        else if (!scan_value(s, f, (char *)record + f->offset, &members[i]))
            return false;
    } while (take(s, ','));
    return take(s, '}');
}

static bool scan_object(struct scan *s, const struct names *names, void *record, struct value *members)
{
    return take(s, '}') || scan_members(s, names, record, members);
}

/* --- The canonical form --- */

static void form_members(struct buffer *b, const struct names *names, const struct value *members);

/* The strings stand in it as they stand in the line: none of them has anything to escape. */
static void form_value(struct buffer *b, const struct value *value)
{
    switch (value->shape) {
    case SHAPE_ABSENT: break;
    case SHAPE_NULL: json_add_text(b, TEXT_LITERAL("null")); break;
    case SHAPE_STRING: json_write_plain(b, value->text); break;
    case SHAPE_NUMBER: json_write_number(b, value->number); break;
    case SHAPE_OBJECT: form_members(b, value->names, value->members); break;
    case SHAPE_STRINGS:
        buffer_add_byte(b, '[');
        for (size_t i = 0; i < value->texts.count; i++) {
            if (i)
                buffer_add_byte(b, ',');
            json_write_plain(b, value->texts.at[i]);
        }
        buffer_add_byte(b, ']');
        break;
    }
}

static void form_members(struct buffer *b, const struct names *names, const struct value *members)
{
    size_t start = b->len;
    buffer_add_byte(b, '{');
    for (size_t k = 0; k < names->count; k++) {
        size_t i = names->order[k];
        if (members[i].shape == SHAPE_ABSENT)
            continue;
        if (b->len > start + 1)
            buffer_add_byte(b, ',');
        json_write_plain(b, names->at[i]);
        buffer_add_byte(b, ':');
        form_value(b, &members[i]);
    }
    buffer_add_byte(b, '}');
}

static struct text form_of(struct arena *arena, const struct names *names, const struct value *members)
{
    struct buffer b = BUFFER_EMPTY;
    form_members(&b, names, members);
    struct text form = arena_copy(arena, buffer_text(&b));
    buffer_free(&b);
    return form;
}

/* --- The line --- */

static bool scan_kind(struct scan *s, struct text *name, enum event_kind *out)
{
    struct text member;
    if (!take(s, '{') || !take_string(s, &member) || !text_equal(member, TEXT_LITERAL("event")) ||
        !take(s, ':') || !take_string(s, name))
        return false;
    for (int i = 0; i < EVENT_KINDS; i++)
        if (text_equal(*name, text_of(event_kind_names[i]))) {
            *out = (enum event_kind)i;
            return true;
        }
    return false;
}

bool event_scan(const char *line, size_t n, struct arena *arena, struct event *out, struct text *form)
{
    static once_flag made = ONCE_FLAG_INIT;
    call_once(&made, names_make_all);
    struct text kept = arena_copy(arena, (struct text){line, n});
    struct scan s = {kept.at, kept.at + kept.len, arena};
    struct value members[FIELDS_MOST] = {{.shape = SHAPE_ABSENT}};
    enum event_kind kind;
    struct text name;
    if (!scan_kind(&s, &name, &kind))
        return false;
    const struct names *names = &kind_names[kind];
    members[names->count - 1] = (struct value){.shape = SHAPE_STRING, .text = name};
    event_clear(out, kind);
    if (!(take(&s, ',') ? scan_members(&s, names, &out->common, members) : take(&s, '}')))
        return false;
    skip_space(&s);
    if (s.at != s.end)
        return false;
    *form = TEXT_NULL;
    if (text_is_null(out->common.event_id)) {
        members[0].shape = SHAPE_ABSENT; /* event_id: null counts as if it was left out here */
        *form = form_of(arena, names, members);
    }
    return true;
}
