/* The stages of a deadline, each on the civil day on which it begins. */
#ifndef CORE_STAGES_H
#define CORE_STAGES_H

#include <stddef.h>

#include "core/policy.h"
#include "core/record.h"

/* A stage, told apart from others of its subject by its offset: days before (-30: "-P30D") or after (+7:
 * "+P7D") the day it counts from; 0 is the opening ("P0D"). */
struct stage {
    struct day day;   /* on which it begins */
    int32_t offset;   /* days */
    uint8_t kind;     /* enum alert_kind */
    uint8_t severity; /* enum severity */
};

#define STAGES_MAX (POLICY_LEADS + 1 + POLICY_ESCALATIONS)

/* What the stages follow from. */
struct window {
    struct day opens;      /* DAY_NONE: no deadline */
    struct day closes;     /* DAY_NONE: no end */
    struct day latest_end; /* summits: last day of the date; DAY_NONE: unknown */
};

/* Days from opens to closes, both included; without closes 1. */
int64_t window_days(const struct window *w);

/* Writes the stages in order of day, of those on the same day only the last in the table's order (leads,
 * opening, after the deadline). Returns how many. */
size_t stages_of(const struct policy *p, enum subject_kind subject, const struct window *w,
                 struct stage out[STAGES_MAX]);

/* The first of these stages that begins after `begun`; UNCONFIRMED counts whenever it begins. false: none. */
bool stages_next(const struct policy *p, enum subject_kind subject, const struct window *w, struct day begun,
                 struct stage *out);

/* The last of these stages that has begun by that day. false: none has. */
bool stages_latest(const struct policy *p, enum subject_kind subject, const struct window *w, struct day by,
                   struct stage *out);

/* The first stage after the deadline (OVERDUE; UNCONFIRMED of a summit), or where there is none the day after
 * the deadline: before this day an occurrence does not give way to the next. DAY_NONE: no end. */
struct day stages_first_after(const struct policy *p, enum subject_kind subject, const struct window *w);

/* The first day on which a commitment counts as due soon: its first lead. DAY_NONE without leads. */
struct day stages_first_lead(const struct policy *p, const struct window *w);

/* The day on which the stage with this offset begins. */
struct day stage_day(enum subject_kind subject, const struct window *w, int32_t offset);

#endif
