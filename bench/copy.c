#include "bench/copy.h"

#include <stdbool.h>
#include <time.h>

#include "bench/plain.h"
#include "bench/records.h"

/* As consumer/process/session.c has them. */
#define BATCH_EVENTS 50000
#define BATCH_RECORDS 100000
#define BATCH_MS 500

#define FETCH 1000
#define PARTITIONS_MAX 1024
#define ANSWER_MS 30000

struct copier {
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_partition_list_t *offsets; /* the next of each partition that was read from */
    struct records records;
    struct records_target target;
    size_t events, events_done, written;
    size_t batch_events, batch_records; /* of the open transaction */
    double began;
    int32_t open; /* partitions that have not ended */
};

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must_do(const char *what, rd_kafka_error_t *refused)
{
    if (refused)
        die("%s: %s", what, rd_kafka_error_string(refused));
}

static void take(struct copier *c, const rd_kafka_message_t *m)
{
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        c->open--;
        return;
    }
    if (m->err)
        die("%s", rd_kafka_message_errstr(m));
    const char *topic = rd_kafka_topic_name(m->rkt);
    rd_kafka_topic_partition_t *next = rd_kafka_topic_partition_list_find(c->offsets, topic, m->partition);
    if (!next)
        next = rd_kafka_topic_partition_list_add(c->offsets, topic, m->partition);
    next->offset = m->offset + 1;
    c->events_done++;
    c->batch_events++;
}

/* As much of the records as of the events has been read. */
static void put(struct copier *c, size_t due)
{
    for (; c->written < due; c->written++, c->batch_records++)
        records_produce(&c->target, c->records.at[c->written], 0);
}

static void commit(struct copier *c)
{
    rd_kafka_t *rk = c->target.producer;
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(c->consumer);
    must_do("send_offsets", rd_kafka_send_offsets_to_transaction(rk, c->offsets, group, ANSWER_MS));
    rd_kafka_consumer_group_metadata_destroy(group);
    must_do("commit", rd_kafka_commit_transaction(rk, ANSWER_MS));
    c->batch_events = c->batch_records = 0;
}

static bool is_full(const struct copier *c)
{
    return c->batch_events >= BATCH_EVENTS || c->batch_records >= BATCH_RECORDS ||
           now_ms() - c->began >= BATCH_MS;
}

static void run(struct copier *c)
{
    rd_kafka_message_t *batch[FETCH];
    bool begun = false;
    while (c->open > 0) {
        ssize_t n = rd_kafka_consume_batch_queue(c->queue, 10, batch, FETCH);
        if (n > 0 && !begun) {
            must_do("begin", rd_kafka_begin_transaction(c->target.producer));
            c->began = now_ms();
            begun = true;
        }
        for (ssize_t i = 0; i < n; i++) {
            take(c, batch[i]);
            rd_kafka_message_destroy(batch[i]);
        }
        if (begun)
            put(c, c->open > 0 ? c->records.count * c->events_done / c->events : c->records.count);
        if (begun && (c->open == 0 || is_full(c))) {
            commit(c);
            begun = false;
        }
        (void)rd_kafka_poll(c->target.producer, 0);
    }
}

size_t copy_all(const char *brokers, const char *from, const char *to, const char *path, size_t events)
{
    struct copier c = {.records = records_load(path), .events = events};
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(EVENT_TOPICS);
    char name[256];
    c.offsets = rd_kafka_topic_partition_list_new(PARTITIONS_MAX);
    c.consumer = plain_client(PLAIN_MEMBER, brokers);
    (void)rd_kafka_poll_set_consumer(c.consumer);
    c.open = plain_partitions(c.consumer, from) * EVENT_TOPICS;
    records_target_open(&c.target, plain_client(PLAIN_WRITER, brokers), to);
    must_do("init", rd_kafka_init_transactions(c.target.producer, ANSWER_MS));
    for (int k = 0; k < EVENT_TOPICS; k++) {
        topic_name(name, sizeof name, from, k);
        (void)rd_kafka_topic_partition_list_add(topics, name, RD_KAFKA_PARTITION_UA);
    }
    if (rd_kafka_subscribe(c.consumer, topics))
        die("cannot subscribe");
    c.queue = rd_kafka_queue_get_consumer(c.consumer);
    run(&c);
    if (c.events_done != events)
        die("read %zu events of %zu", c.events_done, events);
    rd_kafka_queue_destroy(c.queue);
    rd_kafka_topic_partition_list_destroy(topics);
    rd_kafka_topic_partition_list_destroy(c.offsets);
    (void)rd_kafka_consumer_close(c.consumer);
    rd_kafka_destroy(c.consumer);
    records_target_close(&c.target);
    rd_kafka_destroy(c.target.producer);
    return c.written;
}
