#include "consumer/process/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "consumer/event_message.h"
#include "consumer/heartbeat.h"
#include "consumer/process/outbox.h"
#include "consumer/stop.h"
#include "core/fault_point.h"
#include "core/instant.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/json/json_write.h"
#include "edge/kafka/client.h"
#include "edge/kafka/cloud_events.h"
#include "edge/kafka/trouble.h"

#define TRANSACTION_TIMEOUT_MS "15000"
#define MESSAGE_TIMEOUT_MS "14000"
#define COMMIT_MOST_MS 20000
#define WAIT_SLICE_MS 1000
#define FLUSH_SLICE_MS 100
#define POLL_EACH 256 /* messages */
#define NAME_SIZE 512
#define DEAD_LETTER_BYTES_MAX (TOPIC_BATCH_BYTES - (1 << 20)) /* leaves room for what stands around it */

struct output {
    rd_kafka_t *producer; /* own */
    struct codec *codec;
    const struct topic_names *names;
    rd_kafka_topic_t *topics[TOPIC_COUNT]; /* own; only those written to */
    struct buffer value;
    struct buffer id; /* of a record, as CloudEvents has it */
    bool open;        /* a transaction */
    bool large;       /* what it writes is not kept back any more */
    bool told;        /* that it takes long */
    int64_t began_ms; /* to commit */
    uint64_t pending;
    uint64_t sent;
    struct error failed; /* code 0: nothing did */
    struct outbox outbox;
};

static void output_fail(struct output *o, int code, const char *where, const char *text)
{
    if (!o->failed.code)
        (void)error_set(&o->failed, code, where, "%s", text);
}

int output_error(const struct output *o, struct error *e)
{
    if (o->failed.code && e)
        *e = o->failed;
    return o->failed.code;
}

uint64_t output_pending(const struct output *o)
{
    return o->pending;
}

/* Takes the error; whether there was one. */
static bool output_refused(struct output *o, const char *what, rd_kafka_error_t *refused)
{
    if (!refused)
        return false;
    char why[TROUBLE_SIZE];
    output_fail(o, ERROR_KAFKA, what, trouble_why_refused(o->producer, refused, why));
    rd_kafka_error_destroy(refused);
    return true;
}

/* --- Opening and closing --- */

/* Instances with a name come back under the same id, and so end what they left open at once. */
static int output_name(const struct settings *s, char name[NAME_SIZE], struct error *e)
{
    int n;
    uint64_t random = 0;
    if (!s->instance && getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return error_set(e, ERROR_SYSTEM, "getrandom", "no random number for the transactional id");
    if (s->instance)
        n = snprintf(name, NAME_SIZE, "%s%s.%s", s->prefix, s->group, s->instance);
    else
        n = snprintf(name, NAME_SIZE, "%s%s.%ld.%016" PRIx64, s->prefix, s->group, (long)getpid(), random);
    if (n < 0 || n >= NAME_SIZE)
        return error_set(e, ERROR_USAGE, "--group", "group and instance are too long together");
    return 0;
}

/* Nothing is left to do with it: a transaction says itself whether all of it arrived. But what librdkafka
 * tells of, it frees on this thread, which made it, and not on its own, where each of some ten pieces of a
 * message would wait for the other's lock; and a commit that waits for messages is woken by it, where else it
 * looks every 10 ms. docs/performance.md, "What malloc costs". */
static void output_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    (void)message;
    (void)opaque;
}

static int output_configure(const struct settings *s, rd_kafka_conf_t **out, struct error *e)
{
    char name[NAME_SIZE];
    int rc = output_name(s, name, e);
    if (rc)
        return rc;
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "transactional.id", name},
        {CLIENT_PREFERS, "transaction.timeout.ms", TRANSACTION_TIMEOUT_MS},
        {CLIENT_PREFERS, "message.timeout.ms", MESSAGE_TIMEOUT_MS},
        {CLIENT_PREFERS, "message.max.bytes", TOPIC_TEXT_OF(TOPIC_BATCH_BYTES)},
        {CLIENT_PREFERS, "compression.type", "lz4"},
        {CLIENT_PREFERS, "linger.ms", "5"},
        {CLIENT_PREFERS, "queue.buffering.max.messages", "1000000"},
        /* The coordinator is asked again after each commit until it is done with it. */
        {CLIENT_PREFERS, "retry.backoff.ms", "1"},
        /* librdkafka 2.0.2 looks for a group's coordinator a few times while offsets are sent, and then waits
           until a connection changes, whatever time it was given (its issue 5456): let one change. Longer
           than anything that is waited for. */
        {CLIENT_PREFERS, "connections.max.idle.ms", "20000"},
    };
    rc = client_configure(s, settings, sizeof settings / sizeof *settings, out, e);
    if (rc)
        return rc;
    rd_kafka_conf_set_dr_msg_cb(*out, output_delivered);
    return 0;
}

static int output_begin_session(struct output *o, struct error *e)
{
    bool said = false;
    for (;;) {
        heartbeat();
        rd_kafka_error_t *refused = rd_kafka_init_transactions(o->producer, WAIT_SLICE_MS);
        if (!refused)
            return 0;
        bool again = rd_kafka_error_is_retriable(refused);
        char why[TROUBLE_SIZE];
        int rc = again ? 0
                       : error_set(e, ERROR_KAFKA, "init_transactions", "%s",
                                   trouble_why_refused(o->producer, refused, why));
        rd_kafka_error_destroy(refused);
        if (rc)
            return rc;
        if (stop_requested())
            return error_set(e, ERROR_STOPPED, "", "stopped while waiting for Kafka");
        (void)rd_kafka_poll(o->producer, 0);
        if (!said)
            log_warn("waiting for Kafka to take transactions");
        said = true;
    }
}

int output_open(const struct settings *s, struct codec *codec, const struct topic_names *names,
                struct output **out, struct error *e)
{
    rd_kafka_conf_t *conf = NULL;
    int rc = output_configure(s, &conf, e);
    if (rc)
        return rc;
    struct output *o = memory_zeroed(sizeof *o);
    o->codec = codec;
    o->names = names;
    rc = client_new(CLIENT_PRODUCER, conf, &o->producer, e);
    for (int k = TOPIC_INSTRUMENTS; rc == 0 && k < TOPIC_COUNT; k++)
        o->topics[k] = rd_kafka_topic_new(o->producer, names->all[k].at, NULL);
    if (rc == 0)
        rc = output_begin_session(o, e);
    if (rc) {
        output_close(o);
        return rc;
    }
    *out = o;
    return 0;
}

void output_close(struct output *o)
{
    if (!o)
        return;
    if (o->open && o->producer) {
        rd_kafka_error_t *refused = rd_kafka_abort_transaction(o->producer, WAIT_SLICE_MS);
        if (refused)
            rd_kafka_error_destroy(refused);
    }
    for (int k = 0; k < TOPIC_COUNT; k++)
        if (o->topics[k])
            rd_kafka_topic_destroy(o->topics[k]);
    if (o->producer) {
        (void)rd_kafka_purge(o->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(o->producer);
    }
    outbox_clear(&o->outbox);
    buffer_free(&o->value);
    buffer_free(&o->id);
    memory_give(o);
}

/* --- Writing --- */

static bool output_begin(struct output *o)
{
    if (o->failed.code)
        return false;
    if (o->open)
        return true;
    fault_point("begin.before");
    if (!output_refused(o, "begin_transaction", rd_kafka_begin_transaction(o->producer)))
        o->open = true;
    fault_point("begin.after");
    return !o->failed.code;
}

/* Takes the headers. */
static void output_send(struct output *o, struct outgoing *m)
{
    fault_point("produce.before");
    for (;;) {
        rd_kafka_resp_err_t refused =
            rd_kafka_producev(o->producer, RD_KAFKA_V_RKT(o->topics[m->topic]),
                              RD_KAFKA_V_PARTITION(m->partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_KEY((void *)(uintptr_t)m->key.at, m->key.len),
                              RD_KAFKA_V_VALUE((void *)(uintptr_t)m->value.at, m->value.len),
                              RD_KAFKA_V_HEADERS(m->headers), RD_KAFKA_V_END);
        if (!refused) {
            m->headers = NULL;
            if (++o->sent % POLL_EACH == 0)
                (void)rd_kafka_poll(o->producer, 0);
            fault_point("produce.after");
            return;
        }
        if (refused != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            output_fail(o, ERROR_KAFKA, o->names->all[m->topic].at, rd_kafka_err2str(refused));
            rd_kafka_headers_destroy(m->headers);
            m->headers = NULL;
            return;
        }
        (void)rd_kafka_poll(o->producer, FLUSH_SLICE_MS);
    }
}

static void output_send_kept(struct output *o)
{
    for (size_t i = 0; !o->failed.code && i < o->outbox.count; i++)
        output_send(o, &o->outbox.messages[i]);
    outbox_clear(&o->outbox);
}

/* Takes the headers. */
static void output_produce(struct output *o, struct outgoing m)
{
    o->pending++;
    if (!o->large && outbox_put(&o->outbox, &m))
        return;
    o->large = true;
    if (output_begin(o))
        output_send_kept(o);
    if (o->failed.code)
        rd_kafka_headers_destroy(m.headers);
    else
        output_send(o, &m);
}

static const char *const record_types[] = {"", "org.chapar.register.instrument", "org.chapar.register.summit",
                                           "org.chapar.register.commitment"};

void output_record(struct output *o, int32_t partition, const struct record *record)
{
    struct error e = {0};
    if (o->failed.code)
        return;
    buffer_clear(&o->value);
    if (codec_encode_record(o->codec, record, &o->value, &e)) {
        output_fail(o, e.code, e.where, e.text);
        return;
    }
    const struct record_common *c = &record->common;
    const int64_t state[] = {c->revision, c->events + c->duplicates, c->as_of.ms};
    buffer_clear(&o->id);
    buffer_add(&o->id, c->id.at, c->id.len);
    for (size_t i = 0; i < sizeof state / sizeof *state; i++) {
        buffer_add_byte(&o->id, ':');
        json_write_integer(&o->id, state[i]);
    }
    rd_kafka_headers_t *headers = cloud_events_headers(&(struct cloud_event){
        .id = buffer_text(&o->id),
        .source = text_of(CLOUD_EVENTS_PROCESSOR),
        .type = text_of(record_types[record->kind]),
        .subject = c->id,
        .time = c->as_of,
    });
    output_produce(o, (struct outgoing){topic_of_record(record->kind), partition, c->id,
                                        buffer_text(&o->value), headers});
}

void output_alert(struct output *o, int32_t partition, const struct alert *alert)
{
    struct error e = {0};
    if (o->failed.code)
        return;
    buffer_clear(&o->value);
    if (codec_encode_alert(o->codec, alert, &o->value, &e)) {
        output_fail(o, e.code, e.where, e.text);
        return;
    }
    char type[64];
    struct text name = cloud_events_type(type, sizeof type, "alert", symbols_name(&alert_kinds, alert->kind));
    rd_kafka_headers_t *headers = cloud_events_headers(&(struct cloud_event){
        .id = alert->alert_id,
        .source = text_of(CLOUD_EVENTS_PROCESSOR),
        .type = name,
        .subject = alert->subject,
        .time = alert->raised_at,
    });
    output_produce(
        o, (struct outgoing){TOPIC_ALERTS, partition, alert->subject, buffer_text(&o->value), headers});
}

static void header_add_number(rd_kafka_headers_t *headers, const char *name, int64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRId64, value);
    (void)rd_kafka_header_add(headers, name, -1, text, n);
}

void output_dead_letter(struct output *o, const rd_kafka_message_t *message, const char *reason,
                        const char *detail)
{
    if (o->failed.code)
        return;
    bool fits = event_message_bytes(message) <= DEAD_LETTER_BYTES_MAX;
    struct text key = fits ? (struct text){message->key, message->key_len} : TEXT_NULL;
    struct text value = fits ? (struct text){message->payload, message->len} : TEXT_NULL;
    char why[EVENT_DETAIL_SIZE + 100];
    rd_kafka_headers_t *original = NULL;
    rd_kafka_headers_t *headers =
        fits && rd_kafka_message_headers(message, &original) == RD_KAFKA_RESP_ERR_NO_ERROR
            ? rd_kafka_headers_copy(original)
            : rd_kafka_headers_new(5);
    const char *topic = rd_kafka_topic_name(message->rkt);
    (void)snprintf(why, sizeof why, "%s%s", detail,
                   fits ? "" : "; the record is left out here, it stays where it was found");
    (void)rd_kafka_header_add(headers, "chapar_reason", -1, reason, -1);
    (void)rd_kafka_header_add(headers, "chapar_detail", -1, why, -1);
    (void)rd_kafka_header_add(headers, "chapar_topic", -1, topic, -1);
    header_add_number(headers, "chapar_partition", message->partition);
    header_add_number(headers, "chapar_offset", message->offset);
    output_produce(o, (struct outgoing){TOPIC_DEAD_LETTERS, message->partition, key, value, headers});
}

/* --- Committing --- */

/* Time-outs that leave the transaction alive are tried again, until somebody asks to stop or Kafka has given
 * it up: meanwhile nobody answers the group. */
static bool output_again(struct output *o, const char *what, rd_kafka_error_t *refused)
{
    if (!refused)
        return false;
    bool again = rd_kafka_error_is_retriable(refused) && !stop_requested() &&
                 clock_monotonic_ms() - o->began_ms < COMMIT_MOST_MS;
    heartbeat();
    if (!again) {
        (void)output_refused(o, what, refused);
        return false;
    }
    if (!o->told)
        log_warn("waiting for Kafka to commit", log_text("in", what),
                 log_text("error", rd_kafka_error_string(refused)));
    o->told = true;
    rd_kafka_error_destroy(refused);
    return true;
}

/* While nobody knows what became of a commit there is nothing to abort: librdkafka 2.0 ends the process when
 * it is tried. Who begins next under this name ends the transaction, or its time-out does. */
static rd_kafka_error_t *output_try_commit(struct output *o)
{
    rd_kafka_error_t *refused = rd_kafka_commit_transaction(o->producer, WAIT_SLICE_MS * 5);
    o->open = refused && rd_kafka_error_txn_requires_abort(refused);
    return refused;
}

int output_commit(struct output *o, const rd_kafka_topic_partition_list_t *offsets,
                  const rd_kafka_consumer_group_metadata_t *group, struct error *e)
{
    if (!output_begin(o))
        return output_error(o, e);
    if (!group || offsets->cnt == 0)
        output_fail(o, ERROR_KAFKA, "group", "nothing says that the tasks are still ours");
    o->began_ms = clock_monotonic_ms();
    fault_point("offsets.before");
    while (!o->failed.code &&
           output_again(o, "send_offsets_to_transaction",
                        rd_kafka_send_offsets_to_transaction(o->producer, offsets, group, WAIT_SLICE_MS * 5)))
        ;
    output_send_kept(o);
    fault_point("commit.before");
    while (!o->failed.code && output_again(o, "commit_transaction", output_try_commit(o)))
        ;
    if (!o->failed.code)
        o->pending = 0;
    o->large = o->told = false;
    fault_point("commit.after");
    return output_error(o, e);
}

rd_kafka_t *output_client(const struct output *o)
{
    return o->producer;
}
