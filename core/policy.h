/* The policy: which stages a deadline has, and how severe its alerts are. A plain value; the built-in one is
 * what docs/policy.md describes, another one comes from a file (edge/json/policy_file.h). */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include <stdint.h>

#define POLICY_BANDS 8
#define POLICY_STAGES 16
#define POLICY_DAYS_MAX 3660 /* leads and escalations lie within 1..this many days */

/* The leads of deadlines whose window, opens to closes inclusive, lasts up to `max_days`. */
struct policy_band {
    int32_t max_days; /* INT32_MAX in the last band */
    int32_t lead_count;
    int32_t leads[POLICY_STAGES]; /* days before the deadline, longest first, each once */
};

/* Values of enum severity (core/record.h). */
struct policy_severities {
    uint8_t upcoming;
    uint8_t last_lead; /* the shortest lead of its band */
    uint8_t opened;
    uint8_t overdue;
    uint8_t overdue_critical; /* from `critical_from` days on */
    uint8_t unconfirmed;
    uint8_t ended;
    uint8_t moved;
    uint8_t refined;
    uint8_t cancelled;
    uint8_t closed;
};

struct policy {
    int32_t band_count; /* 1..POLICY_BANDS, by max_days ascending */
    struct policy_band bands[POLICY_BANDS];
    int32_t escalation_count; /* 0..POLICY_STAGES: OVERDUE stages of a commitment */
    int32_t escalations[POLICY_STAGES]; /* days after the deadline, ascending, each once */
    int32_t ended;         /* ENDED of an instrument: days after its period */
    int32_t unconfirmed;   /* UNCONFIRMED of a summit: days after its latest end */
    int32_t critical_from; /* OVERDUE is overdue_critical from this many days on */
    struct policy_severities severities;
};

extern const struct policy policy_builtin;

/* The band that a window of `days` (>= 1) falls into. */
const struct policy_band *policy_band_of(const struct policy *p, int64_t days);

#endif
