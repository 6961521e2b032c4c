#include "producer/sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/interrupt.h"
#include "edge/cli/log.h"
#include "edge/json/event_id.h"
#include "edge/kafka/client.h"
#include "edge/kafka/murmur2.h"
#include "edge/kafka/trouble.h"

#define SLICE_MS 200      /* after which a wait looks whether it should end */
#define INIT_MS 60000     /* how long brokers may take to answer about transactions */
#define ABORT_MS 10000    /* then they abort it themselves, once it times out */
#define DELIVERY_MS 60000 /* how long a record may wait for its broker */
#define SENDS_BETWEEN_POLLS 500
#define QUEUE_KILOBYTES "65536" /* what waits to be sent: bounds memory, and time to tell what went wrong */

struct sender {
    rd_kafka_t *producer;                  /* own */
    rd_kafka_topic_t *topics[EVENT_KINDS]; /* own */
    const struct topic_names *names;
    struct sender_plan plan;
    bool open;          /* a transaction */
    int64_t started_ms; /* the transaction */
    uint32_t unpolled;  /* sends since the last poll */
    bool in_doubt;
    struct error failed; /* the first delivery that failed; code 0: none did */
};

/* --- Opening --- */

static int transactional_id(const struct settings *s, char *out, size_t size, struct error *e)
{
    struct uuid random;
    char text[UUID_TEXT_SIZE];
    if (getrandom(random.bytes, sizeof random.bytes, 0) != (ssize_t)sizeof random.bytes)
        return error_set(e, ERROR_SYSTEM, "getrandom", "no random number for the transactional id");
    uuid_format(random, text);
    (void)snprintf(out, size, "%spublish.%s", s->prefix, text);
    return 0;
}

/* Called from rd_kafka_poll and its like, on our thread. */
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    struct sender *s = opaque;
    char why[TROUBLE_SIZE];
    if (m->err && !s->failed.code)
        (void)error_set(&s->failed, ERROR_KAFKA, rd_kafka_topic_name(m->rkt),
                        "partition %" PRId32 " did not take an event: %s", m->partition,
                        trouble_why_undelivered(m->err, why));
}

static int configure(struct sender *s, const struct settings *settings, rd_kafka_conf_t **out,
                     struct error *e)
{
    char id[300], timeout[24], delivery[24];
    int64_t ms = s->plan.transaction_ms;
    int rc = transactional_id(settings, id, sizeof id, e);
    if (rc)
        return rc;
    (void)snprintf(timeout, sizeof timeout, "%" PRId64, ms);
    (void)snprintf(delivery, sizeof delivery, "%" PRId64, ms < DELIVERY_MS ? ms : (int64_t)DELIVERY_MS);
    const struct client_setting all[] = {
        {CLIENT_DECIDES, "transactional.id", id},
        {CLIENT_DECIDES, "transaction.timeout.ms", timeout},
        {CLIENT_PREFERS, "message.timeout.ms", delivery},
        {CLIENT_PREFERS, "message.max.bytes", TOPIC_TEXT_OF(TOPIC_EVENT_BATCH_BYTES)},
        {CLIENT_PREFERS, "compression.type", "lz4"},
        {CLIENT_PREFERS, "linger.ms", "20"},
        {CLIENT_PREFERS, "queue.buffering.max.messages", "1000000"},
        {CLIENT_PREFERS, "queue.buffering.max.kbytes", QUEUE_KILOBYTES},
        {CLIENT_PREFERS, "retry.backoff.ms", "10"},
    };
    rc = client_configure(settings, all, sizeof all / sizeof *all, out, e);
    if (rc)
        return rc;
    rd_kafka_conf_set_dr_msg_cb(*out, on_delivery);
    rd_kafka_conf_set_opaque(*out, s);
    return 0;
}

/* Takes the error of librdkafka. */
static int refuse(const struct sender *s, const char *what, rd_kafka_error_t *refused, struct error *e)
{
    char why[TROUBLE_SIZE];
    int rc = error_set(e, ERROR_KAFKA, "", "%s: %s", what, trouble_why_refused(s->producer, refused, why));
    rd_kafka_error_destroy(refused);
    return rc;
}

static int begin_session(struct sender *s, struct error *e)
{
    int64_t limit = clock_monotonic_ms() + INIT_MS;
    for (;;) {
        rd_kafka_error_t *refused = rd_kafka_init_transactions(s->producer, SLICE_MS);
        if (!refused)
            return 0;
        if (!rd_kafka_error_is_retriable(refused) || clock_monotonic_ms() >= limit)
            return refuse(s, "the brokers do not take transactions", refused, e);
        rd_kafka_error_destroy(refused);
        if (interrupt_asked())
            return error_set(e, ERROR_STOPPED, "", "stopped while waiting for the brokers");
    }
}

int sender_open(const struct settings *settings, const struct topic_names *names, struct sender_plan plan,
                struct sender **out, struct error *e)
{
    struct sender *s = memory_zeroed(sizeof *s);
    rd_kafka_conf_t *conf = NULL;
    s->names = names;
    s->plan = plan;
    int rc = configure(s, settings, &conf, e);
    if (rc == 0)
        rc = client_new(CLIENT_PRODUCER, conf, &s->producer, e);
    if (rc == 0)
        rc = begin_session(s, e);
    if (rc) {
        sender_close(s);
        return rc;
    }
    for (int k = 0; k < EVENT_KINDS; k++)
        s->topics[k] =
            rd_kafka_topic_new(s->producer, names->all[topic_of_event((enum event_kind)k)].at, NULL);
    *out = s;
    return 0;
}

/* --- Closing --- */

static void abort_transaction(struct sender *s)
{
    rd_kafka_error_t *refused = rd_kafka_abort_transaction(s->producer, ABORT_MS);
    s->open = false;
    if (!refused)
        return;
    log_warn(
        "the transaction could not be aborted; readers of what follows it wait until the brokers do that",
        log_text("reason", rd_kafka_error_string(refused)),
        log_number("seconds", s->plan.transaction_ms / 1000));
    rd_kafka_error_destroy(refused);
}

void sender_close(struct sender *s)
{
    if (!s)
        return;
    if (s->open && !s->in_doubt)
        abort_transaction(s);
    for (int k = 0; k < EVENT_KINDS; k++)
        if (s->topics[k])
            rd_kafka_topic_destroy(s->topics[k]);
    if (s->producer) {
        (void)rd_kafka_purge(s->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(s->producer);
    }
    memory_give(s);
}

/* --- Sending --- */

/* Why not to go on. The last tenth of the time is left for committing. */
static int look(struct sender *s, struct error *e)
{
    if (interrupt_asked())
        return error_set(e, ERROR_STOPPED, "", "stopped by a signal");
    if (s->failed.code) {
        *e = s->failed;
        return s->failed.code;
    }
    if (s->open && clock_monotonic_ms() - s->started_ms > s->plan.transaction_ms / 10 * 9)
        return error_set(e, ERROR_KAFKA, "",
                         "the events do not go out within the %" PRId64
                         " s that a transaction may take; --transaction-size N commits every N events",
                         s->plan.transaction_ms / 1000);
    return 0;
}

static int begin(struct sender *s, struct error *e)
{
    if (s->open)
        return 0;
    rd_kafka_error_t *refused = rd_kafka_begin_transaction(s->producer);
    if (refused)
        return refuse(s, "no transaction can be begun", refused, e);
    s->open = true;
    s->started_ms = clock_monotonic_ms();
    return 0;
}

struct cloud_event sender_headers(const struct event *event, char type[SENDER_TYPE_SIZE])
{
    return (struct cloud_event){
        .id = event->common.event_id,
        .source = TEXT_LITERAL(CLOUD_EVENTS_PUBLISHER),
        .type =
            cloud_events_type(type, SENDER_TYPE_SIZE, event_kind_names[event->kind], event_type_name(event)),
        .subject = event_subject(event),
        .time = event->common.recorded_at,
    };
}

/* librdkafka's answer; it copies key and value and takes the headers where it has room for them. */
static rd_kafka_resp_err_t produce(struct sender *s, const struct event *event, struct text value,
                                   rd_kafka_headers_t *headers)
{
    struct text key = event->common.dossier;
    int32_t partition = murmur2_partition(key, s->plan.partitions);
    return rd_kafka_producev(
        s->producer, RD_KAFKA_V_RKT(s->topics[event->kind]), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY((void *)(uintptr_t)key.at, key.len),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)value.at, value.len), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_TIMESTAMP(event->common.recorded_at.ms), RD_KAFKA_V_END);
}

int sender_send(struct sender *s, const struct event *event, struct text value, struct error *e)
{
    char type[SENDER_TYPE_SIZE];
    int rc = begin(s, e);
    if (rc)
        return rc;
    if (++s->unpolled >= SENDS_BETWEEN_POLLS) {
        s->unpolled = 0;
        (void)rd_kafka_poll(s->producer, 0);
        if ((rc = look(s, e)))
            return rc;
    }
    struct cloud_event about = sender_headers(event, type);
    rd_kafka_headers_t *headers = cloud_events_headers(&about);
    for (;;) {
        rd_kafka_resp_err_t refused = produce(s, event, value, headers);
        if (!refused)
            return 0;
        if (refused == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            (void)rd_kafka_poll(s->producer, SLICE_MS);
        else
            rc = error_set(e, ERROR_KAFKA, s->names->all[topic_of_event(event->kind)].at,
                           "an event cannot be sent: %s", rd_kafka_err2str(refused));
        if (rc || (rc = look(s, e))) {
            rd_kafka_headers_destroy(headers);
            return rc;
        }
    }
}

/* --- Committing --- */

/* Until every delivery is known, while it is still possible to think better of it. */
static int wait_for_deliveries(struct sender *s, struct error *e)
{
    int rc = look(s, e);
    while (rc == 0 && rd_kafka_flush(s->producer, SLICE_MS) == RD_KAFKA_RESP_ERR__TIMED_OUT)
        rc = look(s, e);
    return rc ? rc : look(s, e);
}

int sender_commit(struct sender *s, struct error *e)
{
    if (!s->open)
        return 0;
    int rc = wait_for_deliveries(s, e);
    if (rc)
        return rc;
    int64_t limit = clock_monotonic_ms() + COMMIT_SECONDS * 1000;
    for (;;) {
        rd_kafka_error_t *refused = rd_kafka_commit_transaction(s->producer, SLICE_MS * 10);
        if (!refused) {
            s->open = false;
            return 0;
        }
        if (rd_kafka_error_is_retriable(refused) && clock_monotonic_ms() < limit) {
            rd_kafka_error_destroy(refused);
            continue;
        }
        s->in_doubt = !rd_kafka_error_txn_requires_abort(refused);
        return refuse(s, "the transaction is not known to be committed", refused, e);
    }
}

bool sender_in_doubt(const struct sender *s)
{
    return s->in_doubt;
}
