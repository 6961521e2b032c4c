/* How far a commitment with a target should have come by a day. */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include "core/record.h"

/* The part of the target's time that has passed on that day, within 0..1; NUMBER_NULL: it has no first or no
 * last day. */
struct number pace_expected(const struct target *target, struct day today);

#endif
