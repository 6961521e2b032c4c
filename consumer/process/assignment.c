#include "consumer/process/assignment.h"

#include <inttypes.h>

#include "consumer/heartbeat.h"
#include "consumer/process/restoration.h"
#include "consumer/process/session_metrics.h"
#include "consumer/stop.h"
#include "core/fault_point.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"

#define COMMITTED_TIMEOUT_MS 2000

static void assignment_alert(void *context, const struct alert *alert)
{
    struct session *s = context;
    output_alert(s->output, s->applying->partition, alert);
    meter_alert(&s->metrics->meter, alert);
    log_debug("alert", log_view("subject", alert->subject),
              log_text("kind", symbols_name(&alert_kinds, alert->kind)), log_view("stage", alert->stage),
              log_number("revision", alert->revision));
}

void assignment_drop(struct session *s)
{
    for (size_t i = 0; i < s->task_count; i++)
        live_task_close(&s->tasks[i]);
    memory_give(s->tasks);
    s->tasks = NULL;
    s->task_count = 0;
    s->assigned = false;
    if (!s->closing)
        checkpoint_release(s->checkpoint);
    if (s->membership)
        rd_kafka_consumer_group_metadata_destroy(s->membership);
    s->membership = NULL;
}

/* Offsets committed by the group. While a dead instance's transaction holds some of them, Kafka does not
 * tell: it is asked again until that transaction is committed, aborted or timed out. */
static int assignment_committed(struct session *s, rd_kafka_topic_partition_list_t *list, struct error *e)
{
    for (bool said = false;; said = true) {
        heartbeat();
        rd_kafka_resp_err_t refused = rd_kafka_committed(s->consumer, list, COMMITTED_TIMEOUT_MS);
        for (int i = 0; !refused && i < list->cnt; i++)
            refused = list->elems[i].err;
        if (!refused)
            return 0;
        if (stop_requested())
            return error_set(e, ERROR_STOPPED, "", "stopped while waiting for the group's offsets");
        if (refused != RD_KAFKA_RESP_ERR__TIMED_OUT && refused != RD_KAFKA_RESP_ERR__TRANSPORT &&
            refused != RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
            return error_set(e, ERROR_KAFKA, "committed offsets", "%s", rd_kafka_err2str(refused));
        if (!said)
            log_info("waiting for the group's offsets", log_text("error", rd_kafka_err2str(refused)));
    }
}

/* Tasks are partition numbers that all three topics were given of. */
static int assignment_tasks(struct session *s, const rd_kafka_topic_partition_list_t *partitions,
                            struct error *e)
{
    size_t given = (size_t)partitions->cnt;
    s->tasks = memory_zeroed(given * sizeof *s->tasks);
    for (int i = 0; i < partitions->cnt; i++) {
        int32_t p = partitions->elems[i].partition;
        bool known = false;
        for (size_t k = 0; k < s->task_count; k++)
            known = known || s->tasks[k].partition == p;
        if (!known)
            s->tasks[s->task_count++].partition = p;
    }
    if (s->task_count * EVENT_KINDS != given)
        return error_set(
            e, ERROR_KAFKA, "assignment",
            "%zu partitions for %zu tasks, expected %d each: do all members of the group run this program?",
            given, s->task_count, EVENT_KINDS);
    return 0;
}

struct task_config assignment_task_config(struct session *s)
{
    struct task_config config = {
        .zone = s->settings->zone,
        .policy = s->settings->policy,
        .alert = assignment_alert,
        .context = s,
    };
    for (int k = 0; k < EVENT_KINDS; k++)
        config.topics[k] = s->names.all[k];
    return config;
}

/* --- Restoring --- */

/* A task on its way. */
struct restoring {
    struct session *session;
    struct live_task *task;
    struct checkpoint_loaded loaded; /* own; without a task: from the topics alone */
    struct task *made;               /* own; for that */
    bool anew;                       /* its checkpoint proved to be of no use */
};

/* As far as its checkpoint goes, else from nothing. */
static void restoring_begin(struct restoring *r, struct restoration_task *out)
{
    struct session *s = r->session;
    int64_t began = clock_monotonic_ms();
    out->context = r;
    if (!r->anew && checkpoint_take(s->checkpoint, s->watermarks, r->task->partition, &r->loaded)) {
        out->job = (struct restore_job){r->task->partition, r->loaded.task, r->loaded.tips, 0, false};
    } else {
        struct task_config config = assignment_task_config(s);
        config.partition = r->task->partition;
        r->made = task_new(&config);
        out->job = (struct restore_job){r->task->partition, r->made, NULL, 0, false};
    }
    out->ms = clock_monotonic_ms() - began;
}

static void restoring_done(struct restoration_task *done)
{
    struct restoring *r = done->context;
    struct session *s = r->session;
    struct live_task *t = r->task;
    if (done->rc)
        return;
    uint64_t subjects = r->made ? 0 : r->loaded.subjects;
    t->task = done->job.task;
    r->loaded.task = r->made = NULL;
    t->restored = true;
    t->restored_records = done->job.records;
    t->restore_seconds = (double)done->ms / 1000;
    s->metrics->meter.now.restores++;
    session_metrics_show(s);
    if (task_rules_changed(t->task))
        log_warn("zone or policy changed since the register was written: what was raised stays raised, the "
                 "rest is armed anew",
                 log_number("partition", t->partition), log_text("zone", s->settings->zone_name),
                 log_text("policy", s->settings->policy_file));
    log_info("task restored", log_number("partition", t->partition),
             s->checkpoint ? log_number("from_checkpoint", (int64_t)subjects) : (struct log_pair){0},
             log_number("records", (int64_t)t->restored_records),
             log_number("instruments", (int64_t)task_count(t->task, SUBJECT_INSTRUMENT)),
             log_number("summits", (int64_t)task_count(t->task, SUBJECT_SUMMIT)),
             log_number("commitments", (int64_t)task_count(t->task, SUBJECT_COMMITMENT)),
             log_number("ms", done->ms));
}

static void restoring_free(struct restoring *r)
{
    checkpoint_loaded_free(&r->loaded);
    task_free(r->made);
    r->made = NULL;
}

/* Restores those tasks that are not yet. */
static int assignment_restore_some(struct session *s, struct restoring *all, struct error *e)
{
    struct restoration_task *tasks = memory_zeroed(s->task_count * sizeof *tasks);
    size_t count = 0;
    for (size_t i = 0; i < s->task_count; i++)
        if (!s->tasks[i].restored)
            restoring_begin(&all[i], &tasks[count++]);
    int rc = restoration_run(s->settings, s->restorer, s->watermarks, tasks, count, restoring_done, e);
    for (size_t i = 0; i < count; i++) {
        struct restoring *r = tasks[i].context;
        r->anew = tasks[i].job.stale;
        if (rc == 0 && r->anew)
            checkpoint_discard(s->checkpoint, r->task->partition, &tasks[i].error);
        restoring_free(r);
    }
    memory_give(tasks);
    return rc;
}

static int assignment_restore(struct session *s, struct error *e)
{
    struct restoring *all = memory_zeroed(s->task_count * sizeof *all);
    int rc = 0;
    session_metrics_show(s);
    for (size_t i = 0; i < s->task_count; i++)
        all[i] = (struct restoring){.session = s, .task = &s->tasks[i]};
    /* Twice at most: those whose checkpoint proves to be of no use begin anew. */
    for (size_t left = s->task_count; rc == 0 && left;) {
        rc = assignment_restore_some(s, all, e);
        left = 0;
        for (size_t i = 0; i < s->task_count; i++)
            left += !s->tasks[i].restored;
    }
    memory_give(all);
    return rc == 0 && s->task_count ? restorer_renew(s->restorer, s->settings, e) : rc;
}

/* --- Beginning --- */

/* Reading goes on at the group's offset, but never before what the register already holds. */
static void assignment_position(struct session *s, struct live_task *t, enum event_kind k,
                                rd_kafka_topic_partition_t *at)
{
    int64_t committed = at->offset, held = task_position(t->task, k);
    t->committed[k] = committed < 0 ? -1 : committed;
    at->offset = committed > held ? committed : held;
    if (committed > 0 && held == 0 && task_clock(t->task).ms == INSTANT_NONE.ms)
        log_warn("the group has read events that nothing in the register follows from: was the register made "
                 "anew?",
                 log_text("topic", at->topic), log_number("partition", at->partition),
                 log_number("offset", committed));
    if (committed >= 0 && committed < held)
        log_warn("the group's offset lies before what the register holds, going on from there",
                 log_text("topic", at->topic), log_number("partition", at->partition),
                 log_number("offset", committed), log_number("from", held));
    inbox_open(&t->inboxes[k], s->consumer, s->names.all[k].at, t->partition, at->offset, s->wake_fd);
    if (s->ends) {
        const rd_kafka_topic_partition_t *end =
            rd_kafka_topic_partition_list_find(s->ends, s->names.all[k].at, t->partition);
        t->inboxes[k].until = end ? end->offset : 0;
        if (t->inboxes[k].until > at->offset)
            s->progress.total += t->inboxes[k].until - at->offset;
    }
}

static int assignment_begin(struct session *s, rd_kafka_topic_partition_list_t *partitions, struct error *e)
{
    fault_point("assignment.before");
    int rc = assignment_tasks(s, partitions, e);
    if (rc)
        return rc;
    int32_t *numbers = memory_take((size_t)partitions->cnt * sizeof *numbers);
    for (size_t i = 0; i < s->task_count; i++)
        numbers[i] = s->tasks[i].partition;
    checkpoint_expect(s->checkpoint, numbers, s->task_count);
    if (partitions->cnt)
        rc = assignment_committed(s, partitions, e);
    fault_point("assignment.committed");
    if (rc == 0)
        rc = assignment_restore(s, e);
    if (rc == 0)
        checkpoint_keep(s->checkpoint, numbers, s->task_count);
    memory_give(numbers);
    if (s->ends)
        progress_total(&s->progress, s->progress.done);
    for (size_t i = 0; rc == 0 && i < s->task_count; i++)
        for (int k = 0; rc == 0 && k < EVENT_KINDS; k++) {
            rd_kafka_topic_partition_t *at =
                rd_kafka_topic_partition_list_find(partitions, s->names.all[k].at, s->tasks[i].partition);
            if (!at)
                return error_set(e, ERROR_KAFKA, s->names.all[k].at,
                                 "partition %" PRId32 " went to somebody else", s->tasks[i].partition);
            assignment_position(s, &s->tasks[i], (enum event_kind)k, at);
        }
    return rc;
}

void assignment_changed(rd_kafka_t *consumer, rd_kafka_resp_err_t what,
                        rd_kafka_topic_partition_list_t *partitions, void *session)
{
    struct session *s = session;
    fault_point("rebalance");
    assignment_drop(s);
    s->waits_ms = 0;
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && (s->closing || s->failed.code)) {
        (void)rd_kafka_assign(consumer, NULL); /* it leaves, and could do nothing with them */
        return;
    }
    if (what != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        s->waits_ms = clock_monotonic_ms();
        session_metrics_show(s);
        log_info("tasks given up", log_number("tasks", partitions->cnt / EVENT_KINDS));
        (void)rd_kafka_assign(consumer, NULL);
        return;
    }
    struct error e = {0};
    /* As of now and not as of a commit: a member that has lost its place and is about to join anew is nobody,
     * and from nobody Kafka takes offsets unchecked. */
    s->membership = rd_kafka_consumer_group_metadata(consumer);
    if (assignment_begin(s, partitions, &e)) {
        if (!s->failed.code)
            s->failed = e;
        assignment_drop(s);
        (void)rd_kafka_assign(consumer, NULL);
        return;
    }
    fault_point("assignment.positioned");
    rd_kafka_resp_err_t refused = rd_kafka_assign(consumer, partitions);
    fault_point("assignment.after");
    if (refused)
        (void)error_set(&s->failed, ERROR_KAFKA, "assign", "%s", rd_kafka_err2str(refused));
    s->assigned = true;
    s->assigned_ms = clock_monotonic_ms();
    session_metrics_show(s);
    log_info("tasks assigned", log_number("tasks", (int64_t)s->task_count), log_number("of", s->partitions));
}
