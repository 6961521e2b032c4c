/* How far a commitment with a target should have come by a day. Pure. */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include "core/event.h"
#include "core/time.h"

/* part / whole, not less than 0 and not more than 1. `whole` is not 0. */
struct number pace_ratio(double part, double whole);

/* The share of the days from the first of `from` to the last of `to` that have passed when the day begins;
 * not set where these are not known. */
struct number pace_expected(const struct target *target, struct day d);

#endif
