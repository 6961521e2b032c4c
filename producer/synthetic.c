#include "producer/synthetic.h"

#include <assert.h>

#include "core/civil.h"
#include "producer/chance.h"

#define DAY_S 86400U
#define DOSSIER_S (1100 * DAY_S) /* a dossier is done with after three years */
#define LAST_START_S (SYNTHETIC_SPAN_S - 60 * DAY_S)

/* What chance is asked about: each question of a dossier has a sequence of its own. */
enum question { ASK_TIMES, ASK_DOSSIER, ASK_COMMITMENT = 8, ASK_STEP = 16 };

static uint64_t chance_of(const struct synthetic *s, uint64_t dossier, unsigned question)
{
    uint64_t state = s->seed;
    state = chance(&state) ^ (dossier * UINT64_C(0xd6e8feb86659fd93) + question);
    (void)chance(&state);
    return state;
}

/* --- Words --- */

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const char *const parties[] = {"KAZ", "KGZ", "TJK", "TKM",      "UZB",       "AZE",
                                      "CHN", "IRN", "TUR", "org:ifas", "org:unece", "org:adb"};
static const char *const places[] = {"Astana",   "Bishkek",   "Dushanbe", "Ashgabat",
                                     "Tashkent", "Samarkand", "Aktau",    "Cholpon-Ata"};
static const char *const matters[] = {"transboundary waters",   "a common electricity market",
                                      "transit by rail",        "the recognition of diplomas",
                                      "trade in farm products", "the protection of glaciers"};
static const char *const deeds[] = {"Open the freight crossing at ", "Build the gauging station of ",
                                    "Ratify the transit protocol of ", "Restore the canals below ",
                                    "Electrify the railway to "};
static const char *const documents[] = {"Joint statement ", "Minutes ", "Report "};
static const char *const notes[] = {"As told in the annual report", "As told to the commission"};
static const char *const reasons[] = {"Money came later than planned", "The tender is held anew"};
static const char *const units[] = {"km", "MW", "ha"};

static const struct {
    uint8_t form; /* as symbols_find() numbers them */
    const char *title;
} forms[] = {
    {1, "Declaration on "}, {2, "Treaty on "},     {3, "Agreement on "},
    {4, "Memorandum on "},  {5, "Programme for "}, {8, "Road map for "},
};
#define BINDING_FORMS_FROM 1 /* treaty and agreement */
#define BINDING_FORMS_TO 2

/* --- Layouts --- */

enum act {
    ACT_SIGN,
    ACT_SCHEDULE,
    ACT_FORCE, /* the instrument enters into force, or what else becomes of it */
    ACT_HOLD,  /* the summit is held, or cancelled */
    ACT_UNDERTAKE,
    ACT_REPORT,
    ACT_RESCHEDULE,
    ACT_FULFIL,
    ACT_END, /* one of the rarer turns a commitment takes */
};

#define SOON 5 /* so many of the first steps come within weeks, the rest within years */
static const struct {
    uint8_t act;
    uint8_t commitment;
} layouts[4][SYNTHETIC_STEPS] = {
#define SIGNED_AT_A_SUMMIT                                                                                   \
    {                                                                                                        \
        {ACT_SIGN, 0}, {ACT_SCHEDULE, 0}, {ACT_UNDERTAKE, 0}, {ACT_UNDERTAKE, 1}, {ACT_UNDERTAKE, 2},        \
            {ACT_REPORT, 0}, {ACT_REPORT, 1}, {ACT_RESCHEDULE, 0}, {ACT_REPORT, 2}, {ACT_FULFIL, 1},         \
    }
    SIGNED_AT_A_SUMMIT,
    SIGNED_AT_A_SUMMIT,
    {
        {ACT_SIGN, 0},
        {ACT_UNDERTAKE, 0},
        {ACT_UNDERTAKE, 1},
        {ACT_UNDERTAKE, 2},
        {ACT_REPORT, 0},
        {ACT_FORCE, 0},
        {ACT_REPORT, 1},
        {ACT_RESCHEDULE, 0},
        {ACT_FULFIL, 1},
        {ACT_END, 2},
    },
    {
        {ACT_SCHEDULE, 0},
        {ACT_UNDERTAKE, 0},
        {ACT_UNDERTAKE, 1},
        {ACT_UNDERTAKE, 2},
        {ACT_REPORT, 2},
        {ACT_HOLD, 0},
        {ACT_REPORT, 1},
        {ACT_FULFIL, 1},
        {ACT_RESCHEDULE, 2},
        {ACT_END, 0},
    },
};
#define LAYOUT_ACCORD 2  /* an instrument alone */
#define LAYOUT_MEETING 3 /* a summit alone, whose dossier it is */
#define LAYOUTS 4
#define HOLD_STEP 5

#define REPEATED_ONE_IN 100 /* dossiers whose last event is the one before, sent again */

void synthetic_times(const struct synthetic *s, uint64_t dossier, uint32_t out[SYNTHETIC_STEPS])
{
    uint64_t c = chance_of(s, dossier, ASK_TIMES);
    uint32_t at = (uint32_t)(dossier * LAST_START_S / s->dossiers);
    uint32_t until = at + DOSSIER_S < SYNTHETIC_SPAN_S ? at + DOSSIER_S : SYNTHETIC_SPAN_S;
    for (unsigned k = 0; k < SOON; k++) {
        out[k] = at;
        at += 1 + below(&c, 5 * DAY_S);
    }
    for (unsigned k = SOON; k < SYNTHETIC_STEPS; k++) {
        uint32_t time = at + below(&c, until - at);
        unsigned i = k;
        for (; i > SOON && out[i - 1] > time; i--)
            out[i] = out[i - 1];
        out[i] = time;
    }
    if (below(&c, REPEATED_ONE_IN) == 0)
        out[SYNTHETIC_STEPS - 1] = out[SYNTHETIC_STEPS - 2];
}

/* --- Writing --- */

struct pen {
    struct synthetic_event *to;
    size_t from;
};

static struct pen pen_at(struct synthetic_event *to)
{
    return (struct pen){to, to->used};
}

static void pen_text(struct pen *p, const char *s)
{
    size_t n = strlen(s);
    assert(p->to->used + n <= sizeof p->to->room);
    memcpy(p->to->room + p->to->used, s, n);
    p->to->used += n;
}

static void pen_number(struct pen *p, uint64_t n, size_t at_least)
{
    char digits[21];
    size_t i = sizeof digits;
    digits[--i] = '\0';
    do
        digits[--i] = (char)('0' + n % 10);
    while ((n /= 10) || sizeof digits - 1 - i < at_least);
    pen_text(p, digits + i);
}

static void pen_hex(struct pen *p, uint64_t bits, unsigned digits)
{
    char text[17];
    for (unsigned i = 0; i < digits; i++)
        text[i] = "0123456789abcdef"[(bits >> (4 * (digits - 1 - i))) & 15];
    text[digits] = '\0';
    pen_text(p, text);
}

static void pen_day(struct pen *p, struct day d)
{
    char text[DAY_TEXT_SIZE];
    (void)day_format(d, text);
    pen_text(p, text);
}

static struct text pen_done(const struct pen *p)
{
    return (struct text){p->to->room + p->from, p->to->used - p->from};
}

static struct text day_text(struct synthetic_event *to, struct day d)
{
    struct pen p = pen_at(to);
    pen_day(&p, d);
    return pen_done(&p);
}

static struct text id_text(struct synthetic_event *to, const char *what, uint64_t dossier)
{
    struct pen p = pen_at(to);
    pen_text(&p, what);
    pen_number(&p, dossier, 7);
    return pen_done(&p);
}

static struct text commitment_id(struct synthetic_event *to, uint64_t dossier, unsigned number)
{
    struct pen p = pen_at(to);
    pen_text(&p, "pledge-");
    pen_number(&p, dossier, 7);
    pen_text(&p, "-");
    pen_number(&p, number, 1);
    return pen_done(&p);
}

/* A UUID of version 8 (RFC 9562, 5.8): bits of our own choice. */
static struct text event_id(struct synthetic_event *to, uint64_t c)
{
    struct pen p = pen_at(to);
    uint64_t high = chance(&c), low = chance(&c);
    pen_hex(&p, high >> 32, 8);
    pen_text(&p, "-");
    pen_hex(&p, high >> 16, 4);
    pen_text(&p, "-8");
    pen_hex(&p, high, 3);
    pen_text(&p, "-");
    pen_hex(&p, 8 + (low >> 62), 1);
    pen_hex(&p, low >> 48, 3);
    pen_text(&p, "-");
    pen_hex(&p, low, 12);
    return pen_done(&p);
}

/* --- Dossiers --- */

struct dossier {
    uint64_t number;
    unsigned layout;
    uint32_t times[SYNTHETIC_STEPS];
    uint32_t form, matter, place;
    uint32_t party_count;
    uint32_t parties[SYNTHETIC_PARTIES];
};

static struct day day_at(uint32_t seconds)
{
    return (struct day){(int32_t)((uint64_t)SYNTHETIC_BEGIN.ms / 1000 / DAY_S + seconds / DAY_S)};
}

static struct day days_after(struct day d, uint32_t days)
{
    return (struct day){d.n + (int32_t)days};
}

static struct dossier dossier_of(const struct synthetic *s, uint64_t number)
{
    uint64_t c = chance_of(s, number, ASK_DOSSIER);
    struct dossier d = {.number = number, .layout = (unsigned)(number % LAYOUTS)};
    synthetic_times(s, number, d.times);
    d.form = below(&c, COUNT(forms));
    d.matter = below(&c, COUNT(matters));
    d.place = below(&c, COUNT(places));
    d.party_count = 2 + below(&c, SYNTHETIC_PARTIES - 1);
    uint32_t first = below(&c, COUNT(parties));
    for (uint32_t i = 0; i < d.party_count; i++)
        d.parties[i] = (first + i * 5) % COUNT(parties); /* 5 and 12 have no divisor in common */
    return d;
}

static struct texts parties_of(const struct dossier *d, uint32_t count, struct synthetic_event *to)
{
    if (count > d->party_count)
        count = d->party_count;
    for (uint32_t i = 0; i < count; i++)
        to->parties[i] = text_of(parties[d->parties[i]]);
    return (struct texts){to->parties, count};
}

static struct text title_of(struct synthetic_event *to, const char *what, uint32_t matter)
{
    struct pen p = pen_at(to);
    pen_text(&p, what);
    pen_text(&p, matters[matter]);
    return pen_done(&p);
}

/* --- Signings and summits --- */

static void write_signing(const struct dossier *d, enum act act, uint32_t at, uint64_t *c,
                          struct synthetic_event *to)
{
    struct signing *s = &to->event.signing;
    s->instrument = id_text(to, "accord-", d->number);
    s->date = day_text(to, day_at(at));
    if (act == ACT_FORCE) {
        static const uint8_t types[] = {SIGNING_IN_FORCE,  SIGNING_IN_FORCE, SIGNING_IN_FORCE,
                                        SIGNING_RATIFIED,  SIGNING_JOINED,   SIGNING_ADOPTED,
                                        SIGNING_TERMINATED};
        s->common.type = types[below(c, COUNT(types))];
        if (s->common.type == SIGNING_RATIFIED || s->common.type == SIGNING_JOINED)
            s->parties = parties_of(d, 1, to);
        return;
    }
    s->common.type = SIGNING_SIGNED;
    s->title = title_of(to, forms[d->form].title, d->matter);
    s->form = forms[d->form].form;
    s->binding = d->form >= BINDING_FORMS_FROM && d->form <= BINDING_FORMS_TO ? 1 : 2;
    s->parties = parties_of(d, SYNTHETIC_PARTIES, to);
    s->place = text_of(places[d->place]);
    if (d->layout != LAYOUT_ACCORD)
        s->summit = id_text(to, "meeting-", d->number);
    if (below(c, 2)) {
        struct pen p = pen_at(to);
        uint32_t year = (uint32_t)civil_of_day(day_at(at)).year;
        pen_number(&p, year, 4);
        pen_text(&p, "/");
        pen_number(&p, year + 2 + below(c, 9), 4);
        s->period = pen_done(&p);
    }
}

static void write_summit(const struct dossier *d, enum act act, uint32_t at, uint64_t *c,
                         struct synthetic_event *to)
{
    struct summit *s = &to->event.summit;
    s->summit = id_text(to, "meeting-", d->number);
    if (act == ACT_HOLD) {
        s->common.type = below(c, 10) ? SUMMIT_HELD : SUMMIT_CANCELLED;
        if (s->common.type == SUMMIT_HELD)
            s->date = day_text(to, day_at(at));
        return;
    }
    s->common.type = SUMMIT_SCHEDULED;
    s->kind = 1 + (uint8_t)below(c, 4);
    s->title = title_of(to, "Meeting on ", d->matter);
    s->place = text_of(places[d->place]);
    s->hosts = parties_of(d, 1, to);
    s->participants = (struct texts){to->parties, parties_of(d, SYNTHETIC_PARTIES, to).count};
    s->expected_signings = 1 + below(c, 5);
    struct day on = d->layout == LAYOUT_MEETING ? day_at(d->times[HOLD_STEP])
                                                : days_after(day_at(at), 20 + below(c, 900));
    struct pen p = pen_at(to);
    pen_day(&p, on);
    if (below(c, 4) == 0) {
        pen_text(&p, "/");
        pen_day(&p, days_after(on, 1 + below(c, 3)));
    }
    s->date = pen_done(&p);
}

/* --- Milestones --- */

static void pen_month(struct pen *p, struct day d)
{
    struct civil on = civil_of_day(d);
    pen_number(p, (uint32_t)on.year, 4);
    pen_text(p, "-");
    pen_number(p, (uint32_t)on.month, 2);
}

/* A deadline in one of the forms people write. */
static struct text due_of(struct synthetic_event *to, struct day today, uint64_t *c)
{
    static const char *const durations[] = {"P5Y", "P3Y", "P18M", "P1Y6M", "P26W", "P90D"};
    struct pen p = pen_at(to);
    uint32_t form = below(c, 40);
    uint32_t year = (uint32_t)civil_of_day(today).year + 1 + below(c, 9);
    struct day day = days_after(today, 60 + below(c, 2400));
    if (form < 11) {
        pen_day(&p, day);
    } else if (form < 17) {
        pen_month(&p, day);
    } else if (form < 25) {
        pen_number(&p, year, 4);
    } else if (form < 29) {
        pen_number(&p, year, 4);
        pen_text(&p, "/");
        pen_number(&p, year + below(c, 5), 4);
    } else if (form < 30) {
        pen_text(&p, "../");
        pen_number(&p, year, 4);
    } else if (form < 33) {
        static const char *const parts[] = {"-33", "-34", "-35", "-36", "-21", "-22", "-40"};
        pen_number(&p, year, 4);
        pen_text(&p, parts[below(c, COUNT(parts))]);
    } else if (form < 37) {
        pen_text(&p, durations[below(c, COUNT(durations))]);
    } else if (form < 38) {
        pen_text(&p, "R/XXXX");
        char text[DAY_TEXT_SIZE];
        (void)day_format(day, text);
        pen_text(&p, text + 4);
        pen_text(&p, "/P1Y");
    } else {
        pen_text(&p, "R4/");
        pen_day(&p, day);
        pen_text(&p, "/P1Y");
    }
    return pen_done(&p);
}

static void write_undertaking(const struct synthetic *s, const struct dossier *d, unsigned number,
                              uint32_t at, uint64_t *c, struct synthetic_event *to)
{
    struct milestone *m = &to->event.milestone;
    bool meeting = d->layout == LAYOUT_MEETING;
    m->common.type = number == 2 && below(c, 4) == 0 ? MILESTONE_PROPOSED : MILESTONE_UNDERTAKEN;
    struct pen p = pen_at(to);
    pen_text(&p, deeds[below(c, COUNT(deeds))]);
    pen_text(&p, places[below(c, COUNT(places))]);
    pen_text(&p, " no. ");
    pen_number(&p, below(c, 1000), 1);
    m->title = pen_done(&p);
    m->parties = parties_of(d, 2, to);
    *(meeting ? &m->summit : &m->instrument) = id_text(to, meeting ? "meeting-" : "accord-", d->number);
    m->due = due_of(to, day_at(at), c);
    if (m->due.at[0] == 'P' && d->layout == LAYOUT_ACCORD && below(c, 2))
        m->anchor_event = ANCHOR_IN_FORCE;
    if (number && below(c, 3) == 0)
        m->part_of = commitment_id(to, d->number, 0);
    uint64_t measured = chance_of(s, d->number, ASK_COMMITMENT + number);
    if (below(&measured, 8))
        return;
    to->target = (struct target){.unit = text_of(units[below(c, COUNT(units))]),
                                 .baseline = {0, true},
                                 .value = {(double)(100 * (1 + below(&measured, 90))), true}};
    p = pen_at(to);
    pen_number(&p, (uint32_t)civil_of_day(day_at(at)).year, 4);
    to->target.from = pen_done(&p);
    p = pen_at(to);
    pen_number(&p, (uint32_t)civil_of_day(day_at(at)).year + 3 + below(c, 5), 4);
    to->target.to = pen_done(&p);
    m->target = &to->target;
}

/* Of a commitment with a target it is the value that is told, of others the share. */
static void write_report(const struct synthetic *s, const struct dossier *d, unsigned number, uint64_t *c,
                         struct synthetic_event *to)
{
    struct milestone *m = &to->event.milestone;
    uint64_t measured = chance_of(s, d->number, ASK_COMMITMENT + number);
    m->common.type = MILESTONE_REPORTED;
    m->common.note = text_of(notes[below(c, COUNT(notes))]);
    m->claimed_by = text_of(parties[d->parties[below(c, d->party_count)]]);
    double share = (double)below(c, 100) / 100;
    if (below(&measured, 8))
        m->progress = (struct number){share, true};
    else
        m->value = (struct number){(double)((1 + below(&measured, 90)) * below(c, 100)), true};
}

static void write_end(const struct dossier *d, uint64_t *c, struct synthetic_event *to)
{
    static const uint8_t types[] = {MILESTONE_FULFILLED,  MILESTONE_FULFILLED, MILESTONE_FULFILLED,
                                    MILESTONE_WITHDRAWN,  MILESTONE_DISPUTED,  MILESTONE_REOPENED,
                                    MILESTONE_SUPERSEDED, MILESTONE_UNDERTAKEN};
    struct milestone *m = &to->event.milestone;
    m->common.type = types[below(c, COUNT(types))];
    m->claimed_by = text_of(parties[d->parties[0]]);
    if (m->common.type == MILESTONE_SUPERSEDED)
        m->superseded_by = commitment_id(to, d->number, 1);
    if (m->common.type == MILESTONE_WITHDRAWN)
        m->reason = text_of(reasons[0]);
}

static void write_milestone(const struct synthetic *s, const struct dossier *d, enum act act, unsigned number,
                            uint32_t at, uint64_t *c, struct synthetic_event *to)
{
    struct milestone *m = &to->event.milestone;
    m->commitment = commitment_id(to, d->number, number);
    switch (act) {
    case ACT_UNDERTAKE: write_undertaking(s, d, number, at, c, to); break;
    case ACT_REPORT: write_report(s, d, number, c, to); break;
    case ACT_RESCHEDULE:
        m->common.type = MILESTONE_RESCHEDULED;
        m->due = due_of(to, day_at(at), c);
        m->reason = text_of(reasons[below(c, COUNT(reasons))]);
        break;
    case ACT_FULFIL:
        m->common.type = MILESTONE_FULFILLED;
        m->claimed_by = text_of(parties[d->parties[1]]);
        m->date = day_text(to, (struct day){day_at(at).n - (int32_t)below(c, 20)});
        break;
    default: write_end(d, c, to); break;
    }
}

static void write_source(uint64_t *c, struct synthetic_event *to)
{
    struct pen p = pen_at(to);
    pen_text(&p, documents[below(c, COUNT(documents))]);
    pen_number(&p, 1 + below(c, 400), 1);
    to->source = (struct source){.document = pen_done(&p)};
    p = pen_at(to);
    pen_text(&p, "par. ");
    pen_number(&p, 1 + below(c, 90), 1);
    to->source.locator = pen_done(&p);
    if (below(c, 3) == 0) {
        p = pen_at(to);
        for (int i = 0; i < 4; i++)
            pen_hex(&p, chance(c), 16);
        to->source.sha256 = pen_done(&p);
    }
    to->event.common.source = &to->source;
}

void synthetic_event(const struct synthetic *s, uint64_t dossier, unsigned step, struct synthetic_event *out)
{
    struct dossier d = dossier_of(s, dossier);
    if (step == SYNTHETIC_STEPS - 1 && d.times[step] == d.times[step - 1])
        step--; /* the same event again */
    enum act act = (enum act)layouts[d.layout][step].act;
    uint64_t c = chance_of(s, dossier, ASK_STEP + step);
    out->used = 0;
    event_clear(&out->event, act == ACT_SIGN || act == ACT_FORCE      ? EVENT_SIGNING
                             : act == ACT_SCHEDULE || act == ACT_HOLD ? EVENT_SUMMIT
                                                                      : EVENT_MILESTONE);
    struct event_common *common = &out->event.common;
    common->event_id = event_id(out, chance(&c));
    common->recorded_at = (struct instant){SYNTHETIC_BEGIN.ms + d.times[step] * INT64_C(1000)};
    common->dossier = id_text(out, d.layout == LAYOUT_MEETING ? "meeting-" : "accord-", dossier);
    write_source(&c, out);
    switch (out->event.kind) {
    case EVENT_SIGNING: write_signing(&d, act, d.times[step], &c, out); break;
    case EVENT_SUMMIT: write_summit(&d, act, d.times[step], &c, out); break;
    case EVENT_MILESTONE:
        write_milestone(s, &d, act, layouts[d.layout][step].commitment, d.times[step], &c, out);
        break;
    }
}
