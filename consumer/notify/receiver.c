#include "consumer/notify/receiver.h"

#include <curl/curl.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumer/stop.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"

#define PAUSE_MS 1000  /* before a session begins again */
#define SAY_MS 60000   /* between two words about the same trouble */
#define SETTLE_MS 3000 /* for the last commit */
#define HOST_MOST 40

static const char *const kind_names[] = {"alertmanager", "webhook"};

/* --- Names --- */

/* "webhook-example.org-0a1b2c3d". */
static void name_make(struct receiver *r, const char *url)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char *host = NULL;
    CURLU *parts = curl_url();
    if (!parts || curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0))
        host = NULL;
    (void)SHA256((const unsigned char *)url, strlen(url), digest);
    int n = snprintf(r->name, sizeof r->name, "%s-%.*s-%02x%02x%02x%02x", kind_names[r->kind], HOST_MOST,
                     host ? host : "", digest[0], digest[1], digest[2], digest[3]);
    for (int i = 0; i < n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", r->name[i]))
            r->name[i] = '_';
    curl_free(host);
    curl_url_cleanup(parts);
}

int receiver_new(const struct settings *s, enum receiver_kind kind, const char *given, struct receiver **out,
                 struct error *e)
{
    static const char *const options[] = {"--alertmanager", "--webhook"};
    struct receiver *r = memory_zeroed(sizeof *r);
    size_t named = strcspn(given, "=:/");
    const char *url = given[named] == '=' ? given + named + 1 : given;
    r->settings = s;
    r->kind = kind;
    if (url != given)
        (void)snprintf(r->name, sizeof r->name, "%.*s", (int)named, given);
    else
        name_make(r, url);
    (void)snprintf(r->group, sizeof r->group, "%s.%s", s->group, r->name);
    (void)pthread_mutex_init(&r->lock, NULL);
    struct http_client_config config = {
        .url = url,
        .path = kind == RECEIVER_ALERTMANAGER ? "/api/v2/alerts" : NULL,
        .where = options[kind],
        .ca_file = s->receiver_ca_file,
        .timeout_ms = (int)s->receiver_timeout_seconds * 1000,
        .stops = stop_requested,
    };
    int rc = http_client_new(&config, &r->client, e);
    if (rc)
        receiver_free(r);
    else
        *out = r;
    return rc;
}

void receiver_free(struct receiver *r)
{
    if (!r)
        return;
    http_client_free(r->client);
    (void)pthread_mutex_destroy(&r->lock);
    memory_give(r->positions);
    memory_give(r);
}

/* --- The thread --- */

bool receiver_may_say(struct receiver *r)
{
    return r->said_ms == 0 || clock_monotonic_ms() - r->said_ms >= SAY_MS;
}

static int64_t until_next(int64_t end)
{
    int64_t left = end - clock_monotonic_ms();
    return left < PAUSE_MS ? left : PAUSE_MS;
}

void receiver_wait(struct receiver *r, int64_t ms, bool listens)
{
    int64_t end = clock_monotonic_ms() + ms;
    bool woken = false;
    for (int64_t left; !woken && !stop_requested() && (left = until_next(end)) > 0;) {
        struct pollfd fds[2] = {{.fd = r->stop_fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
        if (listens && r->source)
            fds[1].fd = alert_source_fd(r->source);
        woken = poll(fds, 2, (int)left) > 0;
        if (fds[1].revents & POLLIN)
            alert_source_woken(r->source);
        if (r->offsets)
            offsets_keep(r->offsets);
    }
}

int receiver_places(struct receiver *r, int64_t *low, int64_t *high, int64_t *committed, struct error *e)
{
    int rc = alert_source_bounds(r->source, low, high, e);
    if (rc == 0)
        rc = offsets_read(r->offsets, committed, e);
    for (int32_t p = 0; rc == 0 && p < r->partitions; p++) {
        if (committed[p] < 0 || (committed[p] >= low[p] && committed[p] <= high[p]))
            continue;
        log_warn(
            "the topic of alerts is not the one that was read before; all that is in it is taken for new",
            log_text("receiver", r->name), log_number("partition", p), log_number("committed", committed[p]),
            log_number("low", low[p]), log_number("high", high[p]));
        committed[p] = low[p];
    }
    return rc;
}

void receiver_commit(struct receiver *r, bool commit)
{
    const int64_t *positions = alert_source_positions(r->source);
    for (int32_t p = 0; p < r->partitions; p++)
        atomic_store(&r->positions[p], positions[p]);
    if (commit)
        offsets_commit(r->offsets, positions);
}

static int session(struct receiver *r, struct error *e)
{
    int rc = alert_source_open(r->settings, r->topic, r->partitions, &r->unreadable, &r->source, e);
    if (rc == 0)
        rc = offsets_open(r->settings, r->group, r->topic, r->partitions, &r->offsets, e);
    if (rc == 0)
        rc = r->kind == RECEIVER_ALERTMANAGER ? alertmanager_session(r, e) : webhook_session(r, e);
    if (r->offsets)
        offsets_settle(r->offsets, SETTLE_MS);
    offsets_close(r->offsets);
    alert_source_close(r->source);
    r->offsets = NULL;
    r->source = NULL;
    return rc;
}

static void *receiver_run(void *context)
{
    struct receiver *r = context;
    while (!stop_requested()) {
        struct error e = {0};
        int rc = session(r, &e);
        if (rc && !stop_requested() && receiver_may_say(r)) {
            r->said_ms = clock_monotonic_ms();
            log_warn("the alerts cannot be read; trying again", log_text("receiver", r->name),
                     log_text("where", e.where), log_text("reason", e.text));
        }
        receiver_wait(r, PAUSE_MS, false);
    }
    return NULL;
}

int receiver_start(struct receiver *r, int32_t partitions, struct error *e)
{
    r->partitions = partitions;
    r->positions = memory_take((size_t)partitions * sizeof *r->positions);
    for (int32_t p = 0; p < partitions; p++)
        atomic_init(&r->positions[p], -1);
    if (pthread_create(&r->thread, NULL, receiver_run, r) != 0)
        return error_set(e, ERROR_SYSTEM, r->name, "no thread is left");
    return 0;
}
