#include "consumer/process/live_clock.h"

#include "core/fault_point.h"
#include "edge/cli/clock.h"

static struct instant live_clock_target(const struct session *s)
{
    switch (s->settings->clock.kind) {
    case CLOCK_WALL: return clock_wall();
    case CLOCK_INSTANT: return s->settings->clock.at;
    default: return INSTANT_NONE;
    }
}

bool live_clock_is_behind(const struct session *s, const struct live_task *t)
{
    struct instant target = live_clock_target(s), next = task_next_threshold(t->task);
    if (instant_is_none(target) || instant_is_none(task_stream_time(t->task)))
        return false;
    if (s->settings->clock.kind == CLOCK_INSTANT && task_clock(t->task).ms < target.ms)
        return true;
    return !instant_is_none(next) && next.ms <= target.ms;
}

bool live_clock_advance(struct session *s, struct live_task *t)
{
    struct instant target = live_clock_target(s);
    s->applying = t;
    fault_point("clock.before");
    while (output_pending(s->output) < BATCH_RECORDS)
        if (task_advance_part(t->task, target, STEP_OUTAGE, BATCH_SUBJECTS))
            return true;
    return false;
}
