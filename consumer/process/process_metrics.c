#include "consumer/process/process_metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "consumer/heartbeat.h"
#include "core/instant.h"
#include "edge/cli/clock.h"

#define NUMBER_SIZE 24

static void counter(struct buffer *b, const char *name, const char *help, uint64_t value)
{
    openmetrics_single(b, name, OPENMETRICS_COUNTER, "", help, (double)value);
}

static void gauge(struct buffer *b, const char *name, const char *unit, const char *help, double value)
{
    openmetrics_single(b, name, OPENMETRICS_GAUGE, unit, help, value);
}

static double seconds_of(struct instant t)
{
    return instant_is_none(t) ? NAN : (double)t.ms / 1000;
}

/* --- Counters --- */

/* A counter by the values of one label; `values` has `count` texts. */
static void counters(struct buffer *b, const char *family, const char *help, const char *label,
                     const struct text *values, const uint64_t *totals, size_t count)
{
    char sample[80];
    openmetrics_family(b, family, OPENMETRICS_COUNTER, "", help);
    (void)snprintf(sample, sizeof sample, "%s_total", family);
    for (size_t i = 0; i < count; i++)
        openmetrics_sample(b, sample, &(struct openmetrics_label){label, values[i]}, 1, (double)totals[i]);
}

static void write_counters(const struct process_metrics *m, const struct meter_state *s, struct buffer *b)
{
    struct text reasons[LETTER_REASONS], kinds[ALERT_UNKNOWN - 1];
    const uint64_t *totals = s->totals;
    for (int i = 0; i < LETTER_REASONS; i++)
        reasons[i] = text_of(letter_reason_names[i]);
    for (int i = ALERT_UPCOMING; i < ALERT_UNKNOWN; i++)
        kinds[i - 1] = text_of(symbols_name(&alert_kinds, (uint8_t)i));
    counters(b, "chapar_process_events",
             "Records of the event topics that were applied, dropped as duplicates or put aside", "topic",
             m->names.all, totals + METER_EVENTS, EVENT_KINDS);
    counter(b, "chapar_process_duplicates",
            "Events dropped because their id was among the last of their subject", totals[METER_DUPLICATES]);
    counters(b, "chapar_process_dead_letters", "Events that could not be applied, by reason", "reason",
             reasons, totals + METER_LETTERS, LETTER_REASONS);
    counters(b, "chapar_process_alerts", "Alerts raised, by kind", "kind", kinds, totals + METER_ALERTS,
             ALERT_UNKNOWN - 1);
    counter(b, "chapar_process_stale_alerts",
            "Alerts that a later one of their subject had overtaken when they were raised",
            totals[METER_STALE]);
    counters(b, "chapar_process_records", "Register records written", "topic",
             m->names.all + TOPIC_INSTRUMENTS, totals + METER_RECORDS, 3);
}

static void histogram(struct buffer *b, const char *name, const char *help,
                      const struct openmetrics_histogram *h)
{
    openmetrics_family(b, name, OPENMETRICS_HISTOGRAM, "seconds", help);
    openmetrics_histogram(b, name, NULL, 0, h);
}

static void write_times(const struct meter_state *s, struct buffer *b)
{
    counter(b, "chapar_process_transactions", "Transactions committed", s->transactions);
    histogram(b, "chapar_process_transaction_seconds",
              "Time from looking for events until what follows from them was committed",
              &s->transaction_seconds);
    histogram(b, "chapar_process_commit_seconds", "Of that, waiting for Kafka to commit", &s->commit_seconds);
    gauge(b, "chapar_process_committed_timestamp_seconds", "seconds",
          "When the last transaction was committed, since 1970; NaN: none was", seconds_of(s->committed_at));
    histogram(b, "chapar_process_alert_delay_seconds",
              "How late alerts were raised that a deadline's stage gave rise to, against its threshold; only "
              "with --clock wall, and only where the deadline was known by then",
              &s->delay_seconds);
    gauge(b, "chapar_process_deadline_lag_seconds", "seconds",
          "The same of the latest of them; NaN: none yet", s->deadline_lag);
}

/* --- Tasks --- */

struct tasks {
    const struct meter_task *at;
    size_t count;
};

static struct openmetrics_label partition_label(int32_t partition, char number[NUMBER_SIZE])
{
    int n = snprintf(number, NUMBER_SIZE, "%" PRId32, partition);
    return (struct openmetrics_label){"partition", {number, (size_t)n}};
}

static void tasks_gauge(struct buffer *b, const char *name, const char *unit, const char *help,
                        struct tasks tasks, double (*value)(const struct meter_task *t, const void *more),
                        const void *more)
{
    openmetrics_family(b, name, OPENMETRICS_GAUGE, unit, help);
    for (size_t i = 0; i < tasks.count; i++) {
        char number[NUMBER_SIZE];
        struct openmetrics_label label = partition_label(tasks.at[i].partition, number);
        openmetrics_sample(b, name, &label, 1, value(&tasks.at[i], more));
    }
}

double process_metrics_clock_lag(struct clock_choice clock, struct instant threshold, struct instant now)
{
    struct instant target = clock.kind == CLOCK_INSTANT ? clock.at : now;
    if (clock.kind == CLOCK_STREAM || instant_is_none(threshold) || threshold.ms > target.ms)
        return 0;
    return (double)(target.ms - threshold.ms) / 1000;
}

static double value_restored(const struct meter_task *t, const void *more)
{
    (void)more;
    return t->restored;
}

static double value_caught_up(const struct meter_task *t, const void *more)
{
    (void)more;
    return t->caught_up;
}

static double value_clock(const struct meter_task *t, const void *more)
{
    (void)more;
    return seconds_of(t->clock);
}

static double value_threshold(const struct meter_task *t, const void *more)
{
    (void)more;
    return seconds_of(t->threshold);
}

static double value_clock_lag(const struct meter_task *t, const void *more)
{
    const struct settings *s = more;
    return process_metrics_clock_lag(s->clock, t->threshold, clock_wall());
}

static double value_restore_seconds(const struct meter_task *t, const void *more)
{
    (void)more;
    return t->restored ? t->restore_seconds : NAN;
}

static double value_restored_records(const struct meter_task *t, const void *more)
{
    (void)more;
    return t->restored ? (double)t->restored_records : NAN;
}

static void write_lag(const struct process_metrics *m, struct tasks tasks, struct buffer *b)
{
    openmetrics_family(b, "chapar_process_lag_records", OPENMETRICS_GAUGE, "records",
                       "Records of the event topics that were not applied yet; NaN: unknown");
    for (size_t i = 0; i < tasks.count; i++)
        for (int k = 0; k < EVENT_KINDS; k++) {
            char number[NUMBER_SIZE];
            int64_t lag = tasks.at[i].lag[k];
            const struct openmetrics_label labels[] = {{"topic", m->names.all[k]},
                                                       partition_label(tasks.at[i].partition, number)};
            openmetrics_sample(b, "chapar_process_lag_records", labels, 2, lag >= 0 ? (double)lag : NAN);
        }
}

static void write_subjects(struct tasks tasks, struct buffer *b)
{
    openmetrics_family(b, "chapar_process_subjects", OPENMETRICS_GAUGE, "",
                       "Instruments, summits and commitments in memory");
    for (size_t i = 0; i < tasks.count; i++)
        for (int k = 0; k < 3; k++) {
            char number[NUMBER_SIZE];
            const struct openmetrics_label labels[] = {{"kind", text_of(record_kind_names[k])},
                                                       partition_label(tasks.at[i].partition, number)};
            openmetrics_sample(b, "chapar_process_subjects", labels, 2, (double)tasks.at[i].subjects[k]);
        }
}

static size_t restored_count(struct tasks tasks)
{
    size_t count = 0;
    for (size_t i = 0; i < tasks.count; i++)
        count += tasks.at[i].restored;
    return count;
}

static void write_tasks(const struct process_metrics *m, const struct meter_state *s, struct tasks tasks,
                        struct buffer *b)
{
    gauge(b, "chapar_process_partitions", "", "Tasks that there are for all instances; NaN: not known yet",
          s->partitions ? (double)s->partitions : (double)NAN);
    gauge(b, "chapar_process_tasks", "", "Tasks that the group has given to this instance",
          (double)tasks.count);
    gauge(b, "chapar_process_tasks_restored", "", "Of these, the ones that are restored and at work",
          (double)restored_count(tasks));
    counter(b, "chapar_process_restores", "Tasks restored", s->restores);
    counter(b, "chapar_process_session_restarts", "How often it had to begin again from what is committed",
            s->restarts);
    tasks_gauge(b, "chapar_process_restored", "", "1 once the task is restored", tasks, value_restored, NULL);
    tasks_gauge(b, "chapar_process_restore_seconds", "seconds",
                "What it took to restore the task last; NaN: it is not restored yet", tasks,
                value_restore_seconds, NULL);
    tasks_gauge(b, "chapar_process_restored_records", "records",
                "Register records read from Kafka for that, beyond the checkpoint", tasks,
                value_restored_records, NULL);
    tasks_gauge(b, "chapar_process_caught_up", "",
                "1 while nothing was left to apply when it was looked at last", tasks, value_caught_up, NULL);
    write_lag(m, tasks, b);
    tasks_gauge(b, "chapar_process_clock_timestamp_seconds", "seconds",
                "The task's clock, since 1970: it moves with events and thresholds; NaN: no event came yet",
                tasks, value_clock, NULL);
    tasks_gauge(b, "chapar_process_next_threshold_timestamp_seconds", "seconds",
                "The next instant at which something becomes due, since 1970; NaN: none", tasks,
                value_threshold, NULL);
    tasks_gauge(b, "chapar_process_clock_lag_seconds", "seconds",
                "How long that instant has passed by the time that the clock follows; 0: it is to come",
                tasks, value_clock_lag, m->settings);
    write_subjects(tasks, b);
}

/* --- What is asked --- */

static void write_info(const struct settings *s, struct buffer *b)
{
    static const char *const clocks[] = {
        [CLOCK_WALL] = "wall", [CLOCK_STREAM] = "stream", [CLOCK_INSTANT] = NULL};
    char instant[INSTANT_TEXT_SIZE];
    const char *clock = clocks[s->clock.kind];
    if (!clock) {
        instant[instant_format(s->clock.at, instant)] = '\0';
        clock = instant;
    }
    const struct openmetrics_label labels[] = {
        {"group", text_of(s->group)},   {"instance_name", text_of(s->instance ? s->instance : "")},
        {"prefix", text_of(s->prefix)}, {"zone", text_of(s->zone_name)},
        {"clock", text_of(clock)},
    };
    openmetrics_family(b, "chapar_process", OPENMETRICS_INFO, "", "What it was told at its start");
    openmetrics_sample(b, "chapar_process_info", labels, sizeof labels / sizeof *labels, 1);
}

static void write_all(void *context, struct arena *a, struct buffer *b)
{
    struct process_metrics *m = context;
    struct tasks tasks;
    struct meter_state s = meter_look(&m->meter, a, &tasks.at);
    tasks.count = s.task_count;
    write_info(m->settings, b);
    gauge(b, "chapar_process_ready", "", "1 while it has its tasks and they are restored",
          s.assigned && restored_count(tasks) == tasks.count);
    gauge(b, "chapar_process_loop_age_seconds", "seconds", "How long ago the event loop turned last",
          (double)heartbeat_age_ms() / 1000);
    write_counters(m, &s, b);
    write_times(&s, b);
    write_tasks(m, &s, tasks, b);
}

static const char *not_alive(void *context, struct arena *a)
{
    (void)context;
    int64_t age = heartbeat_age_ms() / 1000;
    if (age < PROCESS_ALIVE_SECONDS)
        return NULL;
    char *why = arena_take(a, 80);
    (void)snprintf(why, 80, "the event loop has not turned for %" PRId64 " s", age);
    return why;
}

static const char *not_ready(void *context, struct arena *a)
{
    struct process_metrics *m = context;
    struct tasks tasks;
    struct meter_state s = meter_look(&m->meter, a, &tasks.at);
    tasks.count = s.task_count;
    size_t restored = restored_count(tasks);
    if (restored < tasks.count) {
        char *why = arena_take(a, 80);
        (void)snprintf(why, 80, "%zu of %zu tasks are restored", restored, tasks.count);
        return why;
    }
    return s.assigned ? NULL : "the group has not said yet which tasks are this instance's";
}

int process_metrics_open(const struct settings *s, struct process_metrics *out, struct error *e)
{
    out->settings = s;
    out->port = NULL;
    topic_names_make(&out->names, s->prefix);
    meter_open(&out->meter, s->clock.kind == CLOCK_WALL);
    if (!s->metrics_listen)
        return 0;
    const struct metrics_source source = {out, write_all, not_alive, not_ready};
    return metrics_port_open(s, s->metrics_listen, &source, &out->port, e);
}

void process_metrics_close(struct process_metrics *m)
{
    metrics_port_close(m->port);
    meter_close(&m->meter);
    topic_names_free(&m->names);
}
