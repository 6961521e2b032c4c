#include "consumer/notify/metrics.h"

#include <math.h>

#include "edge/cli/clock.h"
#include "edge/metrics/openmetrics.h"

/* One number of a receiver; NaN: unknown. */
typedef double (*number)(struct notifying *n, struct receiver *r);

static double number_sent(struct notifying *n, struct receiver *r)
{
    (void)n;
    return (double)atomic_load(&r->sent);
}

static double number_refused(struct notifying *n, struct receiver *r)
{
    (void)n;
    return (double)atomic_load(&r->refused);
}

static double number_retries(struct notifying *n, struct receiver *r)
{
    (void)n;
    return (double)atomic_load(&r->retries);
}

static double number_unreadable(struct notifying *n, struct receiver *r)
{
    (void)n;
    return (double)atomic_load(&r->unreadable);
}

static double number_standing(struct notifying *n, struct receiver *r)
{
    (void)n;
    return r->kind == RECEIVER_ALERTMANAGER && atomic_load(&r->ready) ? (double)atomic_load(&r->standing)
                                                                      : NAN;
}

static double number_up(struct notifying *n, struct receiver *r)
{
    (void)n;
    return atomic_load(&r->failing_since_ms) == 0;
}

static double number_failing(struct notifying *n, struct receiver *r)
{
    int64_t since = atomic_load(&r->failing_since_ms);
    (void)n;
    return since ? (double)(clock_monotonic_ms() - since) / 1000 : 0;
}

static double number_answered(struct notifying *n, struct receiver *r)
{
    int64_t at = atomic_load(&r->answered_at_ms);
    (void)n;
    return at ? (double)at / 1000 : NAN;
}

static double number_lag(struct notifying *n, struct receiver *r)
{
    double lag = 0;
    if (!atomic_load(&n->running))
        return NAN;
    (void)pthread_mutex_lock(&n->lock);
    for (int32_t p = 0; p < n->partitions; p++) {
        int64_t position = atomic_load(&r->positions[p]);
        if (!n->high || position < 0)
            lag = NAN;
        else if (n->high[p] > position)
            lag += (double)(n->high[p] - position);
    }
    (void)pthread_mutex_unlock(&n->lock);
    return lag;
}

static const struct family {
    const char *name, *sample;
    enum openmetrics_kind kind;
    const char *unit, *help;
    number number;
} families[] = {
    {"chapar_notify_sent", "chapar_notify_sent_total", OPENMETRICS_COUNTER, "",
     "Alerts that the receiver took; Alertmanagers take them again and again", number_sent},
    {"chapar_notify_refused", "chapar_notify_refused_total", OPENMETRICS_COUNTER, "",
     "Alerts that the receiver will never take; each is in the log", number_refused},
    {"chapar_notify_retries", "chapar_notify_retries_total", OPENMETRICS_COUNTER, "",
     "Requests that failed and were made again", number_retries},
    {"chapar_notify_unreadable", "chapar_notify_unreadable_total", OPENMETRICS_COUNTER, "",
     "Records in the topic that are no alerts; each is in the log", number_unreadable},
    {"chapar_notify_standing", "chapar_notify_standing", OPENMETRICS_GAUGE, "",
     "Alerts that stand now; NaN: unknown, or no Alertmanager", number_standing},
    {"chapar_notify_up", "chapar_notify_up", OPENMETRICS_GAUGE, "",
     "0 while the receiver does not take what it is sent", number_up},
    {"chapar_notify_failing_seconds", "chapar_notify_failing_seconds", OPENMETRICS_GAUGE, "seconds",
     "For how long it has not; 0: it does", number_failing},
    {"chapar_notify_answered_timestamp_seconds", "chapar_notify_answered_timestamp_seconds",
     OPENMETRICS_GAUGE, "seconds", "When the receiver last took something; NaN: not since the start",
     number_answered},
    {"chapar_notify_lag_records", "chapar_notify_lag_records", OPENMETRICS_GAUGE, "records",
     "Records of the topic of alerts that were not dealt with yet; NaN: unknown", number_lag},
};

static struct openmetrics_label label_of(const struct receiver *r)
{
    return (struct openmetrics_label){"receiver", text_of(r->name)};
}

static void write_receivers(struct buffer *b, struct notifying *n)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        openmetrics_family(b, families[f].name, families[f].kind, families[f].unit, families[f].help);
        for (size_t i = 0; i < n->count; i++) {
            struct openmetrics_label label = label_of(n->receivers[i]);
            openmetrics_sample(b, families[f].sample, &label, 1, families[f].number(n, n->receivers[i]));
        }
    }
    openmetrics_family(b, "chapar_notify_request_seconds", OPENMETRICS_HISTOGRAM, "seconds",
                       "Time until the receiver answered");
    for (size_t i = 0; i < n->count; i++) {
        struct receiver *r = n->receivers[i];
        struct openmetrics_label label = label_of(r);
        (void)pthread_mutex_lock(&r->lock);
        openmetrics_histogram(b, "chapar_notify_request_seconds", &label, 1, &r->seconds);
        (void)pthread_mutex_unlock(&r->lock);
    }
}

static const char *not_ready(void *context, struct arena *a)
{
    struct notifying *n = context;
    (void)a;
    bool ready = atomic_load(&n->running);
    for (size_t i = 0; i < n->count; i++)
        ready = ready && atomic_load(&n->receivers[i]->ready);
    return ready ? NULL : "the alerts are still being read";
}

static const char *not_alive(void *context, struct arena *a)
{
    (void)context;
    (void)a;
    return NULL;
}

static void write_all(void *context, struct arena *a, struct buffer *b)
{
    openmetrics_single(b, "chapar_notify_ready", OPENMETRICS_GAUGE, "",
                       "1 once every receiver has caught up with where it begins",
                       not_ready(context, a) == NULL);
    write_receivers(b, context);
}

struct metrics_source notify_metrics(struct notifying *n)
{
    return (struct metrics_source){n, write_all, not_alive, not_ready};
}
