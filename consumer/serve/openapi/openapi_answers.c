/* The shapes of answers: what the API adds to the records. */
#include "consumer/serve/openapi/openapi_schemas.h"

#include "consumer/deadline_words.h"
#include "consumer/serve/parameters.h"

static void add_tail(json_t *schema)
{
    openapi_member(schema, "today", true, openapi_formatted("date"));
    openapi_member(schema, "position", true, openapi_typed("string"));
}

static json_t *list_schema(json_t *items)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "items", true, openapi_array(items));
    openapi_member(schema, "total", true, openapi_typed("integer"));
    openapi_member(schema, "next", false, openapi_typed("string"));
    add_tail(schema);
    return schema;
}

static void add_before(json_t *schema)
{
    json_t *before = openapi_typed("integer");
    openapi_put(before, "description", json_string("How many of `total` are on the pages before this one"));
    openapi_member(schema, "before", true, before);
}

/* How the events that are here stand to the record: they come by topics of their own. */
static void add_history_state(json_t *schema)
{
    json_t *as_of = openapi_formatted("date-time"), *complete = openapi_typed("boolean");
    openapi_put(as_of, "description", json_string("When the newest event that is here became known"));
    openapi_put(complete, "description",
                json_string("Whether the last event that the record follows from is here"));
    openapi_member(schema, "history_as_of", false, as_of);
    openapi_member(schema, "history_complete", true, complete);
}

/* A few of many, and where all are. */
static json_t *some_schema(const char *of)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "total", true, openapi_typed("integer"));
    openapi_member(schema, "items", true, openapi_array(openapi_reference(of)));
    openapi_member(schema, "list", true, openapi_typed("string"));
    return schema;
}

static json_t *place_schema(void)
{
    json_t *place = openapi_object();
    openapi_member(place, "topic", true, openapi_typed("string"));
    openapi_member(place, "partition", true, openapi_typed("integer"));
    openapi_member(place, "offset", true, openapi_typed("integer"));
    return place;
}

static json_t *links_schema(void)
{
    static const char *const links[] = {"instrument",    "summit",      "part_of", "anchor",
                                        "superseded_by", "pursuant_to", "dossier"};
    json_t *schema = openapi_object();
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        openapi_member(schema, links[i], false, openapi_reference("Reference"));
    return schema;
}

static json_t *related_schema(void)
{
    static const char *const related[] = {"instruments", "commitments", "parts"};
    json_t *schema = openapi_object();
    for (size_t i = 0; i < sizeof related / sizeof *related; i++)
        openapi_member(schema, related[i], false, some_schema("Reference"));
    return schema;
}

static json_t *elsewhere_schema(void)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "total", true, openapi_typed("integer"));
    openapi_member(schema, "list", true, openapi_typed("string"));
    add_history_state(schema);
    return schema;
}

static json_t *detail_schema(json_t *item)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "item", true, item);
    openapi_member(schema, "stands_at", true, openapi_reference("Place"));
    openapi_member(schema, "links", true, openapi_reference("Links"));
    openapi_member(schema, "related", true, openapi_reference("Related"));
    openapi_member(schema, "alerts", true, openapi_reference("AlertsOf"));
    openapi_member(schema, "events", false, openapi_reference("Elsewhere"));
    add_tail(schema);
    return schema;
}

static json_t *reference_schema(void)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "record", true, openapi_typed("string"));
    openapi_member(schema, "id", true, openapi_typed("string"));
    openapi_member(schema, "title", false, openapi_typed("string"));
    openapi_member(schema, "status", false, openapi_typed("string"));
    openapi_member(schema, "delivery", false, openapi_symbols(&deliveries));
    openapi_member(schema, "timeliness", false, openapi_symbols(&timelinesses));
    openapi_member(schema, "opens", false, openapi_formatted("date"));
    openapi_member(schema, "closes", false, openapi_formatted("date"));
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
    json_t *partition = openapi_object();
    openapi_member(partition, "partition", true, openapi_typed("integer"));
    openapi_member(partition, "as_of", true, or_null(openapi_formatted("date-time"), "string"));
    openapi_member(partition, "lag", true, or_null(openapi_typed("integer"), "integer"));
    openapi_member(schema, "ready", true, openapi_typed("boolean"));
    openapi_member(schema, "connected", true, openapi_typed("boolean"));
    openapi_member(schema, "heard_at", true, or_null(openapi_formatted("date-time"), "string"));
    openapi_member(schema, "as_of", true, or_null(openapi_formatted("date-time"), "string"));
    openapi_member(schema, "now", true, openapi_formatted("date-time"));
    openapi_member(schema, "unreadable", true, openapi_typed("integer"));
    openapi_member(schema, "partitions", true, openapi_array(partition));
}

static json_t *current_schema(void)
{
    json_t *schema = openapi_object();
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
    json_t *schema = openapi_object();
    openapi_member(schema, "total", true, openapi_typed("integer"));
    for (; *names; names++)
        openapi_member(schema, *names, true, counts_schema());
    return schema;
}

static json_t *few_schema(void)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "total", true, openapi_typed("integer"));
    openapi_member(schema, "items", true, openapi_array(openapi_any_subject()));
    return schema;
}

static json_t *summary_schema(void)
{
    json_t *schema = openapi_object(), *package = openapi_object(), *current = openapi_object();
    json_t *commitments = counted_schema((const char *const[]){"delivery", "timeliness", "clock", NULL});
    openapi_member(commitments, "contested", true, openapi_typed("integer"));
    openapi_member(schema, "instruments", true, counted_schema((const char *const[]){"status", NULL}));
    openapi_member(schema, "summits", true, counted_schema((const char *const[]){"status", NULL}));
    openapi_member(schema, "commitments", true, commitments);
    openapi_member(schema, "alerts", true, counted_schema((const char *const[]){"standing", NULL}));
    openapi_member(schema, "incomplete", true, openapi_typed("integer"));
    openapi_member(package, "id", true, openapi_typed("string"));
    openapi_member(package, "title", false, openapi_typed("string"));
    openapi_member(package, "expected", true, openapi_typed("integer"));
    openapi_member(package, "identified", true, openapi_typed("integer"));
    openapi_member(schema, "packages", true, openapi_array(package));
    openapi_member(schema, "overdue", true, few_schema());
    openapi_member(schema, "due", true, few_schema());
    add_current(current);
    openapi_member(schema, "current", true, current);
    add_tail(schema);
    return schema;
}

static json_t *counted_items(const char *key, json_t *key_schema, const char *const *counted)
{
    json_t *schema = openapi_object(), *item = openapi_object();
    openapi_member(item, key, true, key_schema);
    for (; *counted; counted++)
        openapi_member(item, *counted, true, openapi_typed("integer"));
    openapi_member(schema, "items", true, openapi_array(item));
    openapi_member(schema, "total", true, openapi_typed("integer"));
    add_tail(schema);
    return schema;
}

static json_t *parties_schema(void)
{
    json_t *schema = counted_items(
        "party", openapi_typed("string"),
        (const char *const[]){"instruments", "summits", "commitments", "fulfilled", "late", "overdue", NULL});
    add_before(schema);
    openapi_member(schema, "next", false, openapi_typed("string"));
    return schema;
}

static json_t *kept_schema(void)
{
    static const char *const counted[] = {"commitments", "proposed", "open",         "overdue", "fulfilled",
                                          "in_time",     "late",     "undetermined", "undated", "ended"};
    json_t *schema = openapi_object();
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        openapi_member(schema, counted[i], true, openapi_typed("integer"));
    openapi_member(schema, "days_late_median", false, openapi_typed("integer"));
    openapi_member(schema, "days_late_most", false, openapi_typed("integer"));
    return schema;
}

static json_t *shown_of(json_t *item)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "total", true, openapi_typed("integer"));
    openapi_member(schema, "items", true, openapi_array(item));
    openapi_member(schema, "list", true, openapi_typed("string"));
    return schema;
}

static json_t *party_schema(void)
{
    json_t *schema = openapi_object();
    openapi_member(schema, "party", true, openapi_typed("string"));
    openapi_member(schema, "kept", true, openapi_reference("Kept"));
    openapi_member(schema, "instruments", true, shown_of(openapi_reference("Instrument")));
    openapi_member(schema, "summits", true, shown_of(openapi_reference("Summit")));
    openapi_member(schema, "commitments", true, shown_of(openapi_reference("Commitment")));
    openapi_member(schema, "due", true, shown_of(openapi_any_subject()));
    openapi_member(schema, "overdue", true, shown_of(openapi_any_subject()));
    add_tail(schema);
    return schema;
}

static json_t *matrix_schema(void)
{
    json_t *schema = openapi_object(), *party = openapi_object(), *item = reference_schema();
    json_t *done = openapi_object();
    openapi_member(party, "party", true, openapi_typed("string"));
    openapi_member(party, "instruments", true, openapi_typed("integer"));
    openapi_member(done, "party", true, openapi_typed("string"));
    openapi_member(done, "status", true, openapi_typed("string"));
    openapi_member(done, "date", false, openapi_typed("string"));
    openapi_member(item, "participants", true, openapi_array(done));
    openapi_member(schema, "parties", true, openapi_array(party));
    openapi_member(schema, "first_party", true, openapi_typed("integer"));
    openapi_member(schema, "parties_total", true, openapi_typed("integer"));
    openapi_member(schema, "items", true, openapi_array(item));
    openapi_member(schema, "total", true, openapi_typed("integer"));
    openapi_member(schema, "next", false, openapi_typed("string"));
    add_before(schema);
    add_tail(schema);
    return schema;
}

static json_t *changes_schema(void)
{
    json_t *item = openapi_object(), *event = json_object(), *kinds = json_array();
    static const char *const events[] = {"Signing", "SummitEvent", "Milestone"};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        openapi_append(kinds, openapi_reference(events[i]));
    openapi_put(event, "oneOf", kinds);
    openapi_member(item, "at", true, openapi_formatted("date-time"));
    openapi_member(item, "change", true, openapi_symbols(&changes_of));
    openapi_member(item, "subject", true, openapi_reference("Reference"));
    openapi_member(item, "event", false, event);
    openapi_member(item, "alert", false, openapi_reference("Alert"));
    json_t *schema = list_schema(item);
    add_before(schema);
    openapi_member(schema, "oldest", false, openapi_formatted("date-time"));
    return schema;
}

static json_t *raw_record_schema(void)
{
    json_t *schema = place_schema(), *header = openapi_object();
    openapi_member(header, "name", true, openapi_typed("string"));
    openapi_member(header, "value", false, openapi_typed("string"));
    openapi_member(schema, "timestamp", false, openapi_formatted("date-time"));
    openapi_member(schema, "key", false, openapi_typed("string"));
    openapi_member(schema, "headers", true, openapi_array(header));
    openapi_member(schema, "value_bytes", false, openapi_typed("integer"));
    openapi_member(schema, "decoded", false, openapi_typed("object"));
    openapi_member(schema, "undecoded", false, openapi_typed("string"));
    openapi_member(schema, "base64url", false, openapi_typed("string"));
    return schema;
}

static json_t *letters_schema(void)
{
    json_t *schema = openapi_object(), *item = openapi_object();
    openapi_member(item, "partition", true, openapi_typed("integer"));
    openapi_member(item, "offset", true, openapi_typed("integer"));
    openapi_member(item, "written", true, openapi_formatted("date-time"));
    openapi_member(item, "reason", false, openapi_typed("string"));
    openapi_member(item, "detail", false, openapi_typed("string"));
    openapi_member(item, "key", false, openapi_typed("string"));
    openapi_member(item, "value_bytes", true, openapi_typed("integer"));
    openapi_member(item, "from", false, openapi_reference("Place"));
    openapi_member(schema, "topic", true, openapi_typed("string"));
    openapi_member(schema, "items", true, openapi_array(item));
    openapi_member(schema, "more", true, openapi_typed("boolean"));
    return schema;
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
    return openapi_any_subject();
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
    json_t *schema =
        list_schema(r->on == ON_ALERTS ? openapi_reference("Alert") : subject_reference(r->kinds));
    add_before(schema);
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
    if (r->answer == answer_participation)
        return matrix_schema();
    if (r->answer == answer_changes)
        return changes_schema();
    if (r->answer == answer_record)
        return raw_record_schema();
    if (r->answer == answer_dead_letters)
        return letters_schema();
    if (r->answer == answer_party)
        return party_schema();
    if (r->answer == answer_years)
        return years_schema();
    return r->answer == answer_current ? current_schema() : openapi_typed("object");
}

void openapi_put_answers(json_t *all)
{
    openapi_put(all, "Reference", reference_schema());
    openapi_put(all, "Links", links_schema());
    openapi_put(all, "Related", related_schema());
    openapi_put(all, "Elsewhere", elsewhere_schema());
    openapi_put(all, "Kept", kept_schema());
    openapi_put(all, "Place", place_schema());
    openapi_put(all, "AlertsOf", some_schema("Alert"));
}
