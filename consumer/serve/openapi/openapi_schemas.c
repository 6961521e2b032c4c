#include "consumer/serve/openapi/openapi_schemas.h"

#include <assert.h>

#include "consumer/deadline_words.h"
#include "consumer/serve/parameters.h"
#include "edge/avro/codec.h"

void openapi_put(json_t *object, const char *name, json_t *value)
{
    int rc = json_object_set_new(object, name, value);
    assert(rc == 0);
}

void openapi_append(json_t *array, json_t *value)
{
    int rc = json_array_append_new(array, value);
    assert(rc == 0);
}

json_t *openapi_typed(const char *type)
{
    json_t *schema = json_object();
    openapi_put(schema, "type", json_string(type));
    return schema;
}

json_t *openapi_reference(const char *schema)
{
    json_t *reference = json_object();
    openapi_put(reference, "$ref", json_sprintf("#/components/schemas/%s", schema));
    return reference;
}

json_t *openapi_formatted(const char *format)
{
    json_t *schema = openapi_typed("string");
    openapi_put(schema, "format", json_string(format));
    return schema;
}

json_t *openapi_array(json_t *items)
{
    json_t *schema = openapi_typed("array");
    openapi_put(schema, "items", items);
    return schema;
}

json_t *openapi_symbols(const struct symbols *symbols)
{
    json_t *schema = openapi_typed("string"), *list = json_array();
    for (size_t i = 0; i < symbols->count; i++)
        openapi_append(list, json_string(symbols->at[i]));
    openapi_put(schema, "enum", list);
    return schema;
}

json_t *openapi_object(void)
{
    json_t *schema = openapi_typed("object");
    openapi_put(schema, "properties", json_object());
    openapi_put(schema, "required", json_array());
    openapi_put(schema, "additionalProperties", json_false());
    return schema;
}

void openapi_member(json_t *object, const char *name, bool required, json_t *schema)
{
    openapi_put(json_object_get(object, "properties"), name, schema);
    if (required)
        openapi_append(json_object_get(object, "required"), json_string(name));
}

/* --- Records --- */

static json_t *field_schema(const struct field *f)
{
    json_t *schema;
    switch (f->kind) {
    case FIELD_ENUM: return openapi_symbols(f->symbols);
    case FIELD_INSTANT: return openapi_formatted("date-time");
    case FIELD_DAY: return openapi_formatted("date");
    case FIELD_LONG: return openapi_typed("integer");
    case FIELD_DOUBLE: return openapi_typed("number");
    case FIELD_BOOL: return openapi_typed("boolean");
    case FIELD_TEXTS: return openapi_array(openapi_typed("string"));
    case FIELD_RECORD:
    case FIELD_RECORDS:
        schema = openapi_reference(f->of->name);
        return f->kind == FIELD_RECORDS ? openapi_array(schema) : schema;
    case FIELD_TEXT:
    case FIELD_BYTES: break;
    }
    return openapi_typed("string");
}

/* What is for the processor alone is not printed (record_printer.h). */
static bool is_printed(const struct field *f)
{
    return f->kind != FIELD_BYTES && strcmp(f->name, "resume") != 0;
}

static void add_fields(json_t *object, const struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        if (is_printed(&fields->at[i]))
            openapi_member(object, fields->at[i].name, false, field_schema(&fields->at[i]));
}

/* The records within records, each once. */
static void put_nested(json_t *all, const struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct fields *of = fields->at[i].of;
        if (!of || !is_printed(&fields->at[i]) || json_object_get(all, of->name))
            continue;
        json_t *schema = openapi_object();
        add_fields(schema, of);
        openapi_put(all, of->name, schema);
        put_nested(all, of);
    }
}

/* The words of the Avro schema become the descriptions of the members. */
static void describe(json_t *object, enum codec_subject subject)
{
    struct text text = codec_schema_json(subject);
    json_t *avro = json_loadb(text.at, text.len, 0, NULL), *field;
    size_t i;
    openapi_put(object, "description", json_incref(json_object_get(avro, "doc")));
    json_array_foreach(json_object_get(avro, "fields"), i, field)
    {
        const char *name = json_string_value(json_object_get(field, "name"));
        json_t *schema = json_object_get(json_object_get(object, "properties"), name);
        if (schema)
            openapi_put(schema, "description", json_incref(json_object_get(field, "doc")));
    }
    json_decref(avro);
}

static json_t *record_schema(const char *record, enum codec_subject subject)
{
    json_t *schema = openapi_object(), *name = openapi_typed("string");
    openapi_put(name, "const", json_string(record));
    openapi_member(schema, "record", true, name);
    add_fields(schema, codec_fields(subject));
    describe(schema, subject);
    return schema;
}

static json_t *deadline_schema(void)
{
    json_t *d = openapi_object();
    static const char *const flags[] = {"lasts", "uncertain", "approximate", "repeats", "open", "overdue"};
    openapi_member(d, "known_as", true, openapi_typed("string"));
    openapi_member(d, "precision", true, openapi_symbols(&deadline_precisions));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        openapi_member(d, flags[i], true, openapi_typed("boolean"));
    openapi_member(d, "wording", false, openapi_typed("string"));
    openapi_member(d, "last_day", false, openapi_formatted("date"));
    openapi_member(d, "next_day", false, openapi_formatted("date"));
    openapi_member(d, "next_event", false, openapi_symbols(&deadline_events));
    openapi_member(d, "days_left", false, openapi_typed("integer"));
    openapi_put(d, "description", json_string("What the deadline means today"));
    return d;
}

static json_t *one_of_symbols(const char *const *symbols)
{
    json_t *schema = openapi_typed("string"), *list = json_array();
    for (; *symbols; symbols++)
        openapi_append(list, json_string(*symbols));
    openapi_put(schema, "enum", list);
    return schema;
}

static json_t *participation_schema(void)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "status", true,
                   one_of_symbols((const char *const[]){"SIGNED", "RATIFIED", "JOINED", "WITHDRAWN",
                                                        "UNKNOWN", "NAMED", NULL}));
    openapi_member(schema, "date", false, openapi_typed("string"));
    openapi_put(schema, "description",
                json_string("In the answer about a party: what it did last; NAMED: it is named as a party "
                            "and nothing more is held"));
    return schema;
}

static json_t *fulfilled_schema(void)
{
    json_t *f = openapi_object();
    openapi_member(f, "dated", true, openapi_typed("boolean"));
    openapi_member(f, "from", false, openapi_formatted("date"));
    openapi_member(f, "to", false, openapi_formatted("date"));
    openapi_member(f, "days_late", false, openapi_typed("integer"));
    openapi_member(f, "days_late_most", false, openapi_typed("integer"));
    openapi_put(f, "description",
                json_string("The days on which it was fulfilled, and how late at least and at the most; "
                            "`dated`: as reported, not the day of the report"));
    return f;
}

static json_t *subject_schema(const char *record, enum codec_subject subject)
{
    json_t *schema = record_schema(record, subject);
    openapi_member(schema, "deadline", false, openapi_reference("Deadline"));
    if (subject == CODEC_INSTRUMENT_RECORD)
        openapi_member(schema, "participation", false, openapi_reference("Participation"));
    if (subject == CODEC_SUMMIT_RECORD)
        openapi_member(schema, "role", false,
                       one_of_symbols((const char *const[]){"HOST", "PARTICIPANT", NULL}));
    if (subject == CODEC_COMMITMENT_RECORD) {
        openapi_member(schema, "expected_today", false, openapi_typed("number"));
        openapi_member(schema, "fulfilled", false, openapi_reference("Fulfilled"));
    }
    openapi_append(json_object_get(schema, "required"), json_string("id"));
    return schema;
}

static json_t *alert_schema(void)
{
    json_t *schema = record_schema("alert", CODEC_ALERT);
    openapi_member(schema, "standing", true, openapi_typed("boolean"));
    return schema;
}

/* An event and where it stands. */
static json_t *event_schema(enum codec_subject subject, const char *kind)
{
    json_t *schema = record_schema("event", subject), *event = openapi_typed("string");
    openapi_put(event, "const", json_string(kind));
    openapi_member(schema, "event", true, event);
    openapi_member(schema, "topic", true, openapi_typed("string"));
    openapi_member(schema, "partition", true, openapi_typed("integer"));
    openapi_member(schema, "offset", true, openapi_typed("integer"));
    return schema;
}

static json_t *problem_schema(void)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "type", true, openapi_typed("string"));
    openapi_member(schema, "title", true, openapi_typed("string"));
    openapi_member(schema, "status", true, openapi_typed("integer"));
    openapi_member(schema, "detail", true, openapi_typed("string"));
    openapi_member(schema, "parameter", false, openapi_typed("string"));
    openapi_put(schema, "description", json_string("What is wrong (RFC 9457); `parameter` names where"));
    return schema;
}

json_t *openapi_any_subject(void)
{
    json_t *schema = json_object(), *list = json_array();
    static const char *const names[] = {"Instrument", "Summit", "Commitment"};
    for (size_t i = 0; i < 3; i++)
        openapi_append(list, openapi_reference(names[i]));
    openapi_put(schema, "oneOf", list);
    return schema;
}

json_t *openapi_schemas(void)
{
    json_t *all = json_object();
    openapi_put(all, "Problem", problem_schema());
    openapi_put(all, "Deadline", deadline_schema());
    openapi_put(all, "Participation", participation_schema());
    openapi_put(all, "Fulfilled", fulfilled_schema());
    openapi_put(all, "Instrument", subject_schema("instrument", CODEC_INSTRUMENT_RECORD));
    openapi_put(all, "Summit", subject_schema("summit", CODEC_SUMMIT_RECORD));
    openapi_put(all, "Commitment", subject_schema("commitment", CODEC_COMMITMENT_RECORD));
    openapi_put(all, "Alert", alert_schema());
    openapi_put(all, "Signing", event_schema(CODEC_SIGNING, "signing"));
    openapi_put(all, "SummitEvent", event_schema(CODEC_SUMMIT, "summit"));
    openapi_put(all, "Milestone", event_schema(CODEC_MILESTONE, "milestone"));
    for (int subject = 0; subject < CODEC_SUBJECTS; subject++)
        put_nested(all, codec_fields((enum codec_subject)subject));
    openapi_put_answers(all);
    return all;
}
