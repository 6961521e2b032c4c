#include "consumer/serve/follow.h"

#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#include "consumer/inbox.h"
#include "consumer/serve/feed.h"
#include "consumer/serve/stream.h"
#include "consumer/stop.h"
#include "consumer/watermarks.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/kafka/client.h"
#include "edge/registry/registered.h"

#define BATCH 500      /* records applied under one lock */
#define TICK_MS 1000   /* between two looks at the watermarks */
#define LOOKUP_MS 2000 /* for a broker to answer */
#define PAUSE_MS 1000  /* before beginning again */

struct follower {
    struct knowledge *knowledge;
    struct http_server *server;
    int wake_fd;
    rd_kafka_t *client;        /* own */
    struct codec *codec;       /* own: reads what comes */
    struct codec *packer;      /* own: writes what is kept */
    struct registry *registry; /* own; NULL: none */
    struct view *fresh;        /* own: being filled; NULL once it is the one that is shown */
    struct view *view;         /* that one, or the one that is shown */
    enum topic first;
    int topics;
    int32_t partitions;
    struct inbox *inboxes; /* topic by topic, each by partition */
    rd_kafka_topic_partition_list_t *ends;
    bool has_ends; /* they were looked up once */
    size_t turn;   /* the inbox to begin with, so that all get theirs */
    struct arena *arena;
    struct buffer avro, events;
    struct change changes[BATCH + 1];
    size_t change_count;
    bool tells; /* changes of this batch go to those who listen */
    int64_t ticked_ms, woken_ms;
    bool said_away;
};

/* --- One record --- */

static void note_change(struct follower *f, enum change_kind kind, uint32_t row)
{
    f->changes[f->change_count++] = (struct change){kind, row, f->events.len};
}

static int take_subject(struct follower *f, enum subject_kind kind, const rd_kafka_message_t *m,
                        struct error *e)
{
    struct record r;
    uint32_t count;
    int rc = codec_decode_record(f->codec, kind, m->payload, m->len, f->arena, &r, e);
    if (rc)
        return rc;
    const struct resume *resume = r.common.resume;
    r.common.resume = NULL;
    if ((rc = codec_encode_record(f->packer, &r, &f->avro, e)))
        return rc;
    r.common.resume = resume;
    uint32_t row = view_put_subject(f->view, &r, m->partition, m->offset, buffer_text(&f->avro));
    r.common.resume = NULL;
    if (f->tells) {
        (void)view_subjects(f->view, &count);
        stream_subject(&f->events, &r, &view_subjects(f->view, &count)[row], knowledge_today(f->knowledge));
        note_change(f, CHANGE_SUBJECT, row);
    }
    return 0;
}

static int take_alert(struct follower *f, const rd_kafka_message_t *m, struct error *e)
{
    struct alert alert;
    int rc = codec_decode_alert(f->codec, m->payload, m->len, f->arena, &alert, e);
    if (rc == 0)
        rc = codec_encode_alert(f->packer, &alert, &f->avro, e);
    if (rc)
        return rc;
    uint32_t row = view_put_alert(f->view, &alert, m->partition, m->offset, buffer_text(&f->avro));
    if (f->tells) {
        stream_alert(&f->events, &alert, view_stands(f->view, row));
        note_change(f, CHANGE_ALERT, row);
    }
    return 0;
}

/* What is no event is in the dead letters, and no concern of ours. */
static int take_event(struct follower *f, enum event_kind kind, const rd_kafka_message_t *m, struct error *e)
{
    struct event event;
    int rc = codec_decode_event(f->codec, kind, m->payload, m->len, f->arena, &event, e);
    if (rc == ERROR_REGISTRY)
        return rc;
    if (rc == 0 && event_check_read(&event, e) == 0 &&
        codec_encode_event(f->packer, &event, &f->avro, e) == 0)
        view_put_event(f->view, &event, m->partition, m->offset, buffer_text(&f->avro));
    return 0;
}

static int take_record(struct follower *f, enum topic topic, const rd_kafka_message_t *m, struct error *e)
{
    buffer_clear(&f->avro);
    arena_reset(f->arena);
    if (topic <= TOPIC_MILESTONES)
        return take_event(f, (enum event_kind)topic, m, e);
    if (topic == TOPIC_ALERTS)
        return take_alert(f, m, e);
    return take_subject(f, (enum subject_kind)(topic - TOPIC_INSTRUMENTS + SUBJECT_INSTRUMENT), m, e);
}

static void complain(struct follower *f, const struct inbox *in, const rd_kafka_message_t *m,
                     const struct error *e)
{
    f->knowledge->unreadable++;
    log_error("a record is none of ours and is left out", log_text("topic", in->name),
              log_number("partition", in->partition), log_number("offset", m->offset),
              log_text("detail", e->text));
}

/* --- Batches --- */

static enum topic topic_of(const struct follower *f, size_t inbox)
{
    return (enum topic)((int)f->first + (int)(inbox / (size_t)f->partitions));
}

static size_t inbox_count(const struct follower *f)
{
    return (size_t)f->topics * (size_t)f->partitions;
}

/* At most `most` records of one partition. *taken: how many. ERROR_KAFKA, ERROR_REGISTRY. */
static int drain(struct follower *f, size_t i, size_t most, size_t *taken, struct error *e)
{
    struct inbox *in = &f->inboxes[i];
    enum topic topic = topic_of(f, i);
    for (*taken = 0; *taken < most; ++*taken) {
        struct error wrong = {0};
        const rd_kafka_message_t *m = NULL;
        int rc = inbox_head(in, 0, &m, e);
        if (rc || !m)
            return rc;
        rc = take_record(f, topic, m, &wrong);
        if (rc == ERROR_REGISTRY) {
            *e = wrong;
            return rc;
        }
        if (rc)
            complain(f, in, m, &wrong);
        inbox_take(in);
    }
    return 0;
}

static void publish(struct follower *f, bool told)
{
    if (told)
        feed_publish(f->knowledge->feed, f->changes, f->change_count, buffer_text(&f->events));
    f->change_count = 0;
    buffer_clear(&f->events);
    if (told)
        http_server_wake(f->server);
}

static void note_positions(struct follower *f)
{
    for (size_t i = 0; i < inbox_count(f); i++)
        view_partition(f->view, f->inboxes[i].partition)->position[topic_of(f, i)] = f->inboxes[i].position;
}

/* *total: how many records were taken; fewer than BATCH: there are no more right now. */
static int follow_batch(struct follower *f, size_t *total, struct error *e)
{
    struct knowledge *k = f->knowledge;
    size_t taken;
    int rc = 0;
    *total = 0;
    knowledge_write(k);
    f->tells = !f->fresh && http_server_counts(f->server).streams > 0;
    for (size_t n = 0; rc == 0 && n < inbox_count(f) && *total < BATCH; n++) {
        f->turn = (f->turn + 1) % inbox_count(f);
        rc = drain(f, f->turn, BATCH - *total, &taken, e);
        *total += taken;
    }
    note_positions(f);
    if (*total) {
        if (!f->fresh)
            view_settle(f->view);
        k->records += *total;
        k->version++;
        k->heard_at = clock_wall();
    }
    bool told = f->change_count > 0;
    /* Nobody is counted as listening, but somebody may have been greeted already: who was comes back. */
    if (*total && !f->fresh && !f->tells)
        feed_restart(k->feed);
    if (told) {
        stream_mark(&f->events, k);
        note_change(f, CHANGE_MARK, 0);
        f->changes[f->change_count - 1].text = f->events.len;
    }
    knowledge_unlock(k);
    publish(f, told);
    return rc;
}

/* --- Looking after everything --- */

static bool is_complete(const struct follower *f)
{
    for (size_t i = 0; i < inbox_count(f); i++)
        if (!inbox_reached(&f->inboxes[i], f->inboxes[i].until))
            return false;
    return true;
}

/* What was filled is shown from now on. */
static void show(struct follower *f)
{
    struct knowledge *k = f->knowledge;
    uint32_t subjects, alerts;
    knowledge_write(k);
    struct view *old = k->view;
    view_settle(f->fresh);
    k->view = f->fresh;
    k->version++;
    f->fresh = NULL;
    feed_restart(k->feed);
    (void)view_subjects(k->view, &subjects);
    (void)view_alerts(k->view, &alerts);
    knowledge_unlock(k);
    view_free(old);
    atomic_store(&k->ready, true);
    http_server_wake(f->server);
    log_info("everything was read", log_number("subjects", subjects), log_number("alerts", alerts));
}

static void look_at_ends(struct follower *f)
{
    struct error e = {0};
    struct knowledge *k = f->knowledge;
    bool answered = watermarks_high(f->client, f->ends, LOOKUP_MS, &e) == 0;
    if (!answered && !f->said_away)
        log_problem(LOG_LEVEL_WARN, "the brokers do not answer; what is known stays", &e);
    if (answered && f->said_away)
        log_info("the brokers answer again");
    f->said_away = !answered;
    knowledge_write(k);
    k->connected = answered;
    for (size_t i = 0; i < inbox_count(f); i++) {
        int64_t left = f->ends->elems[i].offset - f->inboxes[i].position;
        view_partition(f->view, f->inboxes[i].partition)->lag[topic_of(f, i)] =
            answered ? (left > 0 ? left : 0) : -1;
    }
    knowledge_unlock(k);
    if (answered && !f->has_ends) {
        f->has_ends = true;
        for (size_t i = 0; i < inbox_count(f); i++)
            f->inboxes[i].until = f->ends->elems[i].offset;
    }
}

static void tick(struct follower *f)
{
    int64_t now = clock_monotonic_ms();
    if (now - f->ticked_ms < TICK_MS && f->has_ends)
        return;
    f->ticked_ms = now;
    http_server_tick(f->server);
    look_at_ends(f);
    if (now - f->woken_ms >= STREAM_HEARTBEAT_MS) {
        f->woken_ms = now;
        http_server_wake(f->server);
    }
}

static void wait_for_more(struct follower *f, int ms)
{
    uint64_t count;
    struct pollfd fd = {f->wake_fd, POLLIN, 0};
    if (!stop_requested() && poll(&fd, 1, ms) > 0 && read(f->wake_fd, &count, sizeof count) < 0)
        log_debug("the wake could not be read");
}

/* --- A session: until something can no longer go on --- */

static int session_client(struct follower *f, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        {CLIENT_DECIDES, "auto.offset.reset", "error"},
        {CLIENT_PREFERS, "fetch.wait.max.ms", "100"},
        {CLIENT_PREFERS, "queued.min.messages", "50000"},
        {CLIENT_PREFERS, "queued.max.messages.kbytes", "16384"},
        {CLIENT_PREFERS, "fetch.message.max.bytes", "8388608"},
        /* Also bounds what a compressed batch may unpack to: one beyond it could never be passed. */
        {CLIENT_PREFERS, "receive.message.max.bytes", "2147483647"},
        {CLIENT_PREFERS, "reconnect.backoff.max.ms", "2000"},
    };
    rd_kafka_conf_t *conf = NULL;
    const struct settings *s = f->knowledge->settings;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    return rc ? rc : client_new(CLIENT_CONSUMER, conf, &f->client, e);
}

static int session_topics(struct follower *f, struct error *e)
{
    int rc = ERROR_KAFKA;
    while (!stop_requested()) {
        rc = watermarks_partitions(f->client, &f->knowledge->names, f->first, f->topics, LOOKUP_MS,
                                   &f->partitions, e);
        if (rc != ERROR_KAFKA)
            return rc;
        if (!f->said_away)
            log_problem(LOG_LEVEL_WARN, "waiting for the brokers", e);
        f->said_away = true;
        http_server_tick(f->server);
        wait_for_more(f, PAUSE_MS);
    }
    return rc;
}

static int session_inboxes(struct follower *f, struct error *e)
{
    const struct topic_names *names = &f->knowledge->names;
    f->inboxes = memory_zeroed(inbox_count(f) * sizeof *f->inboxes);
    f->ends = rd_kafka_topic_partition_list_new((int)inbox_count(f));
    for (size_t i = 0; i < inbox_count(f); i++) {
        int32_t partition = (int32_t)(i % (size_t)f->partitions);
        const char *name = names->all[topic_of(f, i)].at;
        rd_kafka_topic_partition_list_add(f->ends, name, partition);
        int rc = inbox_open_simple(&f->inboxes[i], f->client, name, partition, RD_KAFKA_OFFSET_BEGINNING,
                                   f->wake_fd, e);
        if (rc)
            return rc;
    }
    return 0;
}

static int session_loop(struct follower *f, struct error *e)
{
    while (!stop_requested()) {
        size_t taken;
        int rc = follow_batch(f, &taken, e);
        if (rc)
            return rc;
        (void)rd_kafka_poll(f->client, 0);
        tick(f);
        if (f->fresh && f->has_ends && is_complete(f))
            show(f);
        else if (taken < BATCH)
            wait_for_more(f, TICK_MS / 4);
    }
    return 0;
}

static int session_run(struct follower *f, struct error *e)
{
    int rc = session_client(f, e);
    if (rc == 0)
        rc = session_topics(f, e);
    if (stop_requested())
        return 0;
    if (rc == 0)
        rc = session_inboxes(f, e);
    if (rc == 0) {
        f->view = f->fresh = view_new(f->partitions);
        rc = session_loop(f, e);
    }
    return rc;
}

static void session_end(struct follower *f)
{
    for (size_t i = 0; f->inboxes && i < inbox_count(f); i++)
        inbox_close(&f->inboxes[i]);
    memory_give(f->inboxes);
    f->inboxes = NULL;
    if (f->ends)
        rd_kafka_topic_partition_list_destroy(f->ends);
    f->ends = NULL;
    if (f->client)
        rd_kafka_destroy(f->client);
    f->client = NULL;
    view_free(f->fresh);
    f->fresh = NULL;
    f->has_ends = false;
    f->change_count = 0;
    buffer_clear(&f->events);
}

static int follow_sessions(struct follower *f, struct error *e)
{
    for (;;) {
        int rc = session_run(f, e);
        session_end(f);
        /* Topics that are not there at the start are a mistake of whoever starts; later they come back. */
        bool again = rc == ERROR_KAFKA || rc == ERROR_REGISTRY ||
                     (rc == ERROR_STATE && atomic_load(&f->knowledge->ready));
        if (stop_requested() || !again)
            return stop_requested() ? 0 : rc;
        log_problem(LOG_LEVEL_WARN, "reading everything anew", e);
        knowledge_write(f->knowledge);
        f->knowledge->connected = false;
        f->knowledge->rebuilt++;
        knowledge_unlock(f->knowledge);
        http_server_tick(f->server);
        wait_for_more(f, PAUSE_MS);
    }
}

int follow_run(struct knowledge *k, struct http_server *server, int wake_fd, struct error *e)
{
    struct follower *f = memory_zeroed(sizeof *f);
    f->knowledge = k;
    f->server = server;
    f->wake_fd = wake_fd;
    f->first = k->keeps_events ? TOPIC_SIGNINGS : TOPIC_INSTRUMENTS;
    f->topics = TOPIC_ALERTS + 1 - (int)f->first;
    f->arena = arena_new(1 << 16);
    int rc = codec_new(&f->codec, e);
    if (rc == 0)
        rc = codec_new(&f->packer, e);
    if (rc == 0)
        rc = registered_reading(k->settings, f->codec, &f->registry, e);
    if (rc == 0)
        rc = follow_sessions(f, e);
    codec_free(f->codec);
    codec_free(f->packer);
    registry_free(f->registry);
    arena_free(f->arena);
    buffer_free(&f->avro);
    buffer_free(&f->events);
    memory_give(f);
    return rc;
}
