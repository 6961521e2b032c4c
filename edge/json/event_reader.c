#include "edge/json/event_reader.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <threads.h>

#include "core/event_check_all.h"
#include "core/instant.h"
#include "edge/json/event_id.h"
#include "edge/json/event_scan.h"
#include "edge/json/json_write.h"

/* Where numbers stop being exact. */
#define WHOLE_LIMIT 0x1p53

/* The lengths of a table's names, so that most of them need not be compared. */
#define INDEX_FIELDS 64
struct index {
    const struct fields *fields;
    uint8_t length[INDEX_FIELDS];
};

static struct index kind_index[EVENT_KINDS], source_index, target_index;

static void index_make(struct index *index, const struct fields *fields)
{
    index->fields = fields;
    for (size_t i = 0; i < fields->count && i < INDEX_FIELDS; i++)
        index->length[i] = (uint8_t)strlen(fields->at[i].name);
}

static void index_make_all(void)
{
    for (size_t i = 0; i < EVENT_KINDS; i++)
        index_make(&kind_index[i], event_fields[i]);
    index_make(&source_index, &source_fields);
    index_make(&target_index, &target_fields);
}

static const struct field *index_find(const struct index *index, struct text name)
{
    for (size_t i = 0; i < index->fields->count; i++)
        if (index->length[i] == name.len && memcmp(index->fields->at[i].name, name.at, name.len) == 0)
            return &index->fields->at[i];
    return NULL;
}

/* One line being read. */
struct reader {
    struct arena *arena;
    struct event_json_errors *errors;
    const char *prefix; /* of the names of members: "" or "target." */
};

static void errors_add(struct event_json_errors *errors, const struct error *e)
{
    if (errors->count == EVENT_JSON_ERRORS)
        errors->dropped++;
    else
        errors->at[errors->count++] = *e;
}

__attribute__((format(printf, 3, 4))) static void report(struct reader *r, const char *name,
                                                         const char *format, ...)
{
    char text[sizeof((struct error *)0)->text], where[sizeof((struct error *)0)->where];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    (void)snprintf(where, sizeof where, "%s%s", r->prefix, name);
    struct error e;
    (void)error_set(&e, ERROR_INVALID, where, "%s", text);
    errors_add(r->errors, &e);
}

/* Whether an error names the member, what holds it or something in it: "target" and "target.from", but not
 * "target.from" and "target.to". */
static bool is_reported(const struct event_json_errors *errors, const char *member)
{
    for (size_t i = 0; i < errors->count; i++) {
        const char *a = errors->at[i].where, *b = member;
        while (*a && *a == *b)
            a++, b++;
        if ((!*a || *a == '.' || *a == '[') && (!*b || *b == '.' || *b == '['))
            return true;
    }
    return errors->dropped > 0;
}

static const char *type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER:
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    case JSON_NULL: break;
    }
    return "null";
}

static struct text string_of(const json_t *value)
{
    return (struct text){json_string_value(value), json_string_length(value)};
}

/* What was written, fit to be shown in a message: short, and on one line. */
struct shown {
    char at[48];
};

static struct shown show(struct text t)
{
    struct shown s = {""};
    size_t n = t.len < 40 ? t.len : 40;
    while (n < t.len && n > 0 && ((unsigned char)t.at[n] & 0xC0) == 0x80)
        n--; /* cut between characters */
    for (size_t i = 0; i < n; i++)
        s.at[i] = t.at[i] ? t.at[i] : '?';
    if (n < t.len)
        memcpy(s.at + n, "...", 4);
    return s;
}

static void read_enum(struct reader *r, const struct field *f, const json_t *value, uint8_t *out)
{
    *out = json_is_string(value) ? symbols_find(f->symbols, string_of(value)) : 0;
    if (*out)
        return;
    char names[300] = "";
    size_t len = 0;
    for (size_t i = 0; i < f->symbols->count && len < sizeof names - 1; i++) {
        int n = snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "", f->symbols->at[i]);
        len += n > 0 ? (size_t)n : 0;
    }
    if (json_is_string(value))
        report(r, f->name, "\"%s\" is none of %s", show(string_of(value)).at, names);
    else
        report(r, f->name, "expected a string, one of %s, found %s", names, type_of(value));
}

static void read_instant(struct reader *r, const struct field *f, const json_t *value, struct instant *out)
{
    struct error e;
    if (!json_is_string(value)) {
        report(r, f->name, "expected an RFC 3339 instant as a string, found %s", type_of(value));
    } else if (instant_parse(string_of(value), out, &e)) {
        (void)snprintf(e.where, sizeof e.where, "%s%s", r->prefix, f->name);
        errors_add(r->errors, &e);
    }
}

static void read_whole(struct reader *r, const struct field *f, const json_t *value, int64_t *out)
{
    double number = json_number_value(value); /* 0 for what is none */
    char shown[JSON_NUMBER_SIZE];
    (void)json_number_format(number, shown);
    if (!json_is_number(value))
        report(r, f->name, "expected a whole number, found %s", type_of(value));
    else if (number != trunc(number))
        report(r, f->name, "expected a whole number, found %s", shown);
    else if (fabs(number) > WHOLE_LIMIT)
        report(r, f->name, "%s is out of range", shown);
    else
        *out = (int64_t)number;
}

static void read_texts(struct reader *r, const struct field *f, const json_t *value, struct texts *out)
{
    if (!json_is_array(value)) {
        report(r, f->name, "expected an array of strings, found %s", type_of(value));
        return;
    }
    size_t count = json_array_size(value);
    struct text *at = arena_array(r->arena, count, sizeof *at);
    for (size_t i = 0; i < count; i++) {
        const json_t *element = json_array_get(value, i);
        char name[64];
        (void)snprintf(name, sizeof name, "%s[%zu]", f->name, i);
        if (json_is_string(element))
            at[i] = arena_copy(r->arena, string_of(element));
        else
            report(r, name, "expected a string, found %s", type_of(element));
    }
    *out = (struct texts){at, count};
}

static void read_members(struct reader *r, const struct index *index, json_t *object, void *record);

static void read_record(struct reader *r, const struct field *f, json_t *value, const void **out)
{
    if (!json_is_object(value)) {
        report(r, f->name, "expected an object, found %s", type_of(value));
        return;
    }
    char prefix[64];
    (void)snprintf(prefix, sizeof prefix, "%s.", f->name);
    void *record = arena_take(r->arena, f->of->size);
    fields_clear(f->of, record);
    struct reader nested = {r->arena, r->errors, prefix};
    read_members(&nested, f->of == &source_fields ? &source_index : &target_index, value, record);
    *out = record;
}

static void read_value(struct reader *r, const struct field *f, json_t *value, void *at)
{
    switch (f->kind) {
    case FIELD_TEXT:
        if (json_is_string(value))
            *(struct text *)at = arena_copy(r->arena, string_of(value));
        else
            report(r, f->name, "expected a string, found %s", type_of(value));
        break;
    case FIELD_ENUM: read_enum(r, f, value, at); break;
    case FIELD_INSTANT: read_instant(r, f, value, at); break;
    case FIELD_LONG: read_whole(r, f, value, at); break;
    case FIELD_DOUBLE:
        if (json_is_number(value))
            *(struct number *)at = (struct number){json_number_value(value), true};
        else
            report(r, f->name, "expected a number, found %s", type_of(value));
        break;
    case FIELD_TEXTS: read_texts(r, f, value, at); break;
    case FIELD_RECORD: read_record(r, f, value, at); break;
    case FIELD_BYTES:
    case FIELD_DAY:
    case FIELD_BOOL:
    case FIELD_RECORDS: report(r, f->name, "cannot be given in JSON"); break; /* no event has such fields */
    }
}

static void read_members(struct reader *r, const struct index *index, json_t *object, void *record)
{
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        struct text name = {json_object_iter_key(i), json_object_iter_key_len(i)};
        json_t *value = json_object_iter_value(i);
        const struct field *f = index_find(index, name);
        if (f) {
            if (!json_is_null(value))
                read_value(r, f, value, (char *)record + f->offset);
        } else if (*r->prefix || !text_equal(name, TEXT_LITERAL("event"))) {
            report(r, show(name).at, "%s has no such field", index->fields->name);
        }
    }
}

/* The dossier that an event belongs to when it does not say. */
static struct text default_dossier(const struct event *e)
{
    if (e->kind != EVENT_MILESTONE)
        return event_subject(e);
    return e->milestone.instrument.len ? e->milestone.instrument : e->milestone.summit;
}

static void fill_defaults(struct reader *r, const json_t *object, struct event *e, struct instant now)
{
    if (instant_is_none(e->common.recorded_at))
        e->common.recorded_at = now;

    if (text_is_null(e->common.dossier) && !is_reported(r->errors, "dossier")) {
        struct text dossier = default_dossier(e);
        if (dossier.len)
            e->common.dossier = dossier;
        else if (e->kind == EVENT_MILESTONE && !is_reported(r->errors, "instrument") &&
                 !is_reported(r->errors, "summit"))
            report(r, "dossier", "required where neither instrument nor summit says it");
    }

    if (text_is_null(e->common.event_id) && r->errors->count == 0) {
        char id[UUID_TEXT_SIZE];
        struct buffer scratch = BUFFER_EMPTY;
        struct error error;
        if (event_id_of(object, &scratch, id, &error) == 0)
            e->common.event_id = arena_copy(r->arena, text_of(id));
        else
            errors_add(r->errors, &error);
        buffer_free(&scratch);
    }
}

/* What event_check() found, unless it follows from an error that is known already. */
static void report_check(void *context, const struct error *e)
{
    struct reader *r = context;
    if (!is_reported(r->errors, e->where))
        errors_add(r->errors, e);
}

static void check(struct reader *r, const struct event *e, bool own_dossier)
{
    struct event given = *e;
    if (text_is_null(given.common.event_id))
        given.common.event_id = TEXT_LITERAL("-"); /* was not made only because of other errors */
    if (!own_dossier)
        given.common.dossier = TEXT_LITERAL("x"); /* a bad id is one error, of the field that it came from */
    (void)event_check_all(&given, report_check, r);
}

/* -1: missing or unknown, and reported. */
static int read_kind(struct reader *r, const json_t *object)
{
    static const char expected[] = "\"signing\", \"summit\" or \"milestone\"";
    const json_t *kind = json_object_get(object, "event");
    for (int i = 0; json_is_string(kind) && i < EVENT_KINDS; i++)
        if (text_equal(string_of(kind), text_of(event_kind_names[i])))
            return i;
    if (!kind)
        report(r, "event", "required: %s", expected);
    else if (json_is_string(kind))
        report(r, "event", "expected %s, found \"%s\"", expected, show(string_of(kind)).at);
    else
        report(r, "event", "expected %s, found %s", expected, type_of(kind));
    return -1;
}

__attribute__((format(printf, 4, 5))) static void
report_line(struct event_json_errors *errors, const char *member, size_t position, const char *format, ...)
{
    char text[sizeof((struct error *)0)->text];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    struct error e;
    (void)error_set_at(&e, ERROR_INVALID, member, position, "%s", text);
    errors_add(errors, &e);
}

static void report_syntax(struct event_json_errors *errors, json_error_t *why)
{
    static const char end[] = "end of file";
    char member[64] = "", *at = strstr(why->text, end);
    if (json_error_code(why) == json_error_duplicate_key)
        (void)sscanf(why->text, "%*[^\"]\"%63[^\"]", member);
    if (at && at[sizeof end - 1] == '\0')
        memcpy(at, "end of line", sizeof end);
    report_line(errors, member, why->position > 0 ? (size_t)why->position : 0, "not JSON at column %d: %s",
                why->column, why->text);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static json_t *parse(const char *line, size_t n, struct event_json_errors *errors)
{
    size_t first = 0;
    while (n > 0 && is_space(line[n - 1])) /* a line feed would count as a second line */
        n--;
    while (first < n && is_space(line[first]))
        first++;
    if (n - first >= 3 && memcmp(line + first, "\xEF\xBB\xBF", 3) == 0) {
        report_line(errors, "", first, "expected a JSON object, found a byte order mark");
        return NULL;
    }
    if (first == n || line[first] != '{') {
        report_line(errors, "", first, "expected a JSON object, found %s%s%s",
                    first == n ? "an empty line" : "\"", show((struct text){line + first, n - first}).at,
                    first == n ? "" : "\"");
        return NULL;
    }
    /* Integers as doubles, as RFC 8785 has them too: no length of digits is an error of its own. */
    json_error_t why;
    json_t *object =
        json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &why);
    if (!object)
        report_syntax(errors, &why);
    return object;
}

int event_from_any_json(const char *line, size_t n, struct instant now, struct arena *arena,
                        struct event *out, struct event_json_errors *errors)
{
    static once_flag indexed = ONCE_FLAG_INIT;
    call_once(&indexed, index_make_all);
    errors->count = errors->dropped = 0;

    json_t *object = parse(line, n, errors);
    if (!object)
        return ERROR_INVALID;
    struct reader r = {arena, errors, ""};
    int kind = read_kind(&r, object);
    if (kind >= 0) {
        struct event e;
        event_clear(&e, (enum event_kind)kind);
        read_members(&r, &kind_index[kind], object, &e.common);
        bool own_dossier = !text_is_null(e.common.dossier);
        fill_defaults(&r, object, &e, now);
        check(&r, &e, own_dossier);
        if (errors->count == 0)
            *out = e;
    }
    json_decref(object);
    return errors->count ? ERROR_INVALID : 0;
}

/* Whether the line is an event without fault, written as most are. */
static bool read_plainly(const char *line, size_t n, struct instant now, struct arena *arena,
                         struct event *out)
{
    struct event e;
    struct text form;
    if (!event_scan(line, n, arena, &e, &form))
        return false;
    if (!text_is_null(form)) {
        char id[UUID_TEXT_SIZE];
        event_id_of_form(form, id);
        e.common.event_id = arena_copy(arena, text_of(id));
    }
    if (instant_is_none(e.common.recorded_at))
        e.common.recorded_at = now;
    if (text_is_null(e.common.dossier))
        e.common.dossier = default_dossier(&e);
    if (event_check(&e, NULL))
        return false;
    *out = e;
    return true;
}

int event_from_json(const char *line, size_t n, struct instant now, struct arena *arena, struct event *out,
                    struct event_json_errors *errors)
{
    errors->count = errors->dropped = 0;
    return read_plainly(line, n, now, arena, out) ? 0 : event_from_any_json(line, n, now, arena, out, errors);
}
