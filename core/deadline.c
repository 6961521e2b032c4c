#include "core/deadline.h"

#include "core/counts.h"
#include "core/subject.h"
#include "core/timeliness.h"

/* --- Alerts --- */

/* What an alert speaks of: the deadline as it stood, which in a CLOSED may be the one before. */
struct occasion {
    uint8_t kind; /* enum alert_kind */
    uint8_t severity;
    const struct stage *stage; /* NULL: a kind without stages */
    struct window window;
    struct text wording;
    int64_t revision;
    struct instant threshold;
    int64_t slip_days;
    bool stale;
    const struct application *because; /* NULL: the event that set the deadline's revision */
};

static void alert_raise(struct task *t, struct entity *e, const struct occasion *o)
{
    if (!t->config.alert) /* nobody listens, and a digest is dear */
        return;
    char id[ALERT_ID_SIZE], stage_text[STAGE_TEXT_SIZE];
    struct text stage = TEXT_LITERAL("");
    if (o->stage)
        stage = (struct text){stage_text, stage_format(o->stage->offset, stage_text)};
    alert_id(t->alert_ids, entity_id(e), o->revision, text_of(symbols_name(&alert_kinds, o->kind)), stage,
             id);
    struct day due = day_is_none(o->window.closes) ? o->window.opens : o->window.closes;
    struct cause cause = {.partition = t->config.partition};
    if (o->because && o->because->event) {
        cause.topic = t->config.topics[o->because->topic];
        cause.offset = o->because->offset;
        cause.event_id = o->because->event->common.event_id;
    } else {
        struct event_place from = {0, -1, TEXT_NULL};
        (void)entity_cause(e, t->scratch, &from);
        cause.topic = t->config.topics[from.topic];
        cause.offset = from.offset;
        cause.event_id = from.event_id;
    }
    struct alert alert = {
        .alert_id = {id, ALERT_ID_SIZE - 1},
        .subject = entity_id(e),
        .subject_kind = e->kind,
        .dossier = node_id(e->dossier),
        .kind = o->kind,
        .stage = stage,
        .severity = o->severity,
        .opens = o->window.opens,
        .closes = o->window.closes,
        .due = o->wording,
        .revision = o->revision,
        .threshold = o->threshold,
        .raised_at = t->clock,
        .days_left = day_is_none(due) ? LONG_NULL : (int64_t)due.n - task_day_of(t, t->clock).n,
        .slip_days = o->slip_days,
        .stale = o->stale,
        .title = entity_text(e, TEXT_TITLE),
        .parties = subject_parties(e, t->scratch),
        .cause = &cause,
    };
    t->config.alert(t->config.context, &alert);
}

/* --- What comes next --- */

struct upcoming {
    bool has_stage;
    struct stage stage;
    struct day move; /* to the next occurrence; DAY_NONE: none, or only after the stage */
};

/* A move to the next occurrence never comes before the first stage after the current one: what comes before
 * that need not know when. */
static bool stage_precedes_move(struct task *t, const struct entity *e, const struct upcoming *next)
{
    struct day earliest = stages_first_after(t->config.policy, (enum subject_kind)e->kind, &e->window);
    return next->has_stage && !day_is_none(earliest) && next->stage.day.n < earliest.n;
}

static struct upcoming deadline_upcoming(struct task *t, struct entity *e)
{
    struct upcoming next = {.has_stage = false, .move = DAY_NONE};
    if (!subject_is_open(e) || day_is_none(e->window.opens))
        return next;
    enum subject_kind kind = (enum subject_kind)e->kind;
    struct day begun = task_day_of(t, e->armed_at);
    /* UNCONFIRMED is the last stage of a summit, wherever its latest end goes afterwards. */
    bool done = e->kind == SUBJECT_SUMMIT && e->raised && e->raised_offset > 0;
    if (e->raised) {
        struct day raised = stage_day(kind, &e->window, e->raised_offset);
        if (!day_is_none(raised) && raised.n > begun.n)
            begun = raised;
    }
    /* The latest end can come nearer without a new revision: UNCONFIRMED is due until it is raised. */
    next.has_stage = !done && stages_next(t->config.policy, kind, &e->window, begun, &next.stage);
    uint32_t occurrence = repetition_occurrence(subject_repetition(e));
    if (occurrence && !stage_precedes_move(t, e, &next))
        next.move = subject_takeover(t, e, occurrence);
    return next;
}

static bool upcoming_moves_first(struct task *t, struct entity *e, const struct upcoming *next)
{
    if (day_is_none(next->move))
        return false;
    if (!next->has_stage || next->stage.day.n > next->move.n)
        return true;
    if (next->stage.day.n < next->move.n)
        return false;
    struct day waits_for = stages_first_after(t->config.policy, (enum subject_kind)e->kind, &e->window);
    return next->stage.day.n != waits_for.n;
}

static struct day earlier(struct day a, struct day b)
{
    if (day_is_none(a))
        return b;
    return day_is_none(b) || a.n <= b.n ? a : b;
}

static struct day upcoming_day(const struct upcoming *next)
{
    return earlier(next->has_stage ? next->stage.day : DAY_NONE, next->move);
}

/* Arms the timer for what comes next, as it was found out just now, and for a change of timeliness. */
static void arm_for(struct task *t, struct entity *e, const struct upcoming *next)
{
    struct day day = upcoming_day(next);
    if (e->kind == SUBJECT_COMMITMENT && !instant_is_none(t->clock))
        day = earlier(day, timeliness_next_change(t, as_commitment(e), task_day_of(t, t->clock)));
    task_arm(t, e, day);
}

void deadline_arm(struct task *t, struct entity *e)
{
    struct upcoming next = deadline_upcoming(t, e);
    arm_for(t, e, &next);
}

/* --- Raising --- */

static void stage_raise(struct task *t, struct entity *e, const struct stage *s)
{
    e->raised = true;
    e->raised_offset = (int16_t)s->offset;
    task_changed(t, e);
    if (!t->config.alert)
        return;
    struct occasion o = {
        .kind = s->kind,
        .severity = s->severity,
        .stage = s,
        .window = e->window,
        .wording = subject_wording(e),
        .revision = e->revision,
        .threshold = zone_day_start(t->config.zone, s->day),
        .slip_days = LONG_NULL,
    };
    if (!instant_is_none(t->step_end)) {
        struct upcoming next = deadline_upcoming(t, e);
        struct day day = upcoming_day(&next);
        o.stale = !day_is_none(day) && zone_day_start(t->config.zone, day).ms <= t->step_end.ms;
    }
    alert_raise(t, e, &o);
}

/* Of the stages begun by that time only the latest is raised; the others are skipped. */
static void stage_raise_latest(struct task *t, struct entity *e, struct instant time)
{
    struct stage latest;
    if (stages_latest(t->config.policy, (enum subject_kind)e->kind, &e->window, task_day_of(t, time),
                      &latest))
        stage_raise(t, e, &latest);
}

/* CLOSED and CANCELLED speak of the deadline as it stood before the change. */
static void deadline_close(struct task *t, struct entity *e, uint8_t kind, const struct before *b,
                           const struct application *a)
{
    alert_raise(t, e,
                &(struct occasion){
                    .kind = kind,
                    .severity = (uint8_t)policy_severity(t->config.policy, (enum alert_kind)kind, 0, false),
                    .window = b->window,
                    .wording = b->wording,
                    .revision = e->revision,
                    .threshold = a->time,
                    .slip_days = LONG_NULL,
                    .because = a,
                });
}

/* Whether the new days lie within the old ones; of a summit those of its date. */
static bool window_refines(const struct entity *e, const struct window *from, const struct window *to)
{
    struct day from_end = e->kind == SUBJECT_SUMMIT ? from->latest_end : from->closes;
    struct day to_end = e->kind == SUBJECT_SUMMIT ? to->latest_end : to->closes;
    return to->opens.n >= from->opens.n &&
           (day_is_none(from_end) || (!day_is_none(to_end) && to_end.n <= from_end.n));
}

static void deadline_replaced(struct task *t, struct entity *e, const struct before *b,
                              const struct application *a)
{
    const struct window *from = &b->window, *to = &e->window;
    int32_t days = day_is_none(from->closes) || day_is_none(to->closes) ? to->opens.n - from->opens.n
                                                                        : to->closes.n - from->closes.n;
    enum alert_kind kind = window_refines(e, from, to) ? ALERT_REFINED : ALERT_MOVED;
    if (kind == ALERT_MOVED && e->kind != SUBJECT_INSTRUMENT) {
        struct text reason = a->event->kind == EVENT_MILESTONE ? a->event->milestone.reason : TEXT_NULL;
        const struct slip slip = {
            from->opens, from->closes, to->opens, to->closes, days, reason, a->event->common.recorded_at};
        entity_add_slip(t->pool, e, &slip);
        *(e->kind == SUBJECT_SUMMIT ? &as_summit(e)->slip_days : &as_commitment(e)->slip_days) += days;
    }
    alert_raise(t, e,
                &(struct occasion){
                    .kind = (uint8_t)kind,
                    .severity = (uint8_t)policy_severity(t->config.policy, kind, 0, false),
                    .window = *to,
                    .wording = subject_wording(e),
                    .revision = e->revision,
                    .threshold = a->time,
                    .slip_days = days,
                    .because = a,
                });
}

/* --- Changes --- */

struct before deadline_before(struct task *t, struct entity *e)
{
    struct text wording = t->config.alert ? arena_copy(t->scratch, subject_wording(e)) : TEXT_NULL;
    uint32_t occurrence = repetition_occurrence(subject_repetition(e));
    return (struct before){subject_is_open(e), e->window, occurrence, wording};
}

static void deadline_revise(struct task *t, struct entity *e, bool rises, const struct application *a)
{
    if (rises) {
        e->revision++;
        e->raised = false;
    }
    e->armed_at = a->time;
    if (!a->event)
        return;
    struct event_place cause = {a->topic, a->offset, a->event->common.event_id};
    entity_set_cause(t->pool, e, &cause, t->scratch);
}

/* Nothing changed that the timer follows from: most events only tell more about a subject. */
static bool deadline_is_same(struct entity *e, const struct before *b)
{
    return e->window.opens.n == b->window.opens.n && e->window.closes.n == b->window.closes.n &&
           e->window.latest_end.n == b->window.latest_end.n && !e->reworded &&
           repetition_occurrence(subject_repetition(e)) == b->occurrence;
}

void deadline_settle(struct task *t, struct entity *e, const struct before *b, unsigned changes,
                     const struct application *a)
{
    struct window window;
    subject_window(e, &window);
    bool known_before = !day_is_none(b->window.opens), known = !day_is_none(window.opens);
    bool open = subject_is_open(e);
    bool changed = b->window.opens.n != window.opens.n || b->window.closes.n != window.closes.n;
    bool first = known && !e->had_deadline;
    bool rises = changes != 0 || (e->had_deadline && changed);

    if (b->open && !open && e->kind == SUBJECT_SUMMIT && as_summit(e)->status == SUMMIT_CANCELLED)
        deadline_close(t, e, ALERT_CANCELLED, b, a);
    else if (b->open && e->raised && (!open || (known_before && !known) || (changes & CHANGE_OCCURRENCE)))
        deadline_close(t, e, ALERT_CLOSED, b, a);

    if (changed || e->window.latest_end.n != window.latest_end.n)
        task_changed(t, e);
    e->window = window;
    e->had_deadline = e->had_deadline || known;
    struct repetition *r = subject_repetition(e);
    if (repetition_occurrence(r) && known)
        r->dated = true;
    if (rises || first) {
        deadline_revise(t, e, rises, a);
        task_changed(t, e);
    }
    if (b->open && open && known_before && known && changed && !(changes & CHANGE_OCCURRENCE))
        deadline_replaced(t, e, b, a);
    if (open && known && (rises || first))
        stage_raise_latest(t, e, a->time);
    if (changes || open != b->open || rises || first || !deadline_is_same(e, b))
        deadline_arm(t, e);
    e->reworded = false;
}

/* The current occurrence was not fulfilled and gives way to the next. */
static void deadline_move(struct task *t, struct entity *e, struct day day)
{
    struct before b = deadline_before(t, e);
    struct application a = {.event = NULL, .time = zone_day_start(t->config.zone, day)};
    struct repetition *r = subject_repetition(e);
    if (e->raised)
        deadline_close(t, e, ALERT_CLOSED, &b, &a);
    /* A move that was due only now, for an anchor was corrected, arms the next occurrence as of now. */
    a.time = t->clock;
    r->missed++;
    r->occurrence++;
    subject_window(e, &e->window);
    deadline_revise(t, e, true, &a);
    task_changed(t, e);
    stage_raise_latest(t, e, a.time);
}

bool deadline_moves(struct task *t, struct entity *e, struct day day)
{
    uint32_t occurrence = repetition_occurrence(subject_repetition(e));
    if (!occurrence || !subject_is_open(e) || day_is_none(e->window.opens))
        return false;
    struct day move = stages_first_after(t->config.policy, (enum subject_kind)e->kind, &e->window);
    if (day_is_none(move) || move.n > day.n)
        return false;
    move = subject_takeover(t, e, occurrence);
    return !day_is_none(move) && move.n <= day.n;
}

void deadline_due(struct task *t, struct entity *e, struct day day)
{
    struct upcoming next;
    for (;;) {
        next = deadline_upcoming(t, e);
        struct day due = upcoming_day(&next);
        if (day_is_none(due) || due.n > day.n)
            break;
        if (upcoming_moves_first(t, e, &next))
            deadline_move(t, e, next.move);
        else
            stage_raise(t, e, &next.stage);
    }
    if (e->kind == SUBJECT_COMMITMENT && timeliness_refresh(t, as_commitment(e)))
        counts_update(t, as_commitment(e));
    arm_for(t, e, &next);
}
