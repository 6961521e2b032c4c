#include "consumer/alert_days.h"

#include "core/due.h"

/* Which step of a repetition comes to that day: -1: none. */
static int64_t steps_to(struct day start, struct duration step, struct day day)
{
    int64_t low = 0, high = (int64_t)day.n - start.n; /* a step is a day at least */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        struct day reached = duration_add(start, step, middle);
        if (day_is_none(reached) || reached.n >= day.n)
            high = middle;
        else
            low = middle + 1;
    }
    return low == high && duration_add(start, step, low).n == day.n ? low : -1;
}

struct day alert_last_day(const struct alert *a)
{
    struct due due;
    if (a->subject_kind != SUBJECT_SUMMIT || day_is_none(a->opens) ||
        due_parse(a->due, DUE_ALLOW_REPEAT, &due, NULL) != 0)
        return a->closes;
    if (due.form == DUE_REPEAT) {
        int64_t steps = steps_to(due.date.earliest, due.step, a->opens);
        return steps < 0 ? a->closes : duration_add(due.date.latest, due.step, steps);
    }
    struct day first = day_is_none(due.date.earliest) ? due.date.end_from : due.date.earliest;
    return due.form == DUE_DATE && first.n == a->opens.n ? due.date.latest : a->closes;
}
