/* A webhook: every alert, one after the other. */
#include <stdio.h>

#include "consumer/notify/delivery.h"
#include "consumer/notify/messages.h"
#include "consumer/notify/receiver.h"
#include "consumer/stop.h"
#include "core/memory.h"
#include "core/text_check.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"

#define COMMIT_MS 500 /* between two commits while there is more to send */
#define IDLE_MS 1000

struct message {
    const struct receiver *receiver;
    struct alert alert;
    struct buffer signature;
};

static void add_header(struct attempt *a, const char *name, struct text value)
{
    char *text = a->texts[a->headers.count];
    (void)snprintf(text, DELIVERY_HEADER_SIZE, "%s: %.*s", name, (int)value.len, value.at);
    text_tame(text); /* an id is only what somebody wrote into the topic */
    a->headers.at[a->headers.count++] = text;
}

static void make(void *context, struct attempt *a)
{
    struct message *m = context;
    char number[24];
    int64_t now_s = clock_wall().ms / 1000;
    message_event(&a->body, &m->alert);
    (void)snprintf(number, sizeof number, "%lld", (long long)now_s);
    add_header(a, "Content-Type", TEXT_LITERAL(MESSAGE_EVENT_TYPE));
    add_header(a, "webhook-id", m->alert.alert_id);
    add_header(a, "webhook-timestamp", text_of(number));
    if (!m->receiver->secrets)
        return;
    buffer_clear(&m->signature);
    signature_write(m->receiver->secrets, m->alert.alert_id, now_s, buffer_text(&a->body), &m->signature);
    add_header(a, "webhook-signature", buffer_text(&m->signature));
}

/* False: a stop was asked for before it was done with. */
static bool send_alert(struct receiver *r, struct message *m, int32_t partition, int64_t offset)
{
    struct http_client_answer why;
    switch (delivery_post(r, make, m, &why)) {
    case OUTCOME_DONE: atomic_fetch_add(&r->sent, 1); return true;
    case OUTCOME_REFUSED:
        atomic_fetch_add(&r->refused, 1);
        log_error("the receiver refuses an alert, which it will not get", log_text("receiver", r->name),
                  log_view("alert_id", m->alert.alert_id), log_view("subject", m->alert.subject),
                  log_text("topic", r->topic), log_number("partition", partition),
                  log_number("offset", offset), log_number("status", why.status),
                  log_text("answer", why.text));
        return true;
    case OUTCOME_FAILED:
    case OUTCOME_STOPPED: break;
    }
    return false;
}

static int begin(struct receiver *r, struct error *e)
{
    size_t count = (size_t)r->partitions;
    int64_t *places = memory_take(3 * count * sizeof *places);
    int64_t *low = places, *high = places + count, *from = places + 2 * count;
    int rc = receiver_places(r, low, high, from, e);
    bool first = false;
    for (size_t p = 0; rc == 0 && p < count; p++)
        if (from[p] < 0) {
            first = true;
            from[p] = r->settings->from_start ? low[p] : high[p];
        }
    if (rc == 0 && first)
        log_info("the receiver has no place yet", log_text("receiver", r->name), log_text("group", r->group),
                 log_text("begins", r->settings->from_start ? "at the first alert" : "with the next alert"));
    if (rc == 0)
        rc = alert_source_start(r->source, from, e);
    if (rc == 0)
        receiver_commit(r, true);
    memory_give(places);
    return rc;
}

static int loop(struct receiver *r, struct message *m, struct error *e)
{
    int64_t committed_ms = clock_monotonic_ms();
    while (!stop_requested()) {
        int32_t partition = 0;
        int64_t offset = 0;
        bool found = false;
        int rc = alert_source_next(r->source, &found, &m->alert, &partition, &offset, e);
        if (rc)
            return rc;
        if (found && !send_alert(r, m, partition, offset))
            return 0;
        if (found)
            alert_source_take(r->source);
        int64_t now = clock_monotonic_ms();
        bool commits = !found || now - committed_ms >= COMMIT_MS;
        receiver_commit(r, commits);
        if (commits)
            committed_ms = now;
        if (!found)
            receiver_wait(r, IDLE_MS, true);
    }
    return 0;
}

int webhook_session(struct receiver *r, struct error *e)
{
    struct message m = {.receiver = r, .signature = BUFFER_EMPTY};
    int rc = begin(r, e);
    if (rc == 0) {
        atomic_store(&r->ready, true);
        rc = loop(r, &m, e);
        receiver_commit(r, true);
    }
    buffer_free(&m.signature);
    return rc;
}
