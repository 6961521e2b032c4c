#include "core/entity.h"

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

struct entity *ref_entity(const struct ref *r, enum subject_kind kind)
{
    struct entity *e = r->to ? r->to->entity : NULL;
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
        as_summit(e)->repetition = (struct repetition){0, 0, false, DAY_NONE, DAY_NONE};
    } else if (kind == SUBJECT_COMMITMENT) {
        as_commitment(e)->clock = CLOCK_NO_DEADLINE;
        as_commitment(e)->timeliness = TIMELINESS_NONE;
        as_commitment(e)->fulfilled_from = as_commitment(e)->fulfilled_to = DAY_NONE;
        as_commitment(e)->repetition = (struct repetition){0, 0, false, DAY_NONE, DAY_NONE};
    }
    node->entity = e;
    return e;
}

static void slippage_free(struct pool *pool, struct slippage *s)
{
    struct slip_entry *at = s->entries.at;
    for (uint32_t i = 0; i < s->entries.count; i++)
        blob_free(pool, &at[i].reason);
    vec_free(pool, &s->entries, sizeof(struct slip_entry));
}

static void instrument_free(struct pool *pool, struct instrument *i)
{
    struct instrument_participant *at = i->participants.at;
    for (uint32_t k = 0; k < i->participants.count; k++) {
        blob_free(pool, &at[k].party);
        blob_free(pool, &at[k].date);
    }
    vec_free(pool, &i->participants, sizeof(struct instrument_participant));
    for (int k = 0; k < INSTRUMENT_DATES; k++)
        blob_free(pool, &i->dates[k]);
    blob_free(pool, &i->parties);
    blob_free(pool, &i->period);
    blob_free(pool, &i->place);
    blob_free(pool, &i->superseded_by);
}

static void summit_free(struct pool *pool, struct summit_state *s)
{
    blob_free(pool, &s->date);
    blob_free(pool, &s->place);
    blob_free(pool, &s->hosts);
    blob_free(pool, &s->participants);
    blob_free(pool, &s->held_on);
    slippage_free(pool, &s->slippage);
}

static void commitment_free(struct pool *pool, struct commitment *c)
{
    struct claim_entry *at = c->claims.at;
    for (uint32_t i = 0; i < c->claims.count; i++)
        blob_free(pool, &at[i].claimed_by);
    vec_free(pool, &c->claims, sizeof(struct claim_entry));
    blob_free(pool, &c->target_texts);
    blob_free(pool, &c->parties);
    blob_free(pool, &c->due);
    blob_free(pool, &c->reason);
    blob_free(pool, &c->superseded_by);
    blob_free(pool, &c->disputed_by);
    slippage_free(pool, &c->slippage);
}

void entity_free(struct pool *pool, struct entity *e)
{
    if (!e)
        return;
    switch (e->kind) {
    case SUBJECT_INSTRUMENT: instrument_free(pool, as_instrument(e)); break;
    case SUBJECT_SUMMIT: summit_free(pool, as_summit(e)); break;
    case SUBJECT_COMMITMENT: commitment_free(pool, as_commitment(e)); break;
    default: break;
    }
    blob_free(pool, &e->title);
    blob_free(pool, &e->initiated_by);
    blob_free(pool, &e->pursuant_to);
    blob_free(pool, &e->note);
    blob_free(pool, &e->sources);
    blob_free(pool, &e->last_id);
    blob_free(pool, &e->cause_id);
    blob_free(pool, &e->recent);
    blob_free(pool, &e->late);
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
    uint32_t position = 0, count = 0;
    struct text each;
    for (bool same = true; blob_next(e->sources, &position, &each);) {
        same = (count % SOURCE_TEXTS == 0 || same) && text_equal(each, parts[count % SOURCE_TEXTS]);
        if (++count % SOURCE_TEXTS == 0 && same)
            return;
    }
    blob_append_all(pool, &e->sources, parts, SOURCE_TEXTS);
    if (count / SOURCE_TEXTS >= LIST_LATEST)
        blob_drop_first(pool, &e->sources, SOURCE_TEXTS);
}

bool entity_recalls(const struct entity *e, uint64_t event_hash)
{
    uint64_t each;
    for (uint32_t at = 0; e->recent && at < e->recent->len; at += (uint32_t)sizeof each) {
        memcpy(&each, e->recent->at + at, sizeof each);
        if (each == event_hash)
            return true;
    }
    return false;
}

/* Adds an entry of that size behind the others; the oldest goes when there are more than `most`. */
static void ring_add(struct pool *pool, struct blob **ring, const void *entry, size_t size, size_t most)
{
    if (!*ring || (*ring)->len < most * size) {
        blob_add(pool, ring, entry, size);
        return;
    }
    memmove((*ring)->at, (*ring)->at + size, (*ring)->len - size);
    memcpy((*ring)->at + (*ring)->len - size, entry, size);
}

void entity_remember(struct pool *pool, struct entity *e, uint64_t event_hash)
{
    ring_add(pool, &e->recent, &event_hash, sizeof event_hash, RECENT_EVENTS);
}

void entity_remember_late(struct pool *pool, struct entity *e, const struct late_event *late)
{
    ring_add(pool, &e->late, late, sizeof *late, LATE_EVENTS);
}

void slippage_add(struct pool *pool, struct slippage *s, const struct window *from, const struct window *to,
                  int32_t days, struct text reason, struct instant recorded_at)
{
    if (s->entries.count == LIST_LATEST) {
        blob_free(pool, &((struct slip_entry *)s->entries.at)->reason);
        vec_drop_first(&s->entries, sizeof(struct slip_entry));
    }
    struct slip_entry *entry = vec_add(pool, &s->entries, sizeof *entry);
    *entry = (struct slip_entry){from->opens, from->closes, to->opens, to->closes, days, recorded_at, NULL};
    blob_apply(pool, &entry->reason, reason);
    s->days += days;
}
