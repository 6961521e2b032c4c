/* The clock of a task that has caught up: wall time, or the instant that it was told. Internal to the live
 * processor. */
#ifndef CONSUMER_PROCESS_LIVE_CLOCK_H
#define CONSUMER_PROCESS_LIVE_CLOCK_H

#include "consumer/process/session_state.h"

/* Whether the clock has anything to do: a threshold has passed, or the instant is not reached. */
bool live_clock_is_behind(const struct session *s, const struct live_task *t);

/* Takes it on, in pieces so that a long outage does not become one endless transaction. true: it is where it
 * should be; false: commit what there is and call again. */
bool live_clock_advance(struct session *s, struct live_task *t);

#endif
