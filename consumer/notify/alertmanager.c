/* An Alertmanager: what stands, told again and again, and what has ended.
 *
 * What stands follows from all the alerts, so all are read at every start; nothing has to be kept for that.
 * The committed place says only which of them were told before: what ended by those, and news among them, is
 * not told again. */
#include <stdio.h>

#include "consumer/notify/active.h"
#include "consumer/notify/delivery.h"
#include "consumer/notify/messages.h"
#include "consumer/notify/receiver.h"
#include "consumer/stop.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"

#define CHUNK 100         /* alerts in a request */
#define AHEAD 5000        /* alerts taken before those are told that follow from them */
#define IDLE_MS 1000      /* between two looks at what is due */
#define HOUR_MS 3600000LL /* of --news-hours */

struct alertmanager {
    struct receiver *receiver;
    struct active *active; /* own */
    int64_t *low, *high;   /* where the topic ended at the start */
    int64_t *told;         /* what stands before these was told before the start */
    bool complete;         /* all up to `high` was read */
    struct active_entry *due[CHUNK];
};

/* Some of what is due, in one request. */
struct chunk {
    const struct alertmanager *of;
    struct active_entry **at;
    size_t count;
};

static int64_t stands_ms(const struct alertmanager *m)
{
    const struct settings *s = m->receiver->settings;
    return active_stands_ms(s->resolve_after_seconds * 1000, s->resend_seconds * 1000,
                            active_standing(m->active) / CHUNK + 1, s->receiver_timeout_seconds * 1000);
}

static void make(void *context, struct attempt *a)
{
    const struct chunk *c = context;
    const struct settings *s = c->of->receiver->settings;
    const struct message_context m = {s->zone, s->dashboard_url, clock_wall(), stands_ms(c->of)};
    buffer_add_byte(&a->body, '[');
    for (size_t i = 0; i < c->count; i++) {
        if (i)
            buffer_add_byte(&a->body, ',');
        message_alert(&a->body, &m, c->of->active, c->at[i]);
    }
    buffer_add_byte(&a->body, ']');
    a->headers.at[a->headers.count++] = "Content-Type: application/json";
}

static void note_refused(const struct receiver *r, const struct active_entry *entry,
                         const struct http_client_answer *why)
{
    log_error("the receiver refuses an alert, which it will not get", log_text("receiver", r->name),
              log_view("alert_id", entry->alert.alert_id), log_view("subject", entry->alert.subject),
              log_text("topic", r->topic), log_number("partition", entry->partition),
              log_number("offset", entry->offset), log_number("status", why->status),
              log_text("answer", why->text));
}

/* A request that is refused is halved until the alert at fault stands alone. False: a stop was asked for. */
static bool tell_chunk(struct alertmanager *m, struct active_entry **at, size_t count)
{
    struct receiver *r = m->receiver;
    struct chunk chunk = {m, at, count};
    struct http_client_answer why;
    enum outcome outcome = delivery_post(r, make, &chunk, &why);
    if (outcome == OUTCOME_REFUSED && count > 1)
        return tell_chunk(m, at, count / 2) && tell_chunk(m, at + count / 2, count - count / 2);
    if (outcome == OUTCOME_REFUSED) {
        atomic_fetch_add(&r->refused, 1);
        note_refused(r, at[0], &why);
        active_refused(at[0]);
        return true;
    }
    if (outcome != OUTCOME_DONE)
        return false;
    atomic_fetch_add(&r->sent, count);
    for (size_t i = 0; i < count; i++)
        active_told(m->active, at[i], clock_monotonic_ms(), clock_wall());
    return true;
}

/* Due is what was so at the beginning: what is told meanwhile must not come round again before new alerts are
 * looked at, however much stands. One pass over all that stands. */
static bool tell(struct alertmanager *m)
{
    int64_t begun_ms = clock_monotonic_ms(), resend_ms = m->receiver->settings->resend_seconds * 1000;
    for (size_t from = 0;;) {
        size_t count = active_due(m->active, begun_ms, clock_wall(), resend_ms, &from, m->due, CHUNK);
        if (count == 0)
            return true;
        if (!tell_chunk(m, m->due, count))
            return false;
    }
}

/* *taken: how many alerts; fewer than AHEAD: there are no more right now. */
static int take(struct alertmanager *m, size_t *taken, struct error *e)
{
    for (*taken = 0; *taken < AHEAD && !stop_requested(); ++*taken) {
        struct alert alert;
        int32_t partition = 0;
        int64_t offset = 0;
        bool found = false;
        int rc = alert_source_next(m->receiver->source, &found, &alert, &partition, &offset, e);
        if (rc || !found)
            return rc;
        active_put(m->active, &alert, partition, offset, offset < m->told[partition]);
        alert_source_take(m->receiver->source);
    }
    return 0;
}

static void look_whether_complete(struct alertmanager *m)
{
    const int64_t *positions = alert_source_positions(m->receiver->source);
    for (int32_t p = 0; p < m->receiver->partitions; p++)
        if (positions[p] < m->high[p])
            return;
    m->complete = true;
    atomic_store(&m->receiver->ready, true);
    log_info("all alerts were read", log_text("receiver", m->receiver->name),
             log_number("standing", (int64_t)active_standing(m->active)));
}

static int loop(struct alertmanager *m, struct error *e)
{
    struct receiver *r = m->receiver;
    while (!stop_requested()) {
        size_t taken = 0;
        int rc = take(m, &taken, e);
        if (rc)
            return rc;
        if (!m->complete)
            look_whether_complete(m);
        atomic_store(&r->standing, active_standing(m->active));
        if (m->complete && !tell(m))
            return 0;
        if (m->complete)
            receiver_commit(r, true);
        if (taken < AHEAD)
            receiver_wait(r, IDLE_MS, true);
    }
    return 0;
}

/* Without a place, what is there now is taken for told, but for what stands. That is committed at once:
 * should this end before all is told, the next start must not take more for told. So is a place that was
 * there already: it must not be forgotten while the receiver is away. */
static int begin(struct alertmanager *m, struct error *e)
{
    struct receiver *r = m->receiver;
    int rc = receiver_places(r, m->low, m->high, m->told, e);
    if (rc)
        return rc;
    for (int32_t p = 0; p < r->partitions; p++) {
        if (m->told[p] < 0)
            m->told[p] = m->high[p];
        atomic_store(&r->positions[p], m->told[p]);
    }
    offsets_commit(r->offsets, m->told);
    return alert_source_start(r->source, NULL, e);
}

int alertmanager_session(struct receiver *r, struct error *e)
{
    struct alertmanager *m = memory_zeroed(sizeof *m);
    int64_t *places = memory_take(3 * (size_t)r->partitions * sizeof *places);
    m->receiver = r;
    m->active = active_new(r->settings->news_hours * HOUR_MS);
    m->low = places;
    m->high = places + r->partitions;
    m->told = places + 2 * r->partitions;
    int rc = begin(m, e);
    if (rc == 0)
        rc = loop(m, e);
    active_free(m->active);
    memory_give(places);
    memory_give(m);
    return rc;
}
