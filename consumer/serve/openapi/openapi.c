#include "consumer/serve/openapi/openapi.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "consumer/deadline_words.h"
#include "consumer/serve/answers.h"
#include "consumer/serve/openapi/openapi_schemas.h"
#include "consumer/serve/parameters.h"

/* --- Parameters --- */

static json_t *enum_of(const struct symbols *symbols)
{
    json_t *list = json_array();
    for (size_t i = 0; i < symbols->count; i++)
        openapi_append(list, json_string(symbols->at[i]));
    return list;
}

static json_t *enum_of_sort(unsigned on)
{
    const char *const *names = on == ON_ALERTS ? alert_sort_names : sort_names;
    json_t *list = json_array();
    for (size_t i = 0; names[i]; i++) {
        char descending[32];
        (void)snprintf(descending, sizeof descending, "-%s", names[i]);
        openapi_append(list, json_string(names[i]));
        openapi_append(list, json_string(descending));
    }
    return list;
}

static json_t *choice_schema(const struct parameter *p)
{
    json_t *items = openapi_typed("string"), *schema = openapi_typed("array");
    openapi_put(items, "enum", enum_of(p->symbols));
    openapi_put(schema, "items", items);
    openapi_put(schema, "minItems", json_integer(1));
    return schema;
}

static json_t *parameter_schema(const struct parameter *p, unsigned on)
{
    json_t *schema = openapi_typed("string");
    switch (p->kind) {
    case PARAMETER_ID: openapi_put(schema, "pattern", json_string(OPENAPI_ID)); break;
    case PARAMETER_PARTY: openapi_put(schema, "pattern", json_string(OPENAPI_PARTY)); break;
    case PARAMETER_DAY: openapi_put(schema, "format", json_string("date")); break;
    case PARAMETER_MOMENT:
        openapi_put(schema, "pattern",
                    json_string("^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-]["
                                "0-9]{2}:[0-9]{2}))?$"));
        break;
    case PARAMETER_FLAG: openapi_put(schema, "type", json_string("boolean")); break;
    case PARAMETER_SORT: openapi_put(schema, "enum", enum_of_sort(on)); break;
    case PARAMETER_CHOICE: json_decref(schema); return choice_schema(p);
    case PARAMETER_LIMIT:
        openapi_put(schema, "type", json_string("integer"));
        openapi_put(schema, "minimum", json_integer(1));
        openapi_put(schema, "maximum", json_integer(LIMIT_MOST));
        openapi_put(schema, "default",
                    json_integer(strcmp(p->name, "limit") == 0 ? LIMIT_INITIAL : PARTICIPATION_INITIAL));
        break;
    case PARAMETER_FIRST:
        openapi_put(schema, "type", json_string("integer"));
        openapi_put(schema, "minimum", json_integer(0));
        openapi_put(schema, "maximum", json_integer(999999));
        break;
    case PARAMETER_TEXT:
        openapi_put(schema, "minLength", json_integer(1));
        openapi_put(schema, "maxLength", json_integer(TEXT_MOST));
        openapi_put(schema, "pattern", json_string("^[^\\x00-\\x1F\\x7F]*$"));
        break;
    case PARAMETER_CURSOR:
    case PARAMETER_SINCE: openapi_put(schema, "pattern", json_string("^[A-Za-z0-9_-]+$")); break;
    }
    return schema;
}

static json_t *parameter_of(const struct parameter *p, unsigned on)
{
    json_t *one = json_object();
    openapi_put(one, "name", json_string(p->name));
    openapi_put(one, "in", json_string("query"));
    openapi_put(one, "description", json_string(p->help));
    openapi_put(one, "schema", parameter_schema(p, on));
    if (p->kind == PARAMETER_CHOICE) {
        openapi_put(one, "style", json_string("form"));
        openapi_put(one, "explode", json_false());
    }
    return one;
}

/* Its name among the components: several rows may have the same. */
static void component_name(size_t row, unsigned on, char out[64])
{
    const struct parameter *p = &parameters[row];
    bool alone = p->kind != PARAMETER_SORT || on != ON_ALERTS;
    for (size_t i = 0; i < row; i++)
        alone &= strcmp(parameters[i].name, p->name) != 0;
    (void)snprintf(out, 64, alone ? "%s" : "%s_%zu", p->name, row);
}

static json_t *parameter_components(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < parameter_count; i++) {
        char name[64];
        component_name(i, parameters[i].on & ~(unsigned)ON_ALERTS, name);
        openapi_put(all, name, parameter_of(&parameters[i], parameters[i].on & ~(unsigned)ON_ALERTS));
        if (parameters[i].kind != PARAMETER_SORT)
            continue;
        component_name(i, ON_ALERTS, name);
        openapi_put(all, name, parameter_of(&parameters[i], ON_ALERTS));
    }
    return all;
}

static json_t *component(const char *kind, const char *name)
{
    json_t *reference = json_object();
    openapi_put(reference, "$ref", json_sprintf("#/components/%s/%s", kind, name));
    return reference;
}

/* The names in braces. */
static const struct {
    const char *name, *type, *pattern;
} path_parameters[] = {
    {"id", "string", OPENAPI_ID},
    {"party", "string", OPENAPI_PARTY},
    {"topic", "string", "^[A-Za-z0-9._-]{1,249}$"},
    {"partition", "integer", NULL},
    {"offset", "integer", NULL},
};

static bool has_parameter(const struct route *r, const char *name)
{
    char braced[64];
    (void)snprintf(braced, sizeof braced, "{%s}", name);
    return strstr(r->path, braced) != NULL;
}

static json_t *path_parameter(size_t i)
{
    json_t *parameter = json_object(), *schema = openapi_typed(path_parameters[i].type);
    if (path_parameters[i].pattern)
        openapi_put(schema, "pattern", json_string(path_parameters[i].pattern));
    openapi_put(parameter, "name", json_string(path_parameters[i].name));
    openapi_put(parameter, "in", json_string("path"));
    openapi_put(parameter, "required", json_true());
    openapi_put(parameter, "schema", schema);
    return parameter;
}

static json_t *parameters_of(const struct route *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof path_parameters / sizeof *path_parameters; i++)
        if (has_parameter(r, path_parameters[i].name))
            openapi_append(list, path_parameter(i));
    for (size_t i = 0; i < parameter_count; i++)
        if (parameter_is_on(&parameters[i], r->on)) {
            char name[64];
            component_name(i, r->on, name);
            openapi_append(list, component("parameters", name));
        }
    return list;
}

/* --- Answers --- */

static json_t *answer_of(const char *description)
{
    json_t *answer = json_object();
    openapi_put(answer, "description", json_string(description));
    return answer;
}

static void put_content(json_t *answer, const char *type, json_t *schema)
{
    json_t *content = json_object_get(answer, "content");
    json_t *media = json_object();
    if (!content) {
        content = json_object();
        openapi_put(answer, "content", content);
    }
    if (schema)
        openapi_put(media, "schema", schema);
    openapi_put(content, type, media);
}

/* What may go wrong, by status; each is a component. */
static const struct {
    const char *status, *name, *description;
} problems[] = {
    {"400", "Wrong", "A parameter is wrong, or unknown"},
    {"401", "Stranger", "The token is missing or wrong"},
    {"404", "Missing", "There is nothing of that name"},
    {"414", "TooLong", "The request is too long"},
    {"503", "NotYet", "The topics are still being read for the first time, or there are too many streams"},
};

static json_t *response_components(void)
{
    json_t *all = json_object();
    openapi_put(all, "NotModified", answer_of("What the client has is still right (If-None-Match)"));
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        json_t *answer = answer_of(problems[i].description);
        put_content(answer, "application/problem+json", openapi_reference("Problem"));
        openapi_put(all, problems[i].name, answer);
    }
    return all;
}

static json_t *success_of(const struct route *r)
{
    json_t *answer = answer_of(r->summary);
    if (r->answer == answer_stream) {
        put_content(answer, "text/event-stream", openapi_typed("string"));
    } else if (r->answer == answer_calendar) {
        put_content(answer, "text/calendar", openapi_typed("string"));
    } else {
        put_content(answer, "application/json", openapi_answer_schema(r));
        if (r->suffix_csv)
            put_content(answer, "text/csv", openapi_typed("string"));
    }
    return answer;
}

static json_t *operation_of(const struct route *r, bool is_csv)
{
    json_t *operation = json_object(), *answers = json_object();
    openapi_put(operation, "summary", json_string(r->summary));
    openapi_put(operation, "parameters", parameters_of(r));
    if (is_csv) {
        json_t *answer = answer_of("The same as CSV");
        put_content(answer, "text/csv", openapi_typed("string"));
        openapi_put(answers, "200", answer);
    } else {
        openapi_put(answers, "200", success_of(r));
    }
    openapi_put(answers, "304", component("responses", "NotModified"));
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if (strcmp(problems[i].status, "404") != 0 || strchr(r->path, '{'))
            openapi_put(answers, problems[i].status, component("responses", problems[i].name));
    openapi_put(operation, "responses", answers);
    return operation;
}

static json_t *paths(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];
        if (!r->summary)
            continue;
        json_t *path = json_object();
        openapi_put(path, "get", operation_of(r, false));
        openapi_put(all, r->path, path);
        if (r->suffix_csv) {
            path = json_object();
            openapi_put(path, "get", operation_of(r, true));
            openapi_put(all, r->suffix_csv, path);
        }
    }
    return all;
}

static json_t *security_schemes(void)
{
    json_t *schemes = json_object();
    static const char *const names[] = {"bearer", "basic"};
    for (size_t i = 0; i < 2; i++) {
        json_t *scheme = openapi_typed("http");
        openapi_put(scheme, "scheme", json_string(names[i]));
        openapi_put(schemes, names[i], scheme);
    }
    return schemes;
}

/* Without a token, with a bearer token, or with it as the password. */
static json_t *security(void)
{
    json_t *list = json_array();
    static const char *const names[] = {"bearer", "basic"};
    openapi_append(list, json_object());
    for (size_t i = 0; i < 2; i++) {
        json_t *one = json_object();
        openapi_put(one, names[i], json_array());
        openapi_append(list, one);
    }
    return list;
}

void openapi_write(struct buffer *out)
{
    json_t *document = json_object(), *info = json_object(), *components = json_object();
    openapi_put(document, "openapi", json_string("3.1.0"));
    openapi_put(info, "title", json_string("Chapar"));
    openapi_put(info, "version", json_string(CHAPAR_VERSION));
    openapi_put(info, "summary", json_string("The register of a region's diplomacy, and its alerts"));
    openapi_put(document, "info", info);
    openapi_put(document, "security", security());
    openapi_put(document, "paths", paths());
    openapi_put(components, "schemas", openapi_schemas());
    openapi_put(components, "parameters", parameter_components());
    openapi_put(components, "responses", response_components());
    openapi_put(components, "securitySchemes", security_schemes());
    openapi_put(document, "components", components);
    char *text = json_dumps(document, JSON_INDENT(2));
    assert(text);
    buffer_add(out, text, strlen(text));
    buffer_add_byte(out, '\n');
    free(text);
    json_decref(document);
}

void answer_openapi(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    (void)s;
    (void)r;
    (void)captured;
    openapi_write(&x->body);
    x->status = 200;
    x->type = "application/json";
}
