/* The rule for the years after a zone's last listed transition: the POSIX TZ string in the footer of a TZif
 * file (POSIX.1-2017 section 8.3 as extended by RFC 8536 section 3.3.1: transition times of -167..167 hours).
 * No I/O; does not allocate. */
#ifndef CORE_ZONE_RULE_H
#define CORE_ZONE_RULE_H

#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

enum zone_change_form {
    ZONE_CHANGE_JULIAN,  /* Jn: day 1..365, 29 February never counted */
    ZONE_CHANGE_ORDINAL, /* n: day 0..365, 29 February counted */
    ZONE_CHANGE_WEEKDAY, /* Mm.w.d: weekday d (0 Sunday) of week w (5: the last) of month m */
};

/* One of the two yearly changes: a day and the local time before the change. */
struct zone_change {
    enum zone_change_form form;
    int32_t day; /* n or d */
    int32_t month, week;
    int32_t seconds; /* after 00:00; may be negative or more than a day */
};

struct zone_rule {
    int32_t standard; /* seconds east of UTC */
    int32_t summer;   /* the same; equal to `standard` without changes */
    bool changes;
    struct zone_change to_summer, to_standard;
};

/* Reads e.g. "CET-1CEST,M3.5.0,M10.5.0/3". ERROR_INVALID with the position and what was expected there. */
int zone_rule_parse(struct text t, struct zone_rule *out, struct error *e);

/* When summer time begins and ends in a year, in seconds since 1970-01-01T00:00:00Z. Only with `changes`. */
int64_t zone_rule_summer_begins(const struct zone_rule *r, int32_t year);
int64_t zone_rule_summer_ends(const struct zone_rule *r, int32_t year);

#endif
