/* The fold: bytes make a history, which goes through two tasks at once. One lives on; the other takes its
 * steps in small pieces, and is thrown away now and then and restored from what the first one wrote. They
 * must say the same, and what the register and the alerts are defined to be must hold of every record and
 * alert.
 *
 * Input: see history.h; each step of a history begins with a byte that says what it does. With
 * CHAPAR_FUZZ_TRACE in the environment, what happens is printed: events as lines for a file, and what was
 * done between them. */
#include <inttypes.h>
#include <stdarg.h>

#include "core/record_check.h"
#include "core/roll.h"
#include "core/siphash.h"
#include "tests/fuzz/avro_fuzz.h"
#include "tests/fuzz/history.h"

#define STEPS_MAX 120
#define ALERTS_MAX 20000 /* of one history; then it ends, for time's sake */

static size_t place_of(struct text id)
{
    for (size_t i = 0; i < HISTORY_IDS; i++)
        if (text_equal(id, text_of(history_ids[i])))
            return i;
    FUZZ_HOLDS(false, "an entity that nobody named: %.*s", (int)id.len, id.at);
    return 0;
}

/* --- Alerts --- */

/* Ids seen: open addressing; a slot counts when its round is the present one. */
#define SLOTS 65536
static struct {
    uint64_t id, round;
} seen[SLOTS];
static uint64_t round_now;

static bool seen_before(struct text alert_id)
{
    uint64_t hash = siphash(alert_id);
    size_t i = hash % SLOTS;
    for (; seen[i].round == round_now; i = (i + 1) % SLOTS)
        if (seen[i].id == hash)
            return true;
    seen[i].id = hash;
    seen[i].round = round_now;
    return false;
}

/* One of the two tasks and what it has raised since the last comparison. */
struct side {
    struct task *task;
    struct task_config config;
    struct buffer raised; /* a hash of each alert */
    bool first;
    bool outage;   /* in a step that may make stages stale */
    bool stepping; /* the clock moves by itself: order can be told */
    struct instant at;
    struct text subject; /* of the alert before; an id of history_ids */
    size_t descents;
    bool closed; /* the subject before closed an occurrence at this time */
    bool others; /* one that did not has had its turn */
    size_t alerts;
};

static bool is_staged(uint8_t kind)
{
    return kind <= ALERT_ENDED;
}

static void check_alert(const struct side *side, const struct alert *a)
{
    const struct zone *zone = side->config.zone;
    bool opens = !day_is_none(a->opens), closes = !day_is_none(a->closes);
    struct day due = closes ? a->closes : a->opens;
    int32_t offset = 0;
    FUZZ_HOLDS(!seen_before(a->alert_id), "alert %.*s for the second time", (int)a->alert_id.len,
               a->alert_id.at);
    FUZZ_HOLDS(a->raised_at.ms == task_clock(side->task).ms, "raised at another time than the clock's");
    FUZZ_HOLDS(a->threshold.ms <= a->raised_at.ms, "raised before its threshold");
    FUZZ_HOLDS(a->revision >= 1 && a->severity >= SEVERITY_INFO && a->severity <= SEVERITY_CRITICAL,
               "severity %d", a->severity);
    FUZZ_HOLDS(is_staged(a->kind) == (a->stage.len > 0), "kind %d, stage %.*s", a->kind, (int)a->stage.len,
               a->stage.at);
    FUZZ_HOLDS(!is_staged(a->kind) || (opens && stage_parse(a->stage, &offset, NULL) == 0),
               "a stage of nothing");
    FUZZ_HOLDS(!opens || !closes || a->opens.n <= a->closes.n, "closes before it opens");
    FUZZ_HOLDS(opens || !closes, "closes without opening");
    FUZZ_HOLDS(a->kind != ALERT_OVERDUE || a->subject_kind == SUBJECT_COMMITMENT, "OVERDUE");
    FUZZ_HOLDS(a->kind != ALERT_UNCONFIRMED || a->subject_kind == SUBJECT_SUMMIT, "UNCONFIRMED");
    FUZZ_HOLDS(a->kind != ALERT_ENDED || a->subject_kind == SUBJECT_INSTRUMENT, "ENDED");
    FUZZ_HOLDS((a->kind == ALERT_MOVED || a->kind == ALERT_REFINED) == (a->slip_days != LONG_NULL),
               "slip of %d", a->kind);
    FUZZ_HOLDS(!a->stale || (side->outage && is_staged(a->kind)), "stale");
    if (opens)
        FUZZ_HOLDS(a->days_left == (int64_t)due.n - zone_day_of(zone, a->raised_at).n,
                   "%" PRId64 " days left", a->days_left);
    if (is_staged(a->kind) && a->kind != ALERT_UNCONFIRMED) {
        int32_t from = offset == 0 ? a->opens.n : due.n;
        FUZZ_HOLDS(a->threshold.ms == zone_day_start(zone, (struct day){from + offset}).ms,
                   "stage %.*s begins elsewhere", (int)a->stage.len, a->stage.at);
    }
}

/* A subject that moves to its next occurrence closes the one before. */
static void check_moves_first(struct side *side, const struct alert *a, bool same_subject)
{
    if (!same_subject && !side->closed)
        side->others = true; /* the one before did not move, and neither may any other after it */
    side->closed = (same_subject && side->closed) || a->kind == ALERT_CLOSED;
    FUZZ_HOLDS(!side->others || a->kind != ALERT_CLOSED, "%.*s moves too late", (int)a->subject.len,
               a->subject.at);
}

/* In a step of the clock: by time; at the same time first those that move to their next occurrence, by id,
 * and then the others, by id. */
static void check_order(struct side *side, const struct alert *a)
{
    if (!side->stepping)
        return;
    FUZZ_HOLDS(instant_is_none(side->at) || side->at.ms <= a->raised_at.ms, "back in time");
    if (side->at.ms != a->raised_at.ms) {
        side->descents = 0;
        side->others = false;
        side->closed = a->kind == ALERT_CLOSED;
    } else {
        int order = text_compare(a->subject, side->subject);
        side->descents += order < 0;
        check_moves_first(side, a, order == 0);
    }
    FUZZ_HOLDS(side->descents <= 1, "%.*s out of order", (int)a->subject.len, a->subject.at);
    side->at = a->raised_at;
    side->subject = text_of(history_ids[place_of(a->subject)]);
}

static void on_alert(void *context, const struct alert *a)
{
    static struct buffer bytes;
    struct side *side = context;
    struct avro_fuzz *f = avro_fuzz();
    struct error e = {0};
    buffer_clear(&bytes);
    FUZZ_HOLDS(avro_encode(f->encoders[CODEC_ALERT], a, &bytes, &e) == 0, "%s: %s", e.where, e.text);
    uint64_t hash = siphash((struct text){(const char *)bytes.at, bytes.len});
    buffer_add(&side->raised, &hash, sizeof hash);
    side->alerts++;
    if (!side->first)
        return;
    check_alert(side, a);
    check_order(side, a);
    if (side->alerts <= 3)
        avro_fuzz_print(&alert_fields, a);
}

/* --- Records --- */

/* What was written of each entity last. */
struct written {
    enum subject_kind kind;
    struct buffer whole;   /* as it goes to the topic */
    struct buffer lasting; /* without what may change unwritten */
};

static struct written changelog[HISTORY_IDS];

static void encode_record(const struct record *r, struct buffer *out)
{
    struct error e = {0};
    buffer_clear(out);
    int s = CODEC_INSTRUMENT_RECORD + (int)r->kind - SUBJECT_INSTRUMENT;
    FUZZ_HOLDS(avro_encode(avro_fuzz()->encoders[s], &r->common, out, &e) == 0, "%s: %s", e.where, e.text);
}

/* Without the clock's own fields and the task's. */
static void encode_lasting(const struct record *r, struct buffer *out)
{
    struct record copy = *r;
    struct resume resume = *r->common.resume;
    struct pace pace;
    static char late[LATE_EVENTS * sizeof(struct late_event)];
    resume.signings_offset = resume.summits_offset = resume.milestones_offset = 0;
    /* Its positions count what was refused too, which leaves no trace in records. */
    FUZZ_HOLDS(resume.late.len <= sizeof late, "%zu bytes", resume.late.len);
    memcpy(late, resume.late.at ? resume.late.at : "", resume.late.len);
    for (size_t at = 0; at < resume.late.len; at += sizeof(struct late_event))
        memset(late + at + offsetof(struct late_event, positions), 0,
               sizeof((struct late_event *)0)->positions);
    resume.late.at = resume.late.at ? late : NULL;
    resume.stream_time = resume.clock = copy.common.as_of = (struct instant){0};
    copy.common.resume = &resume;
    if (r->kind == SUBJECT_COMMITMENT && r->commitment.pace) {
        pace = *r->commitment.pace;
        pace.expected = NUMBER_NULL;
        copy.commitment.pace = &pace;
    }
    encode_record(&copy, out);
}

static void changelog_start(void)
{
    for (size_t i = 0; i < HISTORY_IDS; i++) {
        buffer_clear(&changelog[i].whole);
        buffer_clear(&changelog[i].lasting);
    }
}

static void changelog_write(struct task *t, struct arena *a)
{
    struct record r;
    while (task_next_changed(t, RECORD_WITH_RESUME, a, &r)) {
        struct written *w = &changelog[place_of(r.common.id)];
        w->kind = r.kind;
        encode_record(&r, &w->whole);
        encode_lasting(&r, &w->lasting);
        arena_reset(a);
    }
}

/* What the register says, to count again what it counts. */
struct summary {
    struct record at;
    struct commitment_counts counts;
    struct text dossier, refs[3]; /* instrument, summit, part_of */
    bool there;
};

struct check {
    struct side *side;
    struct summary all[HISTORY_IDS];
};

static struct text known_text(struct text t)
{
    static const char *const dossiers[] = {"d1", "d2"};
    for (size_t i = 0; i < HISTORY_IDS; i++)
        if (text_equal(t, text_of(history_ids[i])))
            return text_of(history_ids[i]);
    for (size_t i = 0; i < 2; i++)
        if (text_equal(t, text_of(dossiers[i])))
            return text_of(dossiers[i]);
    return TEXT_NULL;
}

static uint8_t timeliness_of(const struct side *side, const struct record *r)
{
    const struct commitment_record *c = &r->commitment;
    const struct resume *resume = r->common.resume;
    struct day d = zone_day_of(side->config.zone, r->common.as_of), opens = r->common.opens,
               closes = r->common.closes;
    bool ends = !day_is_none(closes);
    if (c->clock != CLOCK_RUNNING)
        return TIMELINESS_NONE;
    if (c->delivery == DELIVERY_FULFILLED) {
        if (!ends || (!day_is_none(resume->fulfilled_to) && resume->fulfilled_to.n <= closes.n))
            return TIMELINESS_MET;
        bool late = !day_is_none(resume->fulfilled_from) && resume->fulfilled_from.n > closes.n;
        return late ? TIMELINESS_LATE : TIMELINESS_UNDETERMINED;
    }
    if (c->delivery != DELIVERY_UNDERTAKEN && c->delivery != DELIVERY_IN_PROGRESS)
        return TIMELINESS_NONE;
    if (ends && d.n > closes.n)
        return TIMELINESS_OVERDUE;
    if (d.n >= opens.n && (!ends || opens.n < closes.n))
        return TIMELINESS_IN_WINDOW;
    int64_t width = ends ? (int64_t)closes.n - opens.n + 1 : 1;
    int32_t lead = policy_band_of(side->config.policy, width)->leads_days[0];
    return d.n >= (ends ? closes.n : opens.n) - lead ? TIMELINESS_DUE_SOON : TIMELINESS_AHEAD;
}

static void visit_check(void *context, const struct record *r)
{
    static struct buffer bytes;
    static struct record_checks *checks;
    if (!checks)
        checks = record_checks_new();
    struct check *check = context;
    struct error e = {0};
    size_t place = place_of(r->common.id);
    struct summary *s = &check->all[place];
    FUZZ_HOLDS(record_check(checks, r, &e) == 0, "%s: %s", e.where, e.text);
    encode_lasting(r, &bytes);
    const struct buffer *written = &changelog[place].lasting;
    FUZZ_HOLDS(bytes.len == written->len && memcmp(bytes.at, written->at, bytes.len) == 0,
               "%s changed and was not written", history_ids[place]);
    struct day opens = r->common.opens, closes = r->common.closes;
    FUZZ_HOLDS(day_is_none(closes) || (!day_is_none(opens) && opens.n <= closes.n), "%d..%d", opens.n,
               closes.n);
    FUZZ_HOLDS(r->kind != SUBJECT_SUMMIT || opens.n == closes.n, "a summit of %d..%d", opens.n, closes.n);
    *s = (struct summary){.at = *r, .dossier = known_text(r->common.dossier), .there = true};
    if (r->kind == SUBJECT_COMMITMENT) {
        const struct commitment_record *c = &r->commitment;
        FUZZ_HOLDS(c->timeliness == timeliness_of(check->side, r), "%s is %s, expected %s",
                   history_ids[place], symbols_name(&timelinesses, c->timeliness),
                   symbols_name(&timelinesses, timeliness_of(check->side, r)));
        FUZZ_HOLDS(c->contested == (r->common.resume->disputed_by.count > 0), "contested");
        s->refs[0] = known_text(c->instrument);
        s->refs[1] = known_text(c->summit);
        s->refs[2] = known_text(c->part_of);
    } else if (r->kind == SUBJECT_INSTRUMENT) {
        s->counts = *r->instrument.commitments;
        s->refs[1] = known_text(r->instrument.summit);
    } else {
        s->counts = *r->summit.commitments;
    }
}

static void count(struct commitment_counts *n, const struct commitment_record *c)
{
    int64_t *by_delivery[] = {NULL,          &n->proposed,  &n->open,       &n->open,
                              &n->fulfilled, &n->withdrawn, &n->superseded, &n->superseded};
    ++*by_delivery[c->delivery];
    n->overdue += c->timeliness == TIMELINESS_OVERDUE;
}

/* What the counters must be, from those that refer to it. */
static void check_counts(const struct check *check, size_t place)
{
    const struct summary *s = &check->all[place];
    static const size_t ref_of[] = {[SUBJECT_INSTRUMENT] = 0, [SUBJECT_SUMMIT] = 1, [SUBJECT_COMMITMENT] = 2};
    struct commitment_counts n = {0};
    int64_t parts = 0, fulfilled = 0, signings = 0;
    for (size_t i = 0; i < HISTORY_IDS; i++) {
        const struct summary *from = &check->all[i];
        if (!from->there || !text_equal(from->dossier, s->dossier) ||
            !text_equal(from->refs[ref_of[s->at.kind]], text_of(history_ids[place])))
            continue;
        if (from->at.kind == SUBJECT_INSTRUMENT) {
            signings++;
            continue;
        }
        count(&n, &from->at.commitment);
        parts++;
        fulfilled += from->at.commitment.delivery == DELIVERY_FULFILLED;
    }
    if (s->at.kind == SUBJECT_COMMITMENT)
        FUZZ_HOLDS(s->at.commitment.parts == parts && s->at.commitment.parts_fulfilled == fulfilled,
                   "%s has %" PRId64 " parts, counted %" PRId64, history_ids[place], s->at.commitment.parts,
                   parts);
    else
        FUZZ_HOLDS(memcmp(&s->counts, &n, sizeof n) == 0, "the commitments of %s", history_ids[place]);
    if (s->at.kind == SUBJECT_SUMMIT)
        FUZZ_HOLDS(s->at.summit.identified_signings == signings, "the signings of %s", history_ids[place]);
}

static void check_register(struct side *side, struct arena *a)
{
    static struct check check;
    check = (struct check){.side = side};
    for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        tasks_each_record(&side->task, 1, (enum subject_kind)kind, RECORD_WITH_RESUME, a, visit_check,
                          &check);
    for (size_t i = 0; i < HISTORY_IDS; i++) {
        FUZZ_HOLDS(check.all[i].there == (changelog[i].whole.len > 0), "%s is lost", history_ids[i]);
        if (check.all[i].there)
            check_counts(&check, i);
    }
}

static void visit_add(void *context, const struct record *r)
{
    static struct buffer bytes;
    encode_lasting(r, &bytes);
    buffer_add(context, bytes.at, bytes.len);
}

/* --- The two sides --- */

static void check_same(struct side *one, struct side *two, bool records, struct arena *a)
{
    FUZZ_HOLDS(one->raised.len == two->raised.len &&
                   (one->raised.len == 0 || memcmp(one->raised.at, two->raised.at, one->raised.len) == 0),
               "%zu alerts, on the other side %zu, or others", one->raised.len / 8, two->raised.len / 8);
    buffer_clear(&one->raised);
    buffer_clear(&two->raised);
    FUZZ_HOLDS(task_clock(one->task).ms == task_clock(two->task).ms, "another clock");
    FUZZ_HOLDS(task_stream_time(one->task).ms == task_stream_time(two->task).ms, "another stream time");
    struct instant next = task_next_threshold(one->task);
    FUZZ_HOLDS(next.ms == task_next_threshold(two->task).ms, "another threshold");
    FUZZ_HOLDS(instant_is_none(next) || next.ms > task_clock(one->task).ms, "a threshold behind the clock");
    if (!records)
        return;
    static struct buffer of[2];
    for (int i = 0; i < 2; i++) {
        buffer_clear(&of[i]);
        for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
            tasks_each_record(&(i ? two : one)->task, 1, (enum subject_kind)kind, RECORD_WITH_RESUME, a,
                              visit_add, &of[i]);
    }
    FUZZ_HOLDS(of[0].len == of[1].len && (of[0].len == 0 || memcmp(of[0].at, of[1].at, of[0].len) == 0),
               "another register");
}

/* As the records are put back in an order that the input chooses. */
static void restore(struct side *side, const struct side *live, struct choices *in)
{
    struct avro_fuzz *f = avro_fuzz();
    struct error e = {0};
    size_t from = choose(in, HISTORY_IDS), step = choose(in, 2) ? 5 : 7; /* coprime to how many there are */
    task_free(side->task);
    side->task = task_new(&side->config);
    for (size_t k = 0; k < HISTORY_IDS; k++) {
        const struct written *w = &changelog[(from + k * step) % HISTORY_IDS];
        struct record r = {.kind = w->kind};
        if (w->whole.len == 0)
            continue;
        int s = CODEC_INSTRUMENT_RECORD + (int)w->kind - SUBJECT_INSTRUMENT;
        int rc = avro_decode(f->plans[s], w->whole.at, w->whole.len, f->arena, &r.common, &e);
        FUZZ_HOLDS(rc == 0 && task_restore(side->task, &r, &e) == 0, "%s: %s", e.where, e.text);
    }
    task_restored(side->task);
    struct record changed;
    FUZZ_HOLDS(!task_next_changed(side->task, RECORD_FOR_PEOPLE, f->arena, &changed), "changed by restoring");
    /* The clock may have gone on since the last record, but nothing happened on that way. */
    if (!instant_is_none(task_clock(live->task)))
        task_advance(side->task, task_clock(live->task), STEP_FORECAST);
    FUZZ_HOLDS(side->raised.len == 0, "alerts by restoring");
}

/* --- Steps --- */

__attribute__((format(printf, 1, 2))) static void trace(const char *format, ...)
{
    va_list ap;
    if (!getenv("CHAPAR_FUZZ_TRACE"))
        return;
    va_start(ap, format);
    (void)vfprintf(stderr, format, ap);
    va_end(ap);
}

static void trace_event(const struct event *event, int64_t offset)
{
    struct buffer b = BUFFER_EMPTY;
    if (!getenv("CHAPAR_FUZZ_TRACE"))
        return;
    event_print(&b, event, TEXT_LITERAL("t"), 3, offset);
    trace("%.*s\n", (int)b.len, (const char *)b.at);
    buffer_free(&b);
}

static void apply(struct side *sides, const struct event *event, int64_t offset)
{
    struct error e = {0};
    trace_event(event, offset);
    enum task_outcome judged = task_judge(sides[0].task, event, NULL);
    sides[0].stepping = false;
    enum task_outcome outcome = task_apply(sides[0].task, event, offset, &e);
    FUZZ_HOLDS(outcome == judged, "judged %d, applied %d", judged, outcome);
    if (outcome == TASK_REFUSED)
        fuzz_error(&e, ERROR_INVALID);
    FUZZ_HOLDS(task_apply(sides[1].task, event, offset, NULL) == outcome, "another outcome");
    if (outcome == TASK_APPLIED)
        FUZZ_HOLDS(task_judge(sides[0].task, event, NULL) == TASK_DUPLICATE, "is not remembered");
    for (int i = 0; i < 2; i++)
        task_set_position(sides[i].task, event->kind, offset + 1);
}

static void advance(struct side *sides, struct instant to, enum task_step step, struct choices *in)
{
    size_t pieces = 1 + choose(in, 3);
    char text[INSTANT_TEXT_SIZE];
    (void)instant_format(to, text);
    trace("the clock goes to %s%s\n", text, step == STEP_OUTAGE ? " after an outage" : "");
    for (int i = 0; i < 2; i++) {
        sides[i].outage = step == STEP_OUTAGE;
        sides[i].stepping = true;
        sides[i].at = INSTANT_NONE;
    }
    task_advance(sides[0].task, to, step);
    while (!task_advance_part(sides[1].task, to, step, pieces))
        ;
}

static void side_start(struct side *side, bool first, const struct zone *zone, const struct policy *policy)
{
    side->config = (struct task_config){
        .zone = zone,
        .policy = policy,
        .partition = 3,
        .topics = {TEXT_LITERAL("t.signings"), TEXT_LITERAL("t.summits"), TEXT_LITERAL("t.milestones")},
        .alert = on_alert,
        .context = side,
    };
    side->first = first;
    side->outage = side->stepping = false;
    side->alerts = 0;
    side->at = INSTANT_NONE;
    buffer_clear(&side->raised);
    side->task = task_new(&side->config);
}

static void step(struct side *sides, struct history *h, int64_t *offset, struct arena *scratch)
{
    struct event event;
    size_t what = choose(&h->in, 16);
    /* An event behind the clock makes up for it at once, as after an outage. */
    sides[0].outage = sides[1].outage = true;
    if (what < 11 && history_event(h, &event)) {
        apply(sides, &event, (*offset)++);
        if (event.common.recorded_at.ms > h->now)
            h->now = event.common.recorded_at.ms;
    } else if (what == 11 && h->events > 0) {
        apply(sides, &h->last, (*offset)++);
    } else if (what >= 12 && what < 15) {
        int64_t from = instant_is_none(task_clock(sides[0].task)) ? h->now : task_clock(sides[0].task).ms;
        struct instant to = {from + (int64_t)choose(&h->in, 200) * 12 * HOUR_MS};
        if (to.ms > HISTORY_END)
            to.ms = HISTORY_END;
        advance(sides, to, what == 12 ? STEP_FORECAST : STEP_OUTAGE, &h->in);
    }
    changelog_write(sides[0].task, scratch);
    task_drop_changed(sides[1].task);
    bool restored = what == 15;
    check_same(&sides[0], &sides[1], restored, scratch);
    if (restored) {
        trace("restored\n");
        restore(&sides[1], &sides[0], &h->in);
        check_same(&sides[0], &sides[1], true, scratch);
        check_register(&sides[0], scratch);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct side sides[2];
    static struct arena *scratch, *events;
    struct history h;
    (void)avro_fuzz_start();
    if (!scratch) {
        scratch = arena_new(1 << 14);
        events = arena_new(1 << 14);
    }
    arena_reset(events);
    arena_reset(scratch);
    history_start(&h, data, size, events);
    round_now++;
    changelog_start();
    const struct zone *zone = history_zone(choose(&h.in, 3));
    const struct policy *policy = history_policy(choose(&h.in, 4) == 3);
    trace("zone %s, %s policy\n", zone_name(zone), policy == &policy_builtin ? "built-in" : "another");
    for (int i = 0; i < 2; i++)
        side_start(&sides[i], i == 0, zone, policy);
    int64_t offset = 0;
    for (int i = 0; i < STEPS_MAX && h.in.left > 0 && sides[0].alerts < ALERTS_MAX; i++)
        step(sides, &h, &offset, scratch);
    check_same(&sides[0], &sides[1], true, scratch);
    check_register(&sides[0], scratch);
    for (int i = 0; i < 2; i++)
        task_free(sides[i].task);
    return 0;
}
