/* What follows from the history, held against what stands in the topics: record by record, alert by alert.
 * What is wrong goes into `found`. One thread.
 *
 * Some of what stands there the history does not determine; docs/verify.md says what, and why. */
#ifndef CONSUMER_VERIFY_COMPARISON_H
#define CONSUMER_VERIFY_COMPARISON_H

#include "consumer/verify/differences.h"
#include "consumer/verify/live_state.h"
#include "core/record_check.h"
#include "core/zone.h"

struct comparison {
    struct live_state *live;
    struct live_order *const *orders; /* as they were gone through: one a partition */
    const struct zone *zone;
    struct arena *arena; /* for decoding */
    struct buffer json;
    struct differences found;
    struct record_checks *checks;
    uint64_t records, alerts; /* that were compared */
    bool *wrong;              /* borrow: one a partition; set where something is */
    int64_t rules;            /* those of the history; LONG_NULL: nothing follows from it */
};

/* A record of the task of that partition. `quiet`: it is only noted where it agrees. */
void compare_record(struct comparison *c, int32_t partition, const struct record *follows, bool mixed,
                    bool quiet);

/* An alert of the task of that partition. `must`: it has to be there. `mixed`: the rules were changed on the
 * way, so that only its identity counts. */
void compare_alert(struct comparison *c, int32_t partition, const struct alert *alert, bool must, bool mixed,
                   bool unfinished);

/* At the end: what stands there and follows from nothing. `mixed`: one a partition. */
void compare_rest(struct comparison *c, const bool *mixed);

#endif
