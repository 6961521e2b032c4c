#include "consumer/inbox.h"

#include "consumer/header_bound.h"
#include "core/memory.h"

#define BOUND_TRIALS 4

static void inbox_init(struct inbox *in, const char *topic, int32_t partition, int64_t start)
{
    *in = (struct inbox){
        .name = topic,
        .partition = partition,
        .batch = memory_take(INBOX_BATCH * sizeof *in->batch),
        .applied = start < 0 ? 0 : start,
        .position = start < 0 ? 0 : start,
        .high = -1,
        .until = -1,
    };
}

void inbox_open(struct inbox *in, rd_kafka_t *consumer, const char *topic, int32_t partition, int64_t start,
                int wake_fd)
{
    static const uint64_t one = 1;
    inbox_init(in, topic, partition, start);
    in->queue = rd_kafka_queue_get_partition(consumer, topic, partition);
    if (!in->queue)
        return;
    rd_kafka_queue_forward(in->queue, NULL);
    rd_kafka_queue_io_event_enable(in->queue, wake_fd, &one, sizeof one);
}

int inbox_open_simple(struct inbox *in, rd_kafka_t *consumer, const char *topic, int32_t partition,
                      int64_t start, int wake_fd, struct error *e)
{
    static const uint64_t one = 1;
    inbox_init(in, topic, partition, start);
    in->topic = rd_kafka_topic_new(consumer, topic, NULL);
    in->queue = rd_kafka_queue_new(consumer);
    rd_kafka_queue_io_event_enable(in->queue, wake_fd, &one, sizeof one);
    if (!in->topic || rd_kafka_consume_start_queue(in->topic, partition, start, in->queue) != 0) {
        int rc = error_set(e, ERROR_KAFKA, topic, "partition %d cannot be read: %s", (int)partition,
                           rd_kafka_err2str(rd_kafka_last_error()));
        if (in->topic)
            rd_kafka_topic_destroy(in->topic);
        in->topic = NULL;
        inbox_close(in);
        return rc;
    }
    return 0;
}

static void inbox_drop(struct inbox *in)
{
    rd_kafka_message_destroy(in->batch[in->next++]);
}

/* Whether one of the first messages shows where headers are. */
static bool inbox_is_bounded(const struct inbox *in)
{
    for (size_t i = 0; i + 1 < in->count && i < BOUND_TRIALS; i++)
        if (header_bound_holds(in->batch[i], in->batch[i + 1]))
            return true;
    return false;
}

static bool inbox_fill(struct inbox *in, uint64_t round)
{
    ssize_t n = rd_kafka_consume_batch_queue(in->queue, 0, in->batch, INBOX_BATCH);
    in->count = n > 0 ? (size_t)n : 0;
    in->next = 0;
    in->round = round;
    in->bounded = inbox_is_bounded(in);
    return in->count > 0;
}

/* librdkafka keeps what it has fetched of a partition that nobody reads any more, for as long as the client
 * lives: megabytes for each that was taken away. */
static void inbox_empty(struct inbox *in)
{
    do
        while (in->next < in->count)
            inbox_drop(in);
    while (in->queue && inbox_fill(in, 0));
}

void inbox_close(struct inbox *in)
{
    inbox_empty(in);
    if (in->topic) {
        (void)rd_kafka_consume_stop(in->topic, in->partition);
        rd_kafka_topic_destroy(in->topic);
    }
    if (in->queue) {
        inbox_empty(in);
        rd_kafka_queue_io_event_enable(in->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(in->queue);
    }
    memory_give(in->batch);
    *in = (struct inbox){.high = -1, .until = -1};
}

int inbox_head(struct inbox *in, uint64_t round, const rd_kafka_message_t **out, struct error *e)
{
    while (in->next < in->count || inbox_fill(in, round)) {
        const rd_kafka_message_t *m = in->batch[in->next];
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            *out = m;
            return 0;
        }
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (m->offset > in->position)
                in->position = m->offset;
            inbox_drop(in);
            continue;
        }
        int rc = error_set(e, ERROR_KAFKA, in->name, "partition %d: %s", (int)in->partition,
                           rd_kafka_message_errstr(m));
        inbox_drop(in);
        return rc;
    }
    *out = NULL;
    return 0;
}

void inbox_take(struct inbox *in)
{
    in->applied = in->position = in->batch[in->next]->offset + 1;
    inbox_drop(in);
}
