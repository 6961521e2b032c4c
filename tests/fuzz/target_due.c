/* Dues: every wording, resolved and repeated, with the stages of what it resolves to.
 *
 * Input: a wording, a line feed, then the bytes that choose occurrences and days. */
#include "core/civil.h"
#include "core/due.h"
#include "core/stages.h"
#include "tests/fuzz/fuzz.h"

#define ANY (DUE_ALLOW_REPEAT | DUE_ALLOW_RELATIVE)

static bool same(const struct due *a, const struct due *b)
{
    return a->form == b->form && a->date.earliest.n == b->date.earliest.n &&
           a->date.latest.n == b->date.latest.n && a->date.unbounded == b->date.unbounded &&
           a->step.months == b->step.months && a->step.days == b->step.days && a->count == b->count &&
           a->month == b->month && a->day == b->day;
}

static unsigned needs(enum due_form form)
{
    switch (form) {
    case DUE_AFTER: return DUE_ALLOW_RELATIVE;
    case DUE_REPEAT:
    case DUE_REPEAT_ANY_YEAR: return DUE_ALLOW_REPEAT;
    case DUE_REPEAT_AFTER: return ANY;
    default: return DUE_ALLOW_DATE;
    }
}

static void check_form(const struct due *d)
{
    FUZZ_HOLDS(d->count >= 0, "%lld occurrences", (long long)d->count);
    if (due_repeats(d))
        FUZZ_HOLDS(!duration_is_zero(d->step), "a repetition that stands still");
    if (d->form == DUE_REPEAT)
        FUZZ_HOLDS(!day_is_none(d->date.earliest) && !day_is_none(d->date.latest) &&
                       d->date.earliest.n <= d->date.latest.n,
                   "a repetition of what has no ends");
    if (d->form == DUE_REPEAT_ANY_YEAR)
        FUZZ_HOLDS(d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= 31, "%d-%d", d->month, d->day);
}

/* A field that takes fewer forms takes these alike. */
static void check_allowed(struct text t, int rc, const struct due *d)
{
    static const unsigned fewer[] = {DUE_ALLOW_DATE, DUE_ALLOW_REPEAT};
    for (size_t i = 0; i < sizeof fewer / sizeof fewer[0]; i++) {
        struct due other = {.form = DUE_NONE};
        struct error e = {0};
        int of_other = due_parse(t, fewer[i], &other, &e);
        bool takes = rc == 0 && (needs(d->form) & ~fewer[i]) == 0;
        FUZZ_HOLDS((of_other == 0) == takes, "%.*s: %d, allowed %u: %d", (int)t.len, t.at, rc, fewer[i],
                   of_other);
        if (takes)
            FUZZ_HOLDS(same(d, &other), "%.*s: another due where %u is allowed", (int)t.len, t.at, fewer[i]);
        else
            fuzz_error(&e, ERROR_INVALID);
    }
}

/* The first such day on or after `from`, found day by day. */
static void check_any_year(const struct due *d, struct day from)
{
    struct day found = due_first_any_year(d->month, d->day, from);
    struct day expected = DAY_NONE;
    struct civil c = civil_of_day(from);
    for (int32_t year = c.year < 1 ? 1 : c.year; year <= 9999 && year <= c.year + 9; year++)
        if (d->day <= civil_days_in_month(year, d->month)) {
            struct day day = day_of_civil(year, d->month, d->day);
            if (day.n >= from.n && day_is_none(expected))
                expected = day;
        }
    FUZZ_HOLDS(found.n == expected.n, "the first %d-%d after %d: %d, expected %d", d->month, d->day, from.n,
               found.n, expected.n);
}

static void check_stages(struct window w, enum subject_kind kind)
{
    struct stage stages[STAGES_MAX];
    size_t n = stages_of(&policy_builtin, kind, &w, stages);
    FUZZ_HOLDS(n <= STAGES_MAX, "%zu stages", n);
    FUZZ_HOLDS((n == 0) == day_is_none(w.opens), "%zu stages", n);
    for (size_t i = 0; i < n; i++) {
        FUZZ_HOLDS(i == 0 || stages[i - 1].day.n < stages[i].day.n, "stages %zu and %zu are out of order",
                   i - 1, i);
        FUZZ_HOLDS(stage_day(kind, &w, stages[i].offset).n == stages[i].day.n, "stage %d", stages[i].offset);
        FUZZ_HOLDS(stages[i].severity >= SEVERITY_INFO && stages[i].severity <= SEVERITY_CRITICAL,
                   "severity");
        char text[STAGE_TEXT_SIZE];
        int32_t offset;
        size_t len = stage_format(stages[i].offset, text);
        FUZZ_HOLDS(stage_parse((struct text){text, len}, &offset, NULL) == 0 && offset == stages[i].offset,
                   "%s", text);
    }
    struct day lead = stages_first_lead(&policy_builtin, &w);
    FUZZ_HOLDS(n == 0 || stages[0].kind != ALERT_UPCOMING || stages[0].day.n == lead.n, "the first lead");
}

/* The due as the window of one occurrence; false: it has none. */
static bool occurrence(const struct due *d, struct day anchor, int64_t k, struct window *out)
{
    bool relative = due_is_relative(d);
    struct day from = relative ? anchor : d->date.earliest, to = relative ? anchor : d->date.latest;
    if (!due_repeats(d) && !relative) {
        *out = (struct window){day_is_none(from) ? d->date.end_from : from, to, to};
        return !d->date.unbounded;
    }
    struct day opens = duration_add(from, d->step, k), closes = duration_add(to, d->step, k);
    *out = (struct window){opens, closes, closes};
    return !day_is_none(opens) && !day_is_none(closes);
}

static void check_occurrences(const struct due *d, struct choices *c)
{
    struct day anchor = {(int32_t)(choose_word(c) % 2900000) - 700000};
    int64_t k = (int64_t)(choose_word(c) >> choose(c, 32));
    struct window one, next;
    if (d->form == DUE_NONE || d->form == DUE_REPEAT_ANY_YEAR || !occurrence(d, anchor, k, &one))
        return;
    FUZZ_HOLDS(!day_is_none(one.opens), "opens never");
    FUZZ_HOLDS(day_is_none(one.closes) || one.opens.n <= one.closes.n, "closes before it opens");
    for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        check_stages(one, (enum subject_kind)kind);
    if (due_repeats(d) && occurrence(d, anchor, k + 1, &next))
        FUZZ_HOLDS(next.opens.n > one.opens.n && next.closes.n > one.closes.n,
                   "occurrence %lld does not come after the one before", (long long)k + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *feed = size ? memchr(data, '\n', size) : NULL;
    size_t n = feed ? (size_t)(feed - data) : size;
    struct text t = {n ? (const char *)data : "", n};
    struct choices c = {feed ? feed + 1 : data, feed ? size - n - 1 : 0};
    struct due d = {.form = DUE_NONE};
    struct error e = {0};
    int rc = due_parse(t, ANY, &d, &e);
    if (rc) {
        fuzz_error(&e, ERROR_INVALID);
        FUZZ_HOLDS(e.position <= n, "position %zu of %zu", e.position, n);
    }
    check_allowed(t, rc, &d);
    if (rc)
        return 0;
    FUZZ_HOLDS((d.form == DUE_NONE) == (n == 0), "form %d of %zu bytes", d.form, n);
    check_form(&d);
    do {
        if (d.form == DUE_REPEAT_ANY_YEAR)
            check_any_year(&d, (struct day){(int32_t)(choose_word(&c) % 3652100) - 719200});
        check_occurrences(&d, &c);
    } while (c.left > 0);
    return 0;
}
