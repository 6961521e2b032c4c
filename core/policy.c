#include "core/policy.h"

#include "core/record.h"

const struct policy policy_builtin = {
    .band_count = 5,
    .bands =
        {
            {1, 3, {30, 7, 1}},
            {31, 3, {60, 30, 7}},
            {92, 3, {90, 30, 7}},
            {366, 3, {180, 90, 30}},
            {INT32_MAX, 4, {365, 180, 90, 30}},
        },
    .escalation_count = 5,
    .escalations = {1, 30, 90, 180, 365},
    .ended = 1,
    .unconfirmed = 7,
    .critical_from = 30,
    .severities =
        {
            .upcoming = SEVERITY_INFO,
            .last_lead = SEVERITY_WARNING,
            .opened = SEVERITY_INFO,
            .overdue = SEVERITY_WARNING,
            .overdue_critical = SEVERITY_CRITICAL,
            .unconfirmed = SEVERITY_WARNING,
            .ended = SEVERITY_INFO,
            .moved = SEVERITY_WARNING,
            .refined = SEVERITY_INFO,
            .cancelled = SEVERITY_WARNING,
            .closed = SEVERITY_INFO,
        },
};

const struct policy_band *policy_band_of(const struct policy *p, int64_t days)
{
    for (int32_t i = 0; i < p->band_count - 1; i++)
        if (days <= p->bands[i].max_days)
            return &p->bands[i];
    return &p->bands[p->band_count - 1];
}
