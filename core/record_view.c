/* Entities as records: what is written to the register topics and printed by replay. */
#include <math.h>

#include "core/digits.h"
#include "core/entry.h"
#include "core/fetch.h"
#include "core/memory.h"
#include "core/pace.h"
#include "core/task_state.h"

static struct records view_sources(const struct entity *e, struct arena *a)
{
    struct texts texts = pack_list(e->texts, TEXT_SOURCES, a);
    size_t count = texts.count / 4;
    struct source *at = arena_array(a, count, sizeof *at);
    for (size_t i = 0; i < count; i++)
        at[i] = (struct source){texts.at[4 * i], texts.at[4 * i + 1], digits_read(texts.at[4 * i + 2], a),
                                texts.at[4 * i + 3]};
    return (struct records){at, count};
}

static struct records view_slippage(const struct entity *e, struct arena *a)
{
    struct texts texts = pack_list(e->texts, TEXT_SLIPPAGE, a);
    size_t count = texts.count / 2;
    struct slip *at = arena_array(a, count, sizeof *at);
    for (size_t i = 0; i < count; i++) {
        slip_read(texts.at[2 * i], &at[i]);
        at[i].reason = texts.at[2 * i + 1];
    }
    return (struct records){at, count};
}

static struct text text_or_empty(struct text t)
{
    return text_is_null(t) ? TEXT_LITERAL("") : t;
}

static void view_resume(const struct task *t, const struct entity *e, struct arena *a, struct resume *r)
{
    *r = (struct resume){
        .generation = RESUME_GENERATION,
        .signings_offset = t->positions[EVENT_SIGNING],
        .summits_offset = t->positions[EVENT_SUMMIT],
        .milestones_offset = t->positions[EVENT_MILESTONE],
        .stream_time = t->stream_time,
        .clock = t->clock,
        .rules = t->rules,
        .recent = text_or_empty(entity_text(e, TEXT_RECENT)),
        .late = text_or_empty(entity_text(e, TEXT_LATE)),
        .had_deadline = e->had_deadline,
        .armed_at = e->armed_at,
        .start_opens = DAY_NONE,
        .start_closes = DAY_NONE,
        .fulfilled_from = DAY_NONE,
        .fulfilled_to = DAY_NONE,
        .held_day = DAY_NONE,
    };
    struct event_place from;
    if (entity_cause(e, a, &from)) {
        struct cause *cause = arena_take(a, sizeof *cause);
        *cause =
            (struct cause){t->config.topics[from.topic], t->config.partition, from.offset, from.event_id};
        r->cause = cause;
    }
}

static void view_common(struct task *t, struct entity *e, enum record_purpose purpose, struct arena *a,
                        struct record *out)
{
    struct last *last = arena_take(a, sizeof *last);
    *last = (struct last){t->config.topics[e->last_topic], t->config.partition, e->last_offset,
                          digits_read(entity_text(e, TEXT_LAST), a), e->last_recorded_at};
    char *raised = arena_take(a, STAGE_TEXT_SIZE);
    out->kind = (enum subject_kind)e->kind;
    out->common = (struct record_common){
        .id = entity_id(e),
        .dossier = node_id(e->dossier),
        .title = entity_text(e, TEXT_TITLE),
        .incomplete = !e->introduced,
        .opens = e->window.opens,
        .closes = e->window.closes,
        .revision = e->revision,
        .raised = e->raised ? (struct text){raised, stage_format(e->raised_offset, raised)} : TEXT_NULL,
        .initiated_by = pack_list(e->texts, TEXT_INITIATED_BY, a),
        .pursuant_to = entity_text(e, TEXT_PURSUANT_TO),
        .note = entity_text(e, TEXT_NOTE),
        .sources = view_sources(e, a),
        .events = e->events,
        .duplicates = e->duplicates,
        .last = last,
        .as_of = t->clock,
    };
    if (purpose == RECORD_WITH_RESUME) {
        struct resume *resume = arena_take(a, sizeof *resume);
        view_resume(t, e, a, resume);
        out->common.resume = resume;
    }
}

static void view_instrument(struct instrument *i, struct arena *a, struct instrument_record *out)
{
    const struct entity *e = &i->entity;
    struct texts texts = pack_list(e->texts, TEXT_PARTICIPANTS, a);
    size_t count = texts.count / 3;
    struct participant *participants = arena_array(a, count, sizeof *participants);
    for (size_t k = 0; k < count; k++)
        participants[k] =
            (struct participant){texts.at[3 * k], (uint8_t)*texts.at[3 * k + 2].at, texts.at[3 * k + 1]};
    struct instrument_dates *dates = arena_take(a, sizeof *dates);
    *dates = (struct instrument_dates){entity_text(e, TEXT_ANNOUNCED), entity_text(e, TEXT_SIGNED),
                                       entity_text(e, TEXT_ADOPTED), entity_text(e, TEXT_IN_FORCE),
                                       entity_text(e, TEXT_ENDED)};
    out->status = i->status;
    out->form = i->form;
    out->binding = i->binding;
    out->parties = pack_list(e->texts, TEXT_PARTIES, a);
    out->participants = (struct records){participants, count};
    out->dates = dates;
    out->period = entity_text(e, TEXT_PERIOD);
    out->place = entity_text(e, TEXT_PLACE);
    out->summit = node_id(i->summit.to);
    out->superseded_by = entity_text(e, TEXT_SUPERSEDED_BY);
    out->commitments = &i->counts;
}

static const struct repetition no_repetition = {.start_opens = DAY_NONE, .start_closes = DAY_NONE};

static void view_summit(struct summit_state *s, struct arena *a, struct summit_record *out)
{
    struct resume *resume = (struct resume *)out->common.resume;
    const struct entity *e = &s->entity;
    const struct repetition *repeats = s->repetition ? s->repetition : &no_repetition;
    out->status = s->status;
    out->kind = s->summit_kind;
    out->date = entity_text(e, TEXT_DATE);
    out->latest_end = s->entity.window.latest_end;
    out->place = entity_text(e, TEXT_PLACE);
    out->hosts = pack_list(e->texts, TEXT_HOSTS, a);
    out->participants = pack_list(e->texts, TEXT_PARTICIPANTS, a);
    out->held_on = entity_text(e, TEXT_HELD_ON);
    out->slippage = view_slippage(e, a);
    out->slip_days = s->slip_days;
    out->expected_signings = s->expected_signings;
    out->identified_signings = s->identified_signings;
    out->missed = repeats->missed;
    out->occurrence = repeats->occurrence ? repeats->occurrence : LONG_NULL;
    out->commitments = &s->counts;
    if (resume) {
        resume->held = s->held;
        resume->held_day = s->held_day;
        resume->repetition_dated = repeats->dated;
        resume->start_opens = repeats->start_opens;
        resume->start_closes = repeats->start_closes;
    }
}

/* How far from `from` to `to` the value is. Where a difference of two finite numbers is none, in halves. */
static struct number share_of_way(double value, double from, double to)
{
    if (isfinite(value - from) && isfinite(to - from))
        return pace_ratio(value - from, to - from);
    return pace_ratio(value / 2 - from / 2, to / 2 - from / 2);
}

static struct records view_claims(const struct entity *e, struct arena *a)
{
    struct texts texts = pack_list(e->texts, TEXT_CLAIMS, a);
    size_t count = texts.count / 2;
    struct claim *at = arena_array(a, count, sizeof *at);
    for (size_t i = 0; i < count; i++) {
        at[i].claimed_by = texts.at[2 * i];
        claim_read(texts.at[2 * i + 1], &at[i]);
    }
    return (struct records){at, count};
}

static const struct pace *view_pace(struct task *t, const struct commitment *c, const struct target *target,
                                    struct arena *a)
{
    struct pace *pace = arena_take(a, sizeof *pace);
    *pace = (struct pace){NUMBER_NULL, NUMBER_NULL};
    pace->expected = pace_expected(target, task_day_of(t, t->clock));
    double baseline = target->baseline.set ? target->baseline.value : 0;
    if (c->has_progress)
        pace->reported = pace_ratio(c->progress, 1);
    else if (c->has_value && target->value.set && target->value.value - baseline != 0)
        pace->reported = share_of_way(c->value, baseline, target->value.value);
    return pace;
}

static void view_target(struct task *t, const struct commitment *c, struct arena *a,
                        struct commitment_record *out)
{
    struct texts texts = pack_list(c->entity.texts, TEXT_TARGET, a);
    struct target_numbers numbers;
    if (!texts.count)
        return;
    memcpy(&numbers, texts.at[3].at, sizeof numbers);
    struct target *target = arena_take(a, sizeof *target);
    *target = (struct target){texts.at[0], numbers.baseline, numbers.value, texts.at[1], texts.at[2]};
    out->target = target;
    out->pace = view_pace(t, c, target, a);
}

static void view_commitment(struct task *t, struct commitment *c, struct arena *a,
                            struct commitment_record *out)
{
    struct resume *resume = (struct resume *)out->common.resume;
    const struct entity *e = &c->entity;
    const struct repetition *repeats = c->repetition ? c->repetition : &no_repetition;
    out->delivery = c->delivery;
    out->contested = !text_is_null(entity_text(e, TEXT_DISPUTED_BY));
    out->claims = view_claims(e, a);
    out->clock = c->clock;
    out->timeliness = c->timeliness;
    out->parties = pack_list(e->texts, TEXT_PARTIES, a);
    out->instrument = node_id(ref_node(commitment_ref(c, REF_INSTRUMENT)));
    out->summit = node_id(ref_node(commitment_ref(c, REF_SUMMIT)));
    out->part_of = node_id(ref_node(commitment_ref(c, REF_PART)));
    out->due = entity_text(e, TEXT_DUE);
    out->anchor = node_id(ref_node(commitment_ref(c, REF_ANCHOR)));
    out->anchor_event = c->anchor_event;
    out->slippage = view_slippage(e, a);
    out->slip_days = c->slip_days;
    out->progress = commitment_progress(c);
    view_target(t, c, a, out);
    out->value = commitment_value(c);
    out->parts = c->parts;
    out->parts_fulfilled = c->parts_fulfilled;
    out->occurrence = repeats->occurrence ? repeats->occurrence : LONG_NULL;
    out->fulfilled_occurrences = repeats->fulfilled;
    out->missed = repeats->missed;
    out->superseded_by = entity_text(e, TEXT_SUPERSEDED_BY);
    out->reason = entity_text(e, TEXT_REASON);
    if (resume) {
        resume->repetition_dated = repeats->dated;
        resume->start_opens = repeats->start_opens;
        resume->start_closes = repeats->start_closes;
        resume->fulfilled_from = c->fulfilled_from;
        resume->fulfilled_to = c->fulfilled_to;
        resume->fulfilled_dated = c->fulfilled_dated;
        resume->disputed_by = pack_list(e->texts, TEXT_DISPUTED_BY, a);
    }
}

void task_view(struct task *t, struct entity *e, enum record_purpose purpose, struct arena *a,
               struct record *out)
{
    memset(out, 0, sizeof *out);
    view_common(t, e, purpose, a, out);
    switch (e->kind) {
    case SUBJECT_INSTRUMENT: view_instrument(as_instrument(e), a, &out->instrument); break;
    case SUBJECT_SUMMIT: view_summit(as_summit(e), a, &out->summit); break;
    default: view_commitment(t, as_commitment(e), a, &out->commitment); break;
    }
}

void task_view_fetch(const struct entity *later, const struct entity *soon)
{
    fetch(later, sizeof(struct commitment));
    if (!soon)
        return;
    fetch(soon->node, 1);
    fetch(soon->texts, 5 * FETCH_LINE);
}

static const struct entity *changed_ahead(const struct task *t, size_t ahead)
{
    return t->changed_count - t->changed_first > ahead ? t->changed[t->changed_first + ahead] : NULL;
}

static struct entity *changed_take(struct task *t)
{
    if (t->changed_first == t->changed_count)
        return NULL;
    task_view_fetch(changed_ahead(t, VIEW_AHEAD), changed_ahead(t, VIEW_AHEAD / 2));
    struct entity *e = t->changed[t->changed_first++];
    if (t->changed_first == t->changed_count)
        t->changed_first = t->changed_count = 0;
    e->changed = false;
    return e;
}

bool task_next_changed(struct task *t, enum record_purpose purpose, struct arena *a, struct record *out)
{
    struct entity *e = changed_take(t);
    if (!e)
        return false;
    task_view(t, e, purpose, a, out);
    return true;
}

void task_drop_changed(struct task *t)
{
    while (changed_take(t))
        ;
}
