#include "consumer/process/live_task.h"

#include "consumer/event_message.h"
#include "consumer/merge.h"

/* Watermarks looked up in round r count for what was seen in rounds up to r. */
bool live_task_needs_lookup(const struct inbox *in, uint64_t seen_in_round)
{
    if (in->high >= 0 && in->position < in->high)
        return false;
    return in->high < 0 || in->high_round < seen_in_round;
}

/* Of the empty inboxes: what holds a candidate seen in that round up. */
static enum live_step live_task_held_up(const struct live_task *t, const struct merge_head heads[EVENT_KINDS],
                                        uint64_t seen_in_round)
{
    enum live_step step = LIVE_EVENT;
    for (int k = 0; k < EVENT_KINDS; k++) {
        const struct inbox *in = &t->inboxes[k];
        if (heads[k].there)
            continue;
        if (in->high >= 0 && in->position < in->high)
            return LIVE_WAIT;
        if (live_task_needs_lookup(in, seen_in_round))
            step = LIVE_LOOKUP;
    }
    return step;
}

enum live_step live_task_next(struct live_task *t, uint64_t round, enum event_kind *kind,
                              const rd_kafka_message_t **message, struct error *e)
{
    const rd_kafka_message_t *messages[EVENT_KINDS];
    struct merge_head heads[EVENT_KINDS];
    for (int k = 0; k < EVENT_KINDS; k++) {
        if (inbox_head(&t->inboxes[k], round, &messages[k], e))
            return LIVE_FAILED;
        heads[k].there = messages[k] != NULL;
        heads[k].timestamp = messages[k] ? event_message_time(messages[k]) : INSTANT_NONE;
    }
    int best = merge_pick(heads);
    if (best < 0) {
        enum live_step step = live_task_held_up(t, heads, 0);
        return step == LIVE_EVENT ? LIVE_IDLE : step;
    }
    enum live_step step = live_task_held_up(t, heads, t->inboxes[best].round);
    if (step == LIVE_EVENT) {
        *kind = (enum event_kind)best;
        *message = messages[best];
    }
    return step;
}

void live_task_close(struct live_task *t)
{
    for (int k = 0; k < EVENT_KINDS; k++) {
        ahead_free(&t->ahead[k]);
        inbox_close(&t->inboxes[k]);
    }
    task_free(t->task);
    t->task = NULL;
}
