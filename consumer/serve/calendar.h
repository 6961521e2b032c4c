/* Subjects as an iCalendar (RFC 5545): summits and deadlines for people's own calendars.
 *
 *   summit       VEVENT of the days that it lasts, or may be
 *   commitment   VEVENT of its window, and VTODO due on its last day
 *   instrument   VEVENT of the last day of its period
 *
 * All of them are days without a time. What is known only as a window is shown as that window, and its
 * description says so. Alarms stand where the policy has its leads, from today on. UID follows from the id,
 * SEQUENCE is the revision of the deadline; what is cancelled, withdrawn or superseded is CANCELLED and
 * stays. Any thread, after calendar_prepare(). */
#ifndef CONSUMER_SERVE_CALENDAR_H
#define CONSUMER_SERVE_CALENDAR_H

#include <libical/ical.h>

#include "consumer/serve/view.h"
#include "core/buffer.h"
#include "core/policy.h"
#include "core/zone.h"

struct question;

/* What a calendar of that question is called: "Chapar: KAZ, open" (bound or not). */
void calendar_name(const struct question *q, struct buffer *out);

struct calendar {
    icalcomponent *root; /* own */
    const struct policy *policy;
    const struct zone *zone;
    struct day today;
};

/* Once, before other threads: the library's tables. */
void calendar_prepare(void);

/* How often those who subscribe should ask. */
#define CALENDAR_HOURS 1

void calendar_begin(struct calendar *c, const char *name, const char *description,
                    const struct policy *policy, const struct zone *zone, struct day today);

/* Nothing is added where there is no deadline, or only one after the year 2999. */
void calendar_add(struct calendar *c, const struct record *r, const struct subject_row *row);

/* Appends the text and frees what was begun. */
void calendar_end(struct calendar *c, struct buffer *out);

#endif
