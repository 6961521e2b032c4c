#include "core/stages.h"

int64_t window_days(const struct window *w)
{
    return day_is_none(w->closes) ? 1 : (int64_t)w->closes.n - w->opens.n + 1;
}

static struct day window_due(const struct window *w)
{
    return day_is_none(w->closes) ? w->opens : w->closes;
}

static struct day day_plus(struct day d, int32_t days)
{
    return (struct day){d.n + days};
}

struct day stage_day(enum subject_kind subject, const struct window *w, int32_t offset)
{
    if (offset == 0)
        return w->opens;
    if (offset > 0 && subject == SUBJECT_SUMMIT)
        return day_is_none(w->latest_end) ? DAY_NONE : day_plus(w->latest_end, offset);
    return day_plus(window_due(w), offset);
}

/* Insertion by day; a stage that comes later in the table's order takes the place of one on the same day. */
static size_t stages_insert(struct stage *at, size_t count, struct stage s)
{
    size_t i = count;
    while (i > 0 && at[i - 1].day.n > s.day.n)
        i--;
    if (i > 0 && at[i - 1].day.n == s.day.n) {
        at[i - 1] = s;
        return count;
    }
    memmove(at + i + 1, at + i, (count - i) * sizeof *at);
    at[i] = s;
    return count + 1;
}

static size_t stages_after(const struct policy *p, enum subject_kind subject, const struct window *w,
                           struct stage *out, size_t n)
{
    if (subject == SUBJECT_SUMMIT) {
        if (!day_is_none(w->latest_end))
            n = stages_insert(out, n,
                              (struct stage){day_plus(w->latest_end, p->unconfirmed_days),
                                             p->unconfirmed_days, ALERT_UNCONFIRMED, p->unconfirmed});
        return n;
    }
    if (day_is_none(w->closes))
        return n;
    if (subject == SUBJECT_INSTRUMENT)
        return stages_insert(
            out, n, (struct stage){day_plus(w->closes, p->ended_days), p->ended_days, ALERT_ENDED, p->ended});
    for (int32_t i = 0; i < p->escalation_count; i++) {
        int32_t days = p->escalations_days[i];
        n = stages_insert(out, n,
                          (struct stage){day_plus(w->closes, days), days, ALERT_OVERDUE,
                                         (uint8_t)policy_severity(p, ALERT_OVERDUE, days, false)});
    }
    return n;
}

size_t stages_of(const struct policy *p, enum subject_kind subject, const struct window *w,
                 struct stage out[STAGES_MAX])
{
    if (day_is_none(w->opens))
        return 0;
    size_t n = 0;
    const struct policy_band *band = policy_band_of(p, window_days(w));
    for (int32_t i = 0; i < band->count; i++) {
        n = stages_insert(out, n,
                          (struct stage){day_plus(window_due(w), -band->leads_days[i]), -band->leads_days[i],
                                         ALERT_UPCOMING,
                                         (uint8_t)policy_severity(p, ALERT_UPCOMING, -band->leads_days[i],
                                                                  i == band->count - 1)});
    }
    if (day_is_none(w->closes) || w->opens.n < w->closes.n)
        n = stages_insert(out, n, (struct stage){w->opens, 0, ALERT_OPENED, p->opened});
    return stages_after(p, subject, w, out, n);
}

/* Whether a stage on that day takes the place of the earliest one found so far: those that come later in the
 * table's order win on the same day. */
static bool comes_first(struct day day, struct day begun, const struct stage *found)
{
    return day.n > begun.n && (day_is_none(found->day) || day.n <= found->day.n);
}

/* The first stage after the deadline that begins after `begun`, if it comes first. */
static void next_after(const struct policy *p, enum subject_kind subject, const struct window *w,
                       struct day begun, struct stage *next)
{
    if (subject == SUBJECT_SUMMIT && !day_is_none(w->latest_end)) {
        struct day day = day_plus(w->latest_end, p->unconfirmed_days);
        if (comes_first(day, DAY_NONE, next))
            *next = (struct stage){day, p->unconfirmed_days, ALERT_UNCONFIRMED, p->unconfirmed};
    }
    if (subject == SUBJECT_SUMMIT || day_is_none(w->closes))
        return;
    if (subject == SUBJECT_INSTRUMENT) {
        struct day day = day_plus(w->closes, p->ended_days);
        if (comes_first(day, begun, next))
            *next = (struct stage){day, p->ended_days, ALERT_ENDED, p->ended};
        return;
    }
    int32_t i = 0;
    while (i < p->escalation_count && w->closes.n + p->escalations_days[i] <= begun.n)
        i++;
    if (i == p->escalation_count)
        return;
    int32_t days = p->escalations_days[i];
    if (comes_first(day_plus(w->closes, days), begun, next))
        *next = (struct stage){day_plus(w->closes, days), days, ALERT_OVERDUE,
                               (uint8_t)policy_severity(p, ALERT_OVERDUE, days, false)};
}

bool stages_next(const struct policy *p, enum subject_kind subject, const struct window *w, struct day begun,
                 struct stage *out)
{
    struct stage next = {.day = DAY_NONE};
    if (day_is_none(w->opens))
        return false;
    const struct policy_band *band = policy_band_of(p, window_days(w));
    struct day due = window_due(w);
    for (int32_t i = 0; i < band->count; i++) {
        struct day day = day_plus(due, -band->leads_days[i]);
        if (comes_first(day, begun, &next))
            next = (struct stage){day, -band->leads_days[i], ALERT_UPCOMING,
                                  i == band->count - 1 ? p->last_lead : p->upcoming};
    }
    if ((day_is_none(w->closes) || w->opens.n < w->closes.n) && comes_first(w->opens, begun, &next))
        next = (struct stage){w->opens, 0, ALERT_OPENED, p->opened};
    next_after(p, subject, w, begun, &next);
    if (day_is_none(next.day))
        return false;
    *out = next;
    return true;
}

bool stages_latest(const struct policy *p, enum subject_kind subject, const struct window *w, struct day by,
                   struct stage *out)
{
    if (day_is_none(w->opens))
        return false;
    /* Most deadlines have just been set, well before their first lead. */
    const struct policy_band *band = policy_band_of(p, window_days(w));
    if (w->opens.n > by.n && band->count && window_due(w).n - band->leads_days[0] > by.n &&
        (day_is_none(w->latest_end) || w->latest_end.n > by.n))
        return false;
    struct stage stages[STAGES_MAX];
    size_t n = stages_of(p, subject, w, stages);
    while (n > 0 && stages[n - 1].day.n > by.n)
        n--;
    if (n == 0)
        return false;
    *out = stages[n - 1];
    return true;
}

struct day stages_first_after(const struct policy *p, enum subject_kind subject, const struct window *w)
{
    if (subject == SUBJECT_SUMMIT)
        return day_is_none(w->latest_end) ? DAY_NONE : day_plus(w->latest_end, p->unconfirmed_days);
    if (day_is_none(w->closes))
        return DAY_NONE;
    return day_plus(w->closes, p->escalation_count ? p->escalations_days[0] : 1);
}

struct day stages_first_lead(const struct policy *p, const struct window *w)
{
    const struct policy_band *band = policy_band_of(p, window_days(w));
    return band->count ? day_plus(window_due(w), -band->leads_days[0]) : DAY_NONE;
}
