#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "consumer/ahead.h"
#include "consumer/event_message.h"
#include "consumer/inbox.h"
#include "consumer/merge.h"
#include "consumer/replay/history.h"
#include "consumer/topic_reader.h"
#include "consumer/watermarks.h"
#include "core/memory.h"
#include "edge/kafka/client.h"
#include "edge/registry/registered.h"

#define METADATA_TIMEOUT_MS 10000
#define WAIT_MS 100
#define SILENCE_MS 60000 /* a broker that gives nothing for so long is not coming back by itself */

/* Partition p of the three topics. */
struct lane {
    struct inbox inboxes[EVENT_KINDS];
    struct ahead ahead[EVENT_KINDS];
    int candidate; /* kind of the next event; -1: at its end; LANE_UNKNOWN: to be looked for */
    struct instant timestamp;
};
#define LANE_UNKNOWN (-2)

struct topic_history {
    struct history history;    /* first */
    rd_kafka_t *client;        /* own */
    struct codec *codec;       /* own */
    struct registry *registry; /* own; NULL: none */
    struct topic_names names;
    int wake_fd;
    struct instant as_of;
    struct topic_order order; /* without a function: by time */
    struct lane *lanes;       /* one a partition */
    struct lane *taken;       /* whose head was returned last and is to be taken */
    enum event_kind taken_kind;
};

static void topic_history_free(struct history *history)
{
    struct topic_history *h = (struct topic_history *)(void *)history;
    for (int32_t p = 0; h->lanes && p < h->history.partitions; p++)
        for (int k = 0; k < EVENT_KINDS; k++) {
            ahead_free(&h->lanes[p].ahead[k]);
            inbox_close(&h->lanes[p].inboxes[k]);
        }
    if (h->client)
        rd_kafka_destroy(h->client);
    codec_free(h->codec);
    registry_free(h->registry);
    topic_names_free(&h->names);
    if (h->wake_fd >= 0)
        (void)close(h->wake_fd);
    memory_give(h->lanes);
    memory_give(h);
}

static int history_wait(struct topic_history *h, int *silent_ms, const struct inbox *in, struct error *e)
{
    uint64_t count;
    struct pollfd fd = {h->wake_fd, POLLIN, 0};
    (void)rd_kafka_poll(h->client, 0);
    if (poll(&fd, 1, WAIT_MS) > 0) {
        *silent_ms = 0;
        if (read(h->wake_fd, &count, sizeof count) < 0)
            return 0;
    } else if ((*silent_ms += WAIT_MS) >= SILENCE_MS) {
        return error_set(
            e, ERROR_KAFKA, in->name,
            "partition %d gives nothing at offset %lld of %lld; is there a transaction that never ended?",
            (int)in->partition, (long long)in->position, (long long)in->until);
    }
    return 0;
}

/* The next message of the inbox that belongs to this history; NULL: it has ended. Blocks until one or the
 * other is known. */
static int history_head(struct topic_history *h, struct inbox *in, const rd_kafka_message_t **out,
                        struct error *e)
{
    int silent_ms = 0;
    for (;;) {
        const rd_kafka_message_t *m;
        int rc = inbox_head(in, 0, &m, e);
        if (rc)
            return rc;
        if (m ? m->offset >= in->until : inbox_reached(in, in->until)) {
            *out = NULL;
            return 0;
        }
        if (m && (instant_is_none(h->as_of) || event_message_time(m).ms <= h->as_of.ms)) {
            *out = m;
            return 0;
        }
        if (m)
            inbox_take(in);
        else if ((rc = history_wait(h, &silent_ms, in, e)))
            return rc;
    }
}

static int lane_look(struct topic_history *h, struct lane *lane, struct error *e)
{
    struct merge_head heads[EVENT_KINDS];
    for (int k = 0; k < EVENT_KINDS; k++) {
        const rd_kafka_message_t *m;
        int rc = history_head(h, &lane->inboxes[k], &m, e);
        if (rc)
            return rc;
        heads[k].there = m != NULL;
        heads[k].timestamp = m ? event_message_time(m) : INSTANT_NONE;
        heads[k].offset = m ? m->offset : -1;
    }
    lane->candidate = h->order.pick ? h->order.pick(h->order.context, lane->inboxes[0].partition, heads)
                                    : merge_pick(heads);
    lane->timestamp = lane->candidate < 0 ? INSTANT_NONE : heads[lane->candidate].timestamp;
    return 0;
}

/* The event of the lane's head of that kind. 0, or why it is none. */
static int lane_event(struct topic_history *h, struct lane *lane, enum event_kind kind,
                      const struct event **out, struct error *e)
{
    struct ahead *ahead = &lane->ahead[kind];
    const struct inbox *in = &lane->inboxes[kind];
    *out = ahead_find(ahead, in);
    if (*out)
        return 0;
    int rc = ahead_fill(ahead, h->codec, kind, in, e);
    if (rc)
        return rc;
    if (h->history.expect)
        h->history.expect(h->history.context, in->partition, ahead->events, ahead->count);
    *out = &ahead->events[0];
    return 0;
}

/* Of all tasks the one whose event is the earliest, so that what is printed does not depend on what arrived
 * first. */
static int topic_history_next(struct history *history, struct history_item *out, struct error *e)
{
    struct topic_history *h = (struct topic_history *)(void *)history;
    struct lane *best = NULL;
    if (h->taken) {
        inbox_take(&h->taken->inboxes[h->taken_kind]);
        h->taken->candidate = LANE_UNKNOWN;
        h->taken = NULL;
    }
    for (int32_t p = 0; p < h->history.partitions; p++) {
        struct lane *lane = &h->lanes[p];
        int rc = lane->candidate == LANE_UNKNOWN ? lane_look(h, lane, e) : 0;
        if (rc)
            return rc;
        if (lane->candidate >= 0 && (!best || lane->timestamp.ms < best->timestamp.ms))
            best = lane;
    }
    if (!best)
        return 0;
    enum event_kind kind = (enum event_kind)best->candidate;
    struct inbox *in = &best->inboxes[kind];
    const rd_kafka_message_t *m = in->batch[in->next];
    out->partition = in->partition;
    out->kind = kind;
    out->offset = m->offset;
    out->file = NULL;
    out->timestamp = best->timestamp;
    int rc = lane_event(h, best, kind, &out->event, &out->refused);
    if (rc == ERROR_REGISTRY) {
        *e = out->refused;
        return rc;
    }
    if (rc == 0)
        out->refused.code = 0;
    h->taken = best;
    h->taken_kind = kind;
    return 1;
}

static int history_open_lanes(struct topic_history *h, const rd_kafka_topic_partition_list_t *ends,
                              struct error *e)
{
    h->lanes = memory_zeroed((size_t)h->history.partitions * sizeof *h->lanes);
    for (int i = 0; i < ends->cnt; i++) {
        struct lane *lane = &h->lanes[ends->elems[i].partition];
        struct inbox *in = &lane->inboxes[i % EVENT_KINDS];
        lane->candidate = LANE_UNKNOWN;
        int rc = inbox_open_simple(in, h->client, h->names.all[i % EVENT_KINDS].at, ends->elems[i].partition,
                                   RD_KAFKA_OFFSET_BEGINNING, h->wake_fd, e);
        if (rc)
            return rc;
        in->until = ends->elems[i].offset;
        h->history.total += in->until;
    }
    return 0;
}

/* Where everything that there is now ends. */
static int history_snapshot(struct topic_history *h, const struct settings *s, struct error *e)
{
    rd_kafka_t *watermarks = NULL;
    int rc = watermarks_client(s, &watermarks, e);
    if (rc)
        return rc;
    rc = client_wait(watermarks, s, METADATA_TIMEOUT_MS, e);
    /* Asked by the client that reads: one that starts before it knows the leaders waits half a second. */
    if (rc == 0)
        rc = watermarks_partitions(h->client, &h->names, TOPIC_SIGNINGS, EVENT_KINDS, METADATA_TIMEOUT_MS,
                                   &h->history.partitions, e);
    if (rc == 0) {
        rd_kafka_topic_partition_list_t *ends =
            rd_kafka_topic_partition_list_new(EVENT_KINDS * h->history.partitions);
        for (int32_t p = 0; p < h->history.partitions; p++)
            for (int k = 0; k < EVENT_KINDS; k++)
                rd_kafka_topic_partition_list_add(ends, h->names.all[k].at, p);
        rc = watermarks_high(watermarks, ends, METADATA_TIMEOUT_MS, e);
        if (rc == 0)
            rc = history_open_lanes(h, ends, e);
        rd_kafka_topic_partition_list_destroy(ends);
    }
    rd_kafka_destroy(watermarks);
    return rc;
}

static int open_in(const struct settings *s, struct instant as_of, struct topic_order order,
                   struct history **out, struct error *e)
{
    struct topic_history *h = memory_zeroed(sizeof *h);
    h->history = (struct history){.next = topic_history_next, .free = topic_history_free};
    h->as_of = as_of;
    h->order = order;
    h->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    topic_names_make(&h->names, s->prefix);
    int rc = h->wake_fd < 0 ? error_set(e, ERROR_SYSTEM, "eventfd", "no file descriptor is left") : 0;
    if (rc == 0)
        rc = codec_new(&h->codec, e);
    if (rc == 0)
        rc = registered_reading(s, h->codec, &h->registry, e);
    if (rc == 0)
        rc = topic_reader_client(s, &h->client, e);
    if (rc == 0)
        rc = history_snapshot(h, s, e);
    if (rc) {
        topic_history_free(&h->history);
        return rc;
    }
    *out = &h->history;
    return 0;
}

int topic_history_open(const struct settings *s, struct instant as_of, struct history **out, struct error *e)
{
    return open_in(s, as_of, (struct topic_order){NULL, NULL}, out, e);
}

int topic_history_open_in(const struct settings *s, struct topic_order order, struct history **out,
                          struct error *e)
{
    return open_in(s, INSTANT_NONE, order, out, e);
}
