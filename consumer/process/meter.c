#include "consumer/process/meter.h"

#include <math.h>

#include "core/memory.h"
#include "edge/cli/clock.h"

/* From a second, which is prompt, to a year, which is history that is read again. */
static const double delay_bounds[OPENMETRICS_BUCKETS] = {1,    5,     15,    60,     300,     900,
                                                         3600, 21600, 86400, 604800, 2592000, 31536000};

void meter_open(struct meter *m, bool follows_wall)
{
    *m = (struct meter){.follows_wall = follows_wall, .pending_lag = NAN};
    m->now.deadline_lag = NAN;
    m->now.committed_at = INSTANT_NONE;
    m->now.delay_seconds.bounds = m->pending_delay.bounds = delay_bounds;
    m->shown = m->now;
    (void)pthread_mutex_init(&m->lock, NULL);
}

void meter_close(struct meter *m)
{
    (void)pthread_mutex_destroy(&m->lock);
    memory_give(m->tasks);
    m->tasks = NULL;
}

/* A stage that had begun before its deadline was known has a threshold behind the clock: nobody was late with
 * that, and it is left out. So are alerts without a stage, which follow from an event and not from the clock.
 */
void meter_alert(struct meter *m, const struct alert *alert)
{
    m->pending[METER_ALERTS + alert->kind - 1]++;
    if (alert->stale)
        m->pending[METER_STALE]++;
    if (!m->follows_wall || alert->stage.len == 0 || alert->threshold.ms != alert->raised_at.ms)
        return;
    double late = (double)(clock_wall().ms - alert->threshold.ms) / 1000;
    m->pending_lag = late > 0 ? late : 0;
    openmetrics_observe(&m->pending_delay, m->pending_lag);
}

void meter_committed(struct meter *m, double transaction_seconds, double commit_seconds)
{
    for (int i = 0; i < METER_COUNTS; i++)
        m->now.totals[i] += m->pending[i];
    if (!isnan(m->pending_lag))
        m->now.deadline_lag = m->pending_lag;
    openmetrics_histogram_take(&m->now.delay_seconds, &m->pending_delay);
    meter_forget(m);
    m->now.transactions++;
    m->now.committed_at = clock_wall();
    openmetrics_observe(&m->now.transaction_seconds, transaction_seconds);
    openmetrics_observe(&m->now.commit_seconds, commit_seconds);
}

void meter_forget(struct meter *m)
{
    memset(m->pending, 0, sizeof m->pending);
    m->pending_delay = (struct openmetrics_histogram){.bounds = delay_bounds};
    m->pending_lag = NAN;
}

void meter_publish(struct meter *m, const struct meter_task *tasks)
{
    size_t count = m->now.task_count;
    m->published_ms = clock_monotonic_ms();
    (void)pthread_mutex_lock(&m->lock);
    if (count > m->room) {
        m->tasks = memory_resize(m->tasks, count * sizeof *m->tasks);
        m->room = count;
    }
    if (count)
        memcpy(m->tasks, tasks, count * sizeof *m->tasks);
    m->shown = m->now;
    (void)pthread_mutex_unlock(&m->lock);
}

struct meter_state meter_look(struct meter *m, struct arena *a, const struct meter_task **tasks)
{
    (void)pthread_mutex_lock(&m->lock);
    struct meter_state shown = m->shown;
    struct meter_task *copy = arena_array(a, shown.task_count ? shown.task_count : 1, sizeof *copy);
    if (shown.task_count)
        memcpy(copy, m->tasks, shown.task_count * sizeof *copy);
    (void)pthread_mutex_unlock(&m->lock);
    *tasks = copy;
    return shown;
}
