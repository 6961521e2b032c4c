#include "bench/latency.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/plain.h"
#include "core/civil.h"
#include "core/memory.h"
#include "edge/avro/codec.h"
#include "edge/kafka/murmur2.h"

#define ALERTS 6 /* of the topics, by number */
#define MILESTONES 2
#define ANSWER_MS 30000
#define PATIENCE_MS 30000 /* after the last event */
#define DAY_MS INT64_C(86400000)
#define RECORD_BYTES 200
#define RECORDS 3

static double now_ms(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print(double *ms, size_t count)
{
    qsort(ms, count, sizeof *ms, by_size);
    if (count == 0)
        die("nothing was measured");
    printf("{\"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f}", ms[count / 2], ms[count * 99 / 100],
           ms[count - 1]);
}

static void must_do(const char *what, rd_kafka_error_t *refused)
{
    if (refused)
        die("%s: %s", what, rd_kafka_error_string(refused));
}

/* --- From an event to its alert --- */

struct alerts {
    rd_kafka_t *consumer, *producer;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *alerts, *milestones;
    int32_t partitions;
    struct codec *codec;
    struct buffer value;
    size_t events, seen;
    double *sent, *took;
};

/* Those of this run: "late-<number>". */
static void take(struct alerts *a, const rd_kafka_message_t *m)
{
    char key[32] = "";
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return;
    if (m->err)
        die("%s", rd_kafka_message_errstr(m));
    if (m->key_len >= sizeof key || m->key_len < 6)
        return;
    memcpy(key, m->key, m->key_len);
    size_t number = strtoul(key + 5, NULL, 10);
    if (strncmp(key, "late-", 5) != 0 || number >= a->events || a->took[number] >= 0)
        return;
    a->took[number] = now_ms(CLOCK_MONOTONIC) - a->sent[number];
    a->seen++;
}

static void read_until(struct alerts *a, double until)
{
    for (double left; a->seen < a->events && (left = until - now_ms(CLOCK_MONOTONIC)) > 0;) {
        int wait = left < 1 ? 0 : left > 5 ? 5 : (int)left;
        rd_kafka_message_t *m = rd_kafka_consume_queue(a->queue, wait); /* a batch would be waited for */
        if (m) {
            take(a, m);
            rd_kafka_message_destroy(m);
        }
        (void)rd_kafka_poll(a->producer, 0);
    }
}

/* Due the day after: its last lead has begun, so that it is raised at once. */
static void publish(struct alerts *a, size_t number)
{
    char id[32], event_id[48], dossier[32], due[DAY_TEXT_SIZE];
    struct event event;
    int64_t now = (int64_t)now_ms(CLOCK_REALTIME);
    event_clear(&event, EVENT_MILESTONE);
    (void)snprintf(id, sizeof id, "late-%06zu", number);
    (void)snprintf(event_id, sizeof event_id, "event-%06zu-%ld", number, (long)getpid());
    (void)snprintf(dossier, sizeof dossier, "accord-%03zu", number % 100);
    (void)day_format((struct day){(int32_t)(now / DAY_MS) + 1}, due);
    event.common.event_id = text_of(event_id);
    event.common.recorded_at.ms = now;
    event.common.dossier = event.milestone.instrument = text_of(dossier);
    event.common.type = MILESTONE_UNDERTAKEN;
    event.milestone.commitment = text_of(id);
    event.milestone.title = TEXT_LITERAL("Build the joint hydrological station");
    event.milestone.due = text_of(due);
    buffer_clear(&a->value);
    if (codec_encode_event(a->codec, &event, &a->value, NULL))
        die("an event cannot be encoded");
    a->sent[number] = now_ms(CLOCK_MONOTONIC);
    rd_kafka_resp_err_t refused = rd_kafka_producev(
        a->producer, RD_KAFKA_V_RKT(a->milestones),
        RD_KAFKA_V_PARTITION(murmur2_partition(text_of(dossier), a->partitions)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(dossier, strlen(dossier)),
        RD_KAFKA_V_VALUE(a->value.at, a->value.len), RD_KAFKA_V_TIMESTAMP(now), RD_KAFKA_V_END);
    if (refused)
        die("produce: %s", rd_kafka_err2str(refused));
}

size_t latency_of_alerts(const char *brokers, const char *prefix, size_t events, unsigned every_ms)
{
    struct alerts a = {.events = events};
    char name[256];
    a.consumer = plain_client(PLAIN_READER, brokers);
    a.producer = plain_client(PLAIN_PROMPT, brokers);
    a.partitions = plain_partitions(a.consumer, prefix);
    a.queue = rd_kafka_queue_new(a.consumer);
    if (codec_new(&a.codec, NULL))
        die("no codec");
    a.sent = memory_zeroed(events * sizeof *a.sent);
    a.took = memory_zeroed(events * sizeof *a.took);
    for (size_t i = 0; i < events; i++)
        a.took[i] = -1;
    topic_name(name, sizeof name, prefix, ALERTS);
    a.alerts = rd_kafka_topic_new(a.consumer, name, NULL);
    for (int32_t p = 0; p < a.partitions; p++)
        if (rd_kafka_consume_start_queue(a.alerts, p, RD_KAFKA_OFFSET_END, a.queue))
            die("%s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
    topic_name(name, sizeof name, prefix, MILESTONES);
    a.milestones = rd_kafka_topic_new(a.producer, name, NULL);
    double start = now_ms(CLOCK_MONOTONIC) + 1000; /* until both clients know their brokers */
    read_until(&a, start);
    for (size_t i = 0; i < events; i++) {
        publish(&a, i);
        read_until(&a, start + (double)(i + 1) * every_ms);
    }
    read_until(&a, now_ms(CLOCK_MONOTONIC) + PATIENCE_MS);
    if (a.seen < events)
        die("only %zu of %zu alerts came", a.seen, events);
    print(a.took, events);
    (void)putchar('\n');
    for (int32_t p = 0; p < a.partitions; p++)
        (void)rd_kafka_consume_stop(a.alerts, p);
    rd_kafka_topic_destroy(a.alerts);
    rd_kafka_topic_destroy(a.milestones);
    rd_kafka_queue_destroy(a.queue);
    rd_kafka_destroy(a.consumer);
    (void)rd_kafka_flush(a.producer, ANSWER_MS);
    rd_kafka_destroy(a.producer);
    codec_free(a.codec);
    buffer_free(&a.value);
    memory_give(a.sent);
    memory_give(a.took);
    return events;
}

/* --- Bare transactions --- */

struct cycle {
    rd_kafka_t *writer;
    rd_kafka_topic_t *to[RECORDS];
    rd_kafka_consumer_group_metadata_t *group;
    rd_kafka_topic_partition_list_t *offsets;
};

static void run_cycle(struct cycle *c, int64_t number)
{
    static char value[RECORD_BYTES];
    must_do("begin", rd_kafka_begin_transaction(c->writer));
    for (int k = 0; k < RECORDS; k++)
        if (rd_kafka_produce(c->to[k], 0, RD_KAFKA_MSG_F_COPY, value, sizeof value, "key", 3, NULL))
            die("produce: %s", rd_kafka_err2str(rd_kafka_last_error()));
    c->offsets->elems[0].offset = number + 1;
    must_do("send_offsets", rd_kafka_send_offsets_to_transaction(c->writer, c->offsets, c->group, ANSWER_MS));
    must_do("commit", rd_kafka_commit_transaction(c->writer, ANSWER_MS));
    (void)rd_kafka_poll(c->writer, 0);
}

static void rest(double ms)
{
    if (ms > 0)
        (void)nanosleep(&(struct timespec){(time_t)(ms / 1e3), (long)(ms * 1e6) % 1000000000L}, NULL);
}

/* One every so often, or as soon as the one before is done. */
static void run_on_time(struct cycle *c, size_t count, unsigned every_ms)
{
    double *took = memory_zeroed(count * sizeof *took), *late = memory_zeroed(count * sizeof *late);
    double start = now_ms(CLOCK_MONOTONIC);
    for (size_t i = 0; i < count; i++) {
        double due = start + (double)i * every_ms;
        rest(due - now_ms(CLOCK_MONOTONIC));
        double began = now_ms(CLOCK_MONOTONIC);
        run_cycle(c, (int64_t)i);
        double ended = now_ms(CLOCK_MONOTONIC);
        took[i] = ended - began;
        late[i] = ended - due;
    }
    printf("\"begun\": ");
    print(took, count);
    printf(", \"due\": ");
    print(late, count);
    memory_give(took);
    memory_give(late);
}

/* None before the one before has been done for so long. */
static void run_rested(struct cycle *c, size_t count, unsigned rest_ms)
{
    double *took = memory_zeroed(count * sizeof *took);
    for (size_t i = 0; i < count; i++) {
        double began = now_ms(CLOCK_MONOTONIC);
        run_cycle(c, (int64_t)(count + i));
        took[i] = now_ms(CLOCK_MONOTONIC) - began;
        rest(rest_ms);
    }
    printf("\"rested\": ");
    print(took, count);
    memory_give(took);
}

size_t latency_of_transactions(const char *brokers, const char *prefix, size_t count, unsigned every_ms)
{
    /* Where a commitment's event leads to: its record, its instrument's and an alert. */
    static const int topics[RECORDS] = {3, 5, ALERTS};
    struct cycle c = {.writer = plain_client(PLAIN_WRITER, brokers)};
    char name[256];
    must_do("init", rd_kafka_init_transactions(c.writer, ANSWER_MS));
    for (int k = 0; k < RECORDS; k++) {
        topic_name(name, sizeof name, prefix, topics[k]);
        c.to[k] = rd_kafka_topic_new(c.writer, name, NULL);
    }
    (void)snprintf(name, sizeof name, "cycle-%ld", (long)getpid());
    c.group = rd_kafka_consumer_group_metadata_new(name);
    c.offsets = rd_kafka_topic_partition_list_new(1);
    topic_name(name, sizeof name, prefix, MILESTONES);
    (void)rd_kafka_topic_partition_list_add(c.offsets, name, 0);
    (void)putchar('{');
    run_on_time(&c, count, every_ms);
    printf(", ");
    run_rested(&c, count, every_ms);
    printf("}\n");
    for (int k = 0; k < RECORDS; k++)
        rd_kafka_topic_destroy(c.to[k]);
    rd_kafka_topic_partition_list_destroy(c.offsets);
    rd_kafka_consumer_group_metadata_destroy(c.group);
    rd_kafka_destroy(c.writer);
    return 2 * count;
}
