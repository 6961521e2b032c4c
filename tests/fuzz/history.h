/* Histories out of bytes: a task of some zone and policy, and events for it that mean something to one
 * another. For the targets of the fold and of its restoring. */
#ifndef TESTS_FUZZ_HISTORY_H
#define TESTS_FUZZ_HISTORY_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/instant.h"
#include "core/task.h"
#include "tests/fuzz/fuzz.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define HISTORY_END (INSTANT_LAST.ms - DAY_MS) /* wherever one is, it is not yet the year 10000 */

static const char *const history_ids[] = {"i1", "i2", "i3", "s1", "s2", "s3",
                                          "c1", "c2", "c3", "c4", "c5", "c6"};
#define HISTORY_IDS (sizeof history_ids / sizeof history_ids[0])

struct history {
    struct choices in;
    struct arena *arena; /* of the events' texts; reset by the caller */
    int64_t now;         /* ms */
    unsigned events;
    struct event last;
};

/* --- Zones and policies --- */

/* A TZif file with nothing but a rule. */
static inline struct zone *history_zone_of(const char *name, const char *rule)
{
    static const unsigned char head[54] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4, [50] = 'U', 'T', 'C'};
    struct buffer b = BUFFER_EMPTY;
    struct zone *z = NULL;
    buffer_add(&b, head, sizeof head);
    buffer_add(&b, head, sizeof head);
    buffer_add_byte(&b, '\n');
    buffer_add(&b, rule, strlen(rule));
    buffer_add_byte(&b, '\n');
    FUZZ_HOLDS(zone_new(name, b.at, b.len, &z, NULL) == 0, "%s", rule);
    buffer_free(&b);
    return z;
}

static inline const struct zone *history_zone(size_t i)
{
    static struct zone *zones[3];
    if (!zones[0]) {
        zones[0] = zone_new_utc();
        zones[1] = history_zone_of("East", "<+05>-5");
        zones[2] = history_zone_of("Gap", "<-03>3<-02>,M10.3.0/0,M2.3.0/0"); /* summer begins at midnight */
    }
    return zones[i % 3];
}

static inline const struct policy *history_policy(size_t i)
{
    static struct policy other;
    other = policy_builtin;
    other.band_count = 2;
    other.bands[0] = (struct policy_band){10, 2, {3, 1}};
    other.bands[1] = (struct policy_band){INT32_MAX, 4, {400, 60, 59, 2}};
    other.escalation_count = 2;
    other.escalations_days[0] = 5;
    other.escalations_days[1] = 6;
    other.unconfirmed_days = 40;
    other.ended_days = 3;
    return i % 2 ? &other : &policy_builtin;
}

/* --- Events --- */

#define CHOOSE(c, array) ((array)[choose((c), sizeof(array) / sizeof(array)[0])])

/* Mostly one of the list; sometimes what the input itself says. NULL is null. */
static inline struct text history_wording(struct history *h, const char *const *list, size_t count)
{
    size_t i = choose(&h->in, count + 2);
    if (i < count)
        return text_of(list[i]);
    return i == count ? arena_copy(h->arena, choose_text(&h->in, 32)) : TEXT_NULL;
}

#define WORDING(h, array) history_wording((h), (array), sizeof(array) / sizeof(array)[0])

static const char *const history_dates[] = {
    "2026-03-31", "2026-02", "2026",           "../2026-03",
    "2026-04/..", "",        "2025-22",        "[2026-01-10..2026-02-20]",
    "2028-02-29", "0001",    "9999-12-31",     "2026-XX-XX",
    "9999-24",    "2026?",   "2026-05/2026-07"};
static const char *const history_whens[] = {"2026-05-01",
                                            "2026-06",
                                            "2026-05-01/2026-05-03",
                                            "2026-07/..",
                                            "R/2026-01-10/P1M",
                                            "R3/2026-02/P2M",
                                            "R/XXXX-06-01/P1Y",
                                            "R/XXXX-02-29/P1Y",
                                            "",
                                            "2026-05-01/2026-05-09",
                                            "R2/2026-05-01/2026-05-03/P1W"};
static const char *const history_dues[] = {"2026-04-01",
                                           "2026",
                                           "2026-06",
                                           "2027/..",
                                           "../2026-09",
                                           "P90D",
                                           "P1M",
                                           "R/P1M",
                                           "R4/P10D",
                                           "R/2026-02-01/P1M",
                                           "R2/2026-03/P1Y",
                                           "R/XXXX-05-24/P1Y",
                                           "9999-24",
                                           "",
                                           "P9999999Y",
                                           "R/2026-01-31/P1M",
                                           "R3/P1Y1D",
                                           "P0D",
                                           "R/2026-01-01/2026-01-05/P1W"};
static const char *const history_parties[] = {"KAZ", "UZB", "org:ifas"};
static const char *const history_words[] = {"", "a", "Қызылорда", "a longer word than that"};

static inline struct texts history_list(struct history *h)
{
    size_t count = choose(&h->in, 4);
    struct text *at = arena_array(h->arena, count, sizeof *at);
    for (size_t i = 0; i < count; i++)
        at[i] = text_of(CHOOSE(&h->in, history_parties));
    return (struct texts){at, count};
}

static inline struct number history_number(struct history *h)
{
    static const double values[] = {0, 1, 0.5, 0.25, -1, 100, 1e308, -1e308, 5e-324};
    size_t i = choose(&h->in, 16);
    return i < sizeof values / sizeof values[0] ? (struct number){values[i], true} : NUMBER_NULL;
}

/* An id that may name anything, or nothing. */
static inline struct text history_reference(struct history *h)
{
    size_t i = choose(&h->in, HISTORY_IDS + 6);
    return i < HISTORY_IDS        ? text_of(history_ids[i])
           : i == HISTORY_IDS     ? TEXT_LITERAL("nowhere")
           : i == HISTORY_IDS + 1 ? TEXT_LITERAL("")
                                  : TEXT_NULL;
}

static inline void history_signing(struct history *h, struct signing *s)
{
    s->date = WORDING(h, history_dates);
    s->period = choose(&h->in, 2) ? WORDING(h, history_dates) : TEXT_NULL;
    s->summit = history_reference(h);
    s->parties = history_list(h);
    s->form = (uint8_t)choose(&h->in, instrument_forms.count + 1);
    s->superseded_by = history_reference(h);
}

static inline void history_summit(struct history *h, struct summit *s)
{
    s->date = s->common.type <= SUMMIT_SCHEDULED ? WORDING(h, history_whens) : WORDING(h, history_dates);
    s->hosts = history_list(h);
    s->participants = history_list(h);
    s->expected_signings = choose(&h->in, 2) ? (int64_t)choose_byte(&h->in) : LONG_NULL;
}

static inline void history_milestone(struct history *h, struct milestone *m)
{
    m->due = choose(&h->in, 2) ? WORDING(h, history_dues) : TEXT_NULL;
    m->date = choose(&h->in, 2) ? WORDING(h, history_dates) : TEXT_NULL;
    m->instrument = history_reference(h);
    m->summit = history_reference(h);
    m->part_of = history_reference(h);
    m->anchor = choose(&h->in, 3) ? TEXT_NULL : history_reference(h);
    m->anchor_event = (uint8_t)(choose(&h->in, 3) ? 0 : choose(&h->in, ANCHOR_UNKNOWN + 1));
    m->progress = history_number(h);
    m->value = history_number(h);
    m->claimed_by = choose(&h->in, 2) ? text_of(CHOOSE(&h->in, history_parties)) : TEXT_NULL;
    m->reason = choose(&h->in, 3) ? TEXT_NULL : text_of(CHOOSE(&h->in, history_words));
    if (choose(&h->in, 4) == 0) {
        struct target *t = arena_take(h->arena, sizeof *t);
        *t = (struct target){text_of(CHOOSE(&h->in, history_words)), history_number(h), history_number(h),
                             WORDING(h, history_dates), WORDING(h, history_dates)};
        m->target = t;
    }
}

/* Time goes on; now and then it stands still or back. Never far enough for histories to take long. */
static inline int64_t history_later(struct history *h)
{
    static const int64_t units[] = {0, 1, HOUR_MS, 6 * HOUR_MS, DAY_MS, DAY_MS, -DAY_MS, 10 * DAY_MS};
    int64_t to = h->now + CHOOSE(&h->in, units) * (int64_t)choose(&h->in, 40);
    return to < 1 ? 1 : to > HISTORY_END ? HISTORY_END : to;
}

/* The next event; false: what the input says is no event. The id is new, or was used before. */
static inline bool history_event(struct history *h, struct event *out)
{
    char id[16];
    struct event e;
    size_t subject = choose(&h->in, HISTORY_IDS + 1);
    /* Now and then a subject of the wrong kind. */
    size_t wanted = subject < 3 ? EVENT_SIGNING : subject < 6 ? EVENT_SUMMIT : EVENT_MILESTONE;
    event_clear(&e, subject == HISTORY_IDS ? (enum event_kind)choose(&h->in, 3) : (enum event_kind)wanted);
    if (subject == HISTORY_IDS)
        subject = choose(&h->in, HISTORY_IDS);
    static const uint8_t types[EVENT_KINDS] = {SIGNING_UNKNOWN, SUMMIT_UNKNOWN, MILESTONE_UNKNOWN};
    e.common.type = (uint8_t)(1 + choose(&h->in, types[e.kind]));
    size_t flags = choose_byte(&h->in);
    int n = snprintf(id, sizeof id, "e%u", flags % 16 == 0 ? h->events / 2 : h->events);
    e.common.event_id = arena_copy(h->arena, (struct text){id, (size_t)n});
    e.common.recorded_at.ms = history_later(h);
    /* The third of each kind lives in another dossier; now and then somebody gets that wrong. */
    bool other = history_ids[subject][1] == '3';
    e.common.dossier = text_of(other != (flags % 32 == 1) ? "d2" : "d1");
    e.common.initiated_by = flags & 64 ? history_list(h) : (struct texts){NULL, 0};
    e.common.note = flags & 128 ? text_of(CHOOSE(&h->in, history_words)) : TEXT_NULL;
    if (flags & 32) {
        struct source *s = arena_take(h->arena, sizeof *s);
        *s = (struct source){text_of(CHOOSE(&h->in, history_words)), text_of(CHOOSE(&h->in, history_words)),
                             TEXT_NULL, TEXT_NULL};
        e.common.source = s;
    }
    struct text *subjects[EVENT_KINDS] = {&e.signing.instrument, &e.summit.summit, &e.milestone.commitment};
    *subjects[e.kind] = text_of(history_ids[subject]);
    switch (e.kind) {
    case EVENT_SIGNING: history_signing(h, &e.signing); break;
    case EVENT_SUMMIT: history_summit(h, &e.summit); break;
    case EVENT_MILESTONE: history_milestone(h, &e.milestone); break;
    }
    if (event_check(&e, NULL) != 0)
        return false;
    h->events++;
    h->last = e;
    *out = e;
    return true;
}

static inline void history_start(struct history *h, const uint8_t *data, size_t size, struct arena *arena)
{
    /* 1970, 2025-12-01, and a year before instants end. */
    static const int64_t starts[] = {INT64_C(1764547200000), INT64_C(1764547200000), INT64_C(1764547200000),
                                     1, INT64_C(253370764800000)};
    *h = (struct history){.in = {data, size}, .arena = arena};
    h->now = CHOOSE(&h->in, starts);
}

#endif
