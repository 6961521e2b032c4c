#include "consumer/serve/openapi_schemas.h"

#include <assert.h>

#include "consumer/serve/deadline_words.h"
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

static json_t *formatted(const char *format)
{
    json_t *schema = openapi_typed("string");
    openapi_put(schema, "format", json_string(format));
    return schema;
}

static json_t *array_of(json_t *items)
{
    json_t *schema = openapi_typed("array");
    openapi_put(schema, "items", items);
    return schema;
}

static json_t *symbols_schema(const struct symbols *symbols)
{
    json_t *schema = openapi_typed("string"), *list = json_array();
    for (size_t i = 0; i < symbols->count; i++)
        openapi_append(list, json_string(symbols->at[i]));
    openapi_put(schema, "enum", list);
    return schema;
}

/* An object that has these members, some of them always, and no others. */
static json_t *object_new(void)
{
    json_t *schema = openapi_typed("object");
    openapi_put(schema, "properties", json_object());
    openapi_put(schema, "required", json_array());
    openapi_put(schema, "additionalProperties", json_false());
    return schema;
}

static void member(json_t *object, const char *name, bool required, json_t *schema)
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
    case FIELD_ENUM: return symbols_schema(f->symbols);
    case FIELD_INSTANT: return formatted("date-time");
    case FIELD_DAY: return formatted("date");
    case FIELD_LONG: return openapi_typed("integer");
    case FIELD_DOUBLE: return openapi_typed("number");
    case FIELD_BOOL: return openapi_typed("boolean");
    case FIELD_TEXTS: return array_of(openapi_typed("string"));
    case FIELD_RECORD:
    case FIELD_RECORDS:
        schema = openapi_reference(f->of->name);
        return f->kind == FIELD_RECORDS ? array_of(schema) : schema;
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
            member(object, fields->at[i].name, false, field_schema(&fields->at[i]));
}

/* The records within records, each once. */
static void put_nested(json_t *all, const struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct fields *of = fields->at[i].of;
        if (!of || !is_printed(&fields->at[i]) || json_object_get(all, of->name))
            continue;
        json_t *schema = object_new();
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
    json_t *schema = object_new(), *name = openapi_typed("string");
    openapi_put(name, "const", json_string(record));
    member(schema, "record", true, name);
    add_fields(schema, codec_fields(subject));
    describe(schema, subject);
    return schema;
}

static json_t *deadline_schema(void)
{
    json_t *d = object_new();
    static const char *const flags[] = {"lasts", "uncertain", "approximate", "repeats", "open", "overdue"};
    member(d, "known_as", true, openapi_typed("string"));
    member(d, "precision", true, symbols_schema(&deadline_precisions));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        member(d, flags[i], true, openapi_typed("boolean"));
    member(d, "wording", false, openapi_typed("string"));
    member(d, "last_day", false, formatted("date"));
    member(d, "next_day", false, formatted("date"));
    member(d, "next_event", false, symbols_schema(&deadline_events));
    member(d, "days_left", false, openapi_typed("integer"));
    openapi_put(d, "description", json_string("What the deadline means today"));
    return d;
}

static json_t *subject_schema(const char *record, enum codec_subject subject)
{
    json_t *schema = record_schema(record, subject);
    member(schema, "deadline", false, openapi_reference("Deadline"));
    if (subject == CODEC_COMMITMENT_RECORD)
        member(schema, "expected_today", false, openapi_typed("number"));
    openapi_append(json_object_get(schema, "required"), json_string("id"));
    return schema;
}

static json_t *alert_schema(void)
{
    json_t *schema = record_schema("alert", CODEC_ALERT);
    member(schema, "standing", true, openapi_typed("boolean"));
    return schema;
}

/* An event and where it stands. */
static json_t *event_schema(enum codec_subject subject, const char *kind)
{
    json_t *schema = record_schema("event", subject), *event = openapi_typed("string");
    openapi_put(event, "const", json_string(kind));
    member(schema, "event", true, event);
    member(schema, "topic", true, openapi_typed("string"));
    member(schema, "partition", true, openapi_typed("integer"));
    member(schema, "offset", true, openapi_typed("integer"));
    return schema;
}

static json_t *problem_schema(void)
{
    json_t *schema = object_new();
    member(schema, "type", true, openapi_typed("string"));
    member(schema, "title", true, openapi_typed("string"));
    member(schema, "status", true, openapi_typed("integer"));
    member(schema, "detail", true, openapi_typed("string"));
    member(schema, "parameter", false, openapi_typed("string"));
    openapi_put(schema, "description", json_string("What is wrong (RFC 9457); `parameter` names where"));
    return schema;
}

static json_t *any_subject(void)
{
    json_t *schema = json_object(), *list = json_array();
    static const char *const names[] = {"Instrument", "Summit", "Commitment"};
    for (size_t i = 0; i < 3; i++)
        openapi_append(list, openapi_reference(names[i]));
    openapi_put(schema, "oneOf", list);
    return schema;
}

/* --- Answers --- */

static void add_tail(json_t *schema)
{
    member(schema, "today", true, formatted("date"));
    member(schema, "position", true, openapi_typed("string"));
}

static json_t *list_schema(json_t *items)
{
    json_t *schema = object_new();
    member(schema, "items", true, array_of(items));
    member(schema, "total", true, openapi_typed("integer"));
    member(schema, "next", false, openapi_typed("string"));
    add_tail(schema);
    return schema;
}

/* A few of many, and where all are. */
static json_t *some_schema(const char *of)
{
    json_t *schema = object_new();
    member(schema, "total", true, openapi_typed("integer"));
    member(schema, "items", true, array_of(openapi_reference(of)));
    member(schema, "list", true, openapi_typed("string"));
    return schema;
}

static json_t *place_schema(void)
{
    json_t *place = object_new();
    member(place, "topic", true, openapi_typed("string"));
    member(place, "partition", true, openapi_typed("integer"));
    member(place, "offset", true, openapi_typed("integer"));
    return place;
}

static json_t *links_schema(void)
{
    static const char *const links[] = {"instrument",    "summit",      "part_of", "anchor",
                                        "superseded_by", "pursuant_to", "dossier"};
    json_t *schema = object_new();
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        member(schema, links[i], false, openapi_reference("Reference"));
    return schema;
}

static json_t *related_schema(void)
{
    static const char *const related[] = {"instruments", "commitments", "parts"};
    json_t *schema = object_new();
    for (size_t i = 0; i < sizeof related / sizeof *related; i++)
        member(schema, related[i], false, some_schema("Reference"));
    return schema;
}

/* How the events that are here stand to the record: they come by topics of their own. */
static void add_history_state(json_t *schema)
{
    json_t *as_of = formatted("date-time"), *complete = openapi_typed("boolean");
    openapi_put(as_of, "description", json_string("When the newest event that is here became known"));
    openapi_put(complete, "description",
                json_string("Whether the last event that the record follows from is here"));
    member(schema, "history_as_of", false, as_of);
    member(schema, "history_complete", true, complete);
}

static json_t *elsewhere_schema(void)
{
    json_t *schema = object_new();
    member(schema, "total", true, openapi_typed("integer"));
    member(schema, "list", true, openapi_typed("string"));
    add_history_state(schema);
    return schema;
}

static json_t *detail_schema(json_t *item)
{
    json_t *schema = object_new();
    member(schema, "item", true, item);
    member(schema, "stands_at", true, openapi_reference("Place"));
    member(schema, "links", true, openapi_reference("Links"));
    member(schema, "related", true, openapi_reference("Related"));
    member(schema, "alerts", true, openapi_reference("AlertsOf"));
    member(schema, "events", false, openapi_reference("Elsewhere"));
    add_tail(schema);
    return schema;
}

static json_t *reference_schema(void)
{
    json_t *schema = object_new();
    member(schema, "record", true, openapi_typed("string"));
    member(schema, "id", true, openapi_typed("string"));
    member(schema, "title", false, openapi_typed("string"));
    member(schema, "status", false, openapi_typed("string"));
    member(schema, "delivery", false, symbols_schema(&deliveries));
    member(schema, "timeliness", false, symbols_schema(&timelinesses));
    member(schema, "opens", false, formatted("date"));
    member(schema, "closes", false, formatted("date"));
    return schema;
}

static json_t *or_null(json_t *schema, const char *type)
{
    json_t *types = json_array();
    openapi_append(types, json_string(type));
    openapi_append(types, json_string("null"));
    openapi_put(schema, "type", types);
    return schema;
}

static void add_current(json_t *schema)
{
    json_t *partition = object_new();
    member(partition, "partition", true, openapi_typed("integer"));
    member(partition, "as_of", true, or_null(formatted("date-time"), "string"));
    member(partition, "lag", true, or_null(openapi_typed("integer"), "integer"));
    member(schema, "ready", true, openapi_typed("boolean"));
    member(schema, "connected", true, openapi_typed("boolean"));
    member(schema, "heard_at", true, or_null(formatted("date-time"), "string"));
    member(schema, "as_of", true, or_null(formatted("date-time"), "string"));
    member(schema, "now", true, formatted("date-time"));
    member(schema, "unreadable", true, openapi_typed("integer"));
    member(schema, "partitions", true, array_of(partition));
}

static json_t *current_schema(void)
{
    json_t *schema = object_new();
    add_current(schema);
    add_tail(schema);
    return schema;
}

static json_t *counts_schema(void)
{
    json_t *schema = openapi_typed("object");
    openapi_put(schema, "additionalProperties", openapi_typed("integer"));
    return schema;
}

static json_t *counted_schema(const char *const *names)
{
    json_t *schema = object_new();
    member(schema, "total", true, openapi_typed("integer"));
    for (; *names; names++)
        member(schema, *names, true, counts_schema());
    return schema;
}

static json_t *few_schema(void)
{
    json_t *schema = object_new();
    member(schema, "total", true, openapi_typed("integer"));
    member(schema, "items", true, array_of(any_subject()));
    return schema;
}

static json_t *summary_schema(void)
{
    json_t *schema = object_new(), *package = object_new(), *current = object_new();
    json_t *commitments = counted_schema((const char *const[]){"delivery", "timeliness", "clock", NULL});
    member(commitments, "contested", true, openapi_typed("integer"));
    member(schema, "instruments", true, counted_schema((const char *const[]){"status", NULL}));
    member(schema, "summits", true, counted_schema((const char *const[]){"status", NULL}));
    member(schema, "commitments", true, commitments);
    member(schema, "alerts", true, counted_schema((const char *const[]){"standing", NULL}));
    member(schema, "incomplete", true, openapi_typed("integer"));
    member(package, "id", true, openapi_typed("string"));
    member(package, "title", false, openapi_typed("string"));
    member(package, "expected", true, openapi_typed("integer"));
    member(package, "identified", true, openapi_typed("integer"));
    member(schema, "packages", true, array_of(package));
    member(schema, "overdue", true, few_schema());
    member(schema, "due", true, few_schema());
    add_current(current);
    member(schema, "current", true, current);
    add_tail(schema);
    return schema;
}

static json_t *counted_items(const char *key, json_t *key_schema, const char *const *counted)
{
    json_t *schema = object_new(), *item = object_new();
    member(item, key, true, key_schema);
    for (; *counted; counted++)
        member(item, *counted, true, openapi_typed("integer"));
    member(schema, "items", true, array_of(item));
    member(schema, "total", true, openapi_typed("integer"));
    add_tail(schema);
    return schema;
}

static json_t *parties_schema(void)
{
    return counted_items("party", openapi_typed("string"),
                         (const char *const[]){"instruments", "summits", "commitments", "overdue", NULL});
}

static json_t *years_schema(void)
{
    return counted_items(
        "year", openapi_typed("integer"),
        (const char *const[]){"instruments", "summits", "commitments", "ahead", "overdue", "settled", NULL});
}

static json_t *subject_reference(uint16_t kinds)
{
    static const char *const names[] = {"", "Instrument", "Summit", "Commitment"};
    for (unsigned kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        if (kinds == 1u << kind)
            return openapi_reference(names[kind]);
    return any_subject();
}

static json_t *events_schema(uint16_t kinds)
{
    static const char *const names[] = {"Signing", "SummitEvent", "Milestone"};
    unsigned kind = SUBJECT_INSTRUMENT;
    while (kind < SUBJECT_COMMITMENT && kinds != 1u << kind)
        kind++;
    json_t *schema = list_schema(openapi_reference(names[kind - 1]));
    add_history_state(schema);
    return schema;
}

static json_t *items_schema(const struct route *r)
{
    json_t *before = openapi_typed("integer");
    json_t *schema =
        list_schema(r->on == ON_ALERTS ? openapi_reference("Alert") : subject_reference(r->kinds));
    openapi_put(before, "description", json_string("How many of `total` are on the pages before this one"));
    member(schema, "before", true, before);
    return schema;
}

json_t *openapi_answer_schema(const struct route *r)
{
    if (r->answer == answer_list)
        return items_schema(r);
    if (r->answer == answer_subject)
        return detail_schema(subject_reference(r->kinds));
    if (r->answer == answer_events)
        return events_schema(r->kinds);
    if (r->answer == answer_summary)
        return summary_schema();
    if (r->answer == answer_parties)
        return parties_schema();
    if (r->answer == answer_years)
        return years_schema();
    return r->answer == answer_current ? current_schema() : openapi_typed("object");
}

json_t *openapi_schemas(void)
{
    json_t *all = json_object();
    openapi_put(all, "Problem", problem_schema());
    openapi_put(all, "Deadline", deadline_schema());
    openapi_put(all, "Instrument", subject_schema("instrument", CODEC_INSTRUMENT_RECORD));
    openapi_put(all, "Summit", subject_schema("summit", CODEC_SUMMIT_RECORD));
    openapi_put(all, "Commitment", subject_schema("commitment", CODEC_COMMITMENT_RECORD));
    openapi_put(all, "Reference", reference_schema());
    openapi_put(all, "Links", links_schema());
    openapi_put(all, "Related", related_schema());
    openapi_put(all, "Elsewhere", elsewhere_schema());
    openapi_put(all, "Place", place_schema());
    openapi_put(all, "AlertsOf", some_schema("Alert"));
    openapi_put(all, "Alert", alert_schema());
    openapi_put(all, "Signing", event_schema(CODEC_SIGNING, "signing"));
    openapi_put(all, "SummitEvent", event_schema(CODEC_SUMMIT, "summit"));
    openapi_put(all, "Milestone", event_schema(CODEC_MILESTONE, "milestone"));
    for (int subject = 0; subject < CODEC_SUBJECTS; subject++)
        put_nested(all, codec_fields((enum codec_subject)subject));
    return all;
}
