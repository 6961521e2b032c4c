#include "consumer/topic_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "consumer/inbox.h"
#include "consumer/watermarks.h"
#include "core/memory.h"
#include "edge/cli/interrupt.h"
#include "edge/kafka/client.h"

#define METADATA_TIMEOUT_MS 10000
#define WAIT_MS 100
#define SILENCE_MS 60000 /* a broker that gives nothing for so long is not coming back by itself */

/* So many partitions are fetched at once: the next are on their way while one is looked at. */
#define AHEAD 8

struct topic_reader {
    const struct topic_names *names;
    rd_kafka_t *client;     /* own */
    rd_kafka_t *watermarks; /* own */
    int wake_fd;
    int32_t partitions;
};

int topic_reader_client(const struct settings *s, rd_kafka_t **out, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        {CLIENT_DECIDES, "auto.offset.reset", "error"},
        /* The last fetch finds nothing but the end: not worth waiting for more. */
        {CLIENT_PREFERS, "fetch.wait.max.ms", "10"},
        /* Also bounds what a compressed batch may unpack to: one beyond it could never be passed. */
        {CLIENT_PREFERS, "receive.message.max.bytes", "2147483647"},
        {CLIENT_PREFERS, "queued.min.messages", "100000"},
        {CLIENT_PREFERS, "queued.max.messages.kbytes", "65536"},
    };
    rd_kafka_conf_t *conf = NULL;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    return rc ? rc : client_new(CLIENT_CONSUMER, conf, out, e);
}

int topic_reader_open(const struct settings *s, const struct topic_names *names, struct topic_reader **out,
                      struct error *e)
{
    struct topic_reader *r = memory_zeroed(sizeof *r);
    r->names = names;
    r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int rc = r->wake_fd < 0 ? error_set(e, ERROR_SYSTEM, "eventfd", "no file descriptor is left") : 0;
    if (rc == 0)
        rc = watermarks_client(s, &r->watermarks, e);
    if (rc == 0)
        rc = topic_reader_client(s, &r->client, e);
    if (rc == 0)
        rc = client_wait(r->watermarks, s, METADATA_TIMEOUT_MS, e);
    /* Asked by the client that reads: one that starts before it knows the leaders waits half a second. */
    if (rc == 0)
        rc = watermarks_partitions(r->client, names, TOPIC_SIGNINGS, TOPIC_COUNT, METADATA_TIMEOUT_MS,
                                   &r->partitions, e);
    if (rc) {
        topic_reader_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void topic_reader_close(struct topic_reader *r)
{
    if (!r)
        return;
    if (r->client)
        rd_kafka_destroy(r->client);
    if (r->watermarks)
        rd_kafka_destroy(r->watermarks);
    if (r->wake_fd >= 0)
        (void)close(r->wake_fd);
    memory_give(r);
}

int32_t topic_reader_partitions(const struct topic_reader *r)
{
    return r->partitions;
}

int topic_reader_ends(struct topic_reader *r, struct topic_span *spans, size_t count, struct error *e)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, r->names->all[spans[i].topic].at, spans[i].partition);
    int rc = watermarks_high(r->watermarks, list, METADATA_TIMEOUT_MS, e);
    for (size_t i = 0; rc == 0 && i < count; i++)
        spans[i].to = list->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return rc;
}

static int reader_wait(struct topic_reader *r, int *silent_ms, const struct inbox *in, struct error *e)
{
    uint64_t woken;
    struct pollfd fd = {r->wake_fd, POLLIN, 0};
    (void)rd_kafka_poll(r->client, 0);
    if (interrupt_asked())
        return error_set(e, ERROR_STOPPED, "", "stopped while reading");
    if (poll(&fd, 1, WAIT_MS) > 0) {
        *silent_ms = 0;
        if (read(r->wake_fd, &woken, sizeof woken) < 0)
            return 0;
    } else if ((*silent_ms += WAIT_MS) >= SILENCE_MS) {
        return error_set(
            e, ERROR_KAFKA, in->name,
            "partition %d gives nothing at offset %lld of %lld; is there a transaction that never ended?",
            (int)in->partition, (long long)in->position, (long long)in->until);
    }
    return 0;
}

static int reader_open(struct topic_reader *r, const struct topic_span *span, struct inbox *in,
                       struct error *e)
{
    *in = (struct inbox){.high = -1, .until = -1};
    if (span->from >= span->to)
        return 0;
    int rc = inbox_open_simple(in, r->client, r->names->all[span->topic].at, span->partition,
                               span->from ? span->from : RD_KAFKA_OFFSET_BEGINNING, r->wake_fd, e);
    in->until = span->to;
    return rc;
}

static int reader_span(struct topic_reader *r, const struct topic_span *span, struct inbox *in,
                       int (*visit)(void *context, const struct topic_span *span,
                                    const rd_kafka_message_t *message, struct error *e),
                       void *context, struct error *e)
{
    for (int silent_ms = 0; in->queue;) {
        const rd_kafka_message_t *m;
        int rc = inbox_head(in, 0, &m, e);
        if (rc)
            return rc;
        if (m ? m->offset >= in->until : inbox_reached(in, in->until))
            return 0;
        if (!m) {
            if ((rc = reader_wait(r, &silent_ms, in, e)))
                return rc;
            continue;
        }
        if ((rc = visit(context, span, m, e)))
            return rc;
        inbox_take(in);
        silent_ms = 0;
    }
    return 0;
}

int topic_reader_read(struct topic_reader *r, const struct topic_span *spans, size_t count,
                      int (*visit)(void *context, const struct topic_span *span,
                                   const rd_kafka_message_t *message, struct error *e),
                      void *context, struct error *e)
{
    struct inbox inboxes[AHEAD];
    size_t opened = 0, done = 0;
    int rc = 0;
    while (rc == 0 && done < count) {
        for (; rc == 0 && opened < count && opened - done < AHEAD; opened++)
            rc = reader_open(r, &spans[opened], &inboxes[opened % AHEAD], e);
        if (rc == 0)
            rc = reader_span(r, &spans[done], &inboxes[done % AHEAD], visit, context, e);
        inbox_close(&inboxes[done % AHEAD]);
        done++;
    }
    for (; done < opened; done++)
        inbox_close(&inboxes[done % AHEAD]);
    return rc;
}
