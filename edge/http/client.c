#include "edge/http/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text_check.h"
#include "edge/http/address.h"

#define CONNECT_TIMEOUT_MS 5000
#define RETRY_AFTER_MOST_S 86400

struct http_client {
    CURL *curl; /* own */
    char *url;  /* own: without user and password */
    const char *where;
    bool (*stops)(void);
    char why[CURL_ERROR_SIZE];
    char beginning[sizeof((struct http_client_answer *)0)->text];
    size_t len;
};

/* What does not fit is read and forgotten. */
static size_t client_receive(char *at, size_t size, size_t count, void *context)
{
    struct http_client *c = context;
    size_t n = size * count, room = sizeof c->beginning - 1 - c->len;
    size_t kept = n < room ? n : room;
    memcpy(c->beginning + c->len, at, kept);
    c->len += kept;
    return n;
}

static int client_goes_on(void *context, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t f)
{
    const struct http_client *c = context;
    (void)a;
    (void)b;
    (void)d;
    (void)f;
    return c->stops && c->stops();
}

static void client_set_up(struct http_client *c, const struct http_client_config *config)
{
    int connect_ms = config->timeout_ms < CONNECT_TIMEOUT_MS ? config->timeout_ms : CONNECT_TIMEOUT_MS;
    curl_easy_setopt(c->curl, CURLOPT_URL, c->url);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)config->timeout_ms);
    curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->why);
    curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "chapar/" CHAPAR_VERSION);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, client_receive);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, client_goes_on);
    curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c);
    if (config->ca_file)
        curl_easy_setopt(c->curl, CURLOPT_CAINFO, config->ca_file);
}

int http_client_new(const struct http_client_config *config, struct http_client **out, struct error *e)
{
    struct http_client *c = memory_zeroed(sizeof *c);
    char *base = NULL;
    c->where = config->where;
    c->stops = config->stops;
    c->curl = curl_easy_init();
    if (!c->curl)
        memory_exhausted();
    int rc = http_address_take(c->curl, config->url, config->where, &base, e);
    if (rc) {
        http_client_free(c);
        return rc;
    }
    if (config->path)
        http_address_trim(base);
    if (asprintf(&c->url, "%s%s", base, config->path ? config->path : "") < 0)
        memory_exhausted();
    free(base);
    client_set_up(c, config);
    *out = c;
    return 0;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    curl_easy_cleanup(c->curl);
    free(c->url);
    memory_give(c);
}

static struct curl_slist *client_headers(const struct http_client_headers *headers)
{
    /* Nobody is asked whether a large body is welcome: that costs a second where nobody answers. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list && i < headers->count; i++) {
        struct curl_slist *longer = curl_slist_append(list, headers->at[i]);
        if (!longer)
            memory_exhausted();
        list = longer;
    }
    if (!list)
        memory_exhausted();
    return list;
}

static void client_answer(struct http_client *c, struct http_client_answer *out)
{
    curl_off_t after = 0, us = 0;
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &out->status);
    curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &after);
    curl_easy_getinfo(c->curl, CURLINFO_TOTAL_TIME_T, &us);
    out->retry_after_s = after <= 0 ? 0 : after < RETRY_AFTER_MOST_S ? (long)after : RETRY_AFTER_MOST_S;
    out->seconds = (double)us / 1e6;
    c->beginning[c->len] = '\0';
    (void)snprintf(out->text, sizeof out->text, "%s", c->beginning);
    text_tame(out->text);
}

int http_client_post(struct http_client *c, const struct http_client_headers *headers, struct text body,
                     struct http_client_answer *out, struct error *e)
{
    struct curl_slist *list = client_headers(headers);
    c->len = 0;
    c->why[0] = '\0';
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body.at);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    CURLcode failed = curl_easy_perform(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(list);
    if (failed == CURLE_ABORTED_BY_CALLBACK)
        return error_set(e, ERROR_STOPPED, c->where, "stopped while it was asked");
    if (failed)
        return error_set(e, ERROR_SYSTEM, c->where, "%s", *c->why ? c->why : curl_easy_strerror(failed));
    client_answer(c, out);
    return 0;
}
