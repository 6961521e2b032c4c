#include "consumer/verify/comparison.h"

#include "core/instant.h"
#include "core/pace.h"
#include "edge/json/json_write.h"
#include "edge/json/record_diff.h"
#include "edge/json/record_printer.h"

/* --- Telling --- */

struct place {
    struct comparison *c;
    struct text topic;
    int32_t partition;
    int64_t offset;
    struct text key;
    bool quiet;
    size_t count;
};

static void tell_field(void *context, struct text path, struct text stands, struct text follows)
{
    struct place *at = context;
    at->count++;
    at->c->wrong[at->partition] = at->c->wrong[at->partition] || !at->quiet;
    if (!at->quiet)
        differences_add(&at->c->found, &(struct difference){"field", at->topic, at->partition, at->offset,
                                                            at->key, path, stands, follows, NULL});
}

static void tell(struct place *at, const char *what, struct text follows, const char *why)
{
    at->count++;
    at->c->wrong[at->partition] = at->c->wrong[at->partition] || !at->quiet;
    if (!at->quiet)
        differences_add(&at->c->found, &(struct difference){what, at->topic, at->partition, at->offset,
                                                            at->key, TEXT_NULL, TEXT_NULL, follows, why});
}

static struct text topic_name(const struct comparison *c, enum topic topic)
{
    return c->live->names->all[topic];
}

static struct text record_json(struct comparison *c, const struct record *record)
{
    buffer_clear(&c->json);
    register_print(&c->json, record);
    return json_text(&c->json);
}

/* --- Records --- */

/* Where the record says that its task had come. What it says was used to go through the history, and must be
 * as it was found to be. */
static void expect_place(struct comparison *c, struct live_entry *e, const struct record_common *stands,
                         struct resume *follows)
{
    const struct live_cut *end = &c->live->places[e->partition].end;
    const struct resume *r = stands->resume;
    const int64_t positions[EVENT_KINDS] = {r->signings_offset, r->summits_offset, r->milestones_offset};
    struct instant stream = live_order_stream_time(c->orders[e->partition], positions);
    follows->signings_offset = r->signings_offset;
    follows->summits_offset = r->summits_offset;
    follows->milestones_offset = r->milestones_offset;
    follows->stream_time = r->stream_time;
    follows->clock = r->clock.ms > end->clock.ms ? end->clock : r->clock;
    if (!instant_is_none(stream)) {
        follows->stream_time = stream;
        if (follows->clock.ms < stream.ms)
            follows->clock = stream;
    } else if (!e->suspect || e->misplaced) {
        e->misplaced = true;
        follows->signings_offset = end->positions[EVENT_SIGNING];
        follows->summits_offset = end->positions[EVENT_SUMMIT];
        follows->milestones_offset = end->positions[EVENT_MILESTONE];
    }
}

/* The event that was applied last lies before where the task had come. */
static void expect_last(const struct comparison *c, const struct last *last, struct resume *follows)
{
    int64_t *const positions[EVENT_KINDS] = {&follows->signings_offset, &follows->summits_offset,
                                             &follows->milestones_offset};
    for (int k = 0; k < EVENT_KINDS; k++)
        if (text_equal(last->topic, c->live->names->all[k]) && *positions[k] <= last->offset)
            *positions[k] = last->offset + 1;
}

static bool repeats(const struct record *r)
{
    return (r->kind == SUBJECT_SUMMIT && r->summit.occurrence != LONG_NULL) ||
           (r->kind == SUBJECT_COMMITMENT && r->commitment.occurrence != LONG_NULL);
}

/* Whether its days depend on no rules: those of a repetition give way by stages, and days counted from an
 * anchor move with it. */
static bool has_plain_days(const struct record *r)
{
    struct text due = r->kind == SUBJECT_COMMITMENT ? r->commitment.due : TEXT_NULL;
    return !repeats(r) && (due.len == 0 || due.at[0] != 'P');
}

/* Whether what it has come to depends on none: of a repetition, which occurrence was fulfilled decides. */
static bool has_plain_status(const struct record *r)
{
    return !repeats(r) && (r->kind != SUBJECT_COMMITMENT || r->commitment.fulfilled_occurrences == 0);
}

/* What depends on the rules in force when it happened, which nobody knows any more. */
static void take_over_rules(const struct record *stands, struct record *follows, struct resume *resume)
{
    const struct resume *r = stands->common.resume;
    bool plain_days = has_plain_days(follows), plain_status = has_plain_status(follows);
    if (!plain_days) {
        follows->common.opens = stands->common.opens;
        follows->common.closes = stands->common.closes;
    }
    follows->common.revision = stands->common.revision;
    follows->common.raised = stands->common.raised;
    if (follows->kind == SUBJECT_SUMMIT) {
        if (!plain_days)
            follows->summit.latest_end = stands->summit.latest_end;
        if (!plain_status)
            follows->summit.status = stands->summit.status;
        follows->summit.slippage = stands->summit.slippage;
        follows->summit.slip_days = stands->summit.slip_days;
        follows->summit.missed = stands->summit.missed;
        if (repeats(follows))
            follows->summit.occurrence = stands->summit.occurrence;
        follows->summit.commitments = stands->summit.commitments;
    } else if (follows->kind == SUBJECT_COMMITMENT) {
        if (!plain_status)
            follows->commitment.delivery = stands->commitment.delivery;
        follows->commitment.slippage = stands->commitment.slippage;
        follows->commitment.slip_days = stands->commitment.slip_days;
        follows->commitment.missed = stands->commitment.missed;
        if (repeats(follows))
            follows->commitment.occurrence = stands->commitment.occurrence;
        if (!plain_status)
            follows->commitment.fulfilled_occurrences = stands->commitment.fulfilled_occurrences;
        follows->commitment.timeliness = stands->commitment.timeliness;
    } else {
        follows->instrument.commitments = stands->instrument.commitments;
    }
    if (!resume || !r)
        return;
    resume->had_deadline = r->had_deadline;
    resume->armed_at = r->armed_at;
    resume->cause = r->cause;
    resume->repetition_dated = r->repetition_dated;
    resume->start_opens = r->start_opens;
    resume->start_closes = r->start_closes;
    resume->fulfilled_from = r->fulfilled_from;
    resume->fulfilled_to = r->fulfilled_to;
    resume->held_day = r->held_day;
    resume->rules = r->rules;
}

/* Takes over what the history does not determine, where it can be. */
static void compare_fields(struct comparison *c, struct live_entry *e, const struct record *stands,
                           const struct record *record, bool mixed, struct place *at)
{
    struct record follows = *record;
    struct resume resume = *record->common.resume;
    struct pace pace;
    const struct resume *r = stands->common.resume;
    follows.common.resume = &resume;
    follows.common.as_of = stands->common.as_of;
    if (r) {
        expect_place(c, e, &stands->common, &resume);
        expect_last(c, record->common.last, &resume);
        follows.common.as_of = resume.clock;
        resume.late = r->late;
        if (repeats(record) && r->armed_at.ms >= resume.armed_at.ms && r->armed_at.ms <= r->clock.ms)
            resume.armed_at = r->armed_at;
    }
    if (follows.kind == SUBJECT_COMMITMENT && follows.commitment.pace && stands->commitment.pace) {
        pace = *follows.commitment.pace;
        pace.expected = mixed || !r ? stands->commitment.pace->expected
                                    : pace_expected(follows.commitment.target,
                                                    zone_day_of(c->zone, follows.common.as_of));
        follows.commitment.pace = &pace;
    }
    if (mixed)
        take_over_rules(stands, &follows, &resume);
    (void)record_diff(record_fields[record->kind - 1], &stands->common, &follows.common, tell_field, at);
}

/* What says nothing that could be wrong, and would yet keep the processor from starting. */
static void compare_use(const struct record *stands, struct place *at)
{
    struct error error = {0};
    char why[sizeof error.where + sizeof error.text + 2];
    if (record_check(at->c->checks, stands, &error) == 0)
        return;
    (void)snprintf(why, sizeof why, "%s%s%s", error.where, *error.where ? ": " : "", error.text);
    tell(at, "unreadable", TEXT_NULL, why);
}

void compare_record(struct comparison *c, int32_t partition, const struct record *follows, bool mixed,
                    bool quiet)
{
    struct record stands;
    struct error error = {0};
    struct live_entry *e = live_register_find(c->live->records, follows->kind, partition, follows->common.id);
    struct place at = {
        c, topic_name(c, topic_of_record(follows->kind)), partition, -1, follows->common.id, quiet, 0};
    c->rules = follows->common.resume->rules;
    if (!quiet)
        c->records++;
    if (e && (e->agrees || e->only_newer)) {
        e->follows = true;
        return;
    }
    arena_reset(c->arena);
    if (!e) {
        tell(&at, "missing", record_json(c, follows), NULL);
        return;
    }
    e->follows = true;
    at.offset = e->offset;
    if (text_is_null(e->value)) {
        tell(&at, "tombstone", record_json(c, follows), NULL);
    } else if (codec_decode_record(c->live->codec, follows->kind, e->value.at, e->value.len, c->arena,
                                   &stands, &error)) {
        tell(&at, "unreadable", record_json(c, follows), error.text);
    } else {
        compare_fields(c, e, &stands, follows, mixed, &at);
        if (at.count == 0)
            compare_use(&stands, &at);
    }
    e->agrees = at.count == 0;
    e->differs = !quiet && at.count != 0;
}

/* --- Alerts --- */

static int64_t days_between(const struct comparison *c, struct instant from, struct instant to)
{
    return (int64_t)zone_day_of(c->zone, to).n - zone_day_of(c->zone, from).n;
}

/* The clock of a task that had caught up is known only from what it raised. It was never behind the events.
 * A stage is stale when a later one had begun by the end of a step of the clock, and so something must have
 * come after it. */
static void expect_clock(struct comparison *c, struct live_alert *a, const struct alert *stands,
                         bool unfinished, struct alert *follows)
{
    if (stands->raised_at.ms > follows->raised_at.ms) {
        if (follows->days_left != LONG_NULL)
            follows->days_left -= days_between(c, follows->raised_at, stands->raised_at);
        follows->raised_at = stands->raised_at;
        a->free = true;
    }
    follows->stale = stands->stale && follows->stage.len && (!a->is_last || a->late || unfinished);
}

static void compare_alert_place(struct place *at, const struct live_alert *a, int32_t partition,
                                const struct alert *stands)
{
    struct buffer *b = &at->c->json;
    if (a->partition != partition) {
        buffer_clear(b);
        json_write_integer(b, a->partition);
        size_t len = b->len;
        json_write_integer(b, partition);
        struct text all = json_text(b);
        tell_field(at, TEXT_LITERAL("partition"), (struct text){all.at, len},
                   (struct text){all.at + len, all.len - len});
    }
    if (!text_equal(a->key, stands->subject)) {
        buffer_clear(b);
        json_write_string(b, a->key);
        size_t len = b->len;
        json_write_string(b, stands->subject);
        struct text all = json_text(b);
        tell_field(at, TEXT_LITERAL("key"), (struct text){all.at, len},
                   (struct text){all.at + len, all.len - len});
    }
}

void compare_alert(struct comparison *c, int32_t partition, const struct alert *alert, bool must, bool mixed,
                   bool unfinished)
{
    struct alert stands, follows = *alert;
    struct live_alert *a = live_alerts_find(c->live->alerts, alert->alert_id);
    struct place at = {c, topic_name(c, TOPIC_ALERTS), partition, -1, alert->subject, false, 0};
    if (must && !mixed)
        c->alerts++;
    if (!a) {
        if (!must || mixed)
            return;
        buffer_clear(&c->json);
        alert_print(&c->json, alert);
        tell(&at, "missing", json_text(&c->json), NULL);
        return;
    }
    a->follows = true;
    if (mixed)
        return;
    at.partition = a->partition;
    at.offset = a->offset;
    at.key = a->key;
    arena_reset(c->arena);
    if (codec_decode_alert(c->live->codec, a->value.at, a->value.len, c->arena, &stands, NULL))
        return; /* it was read before */
    expect_clock(c, a, &stands, unfinished, &follows);
    (void)record_diff(&alert_fields, &stands, &follows, tell_field, &at);
    compare_alert_place(&at, a, partition, &stands);
    a->differs = at.count != 0;
}

/* --- What is left --- */

static const struct live_entry *entry_elsewhere(const struct comparison *c, const struct live_entry *e)
{
    for (int32_t p = 0; p < c->live->partitions; p++) {
        const struct live_entry *other = live_register_find(c->live->records, e->kind, p, e->key);
        if (other && other != e && other->follows)
            return other;
    }
    return NULL;
}

static void rest_of_records(struct comparison *c)
{
    for (size_t i = 0; i < live_register_count(c->live->records); i++) {
        struct live_entry *e = live_register_at(c->live->records, i);
        if (e->follows || e->offset < 0)
            continue;
        char why[80] = "no event speaks of it";
        const struct live_entry *other = entry_elsewhere(c, e);
        if (other)
            (void)snprintf(why, sizeof why, "its events are in partition %d", (int)other->partition);
        struct place at = {c, topic_name(c, topic_of_record(e->kind)), e->partition, e->offset, e->key, false,
                           0};
        const char *what = text_is_null(e->value) ? "tombstone" : "unfounded";
        struct record record;
        struct error error = {0};
        arena_reset(c->arena);
        if (!text_is_null(e->value) && codec_decode_record(c->live->codec, e->kind, e->value.at, e->value.len,
                                                           c->arena, &record, &error))
            tell(&at, "unreadable", TEXT_NULL, error.text);
        else
            tell(&at, what, TEXT_NULL, why);
        e->differs = true;
    }
}

static void rest_of_alert(struct comparison *c, struct live_alert *a, bool mixed)
{
    struct place at = {c, topic_name(c, TOPIC_ALERTS), a->partition, a->offset, a->key, false, 0};
    char why[80];
    if (!a->readable) {
        tell(&at, "unreadable", TEXT_NULL, NULL);
    } else if (a->first) {
        (void)snprintf(why, sizeof why, "it stands in partition %d at offset %lld as well",
                       (int)a->first->partition, (long long)a->first->offset);
        tell(&at, "twice", TEXT_NULL, why);
    } else if (!a->follows && !a->late && !mixed) {
        tell(&at, "unfounded", TEXT_NULL, NULL);
    }
    a->differs = a->differs || at.count;
}

/* The clock never goes back: no alert was raised later than one behind it. */
static void rest_of_clock(struct comparison *c, struct live_alert *a, struct instant *latest)
{
    if (!a->follows)
        return;
    if (!a->free) {
        latest->ms = a->raised_at.ms < latest->ms ? a->raised_at.ms : latest->ms;
        return;
    }
    if (a->raised_at.ms <= latest->ms)
        return;
    char stands[INSTANT_TEXT_SIZE + 2], follows[INSTANT_TEXT_SIZE + 2], text[INSTANT_TEXT_SIZE];
    struct place at = {c, topic_name(c, TOPIC_ALERTS), a->partition, a->offset, a->key, false, 0};
    (void)instant_format(a->raised_at, text);
    (void)snprintf(stands, sizeof stands, "\"%s\"", text);
    (void)instant_format(*latest, text);
    (void)snprintf(follows, sizeof follows, "\"%s\"", text);
    tell_field(&at, TEXT_LITERAL("raised_at"), text_of(stands), text_of(follows));
    a->differs = true;
}

void compare_rest(struct comparison *c, const bool *mixed)
{
    struct live_alerts *alerts = c->live->alerts;
    struct instant latest = INSTANT_NONE;
    rest_of_records(c);
    for (size_t i = 0; i < live_alerts_count(alerts); i++) {
        struct live_alert *a = live_alerts_at(alerts, i);
        rest_of_alert(c, a, mixed[a->partition]);
    }
    for (size_t i = live_alerts_count(alerts); i-- > 0;) {
        struct live_alert *a = live_alerts_at(alerts, i);
        if (i + 1 == live_alerts_count(alerts) || live_alerts_at(alerts, i + 1)->partition != a->partition)
            latest = c->live->places[a->partition].end_late.clock;
        rest_of_clock(c, a, &latest);
    }
}
