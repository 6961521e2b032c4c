/* What a deadline means to somebody who looks at it on a certain day. Pure.
 *
 * Of a window [opens, last] the next day that counts is its first day until that has come, and its last day
 * from then on. A window without an end has none after its first day. */
#ifndef CONSUMER_DEADLINE_WORDS_H
#define CONSUMER_DEADLINE_WORDS_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/record.h"

struct deadline_in {
    uint8_t kind;               /* enum subject_kind */
    struct day opens, last_day; /* DAY_NONE: none; no end */
    bool open;                  /* it stands: nothing was fulfilled, held, withdrawn */
};

/* What happens on the next day that counts. */
enum deadline_event {
    DEADLINE_NOTHING = 0,
    DEADLINE_DUE,    /* the window is one day */
    DEADLINE_OPENS,  /* first day */
    DEADLINE_CLOSES, /* last day */
    DEADLINE_STARTS, /* of a summit */
    DEADLINE_ENDS,   /* of an instrument's period, of a summit */
};
extern const struct symbols deadline_events;

/* DAY_NONE where nothing is to come (any more), or it does not stand. */
struct day deadline_next(const struct deadline_in *d, struct day today, enum deadline_event *event);

/* Days to the next day that counts, or, of what stands and is past it, to the last: below 0. Whether there
 * are any. */
bool deadline_days_left(const struct deadline_in *d, struct day today, int64_t *out);

/* Whether it stands and its last day has passed: a commitment not kept, a summit of which nobody said that it
 * was held. An instrument whose period is over is not overdue. */
bool deadline_is_overdue(const struct deadline_in *d, struct day today);

/* How precisely it is known. */
enum deadline_precision {
    PRECISION_DAY = 1,
    PRECISION_MONTH,  /* a whole calendar month */
    PRECISION_YEAR,   /* a whole calendar year */
    PRECISION_WINDOW, /* any other stretch of days */
    PRECISION_OPEN,   /* from a day on, without an end */
};
extern const struct symbols deadline_precisions;
enum deadline_precision deadline_precision(const struct deadline_in *d); /* opens is not DAY_NONE */

/* Whether the window is the days that it lasts: the period of an instrument, a summit whose date is an
 * interval with a start. Otherwise it is one day, and the window is what is known of it. */
bool deadline_lasts(const struct deadline_in *d, struct text wording);

/* What the wording adds: "?" and "%" make it uncertain, "~" and "%" approximate, a leading "R" repeats. */
struct deadline_marks {
    bool uncertain, approximate, repeats;
};
struct deadline_marks deadline_marks(struct text wording);

/* Its days: "2027-05-22", "May 2027", "2027", "2022-01-01 to 2023-12-31", "2030-01-01 on". */
void deadline_days(const struct deadline_in *d, struct buffer *out);

/* " (uncertain)" and the like, where the wording says so. */
void deadline_doubts(struct text wording, struct buffer *out);

/* In words: "day 2027-05-22", "month May 2027", "year 2027 (uncertain)", "2022-01-01 to 2023-12-31", "from
 * 2030-01-01 on", each with ", repeats" where it does. */
void deadline_known_as(const struct deadline_in *d, struct text wording, struct buffer *out);

#endif
