#include "core/entity.h"

#include "core/uuid.h"

void ref_set(struct ref *r, struct entity *owner, struct node *to)
{
    r->owner = owner;
    if (r->to == to)
        return;
    if (r->to) {
        *r->previous = r->next;
        if (r->next)
            r->next->previous = r->previous;
    }
    r->to = to;
    if (!to)
        return;
    r->next = to->refs;
    r->previous = &to->refs;
    if (to->refs)
        to->refs->previous = &r->next;
    to->refs = r;
}

void commitment_refer_to(struct pool *pool, struct commitment *c, enum ref_kind kind, struct node *to)
{
    if (kind == REF_INSTRUMENT) {
        ref_set(&c->instrument, &c->entity, to);
        return;
    }
    if (!c->others && !to)
        return;
    if (!c->others)
        c->others = pool_zeroed(pool, (REF_KINDS - 1) * sizeof *c->others);
    ref_set(&c->others[kind - 1], &c->entity, to);
}

struct entity *ref_entity(const struct ref *r, enum subject_kind kind)
{
    struct entity *e = r && r->to ? r->to->entity : NULL;
    return e && e->kind == kind && e->dossier == r->owner->dossier ? e : NULL;
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
    e->cause_offset = -1;
    e->armed_at = INSTANT_NONE;
    if (kind == SUBJECT_SUMMIT) {
        as_summit(e)->expected_signings = LONG_NULL;
        as_summit(e)->held_day = DAY_NONE;
        as_summit(e)->repetition = (struct repetition){0, 0, DAY_NONE, DAY_NONE, false};
    } else if (kind == SUBJECT_COMMITMENT) {
        as_commitment(e)->clock = CLOCK_NO_DEADLINE;
        as_commitment(e)->timeliness = TIMELINESS_NONE;
        as_commitment(e)->fulfilled_from = as_commitment(e)->fulfilled_to = DAY_NONE;
        as_commitment(e)->repetition = (struct repetition){0, 0, DAY_NONE, DAY_NONE, false};
    }
    node->entity = e;
    return e;
}

void entity_free(struct pool *pool, struct entity *e)
{
    if (!e)
        return;
    pack_free(pool, &e->texts);
    if (e->kind == SUBJECT_COMMITMENT)
        pool_give(pool, as_commitment(e)->others, (REF_KINDS - 1) * sizeof *as_commitment(e)->others);
    pool_give(pool, e, entity_sizes[e->kind]);
}

#define SOURCE_TEXTS 4

/* Empty texts of a source say no more than null ones. */
static struct text source_text(struct text t)
{
    return t.len ? t : TEXT_NULL;
}

void entity_add_source(struct pool *pool, struct entity *e, const struct source *s)
{
    if (!s)
        return;
    const struct text parts[SOURCE_TEXTS] = {source_text(s->document), source_text(s->locator),
                                             source_text(s->sha256), source_text(s->url)};
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

static const struct {
    enum entity_text id, uuid;
} event_texts[] = {
    [EVENT_LAST] = {TEXT_LAST_ID, TEXT_LAST_UUID}, [EVENT_CAUSE] = {TEXT_CAUSE_ID, TEXT_CAUSE_UUID}};

/* The cause is kept by itself from now on, for another event takes the place of the last one. */
static void entity_part_cause(struct pool *pool, struct entity *e)
{
    unsigned char uuid[UUID_BYTES];
    if (!e->cause_is_last)
        return;
    memcpy(uuid, entity_text(e, TEXT_LAST_UUID).at, sizeof uuid);
    pack_set(pool, &e->texts, TEXT_CAUSE_UUID, (struct text){(const char *)uuid, sizeof uuid});
    e->cause_is_last = false;
}

void entity_set_event(struct pool *pool, struct entity *e, enum event_role role, struct text id)
{
    unsigned char uuid[UUID_BYTES];
    struct text short_id = {(const char *)uuid, sizeof uuid};
    bool is_uuid = uuid_read(id, uuid);
    if (role == EVENT_LAST)
        entity_part_cause(pool, e);
    else
        e->cause_is_last = is_uuid && text_equal(entity_text(e, TEXT_LAST_UUID), short_id);
    if (role == EVENT_CAUSE && e->cause_is_last)
        id = short_id = TEXT_NULL;
    pack_set(pool, &e->texts, event_texts[role].id, is_uuid ? TEXT_NULL : id);
    pack_set(pool, &e->texts, event_texts[role].uuid, is_uuid ? short_id : TEXT_NULL);
}

struct text entity_event(const struct entity *e, enum event_role role, struct arena *a)
{
    if (role == EVENT_CAUSE && e->cause_is_last)
        role = EVENT_LAST;
    struct text uuid = entity_text(e, event_texts[role].uuid);
    if (text_is_null(uuid))
        return entity_text(e, event_texts[role].id);
    char *out = arena_take(a, UUID_LENGTH);
    uuid_print((const unsigned char *)uuid.at, out);
    return (struct text){out, UUID_LENGTH};
}

#define SLIP_TEXTS 2

void entity_add_slip(struct pool *pool, struct entity *e, const struct slip_entry *slip, struct text reason)
{
    const struct text texts[SLIP_TEXTS] = {{(const char *)slip, sizeof *slip},
                                           reason.len ? reason : TEXT_NULL};
    if (list_count(entity_text(e, TEXT_SLIPPAGE)) == LIST_LATEST * SLIP_TEXTS)
        pack_drop_first(pool, &e->texts, TEXT_SLIPPAGE, SLIP_TEXTS);
    pack_append(pool, &e->texts, TEXT_SLIPPAGE, texts, SLIP_TEXTS);
}
