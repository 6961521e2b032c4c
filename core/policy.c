#include "core/policy.h"

#include "core/siphash.h"

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
    .escalations_days = {1, 30, 90, 180, 365},
    .ended_days = 1,
    .unconfirmed_days = 7,
    .upcoming = SEVERITY_INFO,
    .last_lead = SEVERITY_WARNING,
    .opened = SEVERITY_INFO,
    .overdue = SEVERITY_WARNING,
    .unconfirmed = SEVERITY_WARNING,
    .moved = SEVERITY_WARNING,
    .refined = SEVERITY_INFO,
    .cancelled = SEVERITY_WARNING,
    .closed = SEVERITY_INFO,
    .ended = SEVERITY_INFO,
    .overdue_critical_from_days = 30,
};

static bool days_equal(const int32_t *a, int32_t a_count, const int32_t *b, int32_t b_count)
{
    return a_count == b_count && memcmp(a, b, (size_t)a_count * sizeof *a) == 0;
}

static uint64_t fingerprint_add(uint64_t hash, int64_t value)
{
    const int64_t pair[] = {(int64_t)hash, value};
    return siphash((struct text){(const char *)pair, sizeof pair});
}

static uint64_t fingerprint_days(uint64_t hash, const int32_t *days, int32_t count)
{
    hash = fingerprint_add(hash, count);
    for (int32_t i = 0; i < count; i++)
        hash = fingerprint_add(hash, days[i]);
    return hash;
}

uint64_t policy_fingerprint(const struct policy *p)
{
    const int64_t values[] = {
        p->band_count,  p->ended_days, p->unconfirmed_days, p->overdue_critical_from_days,
        p->upcoming,    p->last_lead,  p->opened,           p->overdue,
        p->unconfirmed, p->moved,      p->refined,          p->cancelled,
        p->closed,      p->ended};
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        hash = fingerprint_add(hash, values[i]);
    for (int32_t i = 0; i < p->band_count; i++)
        hash = fingerprint_days(fingerprint_add(hash, p->bands[i].max_days), p->bands[i].leads_days,
                                p->bands[i].count);
    return fingerprint_days(hash, p->escalations_days, p->escalation_count);
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
    if (a->band_count != b->band_count)
        return false;
    for (int32_t i = 0; i < a->band_count; i++) {
        const struct policy_band *x = &a->bands[i], *y = &b->bands[i];
        if (x->max_days != y->max_days || !days_equal(x->leads_days, x->count, y->leads_days, y->count))
            return false;
    }
    return days_equal(a->escalations_days, a->escalation_count, b->escalations_days, b->escalation_count) &&
           a->ended_days == b->ended_days && a->unconfirmed_days == b->unconfirmed_days &&
           a->upcoming == b->upcoming && a->last_lead == b->last_lead && a->opened == b->opened &&
           a->overdue == b->overdue && a->unconfirmed == b->unconfirmed && a->moved == b->moved &&
           a->refined == b->refined && a->cancelled == b->cancelled && a->closed == b->closed &&
           a->ended == b->ended && a->overdue_critical_from_days == b->overdue_critical_from_days;
}

const struct policy_band *policy_band_of(const struct policy *p, int64_t width_days)
{
    int32_t i = 0;
    while (i < p->band_count - 1 && width_days > p->bands[i].max_days)
        i++;
    return &p->bands[i];
}

enum severity policy_severity(const struct policy *p, enum alert_kind kind, int32_t days, bool last_lead)
{
    uint8_t severity = SEVERITY_UNKNOWN;
    switch (kind) {
    case ALERT_UPCOMING: severity = last_lead ? p->last_lead : p->upcoming; break;
    case ALERT_OPENED: severity = p->opened; break;
    case ALERT_OVERDUE:
        severity = days >= p->overdue_critical_from_days ? (uint8_t)SEVERITY_CRITICAL : p->overdue;
        break;
    case ALERT_UNCONFIRMED: severity = p->unconfirmed; break;
    case ALERT_ENDED: severity = p->ended; break;
    case ALERT_MOVED: severity = p->moved; break;
    case ALERT_REFINED: severity = p->refined; break;
    case ALERT_CANCELLED: severity = p->cancelled; break;
    case ALERT_CLOSED: severity = p->closed; break;
    case ALERT_UNKNOWN: break;
    }
    return (enum severity)severity;
}

size_t stage_format(int32_t days, char out[STAGE_TEXT_SIZE])
{
    char reversed[STAGE_TEXT_SIZE], *at = out;
    uint32_t count = days < 0 ? 0 - (uint32_t)days : (uint32_t)days;
    size_t n = 0;
    if (days)
        *at++ = days < 0 ? '-' : '+';
    *at++ = 'P';
    do
        reversed[n++] = (char)('0' + count % 10);
    while (count /= 10);
    while (n)
        *at++ = reversed[--n];
    *at++ = 'D';
    *at = '\0';
    return (size_t)(at - out);
}

int stage_parse(struct text t, int32_t *days, struct error *e)
{
    char again[STAGE_TEXT_SIZE];
    int64_t count = 0;
    size_t i = t.len && (t.at[0] == '-' || t.at[0] == '+') ? 2 : 1;
    for (; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && count <= INT32_MAX; i++)
        count = count * 10 + (t.at[i] - '0');
    if (t.len && t.at[0] == '-')
        count = -count;
    /* There is one way to write a stage: what does not come out the same was none. */
    if (count > INT32_MAX || count < INT32_MIN || stage_format((int32_t)count, again) != t.len ||
        memcmp(again, t.at, t.len) != 0)
        return error_set(e, ERROR_INVALID, "", "expected a stage such as -P30D, P0D or +P1D");
    *days = (int32_t)count;
    return 0;
}
