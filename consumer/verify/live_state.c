#include "consumer/verify/live_state.h"

#include <stdlib.h>
#include <string.h>

#include "consumer/dead_letters/dead_letter.h"
#include "consumer/group_offsets.h"
#include "consumer/verify/live_rules.h"
#include "core/memory.h"

#define ARENA_BYTES (1 << 16)

/* --- Cuts --- */

bool live_state_cut(const struct live_state *l, int32_t partition, const struct record_common *c,
                    struct live_cut *out)
{
    const struct resume *r = c->resume;
    const struct live_place *place = &l->places[partition];
    if (!r || instant_is_none(r->stream_time) || r->clock.ms < r->stream_time.ms ||
        r->clock.ms != c->as_of.ms)
        return false;
    *out = (struct live_cut){{r->signings_offset, r->summits_offset, r->milestones_offset}, r->clock};
    for (int k = 0; k < EVENT_KINDS; k++)
        if (out->positions[k] < 0 || out->positions[k] > place->ends[k])
            return false;
    return true;
}

static bool record_read(struct live_state *l, const struct live_entry *e, struct record *out)
{
    arena_reset(l->arena);
    return !text_is_null(e->value) &&
           codec_decode_record(l->codec, e->kind, e->value.at, e->value.len, l->arena, out, NULL) == 0;
}

/* When the event that set a deadline was applied, by what the deadline was armed at. A repetition is armed
 * anew by the clock too. */
static void armed_tell(const struct live_state *l, const struct record *r, const struct live_cut *end,
                       struct live_order *order)
{
    const struct resume *resume = r->common.resume;
    bool repeats = (r->kind == SUBJECT_SUMMIT && r->summit.occurrence != LONG_NULL) ||
                   (r->kind == SUBJECT_COMMITMENT && r->commitment.occurrence != LONG_NULL);
    if (repeats || !resume->cause || instant_is_none(resume->armed_at) ||
        resume->armed_at.ms > resume->stream_time.ms)
        return;
    for (int k = 0; k < EVENT_KINDS; k++)
        if (text_equal(resume->cause->topic, l->names->all[k]) && resume->cause->offset < end->positions[k])
            live_order_hint(order, (enum event_kind)k, resume->cause->offset, resume->armed_at, INSTANT_NONE);
}

/* When events that came late were applied. */
static void late_tell(const struct record *r, const struct live_cut *written, struct live_order *order)
{
    struct text late = r->common.resume->late;
    struct late_event each;
    for (size_t at = 0; late.len - at >= sizeof each; at += sizeof each) {
        struct live_cut cut;
        memcpy(&each, late.at + at, sizeof each);
        memcpy(cut.positions, each.positions, sizeof cut.positions);
        cut.clock = each.clock;
        if (live_cut_compare(&cut, written) == -1 && cut.positions[0] >= 0 && cut.positions[1] >= 0 &&
            cut.positions[2] >= 0)
            live_order_cut(order, &cut);
    }
}

static void entry_tell(struct live_state *l, const struct live_entry *e, struct live_order *order)
{
    struct record record;
    if (e->suspect || !e->placed || !record_read(l, e, &record))
        return;
    live_order_cut(order, &e->cut);
    late_tell(&record, &e->cut, order);
    armed_tell(l, &record, &e->cut, order);
}

/* The group may have read on without anything that had to be written. */
static void group_tells(struct live_place *place)
{
    for (int k = 0; k < EVENT_KINDS; k++)
        if (place->committed[k] > place->end.positions[k])
            place->end.positions[k] =
                place->committed[k] < place->ends[k] ? place->committed[k] : place->ends[k];
}

/* By which rules the records were written, those that are suspect too. */
static void rules_find(struct live_state *l)
{
    struct ruled *at = memory_take((live_register_count(l->records) + 1) * sizeof *at);
    for (int32_t p = 0; p < l->partitions; p++) {
        size_t count = 0;
        for (size_t i = 0; i < live_register_count(l->records); i++) {
            const struct live_entry *e = live_register_at(l->records, i);
            struct record record;
            if (e->partition == p && e->placed && record_read(l, e, &record))
                at[count++] = (struct ruled){e->cut, record.common.resume->rules};
        }
        l->places[p].rules = count ? live_rules(at, count, &l->places[p].rules_changed) : LONG_NULL;
    }
    memory_give(at);
}

/* The end is among the last records: what was committed last, nothing has taken the place of. */
static void ends_find(struct live_state *l)
{
    struct live_order **latest = memory_zeroed((size_t)l->partitions * sizeof(struct live_order *));
    for (int32_t p = 0; p < l->partitions; p++)
        latest[p] = live_order_new();
    for (size_t i = 0; i < live_register_count(l->records); i++) {
        const struct live_entry *e = live_register_at(l->records, i);
        if (e->placed && !e->suspect)
            live_order_cut(latest[e->partition], &e->cut);
    }
    for (int32_t p = 0; p < l->partitions; p++) {
        struct live_place *place = &l->places[p];
        live_order_settle(latest[p]);
        if (!live_order_last(latest[p], &place->end))
            place->end = (struct live_cut){.clock = INSTANT_NONE};
        group_tells(place);
        if (live_cut_compare(&place->end, &place->end_late) >= 0)
            place->end_late = place->end;
        live_order_free(latest[p]);
    }
    memory_give(latest);
}

void live_state_orders(struct live_state *l, struct live_order **out)
{
    struct live_cut *ends = memory_zeroed((size_t)l->partitions * sizeof *ends);
    ends_find(l);
    for (int32_t p = 0; p < l->partitions; p++) {
        out[p] = live_order_copy(l->places[p].order);
        ends[p] = l->places[p].end_late;
    }
    for (size_t i = 0; i < live_register_count(l->records); i++) {
        const struct live_entry *e = live_register_at(l->records, i);
        entry_tell(l, e, out[e->partition]);
    }
    live_alerts_tell(l->alerts, out, ends);
    for (int32_t p = 0; p < l->partitions; p++) {
        live_order_settle(out[p]);
        live_order_end(out[p], &l->places[p].end);
    }
    memory_give(ends);
}

/* --- Reading --- */

static enum subject_kind kind_of(enum topic topic)
{
    return (enum subject_kind)(SUBJECT_INSTRUMENT + (int)(topic - TOPIC_INSTRUMENTS));
}

/* Whether the record says at which cut it was written. ERROR_REGISTRY: nobody can say right now what it says.
 */
static int message_cut(struct live_state *l, enum subject_kind kind, const rd_kafka_message_t *m,
                       bool *placed, struct live_cut *out, struct error *e)
{
    struct record record;
    *placed = false;
    if (!m->payload)
        return 0;
    arena_reset(l->arena);
    int rc = codec_decode_record(l->codec, kind, m->payload, m->len, l->arena, &record, e);
    *placed = rc == 0 && live_state_cut(l, m->partition, &record.common, out);
    return rc == ERROR_REGISTRY ? rc : 0;
}

/* A record whose place another takes has nothing more to say but when it was written. */
static void record_put(struct live_state *l, enum subject_kind kind, const rd_kafka_message_t *m, bool placed,
                       const struct live_cut *cut)
{
    struct text key = {m->key, m->key_len};
    const struct live_entry *before = live_register_find(l->records, kind, m->partition, key);
    if (before && before->placed)
        live_order_cut(l->places[m->partition].order, &before->cut);
    struct live_entry *e = live_register_put(l->records, kind, m);
    e->placed = placed;
    e->cut = *cut;
}

/* The order goes on beyond the end, for the alerts. */
static void beyond_tell(struct live_state *l, enum subject_kind kind, const rd_kafka_message_t *m,
                        const struct live_cut *cut, struct live_place *place)
{
    struct record record;
    if (live_cut_compare(cut, &place->end_late) == 1)
        place->end_late = *cut;
    live_order_cut(place->order, cut);
    arena_reset(l->arena);
    if (codec_decode_record(l->codec, kind, m->payload, m->len, l->arena, &record, NULL) == 0)
        late_tell(&record, cut, place->order);
}

/* What is read after the end was found and lies beyond it counts only as what alerts may follow from. */
static int record_visit(struct live_state *l, enum subject_kind kind, const rd_kafka_message_t *m,
                        struct error *e)
{
    bool placed;
    struct live_cut cut = {{0}, INSTANT_NONE};
    struct live_place *place = &l->places[m->partition];
    int rc = message_cut(l, kind, m, &placed, &cut, e);
    if (rc)
        return rc;
    int order = l->looking_late && placed ? live_cut_compare(&cut, &place->end) : 0;
    if (order <= 0) {
        record_put(l, kind, m, placed, &cut);
        return 0;
    }
    if (order == 1)
        beyond_tell(l, kind, m, &cut, place);
    struct live_entry *entry =
        live_register_entry(l->records, kind, m->partition, (struct text){m->key, m->key_len});
    entry->newer = true;
    entry->only_newer = entry->offset < 0;
    return 0;
}

static void letter_put(struct live_state *l, const rd_kafka_message_t *m)
{
    struct dead_letter letter;
    dead_letter_read(m, l->names, &letter);
    if (!letter.placed || letter.partition != m->partition)
        return;
    if (l->refused_count == l->refused_size) {
        l->refused_size = l->refused_size ? 2 * l->refused_size : 64;
        l->refused = memory_resize(l->refused, l->refused_size * sizeof *l->refused);
    }
    l->refused[l->refused_count++] = (struct refused_event){letter.partition, letter.kind, letter.offset};
}

static int visit(void *context, const struct topic_span *span, const rd_kafka_message_t *m, struct error *e)
{
    struct live_state *l = context;
    progress_add(&l->progress, 1);
    if (span->topic == TOPIC_ALERTS)
        return live_alerts_put(l->alerts, l->codec, l->arena, m, l->looking_late, e);
    if (span->topic != TOPIC_DEAD_LETTERS)
        return record_visit(l, kind_of(span->topic), m, e);
    letter_put(l, m);
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct refused_event *x = a, *y = b;
    if (x->partition != y->partition)
        return x->partition < y->partition ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

bool live_state_refused(const struct live_state *l, int32_t partition, enum event_kind kind, int64_t offset)
{
    struct refused_event wanted = {partition, kind, offset};
    return l->refused_count &&
           bsearch(&wanted, l->refused, l->refused_count, sizeof wanted, by_place) != NULL;
}

/* Spans of all partitions of these topics, from their beginnings, without ends. own. */
static struct topic_span *spans_of(const struct live_state *l, enum topic first, int topics, size_t *count)
{
    struct topic_span *spans = memory_zeroed((size_t)(topics * l->partitions) * sizeof *spans);
    *count = 0;
    for (int k = 0; k < topics; k++)
        for (int32_t p = 0; p < l->partitions; p++)
            spans[(*count)++] = (struct topic_span){(enum topic)((int)first + k), p, 0, 0};
    return spans;
}

static int event_ends(struct live_state *l, struct topic_reader *reader, struct error *e)
{
    size_t count;
    struct topic_span *spans = spans_of(l, TOPIC_SIGNINGS, EVENT_KINDS, &count);
    int rc = topic_reader_ends(reader, spans, count, e);
    for (size_t i = 0; rc == 0 && i < count; i++)
        l->places[spans[i].partition].ends[spans[i].topic] = spans[i].to;
    memory_give(spans);
    return rc;
}

/* Where alerts that are read belong to a commit whose records were not there yet, these are there after it:
 * they were written before it was committed. */
static int read_all(struct live_state *l, struct topic_reader *reader, struct error *e)
{
    size_t count;
    struct topic_span *spans = spans_of(l, TOPIC_INSTRUMENTS, TOPIC_COUNT - (int)TOPIC_INSTRUMENTS, &count);
    int rc = topic_reader_ends(reader, spans, count, e);
    if (rc == 0)
        rc = event_ends(l, reader, e);
    if (rc == 0)
        rc = topic_reader_read(reader, spans, count, visit, l, e);
    if (rc == 0)
        ends_find(l);
    for (size_t i = 0; i < count; i++)
        spans[i].from = spans[i].to;
    if (rc == 0)
        rc = topic_reader_ends(reader, spans, count, e);
    if (rc == 0)
        rc = event_ends(l, reader, e);
    l->looking_late = true;
    if (rc == 0)
        rc = topic_reader_read(reader, spans, count, visit, l, e);
    memory_give(spans);
    return rc;
}

/* Before anything else: what the group has read by now, the register holds later too. */
static int read_group(struct live_state *l, const struct settings *s, struct error *e)
{
    int64_t(*offsets)[EVENT_KINDS] = memory_zeroed((size_t)l->partitions * sizeof *offsets);
    int rc = group_offsets_read(s, l->names, l->partitions, offsets, e);
    for (int32_t p = 0; rc == 0 && p < l->partitions; p++)
        memcpy(l->places[p].committed, offsets[p], sizeof offsets[p]);
    memory_give(offsets);
    return rc;
}

int live_state_read(struct live_state *l, const struct settings *s, struct codec *codec,
                    const struct topic_names *names, struct error *e)
{
    struct topic_reader *reader = NULL;
    *l = (struct live_state){.names = names, .codec = codec};
    int rc = topic_reader_open(s, names, &reader, e);
    if (rc)
        return rc;
    l->partitions = topic_reader_partitions(reader);
    l->arena = arena_new(ARENA_BYTES);
    l->records = live_register_new();
    l->alerts = live_alerts_new(names);
    l->places = memory_zeroed((size_t)l->partitions * sizeof *l->places);
    for (int32_t p = 0; p < l->partitions; p++) {
        l->places[p].order = live_order_new();
        l->places[p].end.clock = l->places[p].end_late.clock = INSTANT_NONE;
    }
    progress_start(&l->progress, "reading the register", -1);
    rc = read_group(l, s, e);
    if (rc == 0)
        rc = read_all(l, reader, e);
    progress_end(&l->progress);
    topic_reader_close(reader);
    if (rc) {
        live_state_free(l);
        return rc;
    }
    live_alerts_settle(l->alerts);
    rules_find(l);
    if (l->refused_count)
        qsort(l->refused, l->refused_count, sizeof *l->refused, by_place);
    return 0;
}

void live_state_free(struct live_state *l)
{
    for (int32_t p = 0; l->places && p < l->partitions; p++)
        live_order_free(l->places[p].order);
    memory_give(l->places);
    live_register_free(l->records);
    live_alerts_free(l->alerts);
    memory_give(l->refused);
    arena_free(l->arena);
    *l = (struct live_state){.names = NULL};
}
