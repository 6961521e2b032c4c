#include "consumer/verify/live_alerts.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/siphash.h"

/* Hashes, each with the alert that brought it first. */
struct table {
    struct live_alert **slots; /* own; a power of two of them, at most half full */
    uint64_t *hashes;          /* own */
    size_t size, count;
};

struct live_alerts {
    const struct topic_names *names;
    struct live_alert **at; /* own, each */
    size_t count, size;
    struct table ids;
};

static void table_new(struct table *t)
{
    t->size = 1024;
    t->count = 0;
    t->slots = memory_zeroed(t->size * sizeof(struct live_alert *));
    t->hashes = memory_zeroed(t->size * sizeof *t->hashes);
}

static void table_free(struct table *t)
{
    memory_give(t->slots);
    memory_give(t->hashes);
}

static size_t table_slot(const struct table *t, uint64_t hash)
{
    size_t i = hash & (t->size - 1);
    while (t->slots[i] && t->hashes[i] != hash)
        i = (i + 1) & (t->size - 1);
    return i;
}

static struct live_alert *table_find(const struct table *t, uint64_t hash)
{
    return t->slots[table_slot(t, hash)];
}

/* The one that was there before; NULL: none, and now it is there. */
static struct live_alert *table_add(struct table *t, uint64_t hash, struct live_alert *a)
{
    size_t i = table_slot(t, hash);
    if (t->slots[i])
        return t->slots[i];
    t->slots[i] = a;
    t->hashes[i] = hash;
    if (2 * ++t->count <= t->size)
        return NULL;
    struct table old = *t;
    t->size *= 2;
    t->slots = memory_zeroed(t->size * sizeof(struct live_alert *));
    t->hashes = memory_zeroed(t->size * sizeof *t->hashes);
    for (size_t k = 0; k < old.size; k++)
        if (old.slots[k]) {
            size_t to = table_slot(t, old.hashes[k]);
            t->slots[to] = old.slots[k];
            t->hashes[to] = old.hashes[k];
        }
    table_free(&old);
    return NULL;
}

struct live_alerts *live_alerts_new(const struct topic_names *names)
{
    struct live_alerts *l = memory_zeroed(sizeof *l);
    l->names = names;
    table_new(&l->ids);
    return l;
}

void live_alerts_free(struct live_alerts *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->count; i++)
        memory_give(l->at[i]);
    memory_give(l->at);
    table_free(&l->ids);
    memory_give(l);
}

static uint64_t mix(uint64_t hash, uint64_t with)
{
    return (hash ^ with) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
}

static void alert_read(const struct live_alerts *l, struct live_alert *a, const struct alert *alert)
{
    a->readable = true;
    a->id = siphash(alert->alert_id);
    a->subject = siphash(alert->subject);
    a->kind = alert->kind;
    a->staged = alert->stage.len > 0;
    a->threshold = alert->threshold;
    a->raised_at = alert->raised_at;
    a->cause_kind = -1;
    if (alert->cause && alert->cause->partition == a->partition)
        for (int k = 0; k < EVENT_KINDS; k++)
            if (text_equal(alert->cause->topic, l->names->all[k])) {
                a->cause_kind = k;
                a->cause_offset = alert->cause->offset;
            }
    a->revision = mix(mix(mix(a->subject, (uint64_t)alert->revision), (uint64_t)a->cause_kind),
                      (uint64_t)a->cause_offset);
}

/* One piece of memory each, its texts behind it. */
static struct live_alert *alert_new(const rd_kafka_message_t *m)
{
    struct live_alert *a = memory_zeroed(sizeof *a + m->key_len + m->len);
    char *bytes = (char *)(a + 1);
    a->partition = m->partition;
    a->offset = m->offset;
    if (m->key) {
        memcpy(bytes, m->key, m->key_len);
        a->key = (struct text){bytes, m->key_len};
    }
    if (m->payload) {
        memcpy(bytes + m->key_len, m->payload, m->len);
        a->value = (struct text){bytes + m->key_len, m->len};
    }
    return a;
}

int live_alerts_put(struct live_alerts *l, struct codec *codec, struct arena *arena,
                    const rd_kafka_message_t *m, bool late, struct error *e)
{
    struct alert alert;
    arena_reset(arena);
    int rc = m->payload ? codec_decode_alert(codec, m->payload, m->len, arena, &alert, e) : ERROR_MALFORMED;
    if (rc == ERROR_REGISTRY)
        return rc;
    struct live_alert *a = alert_new(m);
    a->late = late;
    if (rc == 0) {
        alert_read(l, a, &alert);
        a->first = table_add(&l->ids, a->id, a);
    }
    if (l->count == l->size) {
        l->size = l->size ? 2 * l->size : 256;
        l->at = memory_resize(l->at, l->size * sizeof(struct live_alert *));
    }
    l->at[l->count++] = a;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct live_alert *x = *(struct live_alert *const *)a, *y = *(struct live_alert *const *)b;
    if (x->partition != y->partition)
        return x->partition < y->partition ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* A move to the next occurrence closes what was raised for the revision it ends, and names the cause that
 * this had; an event that closes a revision is never the one that began it. */
void live_alerts_settle(struct live_alerts *l)
{
    struct table begun, last;
    table_new(&begun);
    table_new(&last);
    if (l->count)
        qsort(l->at, l->count, sizeof(struct live_alert *), by_place);
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i]->readable && l->at[i]->staged)
            (void)table_add(&begun, l->at[i]->revision, l->at[i]);
    for (size_t i = l->count; i-- > 0;) {
        struct live_alert *a = l->at[i];
        if (!a->readable)
            continue;
        a->is_last = table_add(&last, a->subject, a) == NULL;
        a->by_clock = a->kind == ALERT_CLOSED && table_find(&begun, a->revision) != NULL;
    }
    table_free(&begun);
    table_free(&last);
}

struct live_alert *live_alerts_find(const struct live_alerts *l, struct text alert_id)
{
    return table_find(&l->ids, siphash(alert_id));
}

size_t live_alerts_count(const struct live_alerts *l)
{
    return l->count;
}

struct live_alert *live_alerts_at(const struct live_alerts *l, size_t i)
{
    return l->at[i];
}

/* MOVED, REFINED, CANCELLED and CLOSED are raised as their event is applied: their threshold is the stream
 * time then, raised_at the clock. */
void live_alerts_tell(const struct live_alerts *l, struct live_order *const *orders,
                      const struct live_cut *ends)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct live_alert *a = l->at[i];
        if (!a->readable || a->staged || a->by_clock || a->suspect || a->first || a->cause_kind < 0)
            continue;
        const struct live_cut *end = &ends[a->partition];
        if (a->cause_offset < end->positions[a->cause_kind] && a->threshold.ms <= a->raised_at.ms &&
            a->raised_at.ms <= end->clock.ms)
            live_order_hint(orders[a->partition], (enum event_kind)a->cause_kind, a->cause_offset,
                            a->threshold, a->raised_at);
    }
}
