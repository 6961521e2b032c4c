#include "consumer/notify/offsets.h"

#include <librdkafka/rdkafka.h>

#include "consumer/group_offsets.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/kafka/client.h"

#define AGAIN_MS 1000   /* after a refusal */
#define KEEP_MS 3600000 /* the same once more */
#define SAY_MS 60000

struct offsets {
    const char *group, *topic;
    int32_t partitions;
    rd_kafka_t *client;      /* own */
    rd_kafka_queue_t *queue; /* own: outcomes of commits */
    int64_t *wanted, *given; /* own: -1: nothing */
    bool under_way;
    int64_t given_ms, failed_ms, said_ms;
};

int offsets_open(const struct settings *s, const char *group, const char *topic, int32_t partitions,
                 struct offsets **out, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "group.id", group},
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.auto.commit", "false"},
        {CLIENT_PREFERS, "reconnect.backoff.max.ms", "2000"},
    };
    rd_kafka_conf_t *conf = NULL;
    struct offsets *o = memory_zeroed(sizeof *o);
    o->group = group;
    o->topic = topic;
    o->partitions = partitions;
    o->wanted = memory_take((size_t)partitions * sizeof *o->wanted);
    o->given = memory_take((size_t)partitions * sizeof *o->given);
    for (int32_t p = 0; p < partitions; p++)
        o->wanted[p] = o->given[p] = -1;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    if (rc == 0)
        rc = client_new(CLIENT_CONSUMER, conf, &o->client, e);
    if (rc) {
        offsets_close(o);
        return rc;
    }
    o->queue = rd_kafka_queue_new(o->client);
    *out = o;
    return 0;
}

void offsets_close(struct offsets *o)
{
    if (!o)
        return;
    if (o->queue)
        rd_kafka_queue_destroy(o->queue);
    if (o->client)
        rd_kafka_destroy(o->client);
    memory_give(o->wanted);
    memory_give(o->given);
    memory_give(o);
}

/* --- Reading --- */

static rd_kafka_topic_partition_list_t *list_of(const struct offsets *o, const int64_t *positions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(o->partitions);
    for (int32_t p = 0; p < o->partitions; p++)
        if (!positions || positions[p] >= 0)
            rd_kafka_topic_partition_list_add(list, o->topic, p)->offset =
                positions ? positions[p] : RD_KAFKA_OFFSET_INVALID;
    return list;
}

int offsets_read(struct offsets *o, int64_t *out, struct error *e)
{
    rd_kafka_topic_partition_list_t *list = list_of(o, NULL);
    int rc = group_offsets_ask(o->client, o->group, list, e);
    for (int i = 0; rc == 0 && i < list->cnt; i++)
        out[i] = list->elems[i].offset < 0 ? -1 : list->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return rc;
}

/* --- Committing --- */

static void committed(rd_kafka_t *client, rd_kafka_resp_err_t refused, rd_kafka_topic_partition_list_t *list,
                      void *context)
{
    struct offsets *o = context;
    int64_t now = clock_monotonic_ms();
    (void)client;
    for (int i = 0; !refused && list && i < list->cnt; i++)
        refused = list->elems[i].err;
    o->under_way = false;
    o->failed_ms = refused ? now : 0;
    if (refused && (o->said_ms == 0 || now - o->said_ms >= SAY_MS)) {
        o->said_ms = now;
        log_warn("the place of a receiver cannot be committed, which is tried again",
                 log_text("group", o->group), log_text("reason", rd_kafka_err2str(refused)));
    }
}

static bool is_given(const struct offsets *o)
{
    return memcmp(o->wanted, o->given, (size_t)o->partitions * sizeof *o->wanted) == 0;
}

void offsets_keep(struct offsets *o)
{
    int64_t now = clock_monotonic_ms();
    (void)rd_kafka_queue_poll_callback(o->queue, 0);
    bool due = !is_given(o) || (o->given_ms && now - o->given_ms >= KEEP_MS) || o->failed_ms;
    if (o->under_way || !due || (o->failed_ms && now - o->failed_ms < AGAIN_MS))
        return;
    rd_kafka_topic_partition_list_t *list = list_of(o, o->wanted);
    if (list->cnt && !rd_kafka_commit_queue(o->client, list, o->queue, committed, o)) {
        o->under_way = true;
        o->given_ms = now;
        memcpy(o->given, o->wanted, (size_t)o->partitions * sizeof *o->wanted);
    }
    rd_kafka_topic_partition_list_destroy(list);
}

void offsets_commit(struct offsets *o, const int64_t *positions)
{
    memcpy(o->wanted, positions, (size_t)o->partitions * sizeof *o->wanted);
    offsets_keep(o);
}

void offsets_settle(struct offsets *o, int timeout_ms)
{
    int64_t limit = clock_monotonic_ms() + timeout_ms;
    offsets_keep(o);
    while ((o->under_way || o->failed_ms || !is_given(o)) && clock_monotonic_ms() < limit) {
        (void)rd_kafka_queue_poll_callback(o->queue, 50);
        offsets_keep(o);
    }
}
