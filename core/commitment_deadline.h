/* The deadline of a commitment, with what hangs on it: timeliness, counts, and the anchor it may count from.
 * Internal to the core. */
#ifndef CORE_COMMITMENT_DEADLINE_H
#define CORE_COMMITMENT_DEADLINE_H

#include "core/deadline.h"

/* A repetition that starts after an anchor has its first deadline when the anchor's date becomes known:
 * occurrences already succeeded by then are passed over. */
void commitment_pass_over_if_first(struct task *t, struct commitment *c, struct instant time);

/* deadline_settle() of a commitment. */
void commitment_settle(struct task *t, struct commitment *c, const struct before *before, unsigned changes,
                       const struct application *a);

/* The dates of an instrument or a summit changed: the commitments that count from them follow, by id. */
void commitment_follow_anchor(struct task *t, struct entity *anchor, const struct application *a);

#endif
