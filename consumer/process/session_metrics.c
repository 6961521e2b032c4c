#include "consumer/process/session_metrics.h"

#include "edge/cli/clock.h"

#define SHOWN_MS 100

/* Where a partition ends is looked up only when it seems to be reached; in between the client knows it from
 * the answers to its fetches. */
static int64_t lag_of(const struct session *s, const struct inbox *in)
{
    int64_t low, high = -1;
    if (!in->name)
        return -1;
    if (rd_kafka_get_watermark_offsets(s->consumer, in->name, in->partition, &low, &high) || in->high > high)
        high = in->high;
    if (high < 0)
        return -1;
    return high > in->position ? high - in->position : 0;
}

static struct meter_task task_shown(const struct session *s, const struct live_task *t)
{
    struct meter_task shown = {
        .partition = t->partition,
        .restored = t->restored,
        .caught_up = t->caught_up,
        .clock = INSTANT_NONE,
        .threshold = INSTANT_NONE,
        .restore_seconds = t->restore_seconds,
        .restored_records = t->restored_records,
    };
    for (int k = 0; k < EVENT_KINDS; k++)
        shown.lag[k] = t->restored ? lag_of(s, &t->inboxes[k]) : -1;
    if (!t->restored)
        return shown;
    shown.clock = task_clock(t->task);
    if (!instant_is_none(task_stream_time(t->task)))
        shown.threshold = task_next_threshold(t->task);
    for (int k = SUBJECT_INSTRUMENT; k < SUBJECT_UNKNOWN; k++)
        shown.subjects[k - 1] = task_count(t->task, (enum subject_kind)k);
    return shown;
}

void session_metrics_show(struct session *s)
{
    struct meter *m = &s->metrics->meter;
    metrics_port_tick(s->metrics->port);
    if (!s->metrics->port)
        return;
    arena_reset(s->arena);
    struct meter_task *tasks = arena_array(s->arena, s->task_count ? s->task_count : 1, sizeof *tasks);
    for (size_t i = 0; i < s->task_count; i++)
        tasks[i] = task_shown(s, &s->tasks[i]);
    m->now.assigned = s->assigned;
    m->now.partitions = s->partitions;
    m->now.task_count = s->task_count;
    meter_publish(m, tasks);
}

void session_metrics_turn(struct session *s)
{
    if (s->metrics->port && clock_monotonic_ms() - s->metrics->meter.published_ms >= SHOWN_MS)
        session_metrics_show(s);
}
