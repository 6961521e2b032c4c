/* In which order the live processor of a task applied its events, as far as what it wrote tells.
 *
 * A history alone does not tell: an event that came late, or a clock that was ahead of the events, is known
 * only to who was there. But every register record says in `resume` how far its task had come and what time
 * it was (a cut), and every alert that an event caused says when that was (a hint). Between two cuts, and
 * where there is no hint, events go in the order of their timestamps, as everywhere else: that is how the
 * live processor works as well. Evidence that contradicts itself is not followed.
 *
 * Pure: one thread, no I/O. */
#ifndef CONSUMER_VERIFY_LIVE_ORDER_H
#define CONSUMER_VERIFY_LIVE_ORDER_H

#include <stddef.h>

#include "consumer/merge.h"

/* How far a task had come when it committed. */
struct live_cut {
    int64_t positions[EVENT_KINDS]; /* next offsets: what lies before was applied, nothing else */
    struct instant clock;
};

struct live_order; /* opaque */

struct live_order *live_order_new(void);                           /* own */
struct live_order *live_order_copy(const struct live_order *from); /* own; of one that is not settled */
void live_order_free(struct live_order *o);                        /* take; NULL allowed */

/* Something that was written at that cut. */
void live_order_cut(struct live_order *o, const struct live_cut *cut);

/* The event was applied when the stream time was `stream` and the clock `clock` at least; INSTANT_NONE: not
 * known. */
void live_order_hint(struct live_order *o, enum event_kind kind, int64_t offset, struct instant stream,
                     struct instant clock);

/* After the last of them, before what follows. */
void live_order_settle(struct live_order *o);

/* The cut that lies furthest; false: there is none. */
bool live_order_last(const struct live_order *o, struct live_cut *out);

/* What follows ends at this cut: its events and its clock. */
void live_order_end(struct live_order *o, const struct live_cut *end);

enum live_order_step {
    LIVE_ORDER_EVENT, /* *kind: the head of that topic is next */
    LIVE_ORDER_CLOCK, /* the clock goes to *clock first; then ask again */
    LIVE_ORDER_CUT,   /* a cut is reached, its clock too; ask again */
    LIVE_ORDER_LAST,  /* as LIVE_ORDER_CLOCK: to the end's, all events are done */
    LIVE_ORDER_END,   /* the end is reached, its clock too */
};

/* What comes next, where `now` is the task's clock. A head that is not there is at its end. */
enum live_order_step live_order_next(struct live_order *o, const struct merge_head heads[EVENT_KINDS],
                                     struct instant now, enum event_kind *kind, struct instant *clock);

/* At LIVE_ORDER_CUT and LIVE_ORDER_END: keeps the stream time that it was reached at. */
void live_order_note(struct live_order *o, struct instant stream_time);

/* The stream time noted at the cut with these positions; INSTANT_NONE: no such cut was reached. */
struct instant live_order_stream_time(const struct live_order *o, const int64_t positions[EVENT_KINDS]);

/* -1: a lies before b, 1: behind it, 0: they are the same, 2: neither. */
int live_cut_compare(const struct live_cut *a, const struct live_cut *b);

#endif
