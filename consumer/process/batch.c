#include "consumer/process/batch.h"

#include "consumer/event_message.h"
#include "consumer/process/live_clock.h"
#include "consumer/watermarks.h"
#include "core/fault_point.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"

/* A transaction takes about so many events, and is open about so long while there are more. */
#define BATCH_EVENTS 50000
#define BATCH_MS 500
#define LOOKUP_TIMEOUT_MS 2000
#define REGISTRY_PAUSE_MS 2000

static void batch_refuse(struct session *s, const rd_kafka_message_t *m, const struct error *e)
{
    char detail[EVENT_DETAIL_SIZE];
    event_message_detail(e, detail);
    enum letter_reason why = event_message_reason(e->code);
    const char *reason = letter_reason_names[why];
    output_dead_letter(s->output, m, reason, detail);
    meter_add(&s->metrics->meter, METER_LETTERS + (int)why);
    log_warn("dead letter", log_text("reason", reason), log_text("detail", detail),
             log_text("topic", rd_kafka_topic_name(m->rkt)), log_number("partition", m->partition),
             log_number("offset", m->offset));
}

/* Takes the clock on to the event's time, in pieces. false: the batch is full before it is there. */
static bool batch_pass_thresholds(struct session *s, struct live_task *t, const struct event *event)
{
    struct instant time = event->common.recorded_at, next = task_next_threshold(t->task);
    if (instant_is_none(next) || next.ms > time.ms || task_judge(t->task, event, NULL) != TASK_APPLIED)
        return true;
    while (output_pending(s->output) < BATCH_RECORDS)
        if (task_advance_part(t->task, time, STEP_FORECAST, BATCH_SUBJECTS))
            return true;
    return false;
}

/* What the next event was written with cannot be known while the registry is away. That is no fault of the
 * event: its task waits for it, and the others go on. */
static void batch_hold(struct live_task *t, const rd_kafka_message_t *m, const struct error *e)
{
    if (!t->blocked_until_ms)
        log_warn("a task waits for the schema registry", log_text("topic", rd_kafka_topic_name(m->rkt)),
                 log_number("partition", m->partition), log_number("offset", m->offset),
                 log_text("error", e->text));
    t->blocked_until_ms = clock_monotonic_ms() + REGISTRY_PAUSE_MS;
}

static void batch_release(struct live_task *t)
{
    if (t->blocked_until_ms)
        log_info("the schema registry answers again", log_number("partition", t->partition));
    t->blocked_until_ms = 0;
}

/* The event of the inbox's head. 0, or why it is none. */
static int batch_read(struct session *s, struct live_task *t, enum event_kind kind, const struct event **out,
                      struct error *e)
{
    struct ahead *ahead = &t->ahead[kind];
    const struct inbox *in = &t->inboxes[kind];
    *out = ahead_find(ahead, in);
    if (*out)
        return 0;
    int rc = ahead_fill(ahead, s->codec, kind, in, e);
    if (rc)
        return rc;
    task_expect(t->task, ahead->events, ahead->count);
    *out = &ahead->events[0];
    return 0;
}

/* false: it must wait for the next batch. */
static bool batch_apply(struct session *s, struct live_task *t, enum event_kind kind,
                        const rd_kafka_message_t *m)
{
    const struct event *event;
    struct error e = {0};
    s->applying = t;
    fault_point("event.before");
    bool clock_goes = s->settings->clock.kind == CLOCK_WALL && !instant_is_none(task_stream_time(t->task));
    if (t->caught_up && clock_goes && !live_clock_advance(s, t))
        return false;
    t->caught_up = false;
    int read = batch_read(s, t, kind, &event, &e);
    if (read == ERROR_REGISTRY) {
        batch_hold(t, m, &e);
        return false;
    }
    batch_release(t);
    bool readable = read == 0;
    if (readable && !batch_pass_thresholds(s, t, event))
        return false;
    enum task_outcome outcome = readable ? task_apply(t->task, event, m->offset, &e) : TASK_REFUSED;
    if (outcome == TASK_REFUSED)
        batch_refuse(s, m, &e);
    else
        s->events++;
    if (outcome == TASK_DUPLICATE)
        meter_add(&s->metrics->meter, METER_DUPLICATES);
    meter_add(&s->metrics->meter, METER_EVENTS + (int)kind);
    s->batch_events++;
    inbox_take(&t->inboxes[kind]);
    fault_point("event.after");
    return true;
}

static bool batch_is_full(const struct session *s)
{
    return s->batch_events >= BATCH_EVENTS || output_pending(s->output) >= BATCH_RECORDS ||
           (s->batch_events % 256 == 0 && s->batch_events &&
            clock_monotonic_ms() - s->batch_began_ms >= BATCH_MS);
}

/* Applies what is there, until the batch is full. How the task stands then. */
enum live_step batch_work(struct session *s, struct live_task *t)
{
    enum event_kind kind;
    const rd_kafka_message_t *m;
    enum live_step step = LIVE_EVENT;
    if (t->blocked_until_ms && clock_monotonic_ms() < t->blocked_until_ms)
        return LIVE_WAIT;
    while (!batch_is_full(s)) {
        step = live_task_next(t, s->round, &kind, &m, &s->failed);
        if (step != LIVE_EVENT)
            break;
        if (s->batch_events == 0)
            s->batch_began_ms = clock_monotonic_ms();
        if (!batch_apply(s, t, kind, m))
            return t->blocked_until_ms ? LIVE_WAIT : LIVE_EVENT;
    }
    return step;
}

/* Looks up where the empty partitions end, for all tasks at once. What is fetched after this was seen in a
 * later round. false: Kafka did not say. */
bool batch_look_up(struct session *s)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(EVENT_KINDS);
    for (size_t i = 0; i < s->task_count; i++)
        for (int k = 0; k < EVENT_KINDS; k++) {
            const struct inbox *in = &s->tasks[i].inboxes[k];
            if (in->next == in->count && live_task_needs_lookup(in, s->round))
                rd_kafka_topic_partition_list_add(list, in->name, in->partition);
        }
    struct error e = {0};
    bool known = watermarks_high(s->watermarks, list, LOOKUP_TIMEOUT_MS, &e) == 0;
    if (known) {
        for (size_t i = 0; i < s->task_count; i++)
            for (int k = 0; k < EVENT_KINDS; k++) {
                struct inbox *in = &s->tasks[i].inboxes[k];
                rd_kafka_topic_partition_t *found =
                    rd_kafka_topic_partition_list_find(list, in->name, in->partition);
                if (!found)
                    continue;
                in->high = found->offset;
                in->high_round = s->round;
            }
        s->round++;
    } else {
        log_debug("watermarks", log_text("error", e.text));
    }
    rd_kafka_topic_partition_list_destroy(list);
    return known;
}
