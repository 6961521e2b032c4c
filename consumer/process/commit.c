#include "consumer/process/commit.h"

#include "core/fault_point.h"
#include "edge/cli/clock.h"

/* What has moved since the last commit. */
struct progress_made {
    bool applied; /* events were */
    bool read;    /* be it control records alone */
};

static struct progress_made commit_progress(struct session *s)
{
    struct progress_made made = {false, false};
    for (size_t i = 0; i < s->task_count; i++)
        for (int k = 0; k < EVENT_KINDS; k++) {
            struct live_task *t = &s->tasks[i];
            const struct inbox *in = &t->inboxes[k];
            task_set_position(t->task, (enum event_kind)k, in->applied);
            made.applied = made.applied || in->applied > t->committed[k];
            made.read = made.read || in->position != t->committed[k];
        }
    return made;
}

static void commit_write_records(struct session *s)
{
    struct record record;
    arena_reset(s->arena);
    for (size_t i = 0; i < s->task_count; i++)
        while (task_next_changed(s->tasks[i].task, RECORD_WITH_RESUME, s->arena, &record)) {
            output_record(s->output, s->tasks[i].partition, &record);
            meter_add(&s->metrics->meter, METER_RECORDS + (int)record.kind - 1);
            arena_reset(s->arena);
        }
}

/* Where reading goes on, behind the control records of transactions too, so that nobody sees a lag that is
 * none. All of them, moved or not: it is by offsets that Kafka checks whether the tasks are still ours, and
 * whoever is given a task next waits while a transaction holds offsets of it. What the clock alone has raised
 * needs that as well. */
static int commit_now(struct session *s)
{
    fault_point("batch.written");
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(EVENT_KINDS);
    for (size_t i = 0; i < s->task_count; i++)
        for (int k = 0; k < EVENT_KINDS; k++) {
            const struct inbox *in = &s->tasks[i].inboxes[k];
            rd_kafka_topic_partition_list_add(offsets, in->name, in->partition)->offset = in->position;
        }
    int64_t began_us = clock_monotonic_us();
    int rc = output_commit(s->output, offsets, s->membership, &s->failed);
    int64_t now_us = clock_monotonic_us();
    if (rc == 0)
        meter_committed(&s->metrics->meter, (double)(now_us - s->turn_began_us) / 1e6,
                        (double)(now_us - began_us) / 1e6);
    for (size_t i = 0; rc == 0 && i < s->task_count; i++)
        for (int k = 0; k < EVENT_KINDS; k++)
            s->tasks[i].committed[k] = s->tasks[i].inboxes[k].position;
    rd_kafka_topic_partition_list_destroy(offsets);
    fault_point("batch.done");
    return rc;
}

int commit_batch(struct session *s, bool quiet)
{
    struct progress_made made = commit_progress(s);
    commit_write_records(s);
    int rc = output_error(s->output, &s->failed);
    bool worked = made.applied || output_pending(s->output);
    if (worked)
        s->worked_ms = clock_monotonic_ms();
    if (rc == 0 && (worked || (quiet && made.read)))
        rc = commit_now(s);
    if (s->settings->until_end)
        progress_add(&s->progress, (int64_t)s->batch_events);
    s->batch_events = 0;
    return rc;
}
