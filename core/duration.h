/* ISO 8601 durations of whole years, months, weeks and days: P5Y, P18M, P1Y6M, P2W, P90D. No time part. */
#ifndef CORE_DURATION_H
#define CORE_DURATION_H

#include "core/error.h"
#include "core/text.h"
#include "core/time.h"

struct duration {
    int32_t months; /* years and months as one sum; >= 0 */
    int32_t days;   /* weeks and days as one sum; >= 0 */
};

/* Reads "P[nY][nM][nW][nD]" in that order, at least one part, each n of 1 to 7 digits. P0D is allowed, and so
 * are sums that no date can reach (adding them gives DAY_NONE). The whole text must be used up.
 * ERROR_INVALID with the position and what was expected there. */
int duration_parse(struct text t, struct duration *out, struct error *e);

/* The same for the bytes from..to of a longer text; positions in errors count from the start of that text. */
int duration_parse_part(struct text whole, size_t from, size_t to, struct duration *out, struct error *e);

static inline bool duration_is_zero(struct duration d)
{
    return d.months == 0 && d.days == 0;
}

/* The day `times` durations after d: times x months added as one sum and clamped once to the month's last
 * day, then times x days. times >= 0. DAY_NONE when d is, and when the result is after 9999-12-31. */
struct day duration_add(struct day d, struct duration by, int64_t times);

#endif
