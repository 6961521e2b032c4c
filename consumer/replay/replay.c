#include "consumer/replay/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "consumer/replay/history.h"
#include "consumer/replay/roll_hash.h"
#include "consumer/replay/timeline.h"
#include "core/instant.h"
#include "core/memory.h"
#include "core/roll.h"
#include "core/task.h"
#include "core/text_check.h"
#include "edge/cli/clock.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"
#include "edge/cli/progress.h"
#include "edge/json/record_printer.h"
#include "edge/json/state_hash.h"
#include "edge/kafka/topics.h"

#define ARENA_BYTES (1 << 16)
#define OUTPUT_BYTES (1 << 16)

struct replay {
    const struct settings *settings;
    struct topic_names names;
    struct task **tasks; /* one a partition */
    size_t task_count;
    struct arena *arena;
    struct buffer line;
    struct state_hash *hash;
    struct progress progress;
    struct text subject; /* null: all */
    struct instant log_end;
    uint64_t refused;
    bool output_failed;
    bool drawn; /* as a timeline, which stands in `timeline` */
    struct timeline timeline;
    struct buffer held;        /* lines that stand behind that of the event being applied */
    struct instant event_time; /* of that event; INSTANT_NONE: none is */
    bool unchecked;            /* as the history says */
    struct buffer complaints;  /* not told yet, for the history may yet turn out to be wrong */

    /* --speed: which instant is shown at which monotonic time. */
    struct instant paced_from;
    int64_t paced_from_ms;
};

/* --- Output --- */

static void replay_flush(struct replay *r)
{
    if (r->line.len >= OUTPUT_BYTES || r->settings->speed > 0) {
        if (fwrite(r->line.at, 1, r->line.len, stdout) != r->line.len)
            r->output_failed = true;
        if (r->settings->speed > 0 && fflush(stdout) != 0)
            r->output_failed = true;
        buffer_clear(&r->line);
    }
}

static void replay_end_line(struct replay *r)
{
    buffer_add_byte(&r->line, '\n');
    replay_flush(r);
}

static bool replay_wants(const struct replay *r, struct text id)
{
    return text_is_null(r->subject) || text_equal(r->subject, id);
}

static void replay_alert(void *context, const struct alert *alert)
{
    struct replay *r = context;
    if (!replay_wants(r, alert->subject))
        return;
    if (r->drawn) {
        /* What an event brings about is raised while it is applied, and told after it. */
        bool follows = !instant_is_none(r->event_time) && alert->raised_at.ms >= r->event_time.ms;
        timeline_alert(&r->timeline, alert, follows ? &r->held : &r->line);
        replay_flush(r);
        return;
    }
    alert_print(&r->line, alert);
    replay_end_line(r);
}

static void replay_print_register(struct replay *r)
{
    if (!(r->settings->emit & (EMIT_REGISTER | EMIT_HASH)))
        return;
    struct roll *roll = roll_new(r->tasks, r->task_count, RECORD_FOR_PEOPLE);
    for (size_t i = 0; (r->settings->emit & EMIT_REGISTER) && i < roll_count(roll); i++) {
        struct record record;
        roll_look(roll, i, r->arena, &record);
        if (!replay_wants(r, record.common.id))
            continue;
        register_print(&r->line, &record);
        replay_end_line(r);
    }
    if (r->settings->emit & EMIT_HASH)
        roll_hash(roll, r->hash);
    roll_free(roll);
    if (r->settings->emit & EMIT_HASH) {
        char hex[STATE_HASH_SIZE];
        char line[STATE_HASH_SIZE + 40];
        state_hash_final(r->hash, hex);
        int n = snprintf(line, sizeof line, "{\"record\":\"hash\",\"hash\":\"%s\"}", hex);
        buffer_add(&r->line, line, (size_t)n);
        replay_end_line(r);
    }
}

/* --- Pace --- */

static void replay_wait_for(struct replay *r, struct instant at)
{
    if (r->settings->speed <= 0)
        return;
    if (instant_is_none(r->paced_from)) {
        r->paced_from = at;
        r->paced_from_ms = clock_monotonic_ms();
    }
    double due = (double)(at.ms - r->paced_from.ms) / r->settings->speed;
    for (;;) {
        double left = due - (double)(clock_monotonic_ms() - r->paced_from_ms);
        if (left < 1)
            return;
        /* In pieces, so that a wait of years is no number that overflows. */
        double piece = left > 1000 ? 1000 : left;
        struct timespec ts = {(time_t)(piece / 1000), (long)((int64_t)piece % 1000) * 1000000L};
        (void)nanosleep(&ts, NULL);
    }
}

/* Moves the task's clock on, at the pace asked for. */
static void replay_advance(struct replay *r, struct task *t, struct instant to, enum task_step step)
{
    if (r->settings->speed > 0 && step == STEP_FORECAST) {
        struct instant next;
        while (!instant_is_none(next = task_next_threshold(t)) && next.ms <= to.ms) {
            replay_wait_for(r, next);
            task_advance(t, next, step);
        }
        replay_wait_for(r, to);
    }
    task_advance(t, to, step);
}

/* The task whose clock has the next threshold before it, up to that time; NULL: none has. */
static struct task *replay_first_due(const struct replay *r, const struct task *but, struct instant to)
{
    struct task *first = NULL;
    for (size_t i = 0; i < r->task_count; i++) {
        struct instant next = task_next_threshold(r->tasks[i]);
        if (r->tasks[i] != but && !instant_is_none(next) && next.ms <= to.ms &&
            (!first || next.ms < task_next_threshold(first).ms))
            first = r->tasks[i];
    }
    return first;
}

/* Takes all tasks on to that time; for a timeline threshold after threshold, whichever task has the next. */
static void replay_advance_all(struct replay *r, struct instant to, enum task_step step)
{
    struct task *t;
    while (r->drawn && r->task_count > 1 && (t = replay_first_due(r, NULL, to))) {
        if (step == STEP_FORECAST)
            replay_advance(r, t, task_next_threshold(t), step);
        else
            (void)task_advance_part(t, to, step, 1);
    }
    for (size_t i = 0; i < r->task_count; i++)
        replay_advance(r, r->tasks[i], to, step);
}

/* Whatever falls due before an event is drawn before it, in other tasks too. They come to these thresholds
 * anyway, before their own next events, which are no earlier: the history gives the earliest of all. Where
 * the clocks go on to an instant in one step, that step begins at the last event of each. */
static void replay_catch_up(struct replay *r, struct task *its, bool applied, struct instant time)
{
    struct task *t;
    while (r->settings->clock.kind != CLOCK_INSTANT && (t = replay_first_due(r, applied ? NULL : its, time)))
        replay_advance(r, t, task_next_threshold(t), STEP_FORECAST);
}

/* --- Events --- */

static void replay_tell_complaints(struct replay *r)
{
    if (r->complaints.len)
        (void)fwrite(r->complaints.at, 1, r->complaints.len, stderr);
    buffer_clear(&r->complaints);
}

static void complaint_add(struct replay *r, const char *text)
{
    buffer_add(&r->complaints, text, strlen(text));
}

static void replay_complain(struct replay *r, const struct history_item *item, const struct error *e)
{
    char place[80];
    r->refused++;
    if (item->file) {
        complaint_add(r, item->file);
        (void)snprintf(place, sizeof place, item->container ? ": record %" PRIu64 ": " : ":%" PRIu64 ": ",
                       item->line);
    } else {
        buffer_add(&r->complaints, r->names.all[item->kind].at, r->names.all[item->kind].len);
        (void)snprintf(place, sizeof place, " %" PRId32 " offset %" PRId64 ": ", item->partition,
                       item->offset);
    }
    complaint_add(r, place);
    complaint_add(r, e->where);
    complaint_add(r, *e->where ? ": " : "");
    complaint_add(r, e->text);
    if (!item->refused.code) {
        complaint_add(r, " (event ");
        complaint_add(r, text_quote(item->event->common.event_id).at);
        complaint_add(r, ")");
    }
    complaint_add(r, "\n");
    if (!r->unchecked)
        replay_tell_complaints(r);
}

/* The subject's record is among those that the event has changed. */
static void replay_draw_event(struct replay *r, struct task *t, const struct event *event)
{
    struct record record;
    struct text subject = event_subject(event);
    arena_reset(r->arena);
    while (task_next_changed(t, RECORD_FOR_PEOPLE, r->arena, &record)) {
        if (text_equal(record.common.id, subject) && replay_wants(r, subject))
            timeline_event(&r->timeline, event, &record, &r->line);
        arena_reset(r->arena);
    }
}

static void replay_draw(struct replay *r, struct task *t, const struct history_item *item,
                        struct error *refused)
{
    enum task_outcome judged = task_judge(t, item->event, refused);
    replay_catch_up(r, t, judged == TASK_APPLIED, item->timestamp);
    if (judged == TASK_REFUSED)
        replay_complain(r, item, refused);
    if (judged != TASK_APPLIED)
        return;
    replay_advance(r, t, item->timestamp, STEP_FORECAST);
    task_drop_changed(t); /* by thresholds */
    if (replay_wants(r, event_subject(item->event)))
        timeline_come_to(&r->timeline, item->timestamp, &r->line);
    r->event_time = item->timestamp;
    (void)task_apply(t, item->event, item->offset, refused);
    r->event_time = INSTANT_NONE;
    replay_draw_event(r, t, item->event);
    buffer_add(&r->line, r->held.at, r->held.len);
    buffer_clear(&r->held);
    replay_flush(r);
}

static void replay_event(struct replay *r, const struct history_item *item)
{
    struct task *t = r->tasks[item->partition];
    struct error refused = {0};
    if (instant_is_none(r->log_end) || item->timestamp.ms > r->log_end.ms)
        r->log_end = item->timestamp;
    if (item->refused.code) {
        replay_complain(r, item, &item->refused);
        return;
    }
    if (r->drawn) {
        replay_draw(r, t, item, &refused);
        return;
    }
    if (r->settings->speed > 0) {
        /* What is dropped or refused does not move the clock. */
        if (task_judge(t, item->event, NULL) == TASK_APPLIED)
            replay_advance(r, t, item->timestamp, STEP_FORECAST);
    }
    switch (task_apply(t, item->event, item->offset, &refused)) {
    case TASK_APPLIED:
        if ((r->settings->emit & EMIT_EVENTS) && replay_wants(r, event_subject(item->event))) {
            event_print(&r->line, item->event, r->names.all[item->kind], item->partition, item->offset);
            replay_end_line(r);
        }
        break;
    case TASK_DUPLICATE: break;
    case TASK_REFUSED: replay_complain(r, item, &refused); break;
    }
}

static void replay_expect(void *context, int32_t partition, const struct event *events, size_t count)
{
    const struct replay *r = context;
    task_expect(r->tasks[partition], events, count);
}

/* After the last event: as of when, the instant, and what is to come. */
static void replay_finish(struct replay *r)
{
    const struct settings *s = r->settings;
    bool instant = s->clock.kind == CLOCK_INSTANT;
    struct instant end = instant_is_none(s->as_of) && !instant ? r->log_end : s->as_of;
    if (!instant_is_none(end))
        replay_advance_all(r, end, STEP_FORECAST);
    if (instant)
        replay_advance_all(r, s->clock.at, STEP_OUTAGE);
    if (instant_is_none(s->until))
        return;
    if (r->drawn && !instant_is_none(end))
        timeline_remark(&r->timeline, end, "what is to come, if nothing new is recorded:", &r->line);
    replay_advance_all(r, s->until, STEP_FORECAST);
}

static void file_problem(const struct error *e)
{
    (void)fprintf(stderr, "chapar: %s%s%s\n", e->where, *e->where ? ": " : "", e->text);
}

static int replay_all(struct replay *r, struct history *h)
{
    struct error e = {0};
    struct history_item item;
    int rc;
    h->expect = replay_expect;
    h->context = r;
    /* Not over the table that is being drawn. */
    if (!(r->drawn && r->timeline.screen.is_one))
        progress_start(&r->progress, "replaying", h->total);
    while ((rc = history_next(h, &item, &e)) > 0) {
        replay_event(r, &item);
        progress_add(&r->progress, 1);
    }
    progress_end(&r->progress);
    if (rc < 0 && r->settings->file_count) {
        file_problem(&e);
        return exit_of_error(rc);
    }
    if (rc < 0) {
        log_problem(LOG_LEVEL_ERROR, "the history cannot be read on", &e);
        return exit_of_error(rc);
    }
    replay_tell_complaints(r);
    replay_finish(r);
    replay_print_register(r);
    if (r->line.len && fwrite(r->line.at, 1, r->line.len, stdout) != r->line.len)
        r->output_failed = true;
    return r->output_failed ? EXIT_FAILED : EXIT_DONE;
}

static void replay_tasks_new(struct replay *r, size_t count)
{
    r->task_count = count;
    r->tasks = memory_zeroed(count * sizeof *r->tasks);
    for (size_t i = 0; i < count; i++) {
        struct task_config config = {
            .zone = r->settings->zone,
            .policy = r->settings->policy,
            .partition = (int32_t)i,
            .alert = r->settings->emit & (EMIT_ALERTS | EMIT_TIMELINE) ? replay_alert : NULL,
            .context = r,
            .unrecorded = !r->drawn,
        };
        for (int k = 0; k < EVENT_KINDS; k++)
            config.topics[k] = r->names.all[k];
        r->tasks[i] = task_new(&config);
    }
}

static int replay_open(const struct settings *s, struct history **out, struct error *e)
{
    bool check = (s->emit & (EMIT_EVENTS | EMIT_ALERTS | EMIT_TIMELINE)) || s->speed > 0;
    int rc = s->file_count
                 ? container_history_open(s->files, s->file_count, clock_wall(), s->as_of, check, out, e)
                 : 0;
    if (rc)
        return rc < 0 ? rc : 0;
    if (s->file_count)
        return file_history_open(s->files, s->file_count, clock_wall(), s->as_of, out, e);
    return topic_history_open(s, s->as_of, out, e);
}

int replay_run(const struct settings *s)
{
    struct error e = {0};
    struct history *history = NULL;
    int rc = replay_open(s, &history, &e);
    if (rc) {
        file_problem(&e);
        return exit_of_error(rc);
    }
    struct replay r = {
        .settings = s, .unchecked = history->unchecked, .log_end = INSTANT_NONE, .paced_from = INSTANT_NONE};
    r.subject = text_of(s->subject);
    r.arena = arena_new(ARENA_BYTES);
    r.hash = state_hash_new();
    r.event_time = INSTANT_NONE;
    r.drawn = s->emit == EMIT_TIMELINE;
    timeline_open(&r.timeline, s->zone, terminal_of(STDOUT_FILENO));
    topic_names_make(&r.names, s->prefix);
    replay_tasks_new(&r, (size_t)history->partitions);
    int code = replay_all(&r, history);
    if (code == EXIT_DONE && r.refused && s->file_count)
        code = EXIT_DATA;
    for (size_t i = 0; i < r.task_count; i++)
        task_free(r.tasks[i]);
    memory_give(r.tasks);
    topic_names_free(&r.names);
    state_hash_free(r.hash);
    arena_free(r.arena);
    buffer_free(&r.line);
    buffer_free(&r.complaints);
    buffer_free(&r.held);
    timeline_close(&r.timeline);
    history_free(history);
    return code;
}
