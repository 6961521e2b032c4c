#include "consumer/restore_task.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "consumer/inbox.h"
#include "consumer/stop.h"
#include "consumer/watermarks.h"
#include "core/memory.h"
#include "edge/cli/log.h"
#include "edge/kafka/client.h"

#define REGISTERS 3
#define LOOKUP_TIMEOUT_MS 10000
#define WAIT_MS 100
#define ARENA_BYTES (1 << 16)

struct restorer {
    rd_kafka_t *client; /* own */
    struct codec *codec;
    const struct topic_names *names;
    struct arena *arena;
    int wake_fd;
};

int restorer_open(const struct settings *s, struct codec *codec, const struct topic_names *names,
                  struct restorer **out, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        {CLIENT_PREFERS, "fetch.wait.max.ms", "10"},
        {CLIENT_PREFERS, "fetch.message.max.bytes", "8388608"},
    };
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *client = NULL;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    if (rc)
        return rc;
    if ((rc = client_new(CLIENT_CONSUMER, conf, &client, e)))
        return rc;
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd < 0) {
        rd_kafka_destroy(client);
        return error_set(e, ERROR_SYSTEM, "eventfd", "no file descriptor is left");
    }
    struct restorer *r = memory_zeroed(sizeof *r);
    *r = (struct restorer){client, codec, names, arena_new(ARENA_BYTES), wake_fd};
    *out = r;
    return 0;
}

void restorer_close(struct restorer *r)
{
    if (!r)
        return;
    rd_kafka_destroy(r->client);
    arena_free(r->arena);
    (void)close(r->wake_fd);
    memory_give(r);
}

static int restore_message(struct restorer *r, struct task *task, enum subject_kind kind,
                           const rd_kafka_message_t *m, struct error *e)
{
    struct record record;
    char where[160];
    if (!m->payload)
        return 0; /* a tombstone: nobody's record any more */
    arena_reset(r->arena);
    int rc = codec_decode_record(r->codec, kind, m->payload, m->len, r->arena, &record, e);
    if (rc == 0 && !text_equal(record.common.id, (struct text){m->key, m->key_len}))
        rc = error_set(e, ERROR_INVALID, "id", "the key of the record is another one");
    if (rc == 0)
        rc = task_restore(task, &record, e);
    if (rc == 0 || rc == ERROR_REGISTRY)
        return rc;
    char text[sizeof e->text];
    (void)snprintf(where, sizeof where, "%s partition %" PRId32 " offset %" PRId64,
                   rd_kafka_topic_name(m->rkt), m->partition, m->offset);
    (void)snprintf(text, sizeof text, "%.120s%s%.250s", e->where, *e->where ? ": " : "", e->text);
    return error_set(e, ERROR_STATE, where, "not a register record of this program: %s", text);
}

static void restorer_wait(struct restorer *r)
{
    uint64_t count;
    struct pollfd fd = {r->wake_fd, POLLIN, 0};
    if (poll(&fd, 1, WAIT_MS) > 0 && read(r->wake_fd, &count, sizeof count) < 0)
        return;
    (void)rd_kafka_poll(r->client, 0);
}

static int restore_inbox(struct restorer *r, struct task *task, enum subject_kind kind, struct inbox *in,
                         uint64_t *records, struct error *e)
{
    for (;;) {
        const rd_kafka_message_t *m;
        int rc = inbox_head(in, 0, &m, e);
        if (rc)
            return rc;
        if (m) {
            if ((rc = restore_message(r, task, kind, m, e)))
                return rc;
            inbox_take(in);
            ++*records;
        } else if (inbox_reached(in, in->until)) {
            return 0;
        } else if (stop_requested()) {
            return error_set(e, ERROR_STOPPED, "", "stopped while restoring");
        } else {
            restorer_wait(r);
        }
    }
}

int restorer_restore(struct restorer *r, rd_kafka_t *watermarks, struct task *task, int32_t partition,
                     uint64_t *records, struct error *e)
{
    struct inbox inboxes[REGISTERS] = {{.high = -1}, {.high = -1}, {.high = -1}};
    rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_new(REGISTERS);
    *records = 0;
    for (int k = 0; k < REGISTERS; k++)
        rd_kafka_topic_partition_list_add(ends, r->names->all[TOPIC_INSTRUMENTS + k].at, partition);
    int rc = watermarks_high(watermarks, ends, LOOKUP_TIMEOUT_MS, e);
    for (int k = 0; rc == 0 && k < REGISTERS; k++) {
        rc = inbox_open_simple(&inboxes[k], r->client, r->names->all[TOPIC_INSTRUMENTS + k].at, partition,
                               RD_KAFKA_OFFSET_BEGINNING, r->wake_fd, e);
        if (rc == 0)
            inboxes[k].until = ends->elems[k].offset;
    }
    for (int k = 0; rc == 0 && k < REGISTERS; k++)
        rc = restore_inbox(r, task, (enum subject_kind)(SUBJECT_INSTRUMENT + k), &inboxes[k], records, e);
    for (int k = 0; k < REGISTERS; k++)
        inbox_close(&inboxes[k]);
    rd_kafka_topic_partition_list_destroy(ends);
    if (rc == 0)
        task_restored(task);
    return rc;
}
