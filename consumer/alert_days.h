/* The days that an alert speaks of. Pure. */
#ifndef CONSUMER_ALERT_DAYS_H
#define CONSUMER_ALERT_DAYS_H

#include "core/record.h"

/* Its last day, DAY_NONE: without an end, or without any days. Of a summit `closes` of the alert is the
 * earliest day: the last one follows from its date as worded, of a repetition that of the occurrence that
 * begins on `opens`. Where it does not (the wording is none of those, or is not that of `opens`), `closes`.
 */
struct day alert_last_day(const struct alert *a);

#endif
