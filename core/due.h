/* The wording of a due or of a summit's date: a date, a duration after an anchor, or a repetition
 * of either. */
#ifndef CORE_DUE_H
#define CORE_DUE_H

#include "core/duration.h"
#include "core/edtf.h"

enum due_form {
    DUE_NONE,            /* null or empty */
    DUE_DATE,            /* EDTF */
    DUE_AFTER,           /* P1Y: `step` after the anchor's date */
    DUE_REPEAT,          /* R[n]/<date>/<step> */
    DUE_REPEAT_ANY_YEAR, /* R[n]/XXXX-MM-DD/<step> */
    DUE_REPEAT_AFTER,    /* R[n]/<step>: starts one step after the anchor's date */
};

struct due {
    enum due_form form;
    struct edtf date;     /* DUE_DATE, DUE_REPEAT; else without bounds */
    struct duration step; /* all but DUE_DATE; longer than nothing in repetitions */
    int64_t count;        /* occurrences of a repetition: 1.., 0 without end */
    int32_t month, day;   /* DUE_REPEAT_ANY_YEAR; 29 February is allowed */
};

/* Which forms a field takes besides EDTF dates. */
enum due_allowed {
    DUE_ALLOW_DATE = 0,
    DUE_ALLOW_REPEAT = 1,   /* DUE_REPEAT, DUE_REPEAT_ANY_YEAR: date of a summit */
    DUE_ALLOW_RELATIVE = 2, /* DUE_AFTER, DUE_REPEAT_AFTER: due, together with DUE_ALLOW_REPEAT */
};

/* Reads a wording; null and empty give DUE_NONE. ERROR_INVALID with the position in the whole text and what
 * was expected there. Does not allocate. */
int due_parse(struct text t, unsigned allowed, struct due *out, struct error *e);

static inline bool due_repeats(const struct due *d)
{
    return d->form >= DUE_REPEAT;
}

static inline bool due_is_relative(const struct due *d)
{
    return d->form == DUE_AFTER || d->form == DUE_REPEAT_AFTER;
}

/* The first XXXX-month-day on or after `from`. DAY_NONE past 9999. */
struct day due_first_any_year(int32_t month, int32_t day, struct day from);

#endif
