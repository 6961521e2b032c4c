/* Whether a commitment is in time, at the civil day of the clock. Internal to the core. */
#ifndef CORE_TIMELINESS_H
#define CORE_TIMELINESS_H

#include "core/task_state.h"

/* What it is by the clock. */
uint8_t timeliness_now(struct task *t, const struct commitment *c);

/* Brings the commitment's timeliness up to date; whether it changed. */
bool timeliness_refresh(struct task *t, struct commitment *c);

/* The next day after `today` on which it changes by itself; DAY_NONE: none. */
struct day timeliness_next_change(struct task *t, struct commitment *c, struct day today);

#endif
