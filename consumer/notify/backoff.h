/* How long to wait before a receiver is tried again: exponential with jitter, for ever. Pure. */
#ifndef CONSUMER_NOTIFY_BACKOFF_H
#define CONSUMER_NOTIFY_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MOST_MS 60000
#define BACKOFF_ASKED_MOST_MS 300000 /* what a receiver may ask for */

struct backoff {
    unsigned failures; /* in a row */
};

/* The receiver failed once more: milliseconds to wait, between half the step and all of it, by `random` (any
 * number). The step doubles from BACKOFF_FIRST_MS to BACKOFF_MOST_MS. `asked_ms` is what the receiver asked
 * for, 0: nothing; it is waited for at least. */
int64_t backoff_next(struct backoff *b, uint32_t random, int64_t asked_ms);

/* It did not. */
static inline void backoff_reset(struct backoff *b)
{
    b->failures = 0;
}

#endif
