/* The order in which a task applies its events: timestamp, then topic (signings, summits, milestones), then
 * offset, always comparing the heads of its partitions. */
#ifndef CONSUMER_MERGE_H
#define CONSUMER_MERGE_H

#include "core/event.h"

struct merge_head {
    bool there; /* false: the partition is at its end and holds nobody up */
    struct instant timestamp;
    int64_t offset;
};

/* Which of the heads goes next; -1: none is there. */
static inline int merge_pick(const struct merge_head heads[EVENT_KINDS])
{
    int best = -1;
    for (int k = 0; k < EVENT_KINDS; k++)
        if (heads[k].there && (best < 0 || heads[k].timestamp.ms < heads[best].timestamp.ms))
            best = k;
    return best;
}

#endif
