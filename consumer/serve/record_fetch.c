#include "consumer/serve/record_fetch.h"

#include "consumer/stop.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/kafka/client.h"
#include "edge/registry/registered.h"

#define SLICE_MS 100 /* between two looks at whether to stop */

struct record_fetch {
    const struct settings *settings;
    rd_kafka_t *client;        /* own; NULL: not yet */
    struct codec *codec;       /* own; NULL: not yet */
    struct registry *registry; /* own; NULL: none */
};

struct record_fetch *record_fetch_new(const struct settings *s)
{
    struct record_fetch *f = memory_zeroed(sizeof *f);
    f->settings = s;
    return f;
}

void record_fetch_free(struct record_fetch *f)
{
    if (!f)
        return;
    if (f->client)
        rd_kafka_destroy(f->client);
    codec_free(f->codec);
    registry_free(f->registry);
    memory_give(f);
}

struct codec *record_fetch_codec(struct record_fetch *f, struct error *e)
{
    if (f->codec)
        return f->codec;
    int rc = codec_new(&f->codec, e);
    if (rc == 0)
        rc = registered_reading(f->settings, f->codec, &f->registry, e);
    if (rc) {
        codec_free(f->codec);
        f->codec = NULL;
    }
    return f->codec;
}

/* Little is read ahead, but a queue that is full would make the next fetch wait for a second. A batch comes
 * as a whole. */
static int open_client(struct record_fetch *f, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        {CLIENT_DECIDES, "auto.offset.reset", "error"},
        {CLIENT_DECIDES, "queued.min.messages", "10000"},
        {CLIENT_DECIDES, "queued.max.messages.kbytes", "4096"},
        {CLIENT_DECIDES, "fetch.max.bytes", "1048576"},
        {CLIENT_DECIDES, "fetch.message.max.bytes", "1048576"},
        {CLIENT_DECIDES, "fetch.wait.max.ms", "10"},
        {CLIENT_DECIDES, "receive.message.max.bytes", RECORD_FETCH_BYTES_TEXT},
        {CLIENT_PREFERS, "reconnect.backoff.max.ms", "1000"},
    };
    rd_kafka_conf_t *conf = NULL;
    if (f->client)
        return 0;
    int rc = client_configure(f->settings, settings, sizeof settings / sizeof *settings, &conf, e);
    return rc ? rc : client_new(CLIENT_CONSUMER, conf, &f->client, e);
}

/* What a client was once refused it may not ask for again: the next one begins with another. */
static int give_up(struct record_fetch *f, int rc)
{
    if (f->client)
        rd_kafka_destroy(f->client);
    f->client = NULL;
    return rc;
}

/* Takes the message; NULL: the partition ends here, or has not got that far. 1: that was all. */
typedef int (*take_fn)(void *context, rd_kafka_message_t *m);

/* 1: all is done; 0: there is more to come. */
static int look(rd_kafka_topic_t *topic, int32_t partition, take_fn take, void *context, struct error *e)
{
    int rc = 1;
    rd_kafka_message_t *m = rd_kafka_consume(topic, partition, SLICE_MS);
    if (!m)
        return 0;
    switch (m->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return take(context, m);
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: (void)take(context, NULL); break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: rc = 0; break;
    default: rc = error_set(e, ERROR_KAFKA, rd_kafka_topic_name(topic), "%s", rd_kafka_message_errstr(m));
    }
    rd_kafka_message_destroy(m);
    return rc;
}

static int read_from(struct record_fetch *f, const char *topic, int32_t partition, int64_t offset,
                     take_fn take, void *context, struct error *e)
{
    int64_t limit = clock_monotonic_ms() + RECORD_FETCH_MS;
    int rc = open_client(f, e);
    if (rc)
        return rc;
    rd_kafka_topic_t *t = rd_kafka_topic_new(f->client, topic, NULL);
    if (!t || rd_kafka_consume_start(t, partition, offset) != 0) {
        rc = error_set(e, ERROR_KAFKA, topic, "cannot be read: %s", rd_kafka_err2str(rd_kafka_last_error()));
    } else {
        while (rc == 0 && !stop_requested() && clock_monotonic_ms() < limit)
            rc = look(t, partition, take, context, e);
        if (rc == 0 && stop_requested())
            rc = error_set(e, ERROR_STOPPED, "", "the server ends");
        else if (rc == 0)
            rc = error_set(e, ERROR_KAFKA, topic, "was not read within %d seconds", RECORD_FETCH_MS / 1000);
        (void)rd_kafka_consume_stop(t, partition);
    }
    if (t)
        rd_kafka_topic_destroy(t);
    return rc < 0 ? give_up(f, rc) : 0;
}

/* --- One record --- */

struct wanted {
    int64_t offset;
    rd_kafka_message_t **out;
};

/* Where the offset has no record the next one comes, or the end. */
static int take_one(void *context, rd_kafka_message_t *m)
{
    struct wanted *w = context;
    *w->out = m && m->offset == w->offset ? m : NULL;
    if (m && !*w->out)
        rd_kafka_message_destroy(m);
    return 1;
}

int record_fetch_get(struct record_fetch *f, const char *topic, int32_t partition, int64_t offset,
                     rd_kafka_message_t **out, struct error *e)
{
    struct wanted wanted = {offset, out};
    return read_from(f, topic, partition, offset, take_one, &wanted, e);
}

/* --- The last ones --- */

struct tail {
    int64_t end;
    void (*take)(void *context, const rd_kafka_message_t *m);
    void *context;
};

static int take_tail(void *context, rd_kafka_message_t *m)
{
    struct tail *t = context;
    bool over = !m || m->offset >= t->end;
    bool last = over || m->offset + 1 >= t->end;
    if (!over)
        t->take(t->context, m);
    if (m)
        rd_kafka_message_destroy(m);
    return last;
}

int record_fetch_tail(struct record_fetch *f, const char *topic, int32_t partition, int64_t most,
                      void (*take)(void *context, const rd_kafka_message_t *m), void *context,
                      int64_t *behind, struct error *e)
{
    int64_t low = 0, high = 0;
    int rc = open_client(f, e);
    if (rc)
        return rc;
    rd_kafka_resp_err_t refused =
        rd_kafka_query_watermark_offsets(f->client, topic, partition, &low, &high, RECORD_FETCH_MS / 3);
    if (refused)
        return give_up(f, error_set(e, ERROR_KAFKA, topic, "partition %d: %s", (int)partition,
                                    rd_kafka_err2str(refused)));
    int64_t start = high - most > low ? high - most : low;
    *behind = start - low;
    if (start >= high)
        return 0;
    struct tail tail = {high, take, context};
    return read_from(f, topic, partition, start, take_tail, &tail, e);
}
