#include "core/entity.h"

#include "core/digits.h"
#include "core/entry.h"

_Static_assert(REF_KINDS <= alignof(struct entity), "a kind stands in the bits that an address leaves free");

void ref_set(struct ref *r, struct entity *owner, enum ref_kind kind, struct node *to)
{
    if (r->to) {
        *r->previous = r->next;
        if (r->next)
            r->next->previous = r->previous;
    }
    r->owner = (char *)owner + kind;
    r->to = to;
    if (!to)
        return;
    r->next = to->refs;
    r->previous = &to->refs;
    if (to->refs)
        to->refs->previous = &r->next;
    to->refs = r;
}

/* Its place is free for another if it is the first. */
static void commitment_unref(struct pool *pool, struct commitment *c, struct ref *r)
{
    struct ref *before = &c->refs;
    ref_set(r, &c->entity, ref_kind_of(r), NULL);
    if (r == before)
        return;
    while (before->other != r)
        before = before->other;
    before->other = r->other;
    pool_give(pool, r, sizeof *r);
}

void commitment_refer_to(struct pool *pool, struct commitment *c, enum ref_kind kind, struct node *to)
{
    struct ref *r = commitment_ref(c, kind);
    if (r && !to)
        commitment_unref(pool, c, r);
    if (!to)
        return;
    if (!r && !c->refs.to) {
        r = &c->refs;
    } else if (!r) {
        r = pool_zeroed(pool, sizeof *r);
        r->other = c->refs.other;
        c->refs.other = r;
    }
    ref_set(r, &c->entity, kind, to);
}

struct entity *ref_entity(const struct ref *r, enum subject_kind kind)
{
    struct entity *e = r && r->to ? r->to->entity : NULL;
    return e && e->kind == kind && e->dossier == ref_owner(r)->dossier ? e : NULL;
}

static const size_t entity_sizes[] = {0, sizeof(struct instrument), sizeof(struct summit_state),
                                      sizeof(struct commitment)};

size_t entity_bytes(enum subject_kind kind)
{
    return entity_sizes[kind];
}

struct entity *entity_new(struct pool *pool, enum subject_kind kind, struct node *node, struct node *dossier)
{
    struct entity *e = pool_zeroed(pool, entity_sizes[kind]);
    e->kind = (uint8_t)kind;
    e->node = node;
    e->dossier = dossier;
    e->revision = 1;
    e->window = (struct window){DAY_NONE, DAY_NONE, DAY_NONE};
    e->armed_at = INSTANT_NONE;
    if (kind == SUBJECT_SUMMIT) {
        as_summit(e)->expected_signings = LONG_NULL;
        as_summit(e)->held_day = DAY_NONE;
    } else if (kind == SUBJECT_COMMITMENT) {
        as_commitment(e)->clock = CLOCK_NO_DEADLINE;
        as_commitment(e)->timeliness = TIMELINESS_NONE;
        as_commitment(e)->fulfilled_from = as_commitment(e)->fulfilled_to = DAY_NONE;
    }
    node->entity = e;
    return e;
}

/* Of a summit or a commitment. */
static struct repetition **repetition_of(struct entity *e)
{
    return e->kind == SUBJECT_SUMMIT ? &as_summit(e)->repetition : &as_commitment(e)->repetition;
}

struct repetition *entity_repeat(struct pool *pool, struct entity *e)
{
    struct repetition **r = repetition_of(e);
    if (!*r) {
        *r = pool_take(pool, sizeof **r);
        **r = (struct repetition){.start_opens = DAY_NONE, .start_closes = DAY_NONE};
    }
    return *r;
}

void entity_free(struct pool *pool, struct entity *e)
{
    if (!e)
        return;
    pack_free(pool, &e->texts);
    if (e->kind != SUBJECT_INSTRUMENT)
        pool_give(pool, *repetition_of(e), sizeof **repetition_of(e));
    pool_give(pool, e, entity_sizes[e->kind]);
}

#define SOURCE_TEXTS 4

/* Empty texts of a source say no more than null ones. */
static struct text source_text(struct text t)
{
    return t.len ? t : TEXT_NULL;
}

void entity_add_source(struct pool *pool, struct entity *e, const struct source *s, struct arena *scratch)
{
    if (!s)
        return;
    const struct text parts[SOURCE_TEXTS] = {source_text(s->document), source_text(s->locator),
                                             digits_write(source_text(s->sha256), scratch),
                                             source_text(s->url)};
    if (!parts[0].at && !parts[1].at && !parts[2].at && !parts[3].at)
        return;
    size_t position = 0, count = 0;
    struct text sources = entity_text(e, TEXT_SOURCES), each;
    for (bool same = true; list_next(sources, &position, &each);) {
        same = (count % SOURCE_TEXTS == 0 || same) && text_equal(each, parts[count % SOURCE_TEXTS]);
        if (++count % SOURCE_TEXTS == 0 && same)
            return;
    }
    pack_append(pool, &e->texts, TEXT_SOURCES, parts, SOURCE_TEXTS);
    if (count / SOURCE_TEXTS >= LIST_LATEST)
        pack_drop_first(pool, &e->texts, TEXT_SOURCES, SOURCE_TEXTS);
}

bool entity_recalls(const struct entity *e, uint64_t event_hash)
{
    uint64_t each;
    struct text recent = entity_text(e, TEXT_RECENT);
    for (size_t at = 0; at < recent.len; at += sizeof each) {
        memcpy(&each, recent.at + at, sizeof each);
        if (each == event_hash)
            return true;
    }
    return false;
}

/* Adds an entry of that size behind the others; the oldest goes when there are more than `most`. */
static void ring_add(struct pool *pool, struct entity *e, enum entity_text ring, const void *entry,
                     size_t size, size_t most)
{
    size_t len = entity_text(e, ring).len;
    if (len == most * size) {
        (void)pack_splice(pool, &e->texts, ring, 0, size, 0);
        len -= size;
    }
    memcpy(pack_splice(pool, &e->texts, ring, len, len, size), entry, size);
}

void entity_remember(struct pool *pool, struct entity *e, uint64_t event_hash)
{
    ring_add(pool, e, TEXT_RECENT, &event_hash, sizeof event_hash, RECENT_EVENTS);
}

void entity_remember_late(struct pool *pool, struct entity *e, const struct late_event *late)
{
    ring_add(pool, e, TEXT_LATE, late, sizeof *late, LATE_EVENTS);
}

/* --- The last event, and the one that the deadline follows from --- */

/* The id is as digits_write() has it. */
static void cause_write(struct pool *pool, struct entity *e, uint8_t topic, int64_t offset, struct text id)
{
    char head[1 + VARINT_MOST] = {(char)topic};
    size_t len = (size_t)(varint_write(head + 1, offset) - head);
    char *to = pack_splice(pool, &e->texts, TEXT_CAUSE, 0, PACK_END, len + id.len);
    memcpy(to, head, len);
    if (id.len)
        memcpy(to + len, id.at, id.len);
}

void entity_set_last(struct pool *pool, struct entity *e, const struct event_place *last,
                     struct instant recorded_at, struct arena *scratch)
{
    /* The cause is kept by itself from now on, for another event takes the place of the last one. */
    if (e->cause_is_last)
        cause_write(pool, e, e->last_topic, e->last_offset, arena_copy(scratch, entity_text(e, TEXT_LAST)));
    e->cause_is_last = false;
    e->last_topic = last->topic;
    e->last_offset = last->offset;
    e->last_recorded_at = recorded_at;
    pack_set(pool, &e->texts, TEXT_LAST, digits_write(last->event_id, scratch));
}

void entity_set_cause(struct pool *pool, struct entity *e, const struct event_place *cause,
                      struct arena *scratch)
{
    e->cause_is_last = cause->topic == e->last_topic && cause->offset == e->last_offset;
    if (e->cause_is_last)
        pack_set(pool, &e->texts, TEXT_CAUSE, TEXT_NULL);
    else
        cause_write(pool, e, cause->topic, cause->offset, digits_write(cause->event_id, scratch));
}

bool entity_cause(const struct entity *e, struct arena *a, struct event_place *out)
{
    struct text cause = entity_text(e, TEXT_CAUSE);
    if (e->cause_is_last)
        *out = (struct event_place){e->last_topic, e->last_offset, digits_read(entity_text(e, TEXT_LAST), a)};
    if (e->cause_is_last || text_is_null(cause))
        return e->cause_is_last;
    out->topic = (uint8_t)*cause.at;
    const char *id = varint_read(cause.at + 1, &out->offset);
    out->event_id = digits_read((struct text){id, cause.len - (size_t)(id - cause.at)}, a);
    return true;
}

#define SLIP_TEXTS 2

void entity_add_slip(struct pool *pool, struct entity *e, const struct slip *slip)
{
    char entry[ENTRY_MOST];
    const struct text texts[SLIP_TEXTS] = {slip_write(slip, entry),
                                           slip->reason.len ? slip->reason : TEXT_NULL};
    if (list_count(entity_text(e, TEXT_SLIPPAGE)) == LIST_LATEST * SLIP_TEXTS)
        pack_drop_first(pool, &e->texts, TEXT_SLIPPAGE, SLIP_TEXTS);
    pack_append(pool, &e->texts, TEXT_SLIPPAGE, texts, SLIP_TEXTS);
}
