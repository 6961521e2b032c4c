#include "consumer/notify/alert_source.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "consumer/inbox.h"
#include "consumer/watermarks.h"
#include "core/memory.h"
#include "edge/avro/codec.h"
#include "edge/cli/log.h"
#include "edge/kafka/client.h"
#include "edge/registry/registered.h"

#define LOOKUP_MS 5000

struct alert_source {
    const char *topic;
    int32_t partitions;
    atomic_uint_fast64_t *unreadable;
    rd_kafka_t *client;        /* own */
    struct codec *codec;       /* own */
    struct registry *registry; /* own; NULL: none */
    struct arena *arena;       /* own */
    struct inbox *inboxes;     /* own */
    int64_t *positions;        /* own */
    int32_t turn;              /* the partition to be looked at first */
    int32_t head;              /* whose head was given last; -1: none */
    int wake_fd;
};

static int alert_source_client(const struct settings *s, rd_kafka_t **out, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        {CLIENT_DECIDES, "auto.offset.reset", "error"},
        {CLIENT_PREFERS, "fetch.wait.max.ms", "500"},
        {CLIENT_PREFERS, "queued.min.messages", "20000"},
        {CLIENT_PREFERS, "queued.max.messages.kbytes", "4096"},
        {CLIENT_PREFERS, "reconnect.backoff.max.ms", "2000"},
    };
    rd_kafka_conf_t *conf = NULL;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    return rc ? rc : client_new(CLIENT_CONSUMER, conf, out, e);
}

int alert_source_open(const struct settings *settings, const char *topic, int32_t partitions,
                      atomic_uint_fast64_t *unreadable, struct alert_source **out, struct error *e)
{
    struct alert_source *s = memory_zeroed(sizeof *s);
    s->topic = topic;
    s->partitions = partitions;
    s->unreadable = unreadable;
    s->head = -1;
    s->arena = arena_new(1 << 14);
    s->inboxes = memory_zeroed((size_t)partitions * sizeof *s->inboxes);
    s->positions = memory_zeroed((size_t)partitions * sizeof *s->positions);
    s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int rc = s->wake_fd < 0 ? error_set(e, ERROR_SYSTEM, "eventfd", "no file descriptor is left") : 0;
    if (rc == 0)
        rc = codec_new(&s->codec, e);
    if (rc == 0)
        rc = registered_reading(settings, s->codec, &s->registry, e);
    if (rc == 0)
        rc = alert_source_client(settings, &s->client, e);
    if (rc)
        alert_source_close(s);
    else
        *out = s;
    return rc;
}

void alert_source_close(struct alert_source *s)
{
    if (!s)
        return;
    for (int32_t p = 0; p < s->partitions; p++)
        inbox_close(&s->inboxes[p]);
    if (s->client)
        rd_kafka_destroy(s->client);
    codec_free(s->codec);
    registry_free(s->registry);
    arena_free(s->arena);
    memory_give(s->inboxes);
    memory_give(s->positions);
    if (s->wake_fd >= 0)
        (void)close(s->wake_fd);
    memory_give(s);
}

int alert_source_bounds(struct alert_source *s, int64_t *low, int64_t *high, struct error *e)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(s->partitions);
    for (int32_t p = 0; p < s->partitions; p++)
        rd_kafka_topic_partition_list_add(list, s->topic, p);
    int rc = watermarks_low(s->client, list, LOOKUP_MS, e);
    for (int32_t p = 0; rc == 0 && p < s->partitions; p++)
        low[p] = list->elems[p].offset;
    if (rc == 0)
        rc = watermarks_high(s->client, list, LOOKUP_MS, e);
    for (int32_t p = 0; rc == 0 && p < s->partitions; p++)
        high[p] = list->elems[p].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return rc;
}

int alert_source_start(struct alert_source *s, const int64_t *from, struct error *e)
{
    int rc = 0;
    for (int32_t p = 0; rc == 0 && p < s->partitions; p++)
        rc = inbox_open_simple(&s->inboxes[p], s->client, s->topic, p,
                               from ? from[p] : RD_KAFKA_OFFSET_BEGINNING, s->wake_fd, e);
    return rc;
}

static void complain(struct alert_source *s, const rd_kafka_message_t *m, const struct error *e)
{
    atomic_fetch_add(s->unreadable, 1);
    log_error("a record is no alert and is left out", log_text("topic", s->topic),
              log_number("partition", m->partition), log_number("offset", m->offset),
              log_text("detail", e->text));
}

/* The head of one partition, as an alert. */
static int look(struct alert_source *s, struct inbox *in, struct alert *out, const rd_kafka_message_t **found,
                struct error *e)
{
    for (;;) {
        struct error wrong = {0};
        const rd_kafka_message_t *m = NULL;
        int rc = inbox_head(in, 0, &m, e);
        if (rc || !m) {
            *found = NULL;
            return rc;
        }
        arena_reset(s->arena);
        rc = m->payload ? codec_decode_alert(s->codec, m->payload, m->len, s->arena, out, &wrong)
                        : error_set(&wrong, ERROR_MALFORMED, "", "it has no value");
        if (rc == 0) {
            *found = m;
            return 0;
        }
        if (rc == ERROR_REGISTRY) {
            *e = wrong;
            return rc;
        }
        complain(s, m, &wrong);
        inbox_take(in);
    }
}

int alert_source_next(struct alert_source *s, bool *found, struct alert *out, int32_t *partition,
                      int64_t *offset, struct error *e)
{
    (void)rd_kafka_poll(s->client, 0);
    for (int32_t n = 0; n < s->partitions; n++) {
        int32_t p = (s->turn + n) % s->partitions;
        const rd_kafka_message_t *m = NULL;
        int rc = look(s, &s->inboxes[p], out, &m, e);
        if (rc)
            return rc;
        if (m) {
            s->head = s->turn = p;
            *partition = p;
            *offset = m->offset;
            *found = true;
            return 0;
        }
    }
    *found = false;
    return 0;
}

void alert_source_take(struct alert_source *s)
{
    inbox_take(&s->inboxes[s->head]);
    s->turn = (s->head + 1) % s->partitions;
    s->head = -1;
}

const int64_t *alert_source_positions(struct alert_source *s)
{
    for (int32_t p = 0; p < s->partitions; p++)
        s->positions[p] = s->inboxes[p].position;
    return s->positions;
}

int alert_source_fd(const struct alert_source *s)
{
    return s->wake_fd;
}

void alert_source_woken(struct alert_source *s)
{
    uint64_t count;
    if (read(s->wake_fd, &count, sizeof count) < 0)
        log_debug("the wake could not be read");
}
