/* A task restored from its register goes on as if nothing had happened: random histories are cut anywhere,
 * what was written of the register until then is put back in random order, and from there on both tasks must
 * say the same. On the way each change must have put its record on the list of those to write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pack_list.h"
#include "core/roll.h"
#include "tests/support/task_fixture.h"

#define HISTORIES 100
#define EVENTS_BEFORE 60
#define EVENTS_AFTER 40

/* --- Chance, the same in every run --- */

static uint64_t seed;
static int history; /* which one runs, for messages */

static uint32_t chance(uint32_t of)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % of;
}

#define ONE_OF(array) ((array)[chance(sizeof(array) / sizeof(array)[0])])

static const char *const instruments[] = {"i1", "i2", "i3"};
static const char *const summits[] = {"s1", "s2", "s3"};
static const char *const commitments[] = {"c1", "c2", "c3", "c4", "c5", "c6"};
static const char *const anything[] = {"i1", "i2", "i3", "s1", "s2", "s3", "c1", "c2", "nowhere", "", NULL};
static const char *const dates[] = {"2025-12-31", "2026-02", "2026", "../2026-03",
                                    "2026-04/..", "",        NULL,   NULL};
static const char *const whens[] = {"2026-05-01",
                                    "2026-06",
                                    "2026-05-01/2026-05-03",
                                    "2026-07/..",
                                    "R/2026-01-10/P1M",
                                    "R3/2026-02/P2M",
                                    "R/XXXX-06-01/P1Y",
                                    "",
                                    "2026-05-01/2026-05-09",
                                    NULL,
                                    NULL,
                                    NULL};
static const char *const dues[] = {"2026-04-01",
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
                                   NULL,
                                   NULL,
                                   NULL,
                                   NULL};
static const char *const parties[] = {"KAZ", "UZB", "org:ifas"};
static const char *const digests[] = {"69612caaf032058161db15d15aa9c468a8a039d433c5450f98b89a2d2e844387",
                                      "69612CAAF032058161DB15D15AA9C468A8A039D433C5450F98B89A2D2E844387",
                                      "not a digest", NULL};

static struct event random_event(struct fixture *f, struct instant at)
{
    static char uuid[48];
    static struct text party[2];
    static struct source source;
    static struct target target;
    enum event_kind kind = (enum event_kind)(chance(5) < 3 ? 2 : chance(2));
    uint8_t types[EVENT_KINDS] = {SIGNING_UNKNOWN, SUMMIT_UNKNOWN, MILESTONE_UNKNOWN};
    const char *subject = kind == EVENT_SIGNING  ? ONE_OF(instruments)
                          : kind == EVENT_SUMMIT ? ONE_OF(summits)
                                                 : ONE_OF(commitments);
    struct event e = fixture_event(f, kind, (uint8_t)(1 + chance(types[kind])), subject, at);
    /* One subject of each kind lives in another dossier; now and then somebody gets that wrong. */
    if ((subject[1] == '3') != (chance(50) == 0))
        e.common.dossier = TEXT_LITERAL("d2");
    if (chance(30) == 0 && f->events > 3)
        e.common.event_id = TEXT_LITERAL("e2");
    else if (chance(2))
        e.common.event_id = (struct text){
            uuid, (size_t)snprintf(uuid, sizeof uuid, "00000000-0000-4000-8000-%012d", f->events)};
    party[0] = text_of(ONE_OF(parties));
    party[1] = text_of(ONE_OF(parties));
    struct texts some = {party, chance(3)};
    source = (struct source){text_of(ONE_OF(parties)), TEXT_NULL, text_of(ONE_OF(digests)), TEXT_NULL};
    e.common.source = chance(3) ? NULL : &source;
    e.common.initiated_by = chance(3) ? (struct texts){NULL, 0} : some;
    e.common.note = chance(5) ? TEXT_NULL : text_of(ONE_OF(parties));
    if (kind == EVENT_SIGNING) {
        e.signing.date = text_of(ONE_OF(dates));
        e.signing.period = text_of(chance(3) ? NULL : ONE_OF(dates));
        e.signing.summit = text_of(chance(2) ? NULL : ONE_OF(summits));
        e.signing.parties = some;
    } else if (kind == EVENT_SUMMIT) {
        e.summit.date =
            text_of(e.common.type == SUMMIT_PROPOSED || e.common.type == SUMMIT_SCHEDULED ? ONE_OF(whens)
                                                                                          : ONE_OF(dates));
        e.summit.hosts = some;
        e.summit.expected_signings = chance(2) ? LONG_NULL : 17;
    } else {
        e.milestone.due = text_of(ONE_OF(dues));
        e.milestone.date = text_of(chance(2) ? NULL : ONE_OF(dates));
        e.milestone.instrument = text_of(chance(2) ? NULL : ONE_OF(anything));
        e.milestone.summit = text_of(chance(3) ? NULL : ONE_OF(anything));
        e.milestone.part_of = text_of(chance(3) ? NULL : ONE_OF(commitments));
        e.milestone.anchor = text_of(chance(4) ? NULL : ONE_OF(anything));
        e.milestone.anchor_event = (uint8_t)(chance(4) ? 0 : 1 + chance(4));
        e.milestone.progress = (struct number){(double)chance(5) / 4, chance(3) == 0};
        e.milestone.value = (struct number){(double)chance(100), chance(4) == 0};
        e.milestone.claimed_by = chance(3) && e.common.type != MILESTONE_DISPUTED ? TEXT_NULL : party[0];
        e.milestone.reason = chance(3) ? TEXT_NULL : party[1];
        target = (struct target){TEXT_LITERAL("km"),
                                 {5, chance(2) == 0},
                                 {100, true},
                                 TEXT_LITERAL("2026"),
                                 chance(2) ? TEXT_LITERAL("2027") : TEXT_NULL};
        e.milestone.target = chance(4) ? NULL : &target;
    }
    struct error error;
    if (event_check(&e, &error))
        fail_msg("%s: %s", error.where, error.text);
    return e;
}

/* --- What was written of the register --- */

#define RECORDS_MAX 16

struct changelog {
    struct record at[RECORDS_MAX];
    struct record before[RECORDS_MAX]; /* what compaction has not removed yet */
    bool has_before[RECORDS_MAX];
    size_t count;
};

static void changelog_write(struct changelog *log, struct fixture *f, struct arena *scratch)
{
    struct record r;
    while (task_next_changed(f->task, RECORD_WITH_RESUME, scratch, &r)) {
        size_t i = 0;
        while (i < log->count && !text_equal(log->at[i].common.id, r.common.id))
            i++;
        assert_true(i < RECORDS_MAX);
        log->has_before[i] = i < log->count;
        log->before[i] = log->at[i];
        log->count += i == log->count;
        log->at[i].kind = r.kind;
        copy_record(f->arena, record_fields[r.kind - 1], &r.common, &log->at[i].common);
    }
    arena_reset(scratch);
}

/* What may change in a record, and in the part of `resume` that is the task's, without a new record. */
static const char *const of_the_moment[] = {
    "as_of", "expected", "signings_offset", "summits_offset", "milestones_offset", "stream_time",
    "clock", NULL};
/* The clock of a commitment is called like that of the task: it is shown by itself. */
static void show_whole(struct buffer *b, const struct record *r)
{
    show_record(b, record_fields[r->kind - 1], &r->common, of_the_moment);
    if (r->kind == SUBJECT_COMMITMENT)
        show(b, " clock %s", symbols_name(&clock_states, r->commitment.clock));
    show(b, "\n");
}

/* Says where the two part: whole registers are too long to be shown. */
static void check_equal(struct buffer *found, struct buffer *expected)
{
    size_t n = 0;
    while (n < found->len && n < expected->len && found->at[n] == expected->at[n])
        n++;
    if (n < found->len || n < expected->len) {
        size_t from = n > 300 ? n - 300 : 0;
        fail_msg("history %d\nfound    ...%.*s\nexpected ...%.*s", history,
                 (int)(found->len - from < 400 ? found->len - from : 400), found->at + from,
                 (int)(expected->len - from < 400 ? expected->len - from : 400), expected->at + from);
    }
    found->len = expected->len = 0;
}

struct comparison {
    const struct changelog *log;
    size_t seen;
};

static void visit_compare(void *context, const struct record *r)
{
    struct comparison *c = context;
    struct buffer now = BUFFER_EMPTY, written = BUFFER_EMPTY;
    for (size_t i = 0; i < c->log->count; i++)
        if (text_equal(c->log->at[i].common.id, r->common.id)) {
            show_whole(&written, &c->log->at[i]);
            c->seen++;
        }
    show_whole(&now, r);
    check_equal(&written, &now);
    buffer_free(&now);
    buffer_free(&written);
}

static void visit_show(void *context, const struct record *r)
{
    show_whole(context, r);
}

static void each_record(struct task *t, struct arena *scratch, void (*visit)(void *, const struct record *),
                        void *context)
{
    for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        tasks_each_record(&t, 1, (enum subject_kind)kind, RECORD_WITH_RESUME, scratch, visit, context);
}

static void check_written(struct task *t, const struct changelog *log, struct arena *scratch)
{
    struct comparison c = {log, 0};
    each_record(t, scratch, visit_compare, &c);
    assert_int_equal(c.seen, log->count);
}

static void check_same(struct fixture *a, struct fixture *b, struct arena *scratch)
{
    struct buffer of_a = BUFFER_EMPTY, of_b = BUFFER_EMPTY;
    each_record(a->task, scratch, visit_show, &of_a);
    each_record(b->task, scratch, visit_show, &of_b);
    check_equal(&of_b, &of_a);
    buffer_free(&of_a);
    buffer_free(&of_b);
    check_equal(&b->alerts, &a->alerts);
    assert_int_equal(task_next_threshold(b->task).ms, task_next_threshold(a->task).ms);
    assert_int_equal(task_stream_time(b->task).ms, task_stream_time(a->task).ms);
    assert_int_equal(task_clock(b->task).ms, task_clock(a->task).ms);
}

/* --- Histories --- */

static struct instant random_time(struct instant last)
{
    int64_t hour = 3600000;
    int64_t step = chance(4) == 0 ? -(int64_t)chance(24 * 20) : (int64_t)chance(24 * 25);
    int64_t ms = last.ms + step * hour;
    return (struct instant){ms > 0 ? ms : 1};
}

/* Applies the event, or moves the clock, in each of the fixtures alike. */
static void random_step(struct fixture *const *all, size_t count, struct instant *last)
{
    struct fixture *first = all[0];
    if (chance(6) == 0) {
        struct instant clock = task_clock(first->task), to;
        to.ms = (instant_is_none(clock) ? last->ms : clock.ms) + (int64_t)chance(60) * 86400000;
        enum task_step step = chance(2) ? STEP_OUTAGE : STEP_FORECAST;
        for (size_t i = 0; i < count; i++)
            task_advance(all[i]->task, to, step);
        return;
    }
    struct instant at = random_time(*last);
    struct event e = random_event(first, at);
    enum task_outcome outcome = fixture_apply(first, &e);
    for (size_t i = 1; i < count; i++)
        assert_int_equal(fixture_apply(all[i], &e), outcome);
    if (outcome == TASK_APPLIED)
        last->ms = at.ms;
}

/* Somebody may have thought that this was the last one. */
static void settle_perhaps(struct fixture *f)
{
    if (chance(6) == 0)
        task_settle(f->task);
}

static void restore_all(struct fixture *to, struct changelog *log)
{
    struct error e;
    if (chance(2))
        task_reserve(to->task, chance(200));
    for (size_t i = 0; i < log->count; i++)
        if (log->has_before[i] && task_restore(to->task, &log->before[i], &e))
            fail_msg("%s: %s", e.where, e.text);
    settle_perhaps(to);
    /* Some were taken out meanwhile, and came again. */
    for (size_t i = 0; i < log->count; i++)
        if (chance(4) == 0)
            task_restore_tombstone(to->task, log->at[i].kind, log->at[i].common.id);
    for (size_t i = log->count; i > 1; i--) {
        size_t k = chance((uint32_t)i);
        struct record other = log->at[k];
        log->at[k] = log->at[i - 1];
        log->at[i - 1] = other;
    }
    for (size_t i = 0; i < log->count; i++) {
        settle_perhaps(to);
        if (task_restore(to->task, &log->at[i], &e))
            fail_msg("%s: %s", e.where, e.text);
    }
    settle_perhaps(to);
    task_restored(to->task);
}

static void history_is_cut_and_goes_on(uint64_t number, struct arena *scratch)
{
    seed = number;
    history = (int)number;
    struct fixture live, restored;
    fixture_start(&live);
    fixture_start(&restored);
    live.alert_as = restored.alert_as = &alert_fields;
    static struct changelog log;
    log.count = 0;
    struct instant last = instant_of("2026-01-01");
    struct fixture *both[] = {&live, &restored};
    uint32_t before = chance(EVENTS_BEFORE);
    for (uint32_t i = 0; i < before; i++) {
        random_step(both, 1, &last);
        changelog_write(&log, &live, scratch);
        check_written(live.task, &log, scratch);
    }
    live.alerts.len = 0;
    restore_all(&restored, &log);
    struct record r;
    assert_false(task_next_changed(restored.task, RECORD_FOR_PEOPLE, scratch, &r));
    memcpy(restored.offsets, live.offsets, sizeof live.offsets);
    /* As a caller that goes on reading where it was. */
    for (size_t i = 0; i < 2; i++)
        for (int k = 0; k < EVENT_KINDS; k++)
            task_set_position(both[i]->task, (enum event_kind)k, live.offsets[k]);
    /* The clock may have gone further than the last record says, but nothing happened on that way. */
    if (!instant_is_none(task_clock(live.task)))
        task_advance(restored.task, task_clock(live.task), STEP_FORECAST);
    check_same(&live, &restored, scratch);
    for (uint32_t i = 0; i < EVENTS_AFTER; i++) {
        random_step(both, 2, &last);
        task_drop_changed(live.task);
        check_same(&live, &restored, scratch);
    }
    fixture_end(&live);
    fixture_end(&restored);
}

static void a_restored_task_goes_on_alike(void **state)
{
    (void)state;
    struct arena *scratch = arena_new(1 << 14);
    for (uint64_t number = 1; number <= HISTORIES; number++) {
        history_is_cut_and_goes_on(number, scratch);
    }
    arena_free(scratch);
}

/* What was taken out of its topic is as if it had never been heard of. */
static void a_tombstone_takes_its_subject_out(void **state)
{
    struct fixture live, with, without;
    struct record r;
    (void)state;
    fixture_start(&live);
    fixture_start(&with);
    fixture_start(&without);
    fixture_milestone(&live, MILESTONE_UNDERTAKEN, "c1", "2026-01-01", "2026-06-01");
    fixture_milestone(&live, MILESTONE_UNDERTAKEN, "c2", "2026-01-01", "2026-05-01");
    while (task_next_changed(live.task, RECORD_WITH_RESUME, live.arena, &r)) {
        assert_int_equal(task_restore(with.task, &r, NULL), 0);
        if (text_equal(r.common.id, TEXT_LITERAL("c1")))
            assert_int_equal(task_restore(without.task, &r, NULL), 0);
    }
    task_restore_tombstone(with.task, SUBJECT_COMMITMENT, TEXT_LITERAL("c2"));
    /* Nobody's, and that of a subject of another kind. */
    task_restore_tombstone(with.task, SUBJECT_COMMITMENT, TEXT_LITERAL("nowhere"));
    task_restore_tombstone(with.task, SUBJECT_SUMMIT, TEXT_LITERAL("c1"));
    task_restored(with.task);
    task_restored(without.task);
    assert_int_equal(task_count(with.task, SUBJECT_COMMITMENT), 1);
    check_same(&without, &with, live.arena);
    task_advance(with.task, instant_of("2026-12-31"), STEP_FORECAST);
    task_advance(without.task, instant_of("2026-12-31"), STEP_FORECAST);
    assert_true(with.alerts.len > 0);
    check_same(&without, &with, live.arena);
    fixture_end(&live);
    fixture_end(&with);
    fixture_end(&without);
}

/* --- A start with another policy or zone --- */

static void change_nothing(struct fixture *f)
{
    (void)f;
}

/* Sets a deadline, lets the clock go to `cut`, restores the only record under what `change` makes of the
 * policy and goes on to `until`. Returns what the restored task raises. */
static const char *alerts_after(struct fixture *restored, const char *due, const char *cut,
                                void (*change)(struct fixture *f), const char *until)
{
    struct fixture live;
    struct record r;
    fixture_start(&live);
    fixture_milestone(&live, MILESTONE_UNDERTAKEN, "c1", "2026-01-01", due);
    task_advance(live.task, instant_of(cut), STEP_FORECAST);
    task_free(restored->task);
    change(restored);
    restored->task = fixture_task(restored);
    assert_true(task_next_changed(live.task, RECORD_WITH_RESUME, live.arena, &r));
    assert_int_equal(task_restore(restored->task, &r, NULL), 0);
    task_restored(restored->task);
    assert_int_equal(task_rules_changed(restored->task), change != change_nothing);
    task_advance(restored->task, instant_of(until), STEP_FORECAST);
    fixture_end(&live);
    return fixture_alerts(restored);
}

static void change_leads(struct fixture *f)
{
    f->policy.bands[0] = (struct policy_band){1, 4, {60, 20, 5, 1}};
}

static void change_escalations(struct fixture *f)
{
    f->policy.escalation_count = 3;
    memcpy(f->policy.escalations_days, ((int32_t[]){1, 10, 20}), 3 * sizeof(int32_t));
}

static void what_was_not_raised_is_armed_anew(void **state)
{
    static const struct {
        const char *cut, *until;
        void (*change)(struct fixture *f);
        const char *alerts;
    } cases[] = {
        {"2026-05-10", "2026-06-02", change_nothing,
         "c1 r1 UPCOMING -P7D @2026-05-25\nc1 r1 UPCOMING -P1D @2026-05-31\nc1 r1 OVERDUE +P1D "
         "@2026-06-02\n"},
        /* -P30D stays raised: -P60D, which would have come before it, is not caught up with. */
        {"2026-05-10", "2026-06-01", change_leads,
         "c1 r1 UPCOMING -P20D @2026-05-12\nc1 r1 UPCOMING -P5D @2026-05-27\nc1 r1 UPCOMING -P1D "
         "@2026-05-31\n"},
        /* A stage that began under neither policy's eyes after the last one raised is due now. */
        {"2026-05-20", "2026-05-20", change_leads, "c1 r1 UPCOMING -P20D @2026-05-20\n"},
        {"2026-06-15", "2026-12-31", change_escalations,
         "c1 r1 OVERDUE +P10D @2026-06-15\nc1 r1 OVERDUE +P20D @2026-06-21\n"},
        {"2026-07-02", "2026-12-31", change_escalations, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture restored;
        fixture_start(&restored);
        assert_string_equal(
            alerts_after(&restored, "2026-06-01", cases[i].cut, cases[i].change, cases[i].until),
            cases[i].alerts);
        fixture_end(&restored);
    }
}

/* Under the new policy it is due soon already: that shows in the record without any event. */
static void timeliness_follows_a_new_policy(void **state)
{
    struct fixture restored;
    struct record r;
    (void)state;
    fixture_start(&restored);
    (void)alerts_after(&restored, "2026-06-01", "2026-04-20", change_leads, "2026-04-20");
    assert_true(task_next_changed(restored.task, RECORD_FOR_PEOPLE, restored.arena, &r));
    assert_int_equal(r.commitment.timeliness, TIMELINESS_DUE_SOON);
    fixture_end(&restored);
}

/* Five hours east of Greenwich all year: a TZif file of version 1 with one kind of time. */
static void change_zone(struct fixture *f)
{
    static const unsigned char tzif[] = {
        'T', 'Z', 'i', 'f', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0,   0,   0,   0,
        0,   0,   0,   0,   0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0x46, 0x50, 0, 0, '+', '0', '5', 0};
    zone_free(f->zone);
    assert_int_equal(zone_new("East", tzif, sizeof tzif, &f->zone, NULL), 0);
}

static void thresholds_follow_a_new_zone(void **state)
{
    struct fixture restored;
    (void)state;
    fixture_start(&restored);
    assert_string_equal(
        alerts_after(&restored, "2026-06-01", "2026-05-10", change_zone, "2026-05-24T18:59:59Z"), "");
    assert_int_equal(task_next_threshold(restored.task).ms, instant_of("2026-05-24T19:00:00Z").ms);
    task_advance(restored.task, instant_of("2026-05-31T19:00:00Z"), STEP_FORECAST);
    assert_string_equal(fixture_alerts(&restored), "c1 r1 UPCOMING -P7D @2026-05-25\n"
                                                   "c1 r1 UPCOMING -P1D @2026-05-31\n");
    fixture_end(&restored);
}

/* Numbers that nothing here has written, each of which would overflow something that is computed from it. */
static void records_out_of_range_are_refused(void **state)
{
    static const struct slip slips[2] = {{.from_opens = {0}, .days = INT64_MAX}, {.to_closes = {INT32_MAX}}};
    static const struct claim claims[LIST_LATEST + 1] = {{.type = 1}};
    static const char *const where[] = {
        "closes", "opens",     "revision", "events",   "raised", "slip_days", "occurrence", "missed",
        "days",   "to_closes", "claims",   "held_day", "parts",  "slip_days", "clock",      "armed_at"};
    struct fixture live, restored;
    struct record good;
    struct error e;
    (void)state;
    fixture_start(&live);
    fixture_start(&restored);
    fixture_milestone(&live, MILESTONE_UNDERTAKEN, "c1", "2026-05-31", "R/2026-06-01/P1Y");
    assert_true(task_next_changed(live.task, RECORD_WITH_RESUME, live.arena, &good));
    for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
        struct record bad = good;
        struct commitment_record *c = &bad.commitment;
        struct resume resume = *good.common.resume;
        bad.common.resume = &resume;
        switch (i) {
        case 0: bad.common.closes.n = INT32_MAX; break;
        case 1: bad.common.opens.n = INT32_MIN + 1; break;
        case 2: bad.common.revision = (int64_t)UINT32_MAX + 1; break;
        case 3: bad.common.events = (int64_t)UINT32_MAX + 1; break;
        case 4: bad.common.raised = TEXT_LITERAL("+P2147483647D"); break;
        case 5: c->slip_days = INT64_MAX; break;
        case 6: c->occurrence = 0; break;
        case 7: c->missed = -1; break;
        case 8: c->slippage = (struct records){&slips[0], 1}; break;
        case 9: c->slippage = (struct records){&slips[1], 1}; break;
        case 10: c->claims = (struct records){claims, LIST_LATEST + 1}; break;
        case 11: resume.held_day.n = INT32_MAX; break;
        case 12: c->parts = LONG_NULL; break;
        case 14: resume.clock.ms = INSTANT_LAST.ms + 1; break;
        case 15: resume.armed_at.ms = 0; break;
        default: c->slip_days = -INT64_MAX; break;
        }
        assert_int_equal(task_restore(restored.task, &bad, &e), ERROR_INVALID);
        assert_string_equal(e.where, where[i]);
        assert_int_equal(task_count(restored.task, SUBJECT_COMMITMENT), 0);
    }
    assert_int_equal(task_restore(restored.task, &good, &e), 0);
    fixture_end(&live);
    fixture_end(&restored);
}

static void records_that_contradict_themselves_are_refused(void **state)
{
    struct fixture live, restored;
    struct record good;
    struct error e;
    (void)state;
    fixture_start(&live);
    fixture_start(&restored);
    fixture_milestone(&live, MILESTONE_UNDERTAKEN, "c1", "2026-05-31", "2026-06-01");
    assert_true(task_next_changed(live.task, RECORD_WITH_RESUME, live.arena, &good));
    assert_false(task_rules_changed(restored.task));
    for (int i = 0; i < 16; i++) {
        static const char *const where[] = {"id",
                                            "id",
                                            "resume",
                                            "resume",
                                            "resume.generation",
                                            "resume.recent",
                                            "resume.recent",
                                            "resume.late",
                                            "resume.late",
                                            "",
                                            "revision",
                                            "events",
                                            "occurrence",
                                            "occurrence",
                                            "resume.cause",
                                            "due"};
        static const char many[33 * sizeof(struct late_event)] = "";
        struct record bad = good;
        struct resume resume = *good.common.resume;
        struct cause cause = *resume.cause;
        bad.common.resume = &resume;
        switch (i) {
        case 0: bad.common.id = TEXT_LITERAL("C1"); break;
        case 1: bad.common.dossier = TEXT_NULL; break;
        case 2: bad.common.resume = NULL; break;
        case 3: bad.common.last = NULL; break;
        case 4: resume.generation++; break;
        case 5: resume.recent.len = 7; break;
        case 6: resume.recent = (struct text){many, 33 * 8}; break;
        case 7: resume.late = (struct text){many, 8}; break;
        case 8: resume.late = (struct text){many, sizeof many}; break;
        case 9: bad.common.raised = TEXT_LITERAL("P1D"); break;
        case 10: bad.common.revision = 0; break;
        case 11: bad.common.events = -1; break;
        case 12: bad.commitment.occurrence = 1; break; /* of a due that does not repeat */
        case 13: bad.commitment.due = TEXT_LITERAL("R/2026-06-01/P1Y"); break; /* without an occurrence */
        case 14: /* its deadline follows from the last event, which is another */
            cause.event_id = TEXT_LITERAL("another");
            resume.cause = &cause;
            break;
        default: bad.commitment.due = TEXT_LITERAL("2026-13"); break;
        }
        assert_int_equal(task_restore(restored.task, &bad, &e), ERROR_INVALID);
        assert_string_equal(e.where, where[i]);
        assert_int_equal(task_count(restored.task, SUBJECT_COMMITMENT), 0);
    }
    assert_int_equal(task_restore(restored.task, &good, &e), 0);
    assert_int_equal(task_count(restored.task, SUBJECT_COMMITMENT), 1);
    /* Copied from a broker where topics were called otherwise: its offsets mean nothing here. */
    struct record other = good;
    struct last last = *good.common.last;
    last.topic = TEXT_LITERAL("elsewhere.milestones");
    other.common.last = &last;
    assert_int_equal(task_restore(restored.task, &other, &e), ERROR_INVALID);
    assert_string_equal(e.where, "last.topic");
    other.common.last = good.common.last;
    other.kind = SUBJECT_SUMMIT;
    assert_int_equal(task_restore(restored.task, &other, &e), ERROR_INVALID);
    assert_string_equal(e.text, "c1 stands in the register under two kinds");
    fixture_end(&live);
    fixture_end(&restored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_task_goes_on_alike),
        cmocka_unit_test(a_tombstone_takes_its_subject_out),
        cmocka_unit_test(what_was_not_raised_is_armed_anew),
        cmocka_unit_test(timeliness_follows_a_new_policy),
        cmocka_unit_test(thresholds_follow_a_new_zone),
        cmocka_unit_test(records_out_of_range_are_refused),
        cmocka_unit_test(records_that_contradict_themselves_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
