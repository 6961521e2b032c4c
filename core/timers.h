/* Deadline timers: which subjects have something to do at the beginning of which civil day.
 *
 * All thresholds of deadlines are beginnings of days, so a timer is a place in the array of its day: arming,
 * moving and cancelling are O(1) and look at one other timer at most, and the first day with a timer is known
 * or found in a few words of a bit map, however many are armed. Timers are embedded in what they belong to,
 * which must not move while they are armed. No clock: days are parameters. One thread. */
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include <stddef.h>

#include "core/time.h"

struct timer {
    struct day day; /* while it is armed */
    uint32_t place; /* in the array of its day, from 1; 0: not armed */
};

struct timers; /* opaque */

struct timers *timers_new(void);    /* own */
void timers_free(struct timers *t); /* take; NULL allowed; timers in it become invalid */

/* Arms the timer for the day, or moves it there; DAY_NONE cancels. Days before 0001-01-01 count as that day,
 * days after 9999-12-31 never come and cancel. */
void timers_arm(struct timers *t, struct timer *timer, struct day day);

/* The first day with a timer; DAY_NONE: none is armed. */
struct day timers_first(const struct timers *t);

/* Takes the timers of that day out, in no particular order: they are no longer armed. How many there were;
 * *out is an array of them, borrowed until the next call. */
size_t timers_take(struct timers *t, struct day day, struct timer *const **out);

#endif
