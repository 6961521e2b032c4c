#include "consumer/notify/delivery.h"

#include <sys/random.h>

#include "consumer/notify/receiver.h"
#include "consumer/stop.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"

enum outcome outcome_of_status(long status)
{
    static const long of_the_receiver[] = {401, 403, 404, 405, 407, 408, 410, 421, 423, 425, 429, 451};
    if (status >= 200 && status < 300)
        return OUTCOME_DONE;
    if (status < 400 || status >= 500)
        return OUTCOME_FAILED;
    for (size_t i = 0; i < sizeof of_the_receiver / sizeof *of_the_receiver; i++)
        if (status == of_the_receiver[i])
            return OUTCOME_FAILED;
    return OUTCOME_REFUSED;
}

static void note_answer(struct receiver *r, const struct http_client_answer *answer)
{
    (void)pthread_mutex_lock(&r->lock);
    openmetrics_observe(&r->seconds, answer->seconds);
    (void)pthread_mutex_unlock(&r->lock);
}

static void note_answered(struct receiver *r, enum outcome outcome)
{
    if (outcome == OUTCOME_DONE)
        atomic_store(&r->answered_at_ms, clock_wall().ms);
    atomic_store(&r->failing_since_ms, 0);
    backoff_reset(&r->backoff);
    if (r->failing)
        log_info("the receiver answers again", log_text("receiver", r->name));
    r->failing = false;
}

static void note_failure(struct receiver *r, const struct http_client_answer *answer, const char *reason)
{
    atomic_fetch_add(&r->retries, 1);
    if (atomic_load(&r->failing_since_ms) == 0)
        atomic_store(&r->failing_since_ms, clock_monotonic_ms());
    if (!r->failing || receiver_may_say(r)) {
        r->said_ms = clock_monotonic_ms();
        log_warn("the receiver does not take alerts; they are kept, and it is tried again",
                 log_text("receiver", r->name),
                 answer->status ? log_number("status", answer->status) : (struct log_pair){0},
                 log_text("reason", reason));
    }
    r->failing = true;
}

static uint32_t any_number(void)
{
    uint32_t n = 0;
    if (getrandom(&n, sizeof n, GRND_NONBLOCK) != (ssize_t)sizeof n)
        n = (uint32_t)clock_monotonic_us();
    return n;
}

static enum outcome try_once(struct receiver *r, struct attempt *a, struct http_client_answer *answer,
                             struct error *e)
{
    int rc = http_client_post(r->client, &a->headers, buffer_text(&a->body), answer, e);
    if (rc == ERROR_STOPPED)
        return OUTCOME_STOPPED;
    if (rc)
        return OUTCOME_FAILED;
    note_answer(r, answer);
    return outcome_of_status(answer->status);
}

enum outcome delivery_post(struct receiver *r, void (*make)(void *context, struct attempt *a), void *context,
                           struct http_client_answer *why)
{
    struct attempt a = {.body = BUFFER_EMPTY};
    enum outcome outcome = OUTCOME_STOPPED;
    while (!stop_requested()) {
        struct http_client_answer answer = {0};
        struct error e = {0};
        buffer_clear(&a.body);
        a.headers.count = 0;
        make(context, &a);
        outcome = try_once(r, &a, &answer, &e);
        if (outcome != OUTCOME_FAILED) {
            if (outcome != OUTCOME_STOPPED)
                note_answered(r, outcome);
            *why = answer;
            break;
        }
        outcome = OUTCOME_STOPPED;
        note_failure(r, &answer, answer.status ? answer.text : e.text);
        receiver_wait(r, backoff_next(&r->backoff, any_number(), answer.retry_after_s * 1000), false);
    }
    buffer_free(&a.body);
    return outcome;
}
