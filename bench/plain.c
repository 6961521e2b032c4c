#include "bench/plain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 1000
#define WAIT_MS 5 /* the batch call waits as long for a batch to fill */
#define ANSWER_MS 10000

const char *const topic_suffixes[TOPICS] = {
    "signings",         "summits",
    "milestones",       "register.instruments",
    "register.summits", "register.commitments",
    "alerts",           "dead-letters",
};

void die(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, format, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

void topic_name(char *out, size_t size, const char *prefix, int topic)
{
    (void)snprintf(out, size, "%s%s", prefix, topic_suffixes[topic]);
}

/* --- Settings --- */

struct property {
    const char *name, *value;
};

/* The same as edge/kafka/client.c, consumer/topic_reader.c, consumer/process/restore_task.c, session.c there,
 * producer/sender.c and consumer/process/output.c set, in the order of enum plain_role. */
static const struct property common[] = {
    {"socket.nagle.disable", "true"},
    {"allow.auto.create.topics", "false"},
    {NULL, NULL},
};
static const struct property reader[] = {
    {"isolation.level", "read_committed"},
    {"enable.partition.eof", "true"},
    {"fetch.wait.max.ms", "10"},
    {"queued.min.messages", "100000"},
    {"queued.max.messages.kbytes", "65536"},
    {NULL, NULL},
};
static const struct property restorer[] = {
    {"isolation.level", "read_committed"},
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "earliest"},
    {"fetch.wait.max.ms", "10"},
    {"fetch.message.max.bytes", "2097152"},
    {"queued.max.messages.kbytes", "196608"}, /* in one queue, where a restore has 16384 in each of twelve */
    {NULL, NULL},
};
static const struct property member[] = {
    {"isolation.level", "read_committed"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "earliest"},
    {"partition.assignment.strategy", "range"},
    {"session.timeout.ms", "10000"},
    {"heartbeat.interval.ms", "1000"},
    {"max.poll.interval.ms", "900000"},
    {"fetch.wait.max.ms", "50"},
    {"queued.min.messages", "100000"},
    {"receive.message.max.bytes", "2147483647"},
    {"queued.max.messages.kbytes", "98304"}, /* in one queue, where `process` has 8192 in each of twelve */
    {NULL, NULL},
};
static const struct property publisher[] = {
    {"enable.idempotence", "true"},
    {"message.max.bytes", "1114112"},
    {"compression.type", "lz4"},
    {"linger.ms", "20"},
    {"queue.buffering.max.messages", "1000000"},
    {"queue.buffering.max.kbytes", "65536"},
    {"retry.backoff.ms", "10"},
    {NULL, NULL},
};
static const struct property writer[] = {
    {"transaction.timeout.ms", "15000"},
    {"message.timeout.ms", "14000"},
    {"message.max.bytes", "104857600"},
    {"compression.type", "lz4"},
    {"linger.ms", "5"},
    {"queue.buffering.max.messages", "1000000"},
    {"retry.backoff.ms", "1"},
    {NULL, NULL},
};
static const struct property prompt[] = {
    {"enable.idempotence", "true"},
    {"linger.ms", "0"},
    {NULL, NULL},
};
static const struct property *const roles[] = {reader, restorer, member, publisher, writer, prompt};

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        die("%s: %s", name, reason);
}

static void set_all(rd_kafka_conf_t *conf, const struct property *p)
{
    for (; p->name; p++)
        set(conf, p->name, p->value);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    (void)opaque;
    if (m->err)
        die("not delivered: %s", rd_kafka_err2str(m->err));
}

rd_kafka_t *plain_client(enum plain_role role, const char *brokers)
{
    char reason[256], name[64];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set_all(conf, common);
    set_all(conf, roles[role]);
    (void)snprintf(name, sizeof name, "plain-%ld", (long)getpid());
    if (role == PLAIN_MEMBER)
        set(conf, "group.id", name);
    if (role == PLAIN_WRITER)
        set(conf, "transactional.id", name);
    if (role == PLAIN_PUBLISHER || role == PLAIN_PROMPT || role == PLAIN_WRITER)
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_type_t type = role <= PLAIN_MEMBER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    rd_kafka_t *rk = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!rk)
        die("%s", reason);
    return rk;
}

/* --- Reading --- */

/* Asks about all topics, so that the client knows the leaders before it starts to read. */
int32_t plain_partitions(rd_kafka_t *rk, const char *prefix)
{
    char name[256];
    const struct rd_kafka_metadata *found = NULL;
    int32_t partitions = 0;
    topic_name(name, sizeof name, prefix, 0);
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 1, NULL, &found, ANSWER_MS);
    if (err)
        die("no metadata: %s", rd_kafka_err2str(err));
    for (int i = 0; i < found->topic_cnt; i++)
        if (strcmp(found->topics[i].topic, name) == 0)
            partitions = found->topics[i].partition_cnt;
    if (!partitions)
        die("%s: no such topic", name);
    rd_kafka_metadata_destroy(found);
    return partitions;
}

static int number_of(rd_kafka_topic_t *const *topics, int count, const rd_kafka_topic_t *topic)
{
    for (int k = 0; k < count; k++)
        if (topics[k] == topic)
            return k;
    die("a record of an unknown topic");
}

size_t plain_read(enum plain_role role, const char *brokers, const char *prefix, int first, int count,
                  void (*each)(void *context, int topic, const rd_kafka_message_t *m), void *context)
{
    rd_kafka_t *rk = plain_client(role, brokers);
    int32_t partitions = plain_partitions(rk, prefix);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_topic_t *topics[TOPICS];
    rd_kafka_message_t *batch[BATCH];
    char name[256];
    for (int k = 0; k < count; k++) {
        topic_name(name, sizeof name, prefix, first + k);
        topics[k] = rd_kafka_topic_new(rk, name, NULL);
        for (int32_t p = 0; p < partitions; p++)
            if (rd_kafka_consume_start_queue(topics[k], p, RD_KAFKA_OFFSET_BEGINNING, queue))
                die("%s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
    }
    size_t records = 0;
    for (int32_t open = partitions * count; open > 0;) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, WAIT_MS, batch, BATCH);
        for (ssize_t i = 0; i < n; i++) {
            if (batch[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                open--;
            } else if (batch[i]->err) {
                die("%s", rd_kafka_message_errstr(batch[i]));
            } else {
                records++;
                if (each)
                    each(context, first + number_of(topics, count, batch[i]->rkt), batch[i]);
            }
            rd_kafka_message_destroy(batch[i]);
        }
    }
    for (int k = 0; k < count; k++) {
        for (int32_t p = 0; p < partitions; p++)
            (void)rd_kafka_consume_stop(topics[k], p);
        rd_kafka_topic_destroy(topics[k]);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    return records;
}
