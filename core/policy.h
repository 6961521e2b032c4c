/* The policy of alerts: on which days before and after a deadline they are raised, and how severe they are.
 *
 * Leads scale with how much is known of a deadline: the wider it is, the earlier and the coarser they come.
 * All counts are of whole civil days. A policy is a plain value; the one that is built in is
 * docs/policy.md's, a file (edge/json/policy_file.h) may say otherwise. No I/O; does not allocate. */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include "core/record.h"

#define POLICY_BANDS 8
#define POLICY_LEADS 16
#define POLICY_ESCALATIONS 16
#define POLICY_DAYS_MAX 3660 /* leads and escalations are of 1 to this many days */

/* The leads of the deadlines that are up to so wide. */
struct policy_band {
    int32_t max_days; /* days from opens to closes, both counted; INT32_MAX in the last band */
    int32_t count;    /* 1..POLICY_LEADS */
    int32_t leads_days[POLICY_LEADS]; /* days before; longest first, each once */
};

struct policy {
    int32_t band_count;                     /* 1..POLICY_BANDS */
    struct policy_band bands[POLICY_BANDS]; /* narrowest first */

    int32_t escalation_count;                     /* 1..POLICY_ESCALATIONS */
    int32_t escalations_days[POLICY_ESCALATIONS]; /* OVERDUE of commitments: days after closes, ascending,
                                                     each once */
    int32_t ended_days;                           /* ENDED of instruments: days after closes */
    int32_t unconfirmed_days;                     /* UNCONFIRMED of summits: days after the latest end */

    /* enum severity */
    uint8_t upcoming;
    uint8_t last_lead; /* UPCOMING, the shortest lead of the band */
    uint8_t opened;
    uint8_t overdue;
    uint8_t unconfirmed;
    uint8_t moved;
    uint8_t refined;
    uint8_t cancelled;
    uint8_t closed;
    uint8_t ended;
    int32_t overdue_critical_from_days; /* OVERDUE is CRITICAL from this escalation on */
};

extern const struct policy policy_builtin;

/* A number that differs when anything in the policy does: kept in the register to notice a change between two
 * starts. */
uint64_t policy_fingerprint(const struct policy *p);

bool policy_equal(const struct policy *a, const struct policy *b);

/* The band of a deadline that is `width_days` wide, from opens to closes inclusive; 1 where it has no closes.
 */
const struct policy_band *policy_band_of(const struct policy *p, int64_t width_days);

/* The severity of an alert. `days` is that of its stage (below), 0 for alerts without one. `last_lead` says
 * whether an UPCOMING comes from the last lead of its band. */
enum severity policy_severity(const struct policy *p, enum alert_kind kind, int32_t days, bool last_lead);

/* The text of a stage so many days from the day that it is counted from, with NUL: "-P30D", "P0D", "+P1D".
 * Returns the length. */
#define STAGE_TEXT_SIZE 16
size_t stage_format(int32_t days, char out[STAGE_TEXT_SIZE]);

/* Reads what stage_format wrote. 0 or ERROR_INVALID. */
int stage_parse(struct text t, int32_t *days, struct error *e);

#endif
