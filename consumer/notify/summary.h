/* What a person reads first of an alert, and the days that are left. Pure.
 *
 * Days are counted to the last day, of a summit to the first as long as that is to come; past an end that is
 * not known none are. */
#ifndef CONSUMER_NOTIFY_SUMMARY_H
#define CONSUMER_NOTIFY_SUMMARY_H

#include "core/buffer.h"
#include "core/record.h"

/* Appends e.g. "Build the road: overdue, 30 days past 2027-12-31", "Forum: upcoming, some time in May 2027,
 * at least 7 days left", "Council: opened, since 2022-01-01". */
void summary_write(struct buffer *b, const struct alert *a, struct day today);

/* Below 0: past. LONG_NULL: none are counted. */
int64_t summary_days_left(const struct alert *a, struct day today);

#endif
