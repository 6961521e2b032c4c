#include "consumer/dead_letters/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "consumer/event_message.h"
#include "core/fault_point.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/interrupt.h"
#include "edge/kafka/client.h"
#include "edge/kafka/trouble.h"

#define SLICE_MS 200
#define INIT_MS 60000   /* how long brokers may take to answer about transactions */
#define COMMIT_MS 60000 /* how long a commit is waited for */
#define ABORT_MS 10000
#define TRANSACTION_MS "60000"
#define OFFSET_SIZE 24
#define FENCED "another retry has begun, which does what is left"

struct retry {
    rd_kafka_t *producer;                  /* own */
    rd_kafka_topic_t *topics[EVENT_KINDS]; /* own */
    const struct topic_names *names;
    bool open;           /* a transaction */
    struct error failed; /* the first delivery that failed; code 0: none did */
};

/* Called from rd_kafka_poll and its like, on our thread. */
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    struct retry *r = opaque;
    char why[TROUBLE_SIZE];
    if (m->err && !r->failed.code)
        (void)error_set(&r->failed, ERROR_KAFKA, rd_kafka_topic_name(m->rkt),
                        "partition %" PRId32 " did not take an event: %s", m->partition,
                        trouble_why_undelivered(m->err, why));
}

static bool is_fenced(const struct retry *r)
{
    char text[64];
    return rd_kafka_fatal_error(r->producer, text, sizeof text) == RD_KAFKA_RESP_ERR__FENCED;
}

/* Takes the error of librdkafka. */
static int refuse(const struct retry *r, const char *what, rd_kafka_error_t *refused, struct error *e)
{
    char why[TROUBLE_SIZE];
    int rc = is_fenced(r) ? error_set(e, ERROR_KAFKA, "", FENCED)
                          : error_set(e, ERROR_KAFKA, "", "%s: %s", what,
                                      trouble_why_refused(r->producer, refused, why));
    rd_kafka_error_destroy(refused);
    return rc;
}

static int begin_session(struct retry *r, struct error *e)
{
    int64_t limit = clock_monotonic_ms() + INIT_MS;
    for (;;) {
        rd_kafka_error_t *refused = rd_kafka_init_transactions(r->producer, SLICE_MS);
        if (!refused)
            return 0;
        if (!rd_kafka_error_is_retriable(refused) || clock_monotonic_ms() >= limit)
            return refuse(r, "the brokers do not take transactions", refused, e);
        rd_kafka_error_destroy(refused);
        if (interrupt_asked())
            return error_set(e, ERROR_STOPPED, "", "stopped while waiting for the brokers");
    }
}

int retry_open(const struct settings *s, const struct topic_names *names, struct retry **out, struct error *e)
{
    char id[300];
    rd_kafka_conf_t *conf = NULL;
    (void)snprintf(id, sizeof id, "%sdead-letters-retry", s->prefix);
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "transactional.id", id},
        {CLIENT_DECIDES, "transaction.timeout.ms", TRANSACTION_MS},
        {CLIENT_PREFERS, "message.timeout.ms", TRANSACTION_MS},
        {CLIENT_PREFERS, "message.max.bytes", TOPIC_TEXT_OF(TOPIC_EVENT_BATCH_BYTES)},
        {CLIENT_PREFERS, "compression.type", "lz4"},
        {CLIENT_PREFERS, "linger.ms", "5"},
        {CLIENT_PREFERS, "retry.backoff.ms", "10"},
    };
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    if (rc)
        return rc;
    struct retry *r = memory_zeroed(sizeof *r);
    r->names = names;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, r);
    rc = client_new(CLIENT_PRODUCER, conf, &r->producer, e);
    if (rc == 0)
        rc = begin_session(r, e);
    if (rc) {
        retry_close(r);
        return rc;
    }
    for (int k = 0; k < EVENT_KINDS; k++)
        r->topics[k] = rd_kafka_topic_new(r->producer, names->all[k].at, NULL);
    *out = r;
    return 0;
}

void retry_close(struct retry *r)
{
    if (!r)
        return;
    rd_kafka_error_t *refused = r->open ? rd_kafka_abort_transaction(r->producer, ABORT_MS) : NULL;
    if (refused)
        rd_kafka_error_destroy(refused);
    for (int k = 0; k < EVENT_KINDS; k++)
        if (r->topics[k])
            rd_kafka_topic_destroy(r->topics[k]);
    if (r->producer) {
        (void)rd_kafka_purge(r->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(r->producer);
    }
    memory_give(r);
}

const char *retry_hindrance(const struct letter *letter)
{
    if (!letter->head.placed)
        return "its headers do not say where the event stands";
    if (!letter->found)
        return "the event does not stand where its headers say";
    if (letter->refused.code)
        return letter->refused.text;
    if (letter->bytes + sizeof RETRY_OF + OFFSET_SIZE > EVENT_BYTES_MAX)
        return "with the header that says where it was taken from, it is too large";
    return NULL;
}

static int in_order(const void *a, const void *b)
{
    const struct letter *x = *(struct letter *const *)a, *y = *(struct letter *const *)b;
    if (x->timestamp.ms != y->timestamp.ms)
        return x->timestamp.ms < y->timestamp.ms ? -1 : 1;
    if (x->head.kind != y->head.kind)
        return x->head.kind < y->head.kind ? -1 : 1;
    if (x->head.partition != y->head.partition)
        return x->head.partition < y->head.partition ? -1 : 1;
    return (x->head.offset > y->head.offset) - (x->head.offset < y->head.offset);
}

static bool is_same_event(const struct letter *x, const struct letter *y)
{
    return x->head.kind == y->head.kind && x->head.partition == y->head.partition &&
           x->head.offset == y->head.offset;
}

/* Why not to go on. */
static int look(const struct retry *r, struct error *e)
{
    if (interrupt_asked())
        return error_set(e, ERROR_STOPPED, "", "stopped by a signal");
    if (is_fenced(r))
        return error_set(e, ERROR_KAFKA, "", FENCED);
    if (r->failed.code)
        *e = r->failed;
    return r->failed.code;
}

static int event_send(struct retry *r, const struct letter *letter, struct error *e)
{
    char offset[OFFSET_SIZE];
    int n = snprintf(offset, sizeof offset, "%" PRId64, letter->head.offset);
    rd_kafka_headers_t *headers = rd_kafka_headers_copy(letter->headers);
    (void)rd_kafka_header_add(headers, RETRY_OF, -1, offset, n);
    for (;;) {
        rd_kafka_resp_err_t refused = rd_kafka_producev(
            r->producer, RD_KAFKA_V_RKT(r->topics[letter->head.kind]),
            RD_KAFKA_V_PARTITION(letter->head.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY((void *)(uintptr_t)letter->key.at, letter->key.len),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)letter->value.at, letter->value.len),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_TIMESTAMP(letter->timestamp.ms), RD_KAFKA_V_END);
        if (!refused)
            return 0;
        int rc = 0;
        if (refused == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            (void)rd_kafka_poll(r->producer, SLICE_MS);
        else if (is_fenced(r)) /* which librdkafka noticed by what was sent before */
            rc = error_set(e, ERROR_KAFKA, "", FENCED);
        else
            rc = error_set(e, ERROR_KAFKA, r->names->all[letter->head.kind].at, "an event cannot be sent: %s",
                           rd_kafka_err2str(refused));
        if (rc || (rc = look(r, e))) {
            rd_kafka_headers_destroy(headers);
            return rc;
        }
    }
}

static int commit(struct retry *r, struct error *e)
{
    int rc = look(r, e);
    while (rc == 0 && rd_kafka_flush(r->producer, SLICE_MS) == RD_KAFKA_RESP_ERR__TIMED_OUT)
        rc = look(r, e);
    if (rc || (rc = look(r, e)))
        return rc;
    fault_point("retry.commit");
    for (int64_t limit = clock_monotonic_ms() + COMMIT_MS;;) {
        rd_kafka_error_t *refused = rd_kafka_commit_transaction(r->producer, SLICE_MS * 10);
        if (!refused) {
            r->open = false;
            return 0;
        }
        if (rd_kafka_error_is_retriable(refused) && clock_monotonic_ms() < limit) {
            rd_kafka_error_destroy(refused);
            continue;
        }
        /* An abort in place of a commit that may have happened would be refused, or worse, taken. */
        r->open = rd_kafka_error_txn_requires_abort(refused) != 0;
        return refuse(r,
                      r->open ? "nothing was put back"
                              : "it is not known whether they were put back; call again, none goes twice",
                      refused, e);
    }
}

int retry_put_back(struct retry *r, struct letter **letters, size_t count, size_t *put_back, struct error *e)
{
    size_t events = 0;
    if (count == 0) {
        *put_back = 0;
        return 0;
    }
    qsort(letters, count, sizeof(struct letter *), in_order);
    rd_kafka_error_t *refused = rd_kafka_begin_transaction(r->producer);
    if (refused)
        return refuse(r, "no transaction can be begun", refused, e);
    r->open = true;
    for (size_t i = 0; i < count; i++) {
        /* Two letters about one event: it goes back once. */
        if (i && is_same_event(letters[i - 1], letters[i]))
            continue;
        int rc = event_send(r, letters[i], e);
        if (rc)
            return rc;
        events++;
        fault_point("retry.produce");
    }
    int rc = commit(r, e);
    if (rc == 0)
        *put_back = events;
    return rc;
}
