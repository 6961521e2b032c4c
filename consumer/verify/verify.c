#include "consumer/verify/verify.h"

#include <inttypes.h>
#include <stdio.h>

#include "consumer/replay/history.h"
#include "consumer/verify/comparison.h"
#include "core/memory.h"
#include "core/roll.h"
#include "core/task.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"
#include "edge/cli/progress.h"
#include "edge/registry/registered.h"

#define ARENA_BYTES (1 << 16)

/* A task on its way through the history. */
struct verified_task {
    struct task *task; /* own */
    bool compared;     /* its register was */
    bool unfinished;   /* its end lies within a step of the clock: not all that fell due then was raised */
    bool must;         /* what is raised now has to stand in the topic */
};

struct verify {
    const struct settings *settings;
    struct topic_names names;
    struct codec *codec;
    struct registry *registry; /* own; NULL: none */
    struct live_state live;
    struct verified_task *tasks; /* own: one a partition */
    struct live_order **orders;  /* own: one a partition */
    bool *wrong;                 /* own: of each partition, whether something is */
    bool *mixed;                 /* own: of each partition, whether its rules may have changed on the way */
    uint64_t behind;             /* partitions with events that the register does not follow from yet */
    struct arena *arena;
    struct comparison comparison;
    struct progress progress;
    uint64_t events; /* applied */
};

/* --- A task reaches the end of what its register follows from --- */

struct record_visit {
    struct verify *v;
    int32_t partition;
    bool quiet;
};

static void verify_record(void *context, const struct record *record)
{
    const struct record_visit *visit = context;
    compare_record(&visit->v->comparison, visit->partition, record, visit->v->mixed[visit->partition],
                   visit->quiet);
}

static void verify_records(struct verify *v, int32_t partition, bool quiet)
{
    struct record_visit visit = {v, partition, quiet};
    for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        tasks_each_record(&v->tasks[partition].task, 1, (enum subject_kind)kind, RECORD_WITH_RESUME, v->arena,
                          verify_record, &visit);
}

static void verify_advance(struct verify *v, int32_t partition, struct instant to)
{
    task_advance(v->tasks[partition].task, to, STEP_FORECAST);
    task_drop_changed(v->tasks[partition].task);
}

/* A clock that stands at the beginning of a day, ahead of the events, may have been stopped in the middle of
 * what falls due then: a step takes many transactions where much does. What agrees before agrees, and the
 * rest may follow. */
static void verify_last_step(struct verify *v, int32_t partition, struct instant to)
{
    struct verified_task *t = &v->tasks[partition];
    const struct zone *zone = v->settings->zone;
    if (!t->compared && zone_day_start(zone, zone_day_of(zone, to)).ms == to.ms) {
        verify_advance(v, partition, (struct instant){to.ms - 1});
        live_order_note(v->orders[partition], task_stream_time(t->task));
        verify_records(v, partition, true);
        t->unfinished = true;
        t->must = false;
    }
    verify_advance(v, partition, to);
}

/* false: there is nothing beyond. */
static bool verify_end(struct verify *v, int32_t partition)
{
    struct verified_task *t = &v->tasks[partition];
    const struct live_place *place = &v->live.places[partition];
    if (t->compared)
        return false;
    live_order_note(v->orders[partition], task_stream_time(t->task));
    verify_records(v, partition, false);
    t->compared = true;
    t->must = false;
    live_order_end(v->orders[partition], &place->end_late);
    return true;
}

/* Whether there is more that could be applied. */
static int verify_look_beyond(struct verify *v, int32_t partition, const struct merge_head heads[EVENT_KINDS])
{
    bool more = false;
    for (int k = 0; k < EVENT_KINDS; k++)
        more = more || (heads[k].there &&
                        !live_state_refused(&v->live, partition, (enum event_kind)k, heads[k].offset));
    v->behind += more;
    return -1;
}

/* Which event of the partition is next; moves its clock where that comes first. */
static int verify_pick(void *context, int32_t partition, const struct merge_head heads[EVENT_KINDS])
{
    struct verify *v = context;
    struct task *task = v->tasks[partition].task;
    for (;;) {
        enum event_kind kind = EVENT_SIGNING;
        struct instant clock = INSTANT_NONE;
        switch (live_order_next(v->orders[partition], heads, task_clock(task), &kind, &clock)) {
        case LIVE_ORDER_EVENT: return (int)kind;
        case LIVE_ORDER_CLOCK: verify_advance(v, partition, clock); break;
        case LIVE_ORDER_LAST: verify_last_step(v, partition, clock); break;
        case LIVE_ORDER_CUT: live_order_note(v->orders[partition], task_stream_time(task)); break;
        case LIVE_ORDER_END:
            if (!verify_end(v, partition))
                return verify_look_beyond(v, partition, heads);
            break;
        }
    }
}

/* --- Events and alerts --- */

static void verify_alert(void *context, const struct alert *alert)
{
    struct verify *v = context;
    int32_t partition = (int32_t)alert->cause->partition;
    const struct verified_task *t = &v->tasks[partition];
    compare_alert(&v->comparison, partition, alert, t->must, v->mixed[partition], t->unfinished);
}

static void verify_no_letter(struct verify *v, const struct history_item *item, const struct error *e)
{
    char why[sizeof e->where + sizeof e->text + 64];
    (void)snprintf(why, sizeof why, "%s offset %" PRId64 " cannot be applied: %s%s%s",
                   v->names.all[item->kind].at, item->offset, e->where, *e->where ? ": " : "", e->text);
    differences_add(&v->comparison.found, &(struct difference){.what = "missing",
                                                               .topic = v->names.all[TOPIC_DEAD_LETTERS],
                                                               .partition = item->partition,
                                                               .offset = -1,
                                                               .why = why});
}

/* What stands among the dead letters was not applied, also if it could be by now. */
static void verify_event(struct verify *v, const struct history_item *item)
{
    struct error refused = item->refused;
    struct task *task = v->tasks[item->partition].task;
    bool compared = v->tasks[item->partition].compared;
    if (live_state_refused(&v->live, item->partition, item->kind, item->offset))
        return;
    if (!refused.code && task_apply(task, item->event, item->offset, &refused) != TASK_REFUSED) {
        v->events += !compared;
        task_drop_changed(task);
        return;
    }
    if (!compared)
        verify_no_letter(v, item, &refused);
}

static int verify_history(struct verify *v, struct error *e)
{
    struct history *history = NULL;
    struct history_item item;
    int rc = topic_history_open_in(v->settings, (struct topic_order){verify_pick, v}, &history, e);
    if (rc)
        return rc;
    progress_start(&v->progress, "verifying", history->total);
    while ((rc = history_next(history, &item, e)) > 0) {
        verify_event(v, &item);
        progress_add(&v->progress, 1);
    }
    progress_end(&v->progress);
    history_free(history);
    return rc;
}

/* --- Rounds --- */

static void tasks_open(struct verify *v)
{
    for (int32_t p = 0; p < v->live.partitions; p++) {
        struct task_config config = {
            .zone = v->settings->zone,
            .policy = v->settings->policy,
            .partition = p,
            .alert = verify_alert,
            .context = v,
        };
        for (int k = 0; k < EVENT_KINDS; k++)
            config.topics[k] = v->names.all[k];
        v->tasks[p] = (struct verified_task){.task = task_new(&config), .must = true};
    }
}

static void tasks_close(struct verify *v)
{
    for (int32_t p = 0; p < v->live.partitions; p++) {
        task_free(v->tasks[p].task);
        live_order_free(v->orders[p]);
        v->tasks[p].task = NULL;
        v->orders[p] = NULL;
    }
}

static void marks_clear(struct verify *v)
{
    for (size_t i = 0; i < live_register_count(v->live.records); i++) {
        struct live_entry *e = live_register_at(v->live.records, i);
        e->follows = e->agrees = e->differs = false;
    }
    for (size_t i = 0; i < live_alerts_count(v->live.alerts); i++) {
        struct live_alert *a = live_alerts_at(v->live.alerts, i);
        a->follows = a->free = a->differs = false;
    }
}

/* What differs says nothing about the order any more. */
static void suspect_what_differs(struct verify *v)
{
    for (size_t i = 0; i < live_register_count(v->live.records); i++) {
        struct live_entry *e = live_register_at(v->live.records, i);
        e->latest = e->placed && live_cut_compare(&e->cut, &v->live.places[e->partition].end) == 0;
        e->suspect = e->differs;
    }
    for (size_t i = 0; i < live_alerts_count(v->live.alerts); i++) {
        struct live_alert *a = live_alerts_at(v->live.alerts, i);
        a->suspect = a->differs;
    }
}

/* It may be that what says how far a task had come, and what time it was, is what was forged. */
static void suspect_the_latest(struct verify *v)
{
    for (size_t i = 0; i < live_register_count(v->live.records); i++) {
        struct live_entry *e = live_register_at(v->live.records, i);
        e->suspect = e->latest && v->wrong[e->partition];
    }
    for (size_t i = 0; i < live_alerts_count(v->live.alerts); i++)
        live_alerts_at(v->live.alerts, i)->suspect = false;
}

static int verify_round(struct verify *v, struct error *e)
{
    v->events = v->behind = 0;
    v->comparison = (struct comparison){.live = &v->live,
                                        .orders = v->orders,
                                        .zone = v->settings->zone,
                                        .arena = arena_new(ARENA_BYTES),
                                        .checks = record_checks_new(),
                                        .wrong = v->wrong,
                                        .rules = LONG_NULL};
    marks_clear(v);
    live_state_orders(&v->live, v->orders);
    tasks_open(v);
    int rc = verify_history(v, e);
    if (rc == 0)
        compare_rest(&v->comparison, v->mixed);
    tasks_close(v);
    arena_free(v->comparison.arena);
    record_checks_free(v->comparison.checks);
    buffer_free(&v->comparison.json);
    return rc;
}

static bool verify_other_rules(const struct verify *v)
{
    int64_t ours = v->comparison.rules;
    for (int32_t p = 0; ours != LONG_NULL && p < v->live.partitions; p++)
        if (v->live.places[p].rules != LONG_NULL && v->live.places[p].rules != ours)
            return true;
    return false;
}

/* A record or alert written by hand may have told a wrong order, and so made others look wrong: where another
 * look, without what it said, finds less, it is that which was found. */
static int verify_rounds(struct verify *v, struct error *e)
{
    static void (*const doubts[])(struct verify * v) = {suspect_what_differs, suspect_the_latest};
    int rc = verify_round(v, e);
    for (size_t i = 0; rc == 0 && i < sizeof doubts / sizeof *doubts; i++) {
        struct comparison before = v->comparison;
        uint64_t events = v->events, behind = v->behind;
        if (before.found.count == 0 || verify_other_rules(v))
            return 0;
        doubts[i](v);
        rc = verify_round(v, e);
        if (rc || (v->comparison.found.count && v->comparison.found.count < before.found.count)) {
            differences_free(&before.found);
            continue;
        }
        differences_free(&v->comparison.found);
        v->comparison = before;
        v->events = events;
        v->behind = behind;
    }
    return rc;
}

/* --- The answer --- */

static int verify_answer(const struct verify *v)
{
    const struct comparison *c = &v->comparison;
    const struct buffer *lines = &c->found.lines;
    bool failed = lines->len && fwrite(lines->at, 1, lines->len, stdout) != lines->len;
    failed = printf("{\"record\":\"summary\",\"events\":%" PRIu64 ",\"records\":%" PRIu64
                    ",\"alerts\":%" PRIu64 ",\"differences\":%" PRIu64 ",\"behind\":%" PRIu64 "}\n",
                    v->events, c->records, c->alerts, c->found.count, v->behind) < 0 ||
             failed;
    if (c->found.count > DIFFERENCES_MOST)
        log_warn("not all differences are printed", log_number("differences", (int64_t)c->found.count),
                 log_number("printed", DIFFERENCES_MOST));
    if (v->behind)
        log_info("the processor has not come to all events yet",
                 log_number("partitions", (int64_t)v->behind));
    return failed || c->found.count ? EXIT_FAILED : EXIT_DONE;
}

/* Whether rules were changed is for who asks to say. That records tell of others proves nothing: one that
 * was forged would excuse itself and all else, and those that were written anew since do not tell. */
static void verify_rules(struct verify *v)
{
    for (int32_t p = 0; p < v->live.partitions; p++)
        v->mixed[p] = v->settings->rules_changed;
    if (v->settings->rules_changed)
        log_info("alerts, and what deadlines became, are compared only as far as no zone or policy decides");
}

static void verify_hint(const struct verify *v)
{
    for (int32_t p = 0; !v->settings->rules_changed && p < v->live.partitions; p++)
        if (v->live.places[p].rules_changed)
            log_warn("records tell of another zone or policy: if that was changed, say --rules-changed",
                     log_number("partition", p));
}

static int verify_all(struct verify *v)
{
    struct error e = {0};
    int rc = verify_rounds(v, &e);
    int code = EXIT_FAILED;
    if (rc) {
        log_problem(LOG_LEVEL_ERROR, "the history cannot be read on", &e);
        code = exit_of_error(rc);
    } else if (verify_other_rules(v)) {
        log_error("the register was written last under another zone or policy: give those that `process` has",
                  log_text("zone", v->settings->zone_name), log_text("policy", v->settings->policy_file));
        code = EXIT_USAGE;
    } else {
        verify_hint(v);
        code = verify_answer(v);
    }
    differences_free(&v->comparison.found);
    return code;
}

int verify_run(const struct settings *s)
{
    struct error e = {0};
    struct verify v = {.settings = s};
    topic_names_make(&v.names, s->prefix);
    int rc = codec_new(&v.codec, &e);
    if (rc == 0)
        rc = registered_reading(s, v.codec, &v.registry, &e);
    if (rc == 0)
        rc = live_state_read(&v.live, s, v.codec, &v.names, &e);
    int code = exit_of_error(rc);
    if (rc) {
        (void)fprintf(stderr, "chapar: %s%s%s\n", e.where, *e.where ? ": " : "", e.text);
    } else {
        size_t count = (size_t)v.live.partitions;
        v.tasks = memory_zeroed(count * sizeof *v.tasks);
        v.orders = memory_zeroed(count * sizeof(struct live_order *));
        v.mixed = memory_zeroed(count * sizeof *v.mixed);
        v.wrong = memory_zeroed(count * sizeof *v.wrong);
        v.arena = arena_new(ARENA_BYTES);
        verify_rules(&v);
        code = verify_all(&v);
        live_state_free(&v.live);
        arena_free(v.arena);
    }
    memory_give(v.tasks);
    memory_give(v.orders);
    memory_give(v.mixed);
    memory_give(v.wrong);
    codec_free(v.codec);
    registry_free(v.registry);
    topic_names_free(&v.names);
    return code;
}
