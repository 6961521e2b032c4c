#include "consumer/process/restore_task.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "consumer/checkpoint/checkpoint_message.h"
#include "consumer/heartbeat.h"
#include "consumer/inbox.h"
#include "consumer/process/restore_record.h"
#include "consumer/stop.h"
#include "consumer/watermarks.h"
#include "core/fault_point.h"
#include "core/fetch.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/kafka/client.h"
#include "edge/registry/registered.h"

#define LOOKUP_TIMEOUT_MS 10000
#define WAIT_MS 100
#define TELL_MS 5000    /* without a record */
#define BEAT_EVERY 4096 /* records */
#define ARENA_BYTES (1 << 16)
#define FOREIGN_MOST 1000
#define RESERVE_MOST (1 << 18) /* subjects: 8 MB */
#define AHEAD 8                /* records: as long as memory takes */

struct restorer {
    rd_kafka_t *client;
    struct codec *codec;
    const struct topic_names *names;
    struct arena *arena;
    int wake_fd;
    bool beside;               /* the codec is its own, and the client somebody else's */
    struct registry *registry; /* own, of such a one; NULL: none */
    const atomic_bool *halt;   /* while it restores */
};

static int restorer_new(rd_kafka_t *client, struct codec *codec, const struct topic_names *names,
                        struct restorer **out, struct error *e)
{
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd < 0)
        return error_set(e, ERROR_SYSTEM, "eventfd", "no file descriptor is left");
    struct restorer *r = memory_zeroed(sizeof *r);
    *r = (struct restorer){client, codec, names, arena_new(ARENA_BYTES), wake_fd, false, NULL, NULL};
    *out = r;
    return 0;
}

static int restorer_client(const struct settings *s, rd_kafka_t **out, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        /* A question where a partition begins must not be under way when its reader is closed
           (consumer/inbox.h). */
        {CLIENT_DECIDES, "auto.offset.reset", "error"},
        {CLIENT_PREFERS, "fetch.wait.max.ms", "10"},
        /* Small, so that what one partition has been given does not wait for what all others are, and what
           was fetched is still in the caches when its turn comes. */
        {CLIENT_PREFERS, "fetch.message.max.bytes", "2097152"},
        {CLIENT_PREFERS, "queued.max.messages.kbytes", "16384"},
    };
    rd_kafka_conf_t *conf = NULL;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    return rc ? rc : client_new(CLIENT_CONSUMER, conf, out, e);
}

int restorer_open(const struct settings *s, struct codec *codec, const struct topic_names *names,
                  struct restorer **out, struct error *e)
{
    rd_kafka_t *client = NULL;
    int rc = restorer_client(s, &client, e);
    if (rc == 0 && (rc = restorer_new(client, codec, names, out, e)))
        rd_kafka_destroy(client);
    return rc;
}

int restorer_renew(struct restorer *r, const struct settings *s, struct error *e)
{
    rd_kafka_t *client = NULL;
    int rc = restorer_client(s, &client, e);
    if (rc)
        return rc;
    rd_kafka_destroy(r->client);
    r->client = client;
    return 0;
}

int restorer_beside(const struct settings *s, const struct restorer *r, struct restorer **out,
                    struct error *e)
{
    struct codec *codec = NULL;
    struct registry *registry = NULL;
    int rc = codec_new(&codec, e);
    if (rc == 0 && (rc = registered_reading(s, codec, &registry, e)) == 0 &&
        (rc = restorer_new(r->client, codec, r->names, out, e)) == 0) {
        /* So that a registry that is down holds up no helper where it does not hold up the caller. */
        codec_read_as_written(codec, r->codec);
        (*out)->beside = true;
        (*out)->registry = registry;
        return 0;
    }
    codec_free(codec);
    registry_free(registry);
    return rc;
}

void restorer_close(struct restorer *r)
{
    if (!r)
        return;
    if (r->beside) {
        codec_free(r->codec);
        registry_free(r->registry);
    } else {
        rd_kafka_destroy(r->client);
    }
    arena_free(r->arena);
    (void)close(r->wake_fd);
    memory_give(r);
}

static struct text view(const void *at, size_t len)
{
    return (struct text){at, len};
}

static int restore_message(struct restorer *r, struct task *task, enum subject_kind kind,
                           const rd_kafka_message_t *m, struct error *e)
{
    char where[160];
    int rc =
        restore_record(r->codec, r->arena, task, kind, view(m->key, m->key_len), view(m->payload, m->len), e);
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
    heartbeat();
    if (poll(&fd, 1, WAIT_MS) > 0 && read(r->wake_fd, &count, sizeof count) < 0)
        return;
    (void)rd_kafka_poll(r->client, 0);
}

static int restorer_stopped(const struct restorer *r, struct error *e)
{
    if (!stop_requested() && !atomic_load_explicit(r->halt, memory_order_relaxed))
        return 0;
    return error_set(e, ERROR_STOPPED, "", "stopped while restoring");
}

static void restore_tell_of_waiting(const struct inbox *in)
{
    log_info("waiting for records of the register: a transaction is open, or the broker away",
             log_text("topic", in->name), log_number("partition", in->partition),
             log_number("offset", in->position), log_number("end", in->until));
}

/* The next message up to the end; NULL: the end is reached. */
static int restore_next(struct restorer *r, struct inbox *in, const rd_kafka_message_t **out, struct error *e)
{
    for (int64_t tell_ms = 0;;) {
        int rc = inbox_head(in, 0, out, e);
        if (rc || *out || inbox_reached(in, in->until))
            return rc;
        if ((rc = restorer_stopped(r, e)))
            return rc;
        int64_t now_ms = clock_monotonic_ms();
        if (tell_ms && now_ms >= tell_ms)
            restore_tell_of_waiting(in);
        if (!tell_ms || now_ms >= tell_ms)
            tell_ms = now_ms + TELL_MS;
        restorer_wait(r);
    }
}

static int stale(const struct inbox *in, struct restore_job *job, const char *why, int64_t offset,
                 struct error *e)
{
    job->stale = true;
    return error_set(e, ERROR_STATE, in->name, "partition %" PRId32 " %s offset %" PRId64, in->partition, why,
                     offset);
}

/* The first message must be the very record that the task was restored up to: then what follows in this topic
 * follows on it. Nobody's topic has the same record with the same time at the same place by chance. */
static int restore_tip(struct restorer *r, struct inbox *in, const struct changelog_tip *tip,
                       struct restore_job *job, struct error *e)
{
    const rd_kafka_message_t *m;
    if (tip->offset < 0)
        return 0;
    if (tip->offset >= in->until)
        return stale(in, job, "ends before", tip->offset, e);
    int rc = restore_next(r, in, &m, e);
    if (rc)
        return rc;
    struct changelog_entry entry = {.offset = -1};
    if (m)
        entry = checkpoint_message(m, 0);
    if (!changelog_tip_is(tip, &entry))
        return stale(in, job, "has another record, or none any more, at", tip->offset, e);
    inbox_take(in);
    return 0;
}

/* --- Records that are none of ours --- */

/* Those that nothing has taken the place of yet. Kafka goes on giving a record for long after it was written
 * over: one that somebody has put right since must not keep the task from starting. */
struct foreign {
    struct foreign_record {
        struct text key; /* own */
        struct error why;
    } * at; /* own; in the order of offsets */
    size_t count;
};

static int foreign_add(struct foreign *f, struct text key, const struct error *why)
{
    if (f->count == FOREIGN_MOST)
        return why->code;
    char *copy = memory_take(key.len + 1);
    if (key.len)
        memcpy(copy, key.at, key.len);
    if (!f->at)
        f->at = memory_take(FOREIGN_MOST * sizeof *f->at);
    f->at[f->count++] = (struct foreign_record){{copy, key.len}, *why};
    return 0;
}

static void foreign_forget(struct foreign *f, struct text key)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct foreign_record *each = &f->at[i];
        if (!text_equal(each->key, key)) {
            f->at[kept++] = *each;
            continue;
        }
        log_problem(LOG_LEVEL_WARN, "something foreign in a register topic was replaced since", &each->why);
        memory_give((char *)(uintptr_t)each->key.at);
    }
    f->count = kept;
}

/* What is left; 0: nothing. */
static int foreign_end(struct foreign *f, struct error *e)
{
    int rc = f->count ? f->at[0].why.code : 0;
    if (rc)
        *e = f->at[0].why;
    for (size_t i = 0; i < f->count; i++)
        memory_give((char *)(uintptr_t)f->at[i].key.at);
    memory_give(f->at);
    return rc;
}

static const rd_kafka_message_t *restore_ahead(const struct inbox *in, size_t places)
{
    return in->next + places < in->count ? in->batch[in->next + places] : NULL;
}

/* Another thread made the messages, and their place in the register is anywhere: both are fetched ahead, each
 * step once what it needs has come. */
static void restore_expect(const struct task *task, const struct inbox *in)
{
    const rd_kafka_message_t *m;
    fetch(restore_ahead(in, 3 * AHEAD), 1);
    if ((m = restore_ahead(in, 2 * AHEAD)))
        fetch(m->payload, m->len);
    if ((m = restore_ahead(in, AHEAD)) && !m->err)
        task_expect_record(task, view(m->key, m->key_len));
}

static int restore_inbox(struct restorer *r, struct restore_job *job, enum subject_kind kind,
                         struct inbox *in, struct error *e)
{
    struct task *task = job->task;
    struct foreign foreign = {NULL, 0};
    struct error left = {0};
    const rd_kafka_message_t *m;
    int rc;
    while ((rc = restore_next(r, in, &m, e)) == 0 && m) {
        struct text key = view(m->key, m->key_len);
        struct error why = {0};
        restore_expect(task, in);
        rc = restore_message(r, task, kind, m, &why);
        if (rc == ERROR_STATE)
            rc = foreign_add(&foreign, key, &why);
        else if (rc == 0 && foreign.count)
            foreign_forget(&foreign, key);
        if (rc) {
            *e = why;
            break;
        }
        inbox_take(in);
        if (++job->records % BEAT_EVERY == 0)
            heartbeat();
        fault_point("restore.record");
        if ((rc = restorer_stopped(r, e)))
            break;
    }
    if (foreign_end(&foreign, &left) && rc == 0) {
        *e = left;
        rc = left.code;
    }
    return rc;
}

int restorer_restore(struct restorer *r, rd_kafka_t *watermarks, struct restore_job *job,
                     const atomic_bool *halt, struct error *e)
{
    static const struct changelog_tip none = {.offset = -1};
    const struct changelog_tip *tips = job->tips;
    int32_t partition = job->partition;
    int64_t records = 0; /* at most, and of one subject there may be many */
    struct inbox inboxes[REGISTERS] = {{.high = -1}, {.high = -1}, {.high = -1}};
    rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_new(REGISTERS);
    job->records = 0;
    job->stale = false;
    r->halt = halt;
    fault_point("restore.before");
    for (int k = 0; k < REGISTERS; k++)
        rd_kafka_topic_partition_list_add(ends, r->names->all[TOPIC_INSTRUMENTS + k].at, partition);
    rd_kafka_topic_partition_list_t *begins = rd_kafka_topic_partition_list_copy(ends);
    int rc = watermarks_low(watermarks, begins, LOOKUP_TIMEOUT_MS, e);
    if (rc == 0)
        rc = watermarks_high(watermarks, ends, LOOKUP_TIMEOUT_MS, e);
    for (int k = 0; rc == 0 && k < REGISTERS; k++) {
        int64_t from = begins->elems[k].offset;
        if (tips && tips[k].offset > from)
            from = tips[k].offset;
        rc = inbox_open_simple(&inboxes[k], r->client, r->names->all[TOPIC_INSTRUMENTS + k].at, partition,
                               from, r->wake_fd, e);
        if (rc == 0)
            inboxes[k].until = ends->elems[k].offset;
        records += ends->elems[k].offset > from ? ends->elems[k].offset - from : 0;
    }
    if (rc == 0)
        task_reserve(job->task, records < RESERVE_MOST ? (size_t)records : RESERVE_MOST);
    for (int k = 0; rc == 0 && k < REGISTERS; k++)
        rc = restore_tip(r, &inboxes[k], tips ? &tips[k] : &none, job, e);
    for (int k = 0; rc == 0 && k < REGISTERS; k++)
        rc = restore_inbox(r, job, (enum subject_kind)(SUBJECT_INSTRUMENT + k), &inboxes[k], e);
    for (int k = 0; k < REGISTERS; k++)
        inbox_close(&inboxes[k]);
    rd_kafka_topic_partition_list_destroy(begins);
    rd_kafka_topic_partition_list_destroy(ends);
    fault_point("restore.after");
    if (rc == 0)
        task_restored(job->task);
    return rc;
}
