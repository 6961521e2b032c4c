#include "edge/registry/registry.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "edge/http/address.h"

#define CONNECT_TIMEOUT_MS 2000
#define MEDIA_TYPE "application/vnd.schemaregistry.v1+json"

#define NO_SUCH_SCHEMA 40403 /* error code of the interface */

struct registry {
    CURL *curl;                 /* own */
    struct curl_slist *headers; /* own */
    char *base;                 /* own: without user, password and trailing slashes */
    struct buffer answer;
    struct buffer request;
    char why[CURL_ERROR_SIZE];
};

static size_t registry_receive(char *at, size_t size, size_t count, void *context)
{
    struct registry *r = context;
    size_t n = size * count;
    if (n > REGISTRY_ANSWER_BYTES - r->answer.len)
        return 0;
    buffer_add(&r->answer, at, n);
    return n;
}

int registry_new(const char *url, const char *ca_file, struct registry **out, struct error *e)
{
    struct registry *r = memory_zeroed(sizeof *r);
    r->curl = curl_easy_init();
    r->headers = curl_slist_append(NULL, "Content-Type: " MEDIA_TYPE);
    if (!r->curl || !r->headers)
        memory_exhausted();
    int rc = http_address_take(r->curl, url, "registry-url", &r->base, e);
    if (rc) {
        registry_free(r);
        return rc;
    }
    http_address_trim(r->base);
    curl_easy_setopt(r->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(r->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(r->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(r->curl, CURLOPT_TIMEOUT_MS, (long)REGISTRY_TIMEOUT_MS);
    curl_easy_setopt(r->curl, CURLOPT_ERRORBUFFER, r->why);
    curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers);
    curl_easy_setopt(r->curl, CURLOPT_USERAGENT, "chapar/" CHAPAR_VERSION);
    curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, registry_receive);
    curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, r);
    if (ca_file)
        curl_easy_setopt(r->curl, CURLOPT_CAINFO, ca_file);
    *out = r;
    return 0;
}

void registry_free(struct registry *r)
{
    if (!r)
        return;
    curl_easy_cleanup(r->curl);
    curl_slist_free_all(r->headers);
    free(r->base);
    buffer_free(&r->answer);
    buffer_free(&r->request);
    memory_give(r);
}

const char *registry_address(const struct registry *r)
{
    return r->base;
}

/* An answer that a registry would not give: something else stands at that address, or before it. */
static int registry_not_one(const struct registry *r, long status, struct error *e)
{
    return error_set(e, ERROR_REGISTRY, r->base, "HTTP status %ld without what a schema registry answers",
                     status);
}

/* Sends a request and reads the answer as JSON. 0 with any HTTP status; ERROR_REGISTRY: none came. */
static int registry_ask(struct registry *r, const char *path, long *status, json_t **answer, struct error *e)
{
    char *url = NULL;
    if (asprintf(&url, "%s%s", r->base, path) < 0)
        memory_exhausted();
    buffer_clear(&r->answer);
    r->why[0] = '\0';
    curl_easy_setopt(r->curl, CURLOPT_URL, url);
    CURLcode failed = curl_easy_perform(r->curl);
    free(url);
    if (failed)
        return error_set(e, ERROR_REGISTRY, r->base, "the schema registry does not answer: %s",
                         *r->why ? r->why : curl_easy_strerror(failed));
    curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, status);
    struct text text = buffer_text(&r->answer);
    *answer = json_loadb(text.at ? text.at : "", text.len, JSON_REJECT_DUPLICATES, NULL);
    return 0;
}

static const char *registry_message(const json_t *answer)
{
    const char *message = json_string_value(json_object_get(answer, "message"));
    return message ? message : "no reason given";
}

int registry_schema(struct registry *r, uint32_t id, struct buffer *json, struct error *e)
{
    char path[64];
    long status = 0;
    json_t *answer = NULL;
    (void)snprintf(path, sizeof path, "/schemas/ids/%" PRIu32, id);
    curl_easy_setopt(r->curl, CURLOPT_HTTPGET, 1L);
    int rc = registry_ask(r, path, &status, &answer, e);
    if (rc)
        return rc;
    const json_t *schema = json_object_get(answer, "schema");
    const char *type = json_string_value(json_object_get(answer, "schemaType"));
    json_int_t error_code = json_integer_value(json_object_get(answer, "error_code"));
    if (status == 200 && json_is_string(schema)) {
        if (type && strcmp(type, "AVRO") != 0)
            rc = error_set(e, ERROR_UNKNOWN_SCHEMA, "",
                           "schema id %" PRIu32 " is %.40s in the registry, not AVRO", id, type);
        else
            buffer_add(json, json_string_value(schema), json_string_length(schema));
    } else if (status == 404 && error_code == NO_SUCH_SCHEMA) {
        rc = error_set(e, ERROR_UNKNOWN_SCHEMA, "", "schema id %" PRIu32 " is unknown to the registry", id);
    } else if (error_code) {
        rc = error_set(e, ERROR_REGISTRY, r->base,
                       "the schema registry refuses to tell: HTTP status %ld: %.200s", status,
                       registry_message(answer));
    } else {
        rc = registry_not_one(r, status, e);
    }
    json_decref(answer);
    return rc;
}

static void registry_write_request(struct registry *r, struct text schema)
{
    json_t *body = json_pack("{s:s%}", "schema", schema.at, schema.len);
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    if (!text)
        memory_exhausted();
    buffer_clear(&r->request);
    buffer_add(&r->request, text, strlen(text));
    free(text);
    json_decref(body);
}

/* Whether trying again cannot help, as long as nobody changes something. */
static bool registry_refused(long status)
{
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

int registry_register(struct registry *r, const char *subject, struct text schema, uint32_t *id,
                      struct error *e)
{
    long status = 0;
    json_t *answer = NULL;
    char *path = NULL, *escaped = curl_easy_escape(r->curl, subject, 0);
    if (!escaped || asprintf(&path, "/subjects/%s/versions", escaped) < 0)
        memory_exhausted();
    curl_free(escaped);
    registry_write_request(r, schema);
    curl_easy_setopt(r->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, buffer_text(&r->request).at);
    curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE, (long)r->request.len);
    int rc = registry_ask(r, path, &status, &answer, e);
    free(path);
    if (rc)
        return rc;
    const json_t *number = json_object_get(answer, "id");
    json_int_t value = json_integer_value(number);
    if (status == 200 && json_is_integer(number) && value >= 0 && value <= UINT32_MAX)
        *id = (uint32_t)value;
    else if (registry_refused(status) && json_object_get(answer, "error_code"))
        rc = error_set(e, ERROR_STATE, subject,
                       "the schema registry refuses the schema: HTTP status %ld: %.250s", status,
                       registry_message(answer));
    else
        rc = registry_not_one(r, status, e);
    json_decref(answer);
    return rc;
}
