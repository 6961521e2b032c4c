/* By which rules (zone and policy) the records of each task were written, and whether these were changed on
 * the way. Pure but for memory. */
#ifndef CONSUMER_VERIFY_LIVE_RULES_H
#define CONSUMER_VERIFY_LIVE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "consumer/verify/live_order.h"

/* A record: when it was written, and the fingerprint of its rules. */
struct ruled {
    struct live_cut cut;
    int64_t rules;
};

/* The rules of the latest; *changed: others were in force before, one after the other. Where they do not
 * follow one another (a record written by hand among others), nothing was changed, and those of the most are
 * told. `at` is sorted. `count` >= 1. */
int64_t live_rules(struct ruled *at, size_t count, bool *changed);

#endif
