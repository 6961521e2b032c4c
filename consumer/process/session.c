#include "consumer/process/session.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "consumer/heartbeat.h"
#include "consumer/process/assignment.h"
#include "consumer/process/batch.h"
#include "consumer/process/commit.h"
#include "consumer/process/live_clock.h"
#include "consumer/process/namesake.h"
#include "consumer/process/output.h"
#include "consumer/process/session_metrics.h"
#include "consumer/process/session_state.h"
#include "consumer/stop.h"
#include "consumer/watermarks.h"
#include "core/fault_point.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/heap/heap.h"
#include "edge/kafka/client.h"
#include "edge/kafka/trouble.h"

#define ARENA_BYTES (1 << 20)
#define IDLE_MS 1000
#define WAIT_MS 50
#define LOOKUP_TIMEOUT_MS 2000
#define METADATA_TIMEOUT_MS 2000
#define REGISTRY_WAIT_MS 1000
#define TELL_MS 5000       /* without tasks */
#define GIVE_BACK_MS 30000 /* docs/performance.md, "Memory that is given back" */

/* --- The loop --- */

static void session_wait(struct session *s, int ms)
{
    uint64_t count;
    struct pollfd fd = {s->wake_fd, POLLIN, 0};
    if (poll(&fd, 1, ms) > 0 && read(s->wake_fd, &count, sizeof count) < 0)
        return;
}

/* How long a task that stands like that has nothing to do, in milliseconds. */
static int session_wait_ms(const struct session *s, const struct live_task *t, enum live_step step)
{
    if (step == LIVE_WAIT)
        return WAIT_MS;
    if (step != LIVE_IDLE)
        return 0;
    struct instant next = task_next_threshold(t->task);
    if (s->settings->clock.kind != CLOCK_WALL || instant_is_none(next))
        return IDLE_MS;
    int64_t left = next.ms - clock_wall().ms;
    return left < 0 ? 0 : left < IDLE_MS ? (int)left : IDLE_MS;
}

/* One task as far as it goes. Returns how it stands. */
static enum live_step session_turn(struct session *s, struct live_task *t)
{
    enum live_step step = batch_work(s, t);
    /* Idle by watermarks that may be old: whether the task has caught up is looked up anew. Where Kafka does
       not tell, it is not asked for the others in this turn, so that the group is not kept waiting. */
    if (step == LIVE_LOOKUP || (step == LIVE_IDLE && (!t->caught_up || live_clock_is_behind(s, t)))) {
        if (s->untold_turn == s->turn)
            return LIVE_WAIT;
        if (!batch_look_up(s)) {
            s->untold_turn = s->turn;
            return LIVE_WAIT;
        }
        step = batch_work(s, t);
    }
    if (step == LIVE_IDLE) {
        if (live_clock_is_behind(s, t) && !live_clock_advance(s, t))
            return LIVE_EVENT;
        t->caught_up = true;
    }
    return step;
}

/* A turn for every task; another one comes first each time, so that a backlog does not hold up the tasks
 * behind it. Returns how long there is nothing to do, in milliseconds. */
static int session_turns(struct session *s)
{
    int least = IDLE_MS;
    s->turn++;
    for (size_t i = 0; !s->failed.code && i < s->task_count; i++) {
        struct live_task *t = &s->tasks[(s->turn + i) % s->task_count];
        int ms = session_wait_ms(s, t, session_turn(s, t));
        least = ms < least ? ms : least;
    }
    return least;
}

/* Whether the group has committed everything up to the ends; false also where Kafka does not tell. */
static bool session_group_is_finished(struct session *s)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(s->ends);
    bool finished = rd_kafka_committed(s->consumer, list, LOOKUP_TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; finished && i < s->ends->cnt; i++) {
        const rd_kafka_topic_partition_t *end = &s->ends->elems[i];
        const rd_kafka_topic_partition_t *at =
            rd_kafka_topic_partition_list_find(list, end->topic, end->partition);
        finished = end->offset == 0 || (at && !at->err && at->offset >= end->offset);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return finished;
}

static int64_t session_timeout_ms(const struct session *s)
{
    char value[32];
    size_t size = sizeof value;
    if (rd_kafka_conf_get(rd_kafka_conf(s->consumer), "session.timeout.ms", value, &size) != RD_KAFKA_CONF_OK)
        return 0;
    return strtoll(value, NULL, 10);
}

/* Whether the group has had the time to notice members that died before it gave us our tasks. */
static bool session_group_is_settled(const struct session *s)
{
    return clock_monotonic_ms() - s->assigned_ms > session_timeout_ms(s);
}

/* Tasks of other members count too: where such a member died, they come to us yet. */
static bool session_is_finished(struct session *s)
{
    if (!s->settings->until_end || !s->assigned)
        return false;
    for (size_t i = 0; i < s->task_count; i++) {
        const struct live_task *t = &s->tasks[i];
        for (int k = 0; k < EVENT_KINDS; k++)
            if (!t->caught_up || t->committed[k] < t->inboxes[k].until)
                return false;
    }
    return s->task_count == (size_t)s->partitions ||
           (session_group_is_settled(s) && session_group_is_finished(s));
}

/* The consumer is of no use any more. */
static void session_lose_membership(struct session *s, const rd_kafka_message_t *m)
{
    char why[256] = "";
    s->fenced = m->err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ||
                rd_kafka_fatal_error(s->consumer, why, sizeof why) == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
    (void)error_set(&s->failed, ERROR_KAFKA, "group", "%s", *why ? why : rd_kafka_message_errstr(m));
}

/* Errors of the group come as messages without a partition. */
static void session_poll(struct session *s)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(s->consumer, 0);
    if (m) {
        if (m->err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || m->err == RD_KAFKA_RESP_ERR__FATAL ||
            m->err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
            session_lose_membership(s, m);
        else if (m->err && m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
            log_warn("the consumer reports", log_text("group", s->settings->group),
                     log_text("error", rd_kafka_message_errstr(m)));
        rd_kafka_message_destroy(m);
    }
    (void)rd_kafka_poll(s->output_client, 0);
}

/* What clients that came and went, and fetches of a backlog, took from malloc lies between what is still in
 * use: unasked, little of it goes back to the system. */
static void session_give_memory_back(struct session *s)
{
    int64_t now = clock_monotonic_ms();
    if (now - s->given_back_ms < GIVE_BACK_MS)
        return;
    heap_give_back();
    s->given_back_ms = now;
}

/* A member that is at work on something else, or does not know yet that the broker is back, holds up all. */
static void session_tell_of_waiting(struct session *s)
{
    if (!s->waits_ms || clock_monotonic_ms() - s->waits_ms < TELL_MS)
        return;
    log_info("waiting for tasks: the group waits for its coordinator or for another member",
             log_text("group", s->settings->group));
    s->waits_ms = clock_monotonic_ms();
}

static int session_loop(struct session *s)
{
    while (!s->failed.code && !stop_requested()) {
        heartbeat();
        s->turn_began_us = clock_monotonic_us();
        session_poll(s);
        session_tell_of_waiting(s);
        session_give_memory_back(s);
        int wait_ms = session_turns(s);
        bool quiet = wait_ms && (s->settings->until_end || clock_monotonic_ms() - s->worked_ms >= IDLE_MS);
        if (!s->failed.code && commit_batch(s, quiet) == 0) {
            if (session_is_finished(s))
                return 0;
            session_metrics_turn(s);
            if (wait_ms)
                session_wait(s, wait_ms);
        }
    }
    return s->failed.code;
}

/* --- Beginning and end --- */

static int session_consumer(struct session *s, struct error *e)
{
    const struct settings *o = s->settings;
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "group.id", o->group},
        {CLIENT_DECIDES, "group.instance.id", o->instance},
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.auto.commit", "false"},
        {CLIENT_DECIDES, "enable.auto.offset.store", "false"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        {CLIENT_DECIDES, "auto.offset.reset", "error"},
        {CLIENT_DECIDES, "partition.assignment.strategy", "range"},
        {CLIENT_PREFERS, "session.timeout.ms", "10000"},
        {CLIENT_PREFERS, "heartbeat.interval.ms", "1000"},
        {CLIENT_PREFERS, "max.poll.interval.ms", "900000"},
        /* Also bounds what a compressed batch may unpack to: one beyond it could never be passed. */
        {CLIENT_PREFERS, "receive.message.max.bytes", "2147483647"},
        /* That a partition has ended is known when a fetch comes back empty: sooner costs an idle broker
           more. */
        {CLIENT_PREFERS, "fetch.wait.max.ms", "50"},
        {CLIENT_PREFERS, "queued.min.messages", "100000"},
        /* Of each partition. Where all queues are full nothing is fetched for a second, and so less takes
           longer where there is one partition; more only takes memory: docs/performance.md, "What malloc
           costs". */
        {CLIENT_PREFERS, "queued.max.messages.kbytes", "8192"},
    };
    rd_kafka_conf_t *conf = NULL;
    int rc = client_configure(o, settings, sizeof settings / sizeof *settings, &conf, e);
    if (rc)
        return rc;
    rd_kafka_conf_set_rebalance_cb(conf, assignment_changed);
    rd_kafka_conf_set_opaque(conf, s);
    if ((rc = client_new(CLIENT_CONSUMER, conf, &s->consumer, e)))
        return rc;
    (void)rd_kafka_poll_set_consumer(s->consumer);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(s->consumer);
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, s->wake_fd, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
    return 0;
}

static int session_subscribe(struct session *s, struct error *e)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(EVENT_KINDS);
    for (int k = 0; k < EVENT_KINDS; k++)
        rd_kafka_topic_partition_list_add(topics, s->names.all[k].at, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t refused = rd_kafka_subscribe(s->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    s->waits_ms = clock_monotonic_ms();
    return refused ? error_set(e, ERROR_KAFKA, "subscribe", "%s", rd_kafka_err2str(refused)) : 0;
}

/* Where the event topics end now: --until-end goes as far. Right after topics were made, or a broker came
 * back, it may take a moment until a leader tells. */
static int session_snapshot(struct session *s, struct error *e)
{
    struct error refused = {0};
    s->ends = rd_kafka_topic_partition_list_new(EVENT_KINDS * s->partitions);
    for (int k = 0; k < EVENT_KINDS; k++)
        for (int32_t p = 0; p < s->partitions; p++)
            rd_kafka_topic_partition_list_add(s->ends, s->names.all[k].at, p);
    for (bool said = false; watermarks_high(s->watermarks, s->ends, LOOKUP_TIMEOUT_MS, &refused);
         said = true) {
        if (stop_requested())
            return error_set(e, ERROR_STOPPED, "", "stopped while waiting for Kafka");
        if (!said)
            log_warn("waiting for Kafka", log_text("error", refused.text));
        heartbeat();
        session_wait(s, WAIT_MS);
    }
    return 0;
}

/* Waits until a broker answers, and says so once; then looks at the topics. */
static int session_topics(struct session *s, struct error *e)
{
    for (bool said = false;; said = true) {
        const struct rd_kafka_metadata *metadata = NULL;
        heartbeat();
        rd_kafka_resp_err_t refused =
            rd_kafka_metadata(s->watermarks, 0, NULL, &metadata, METADATA_TIMEOUT_MS);
        if (!refused) {
            rd_kafka_metadata_destroy(metadata);
            if (said)
                log_info("Kafka is there", log_text("brokers", s->settings->brokers));
            return watermarks_partitions(s->watermarks, &s->names, TOPIC_SIGNINGS, TOPIC_COUNT,
                                         LOOKUP_TIMEOUT_MS, &s->partitions, e);
        }
        if (stop_requested())
            return error_set(e, ERROR_STOPPED, "", "stopped while waiting for Kafka");
        char why[TROUBLE_SIZE];
        if (!said)
            log_warn("waiting for Kafka", log_text("brokers", s->settings->brokers),
                     log_text("error", trouble_why_away(refused, why)));
    }
}

/* Waits until the schema registry has taken the schemas of what is written, and says so once. */
static int session_registry(struct session *s, struct error *e)
{
    int rc = registered_reading(s->settings, s->codec, &s->registry, e);
    if (rc)
        return rc;
    for (bool said = false;; said = true) {
        heartbeat();
        rc = registered_writing(s->registry, s->codec, &s->names, TOPIC_INSTRUMENTS,
                                TOPIC_ALERTS - TOPIC_INSTRUMENTS + 1, e);
        if (rc == 0 && said)
            log_info("the schema registry is there", log_text("url", registry_address(s->registry)));
        if (rc != ERROR_REGISTRY)
            return rc;
        if (stop_requested())
            return error_set(e, ERROR_STOPPED, "", "stopped while waiting for the schema registry");
        if (!said)
            log_problem(LOG_LEVEL_WARN, "waiting for the schema registry", e);
        session_wait(s, REGISTRY_WAIT_MS);
    }
}

static int session_open(struct session *s, struct error *e)
{
    int rc = codec_new(&s->codec, e);
    if (rc || (rc = session_registry(s, e)) || (rc = watermarks_client(s->settings, &s->watermarks, e)) ||
        (rc = session_topics(s, e)) || (rc = output_open(s->settings, s->codec, &s->names, &s->output, e)) ||
        (rc = restorer_open(s->settings, s->codec, &s->names, &s->restorer, e)))
        return rc;
    s->output_client = output_client(s->output);
    if (s->settings->until_end && (rc = session_snapshot(s, e)))
        return rc;
    if ((rc = session_consumer(s, e)) || (rc = session_subscribe(s, e)))
        return rc;
    return 0;
}

static void session_leave(struct session *s)
{
    output_close(s->output); /* first: who gets the tasks would wait for what is left open here */
    s->closing = true;
    if (!s->consumer)
        return;
    s->session_timeout_ms = session_timeout_ms(s);
    /* Leaves the group, unless the instance is a static member of it. */
    (void)rd_kafka_consumer_close(s->consumer);
    assignment_drop(s);
    session_metrics_show(s);
    rd_kafka_destroy(s->consumer);
}

/* `orderly`: Kafka is there, and what was asked for is done. */
static void session_close(struct session *s, bool orderly, const int32_t *partitions, size_t kept)
{
    if (orderly)
        checkpoint_finish(s->checkpoint, s->watermarks, partitions, kept);
    checkpoint_close(s->checkpoint);
    restorer_close(s->restorer);
    if (s->watermarks)
        rd_kafka_destroy(s->watermarks);
    if (s->ends)
        rd_kafka_topic_partition_list_destroy(s->ends);
    fault_point("session.after");
    codec_free(s->codec);
    registry_free(s->registry);
    arena_free(s->arena);
    topic_names_free(&s->names);
}

/* A member whose name another process uses must not take it back. */
static int session_name(struct session *s, struct error *e)
{
    if (!s->fenced || !namesake_is_there(s->settings, s->watermarks, s->session_timeout_ms, s->wake_fd))
        return e->code;
    *e = (struct error){0};
    return error_set(e, ERROR_STATE, "--instance", "another process has joined the group under this name");
}

enum session_end session_run(const struct settings *settings, int wake_fd, struct process_metrics *metrics,
                             struct error *e)
{
    struct session s = {.settings = settings, .metrics = metrics, .wake_fd = wake_fd, .round = 1};
    s.arena = arena_new(ARENA_BYTES);
    meter_forget(&metrics->meter);
    topic_names_make(&s.names, settings->prefix);
    if (settings->until_end)
        progress_start(&s.progress, "processing", -1);
    fault_point("session.before");
    /* First: tasks are loaded while the clients connect. */
    struct task_config config = assignment_task_config(&s);
    s.checkpoint = checkpoint_open(settings, &s.names, &config);
    int rc = session_open(&s, e);
    if (rc == 0 && (rc = session_loop(&s)))
        *e = s.failed;
    if (settings->until_end)
        progress_end(&s.progress);
    if (rc == 0)
        log_info(settings->until_end ? "everything that was there is processed" : "stopped",
                 log_number("events", (int64_t)s.events));
    size_t kept = s.task_count;
    int32_t *partitions = memory_take(kept * sizeof *partitions);
    for (size_t i = 0; i < kept; i++)
        partitions[i] = s.tasks[i].partition;
    session_leave(&s);
    if (rc)
        rc = session_name(&s, e);
    session_close(&s, rc == 0, partitions, kept);
    memory_give(partitions);
    if (rc == 0 || rc == ERROR_STOPPED)
        return SESSION_DONE;
    return rc == ERROR_KAFKA || rc == ERROR_REGISTRY ? SESSION_AGAIN : SESSION_FAILED;
}
