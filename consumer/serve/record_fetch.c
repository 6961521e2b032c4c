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

/* Little is read ahead, but a queue that is full would make the next fetch wait for a second. A batch comes as
 * a whole. */
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

/* 1: *out is set, to NULL where there is none; 0: nothing yet. Where the offset has no record the next one
 * comes, or the end. */
static int look(rd_kafka_topic_t *topic, int32_t partition, int64_t offset, rd_kafka_message_t **out,
                struct error *e)
{
    int rc = 1;
    rd_kafka_message_t *m = rd_kafka_consume(topic, partition, SLICE_MS);
    if (!m)
        return 0;
    *out = NULL;
    switch (m->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        if (m->offset == offset) {
            *out = m;
            return 1;
        }
        break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: rc = 0; break;
    default: rc = error_set(e, ERROR_KAFKA, rd_kafka_topic_name(topic), "%s", rd_kafka_message_errstr(m));
    }
    rd_kafka_message_destroy(m);
    return rc;
}

int record_fetch_get(struct record_fetch *f, const char *topic, int32_t partition, int64_t offset,
                     rd_kafka_message_t **out, struct error *e)
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
            rc = look(t, partition, offset, out, e);
        if (rc == 0)
            rc = stop_requested() ? error_set(e, ERROR_STOPPED, "", "the server ends")
                                  : error_set(e, ERROR_KAFKA, topic, "gave no record within %d seconds",
                                              RECORD_FETCH_MS / 1000);
        (void)rd_kafka_consume_stop(t, partition);
    }
    if (t)
        rd_kafka_topic_destroy(t);
    return rc < 0 ? rc : 0;
}
