/* Everything that is wrong with an event, where event_check() tells the first thing only: for those who
 * report to a person, who wants to mend all of it at once. No I/O; does not allocate. */
#ifndef CORE_EVENT_CHECK_ALL_H
#define CORE_EVENT_CHECK_ALL_H

#include "core/event.h"

typedef void event_check_report(void *context, const struct error *error);

/* Calls `report` for each field that event_check() refuses, once a field, in the order in which it looks at
 * them. Returns how many there were. */
size_t event_check_all(const struct event *e, event_check_report *report, void *context);

#endif
