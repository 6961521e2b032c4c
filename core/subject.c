#include "core/subject.h"

#include "core/anchor.h"
#include "core/due.h"

bool subject_is_open(const struct entity *e)
{
    switch (e->kind) {
    case SUBJECT_INSTRUMENT: {
        uint8_t s = ((const struct instrument *)(const void *)e)->status;
        return s == INSTRUMENT_SIGNED || s == INSTRUMENT_ADOPTED || s == INSTRUMENT_IN_FORCE;
    }
    case SUBJECT_SUMMIT: {
        uint8_t s = ((const struct summit_state *)(const void *)e)->status;
        return s == SUMMIT_PROPOSED || s == SUMMIT_SCHEDULED;
    }
    default: {
        uint8_t d = ((const struct commitment *)(const void *)e)->delivery;
        return d == DELIVERY_UNDERTAKEN || d == DELIVERY_IN_PROGRESS;
    }
    }
}

struct text subject_wording(const struct entity *e)
{
    switch (e->kind) {
    case SUBJECT_INSTRUMENT: return entity_text(e, TEXT_PERIOD);
    case SUBJECT_SUMMIT: return entity_text(e, TEXT_DATE);
    default: return entity_text(e, TEXT_DUE);
    }
}

struct texts subject_parties(const struct entity *e, struct arena *a)
{
    return pack_list(e->texts, e->kind == SUBJECT_SUMMIT ? TEXT_HOSTS : TEXT_PARTIES, a);
}

struct repetition *subject_repetition(struct entity *e)
{
    if (e->kind == SUBJECT_INSTRUMENT)
        return NULL;
    return e->kind == SUBJECT_SUMMIT ? as_summit(e)->repetition : as_commitment(e)->repetition;
}

static struct day edtf_opens(const struct edtf *d)
{
    return day_is_none(d->earliest) ? d->end_from : d->earliest;
}

static struct due wording_read(const struct entity *e)
{
    unsigned allowed = e->kind == SUBJECT_INSTRUMENT ? DUE_ALLOW_DATE
                       : e->kind == SUBJECT_SUMMIT   ? DUE_ALLOW_REPEAT
                                                     : DUE_ALLOW_REPEAT | DUE_ALLOW_RELATIVE;
    struct due due = {.form = DUE_NONE, .date = {DAY_NONE, DAY_NONE, DAY_NONE, false, '\0'}};
    /* The wording was checked when it came in. */
    (void)due_parse(subject_wording(e), allowed, &due, NULL);
    return due;
}

static void wording_keep(struct pool *pool, struct entity *e, const struct due *due)
{
    e->reworded = true;
    e->due_form = (uint8_t)due->form;
    e->unbounded = due->date.unbounded;
    e->says.date.opens = edtf_opens(&due->date);
    e->says.date.closes = due->date.latest;
    if (due->form == DUE_AFTER)
        e->says.after = due->step;
    if (!due_repeats(due))
        return;
    struct repetition *r = entity_repeat(pool, e);
    r->step = due->step;
    r->count = (int32_t)due->count;
}

void subject_reword(struct pool *pool, struct entity *e)
{
    struct due due = wording_read(e);
    wording_keep(pool, e, &due);
}

/* The days `times` steps after [from, to]; an open end stays open. false: one of them is after 9999. */
static bool span_after(struct day from, struct day to, struct duration step, int64_t times, struct edtf *out)
{
    *out = (struct edtf){.earliest = duration_add(from, step, times), .latest = DAY_NONE};
    if (!day_is_none(to)) {
        out->latest = duration_add(to, step, times);
        if (day_is_none(out->latest))
            return false;
    }
    return !day_is_none(out->earliest);
}

/* The first occurrence of a repetition, or the only one of what does not repeat. */
static enum clock_state subject_first(struct entity *e, struct edtf *out)
{
    const struct repetition *r = subject_repetition(e);
    struct edtf anchor;
    switch ((enum due_form)e->due_form) {
    case DUE_NONE: return CLOCK_NO_DEADLINE;
    case DUE_DATE:
    case DUE_REPEAT:
        *out = (struct edtf){.earliest = e->says.date.opens, .latest = e->says.date.closes};
        return e->unbounded ? CLOCK_NO_DEADLINE : CLOCK_RUNNING;
    case DUE_REPEAT_ANY_YEAR:
        *out = (struct edtf){.earliest = r->start_opens, .latest = r->start_closes};
        return day_is_none(r->start_opens) ? CLOCK_NO_DEADLINE : CLOCK_RUNNING;
    case DUE_AFTER:
    case DUE_REPEAT_AFTER:
        if (!anchor_of_commitment(as_commitment(e), &anchor))
            return CLOCK_NOT_STARTED;
        if (anchor.unbounded || !span_after(edtf_opens(&anchor), anchor.latest,
                                            e->due_form == DUE_AFTER ? e->says.after : r->step, 1, out))
            return CLOCK_NO_DEADLINE;
        return CLOCK_RUNNING;
    }
    return CLOCK_NO_DEADLINE;
}

static enum clock_state subject_resolve(struct entity *e, uint32_t occurrence, struct window *out)
{
    struct edtf days;
    enum clock_state state = subject_first(e, &days);
    *out = (struct window){DAY_NONE, DAY_NONE, DAY_NONE};
    if (state != CLOCK_RUNNING)
        return state;
    if (e->due_form >= DUE_REPEAT) {
        const struct repetition *r = subject_repetition(e);
        struct edtf first = days;
        if (occurrence == 0 || (r->count && occurrence > (uint32_t)r->count) ||
            !span_after(first.earliest, first.latest, r->step, occurrence - 1, &days))
            return CLOCK_NO_DEADLINE;
    }
    if (e->kind == SUBJECT_SUMMIT)
        *out = (struct window){days.earliest, days.earliest, days.latest};
    else
        *out = (struct window){days.earliest, days.latest, DAY_NONE};
    return state;
}

void subject_window(struct entity *e, struct window *out)
{
    enum clock_state state = subject_resolve(e, repetition_occurrence(subject_repetition(e)), out);
    bool none = false;
    if (e->kind == SUBJECT_COMMITMENT) {
        as_commitment(e)->clock = (uint8_t)state;
        none = as_commitment(e)->delivery == DELIVERY_PROPOSED;
    } else if (e->kind == SUBJECT_INSTRUMENT) {
        none = as_instrument(e)->status < INSTRUMENT_SIGNED;
    }
    if (none)
        *out = (struct window){DAY_NONE, DAY_NONE, DAY_NONE};
}

bool subject_occurrence(struct entity *e, uint32_t occurrence, struct window *out)
{
    return subject_resolve(e, occurrence, out) == CLOCK_RUNNING;
}

struct day subject_takeover(struct task *t, struct entity *e, uint32_t k)
{
    struct window current, next;
    if (!subject_occurrence(e, k, &current) || !subject_occurrence(e, k + 1, &next))
        return DAY_NONE;
    struct day after = stages_first_after(t->config.policy, (enum subject_kind)e->kind, &current);
    struct stage stage;
    bool staged = stages_next(t->config.policy, (enum subject_kind)e->kind, &next, DAY_NONE, &stage);
    struct day first = staged ? stage.day : next.opens;
    if (day_is_none(after))
        return DAY_NONE;
    return first.n > after.n ? first : after;
}

static bool subject_succeeded(struct task *t, struct entity *e, uint32_t k, struct day today)
{
    struct day d = subject_takeover(t, e, k);
    return !day_is_none(d) && d.n <= today.n;
}

void subject_pass_over(struct task *t, struct entity *e, uint32_t k, struct instant time)
{
    struct day today = task_day_of(t, time);
    struct repetition *r = subject_repetition(e);
    r->occurrence = k;
    if (!subject_succeeded(t, e, k, today))
        return;
    /* Takeovers come in order, so that the first occurrence not succeeded is found by doubling, then halving.
     */
    uint32_t done = k, reach = 1;
    while (subject_succeeded(t, e, done + reach, today)) {
        done += reach;
        reach *= 2;
    }
    uint32_t not_done = done + reach;
    while (not_done - done > 1) {
        uint32_t middle = done + (not_done - done) / 2;
        if (subject_succeeded(t, e, middle, today))
            done = middle;
        else
            not_done = middle;
    }
    r->occurrence = not_done;
}

void subject_start_over(struct task *t, struct entity *e, struct day recorded_on, struct instant time)
{
    struct due due = wording_read(e);
    wording_keep(t->pool, e, &due);
    struct repetition *r = subject_repetition(e);
    if (!r)
        return;
    r->occurrence = due_repeats(&due) ? 1 : 0;
    r->start_opens = r->start_closes = DAY_NONE;
    r->dated = false;
    if (due.form == DUE_REPEAT_ANY_YEAR)
        r->start_opens = r->start_closes = due_first_any_year(due.month, due.day, recorded_on);
    if (r->occurrence)
        subject_pass_over(t, e, 1, time);
}
