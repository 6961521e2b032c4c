#include "consumer/verify/live_order.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

struct cut {
    struct live_cut at;
    size_t support; /* records that say so */
    struct instant stream_time;
};

struct hint {
    int64_t offset;
    struct instant stream, clock;
};

struct list {
    void *at;
    size_t count, size;
};

struct live_order {
    struct list cuts;               /* struct cut; once settled in their order, one for the same positions */
    struct list hints[EVENT_KINDS]; /* struct hint; once settled by offset, one an event */
    size_t hint[EVENT_KINDS];       /* the next that can matter */
    size_t next;                    /* cut to be reached next */
    bool at_cut;                    /* it is reached, and the caller knows */
    struct live_cut end;
    bool ended;
};

static void *list_add(struct list *l, size_t bytes)
{
    if (l->count == l->size) {
        l->size = l->size ? 2 * l->size : 64;
        l->at = memory_resize(l->at, l->size * bytes);
    }
    return (char *)l->at + l->count++ * bytes;
}

static struct cut *cut_at(const struct live_order *o, size_t i)
{
    return (struct cut *)o->cuts.at + i;
}

struct live_order *live_order_new(void)
{
    struct live_order *o = memory_zeroed(sizeof *o);
    o->end.clock = INSTANT_NONE;
    return o;
}

static void list_copy(struct list *to, const struct list *from, size_t bytes)
{
    *to = (struct list){NULL, from->count, from->count};
    if (from->count) {
        to->at = memory_take(from->count * bytes);
        memcpy(to->at, from->at, from->count * bytes);
    }
}

struct live_order *live_order_copy(const struct live_order *from)
{
    struct live_order *o = live_order_new();
    list_copy(&o->cuts, &from->cuts, sizeof(struct cut));
    for (int k = 0; k < EVENT_KINDS; k++)
        list_copy(&o->hints[k], &from->hints[k], sizeof(struct hint));
    return o;
}

void live_order_free(struct live_order *o)
{
    if (!o)
        return;
    memory_give(o->cuts.at);
    for (int k = 0; k < EVENT_KINDS; k++)
        memory_give(o->hints[k].at);
    memory_give(o);
}

/* --- Evidence --- */

static int positions_compare(const int64_t a[EVENT_KINDS], const int64_t b[EVENT_KINDS])
{
    bool before = false, behind = false;
    for (int k = 0; k < EVENT_KINDS; k++) {
        before = before || a[k] < b[k];
        behind = behind || a[k] > b[k];
    }
    return before && behind ? 2 : before ? -1 : behind;
}

int live_cut_compare(const struct live_cut *a, const struct live_cut *b)
{
    int order = positions_compare(a->positions, b->positions);
    return order ? order : (a->clock.ms > b->clock.ms) - (a->clock.ms < b->clock.ms);
}

/* Records of one commit come one after the other. */
void live_order_cut(struct live_order *o, const struct live_cut *cut)
{
    struct cut *last = o->cuts.count ? cut_at(o, o->cuts.count - 1) : NULL;
    if (last && live_cut_compare(&last->at, cut) == 0) {
        last->support++;
        return;
    }
    *(struct cut *)list_add(&o->cuts, sizeof(struct cut)) = (struct cut){*cut, 1, INSTANT_NONE};
}

void live_order_hint(struct live_order *o, enum event_kind kind, int64_t offset, struct instant stream,
                     struct instant clock)
{
    *(struct hint *)list_add(&o->hints[kind], sizeof(struct hint)) = (struct hint){offset, stream, clock};
}

static int64_t total(const struct live_cut *c)
{
    return c->positions[0] + c->positions[1] + c->positions[2];
}

/* By how many events lie before, then by the positions, so that the same ones stand side by side; of those
 * the last is the latest. */
static int by_place(const void *a, const void *b)
{
    const struct cut *x = a, *y = b;
    if (total(&x->at) != total(&y->at))
        return total(&x->at) < total(&y->at) ? -1 : 1;
    for (int k = 0; k < EVENT_KINDS; k++)
        if (x->at.positions[k] != y->at.positions[k])
            return x->at.positions[k] < y->at.positions[k] ? -1 : 1;
    return (x->at.clock.ms > y->at.clock.ms) - (x->at.clock.ms < y->at.clock.ms);
}

static int by_offset(const void *a, const void *b)
{
    const struct hint *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Of two cuts that exclude each other the one that fewer records speak for goes. */
static void cuts_settle(struct live_order *o)
{
    size_t kept = 0;
    if (o->cuts.count)
        qsort(o->cuts.at, o->cuts.count, sizeof(struct cut), by_place);
    for (size_t i = 0; i < o->cuts.count; i++) {
        struct cut c = *cut_at(o, i);
        if (kept && positions_compare(cut_at(o, kept - 1)->at.positions, c.at.positions) == 0) {
            c.support += cut_at(o, kept - 1)->support;
            kept--;
        }
        while (kept && positions_compare(cut_at(o, kept - 1)->at.positions, c.at.positions) == 2 &&
               cut_at(o, kept - 1)->support < c.support)
            kept--;
        if (!kept || positions_compare(cut_at(o, kept - 1)->at.positions, c.at.positions) < 0)
            *cut_at(o, kept++) = c;
    }
    o->cuts.count = kept;
}

static struct instant later(struct instant a, struct instant b)
{
    return a.ms > b.ms ? a : b;
}

static void hints_settle(struct list *l)
{
    struct hint *at = l->at;
    size_t kept = 0;
    if (l->count)
        qsort(at, l->count, sizeof *at, by_offset);
    for (size_t i = 0; i < l->count; i++) {
        if (kept && at[kept - 1].offset == at[i].offset) {
            at[kept - 1].stream = later(at[kept - 1].stream, at[i].stream);
            at[kept - 1].clock = later(at[kept - 1].clock, at[i].clock);
        } else {
            at[kept++] = at[i];
        }
    }
    l->count = kept;
}

void live_order_settle(struct live_order *o)
{
    cuts_settle(o);
    for (int k = 0; k < EVENT_KINDS; k++)
        hints_settle(&o->hints[k]);
}

bool live_order_last(const struct live_order *o, struct live_cut *out)
{
    if (o->cuts.count == 0)
        return false;
    *out = cut_at(o, o->cuts.count - 1)->at;
    return true;
}

void live_order_end(struct live_order *o, const struct live_cut *end)
{
    o->end = *end;
    o->ended = false;
}

/* --- Going through it --- */

/* The cut that is to be reached next, if it lies before the end; else the end. */
static const struct live_cut *target_of(const struct live_order *o)
{
    if (o->next < o->cuts.count && live_cut_compare(&cut_at(o, o->next)->at, &o->end) < 0)
        return &cut_at(o, o->next)->at;
    return &o->end;
}

static const struct hint *hint_of(struct live_order *o, int kind, int64_t offset)
{
    const struct hint *at = o->hints[kind].at;
    while (o->hint[kind] < o->hints[kind].count && at[o->hint[kind]].offset < offset)
        o->hint[kind]++;
    if (o->hint[kind] < o->hints[kind].count && at[o->hint[kind]].offset == offset)
        return &at[o->hint[kind]];
    return NULL;
}

/* Where a head stands in the order of time: one that was applied late behind what it waited for. */
struct rank {
    struct instant at;
    struct instant timestamp;
    bool waits;
};

static bool rank_before(const struct rank *a, const struct rank *b)
{
    if (a->at.ms != b->at.ms)
        return a->at.ms < b->at.ms;
    return a->waits != b->waits ? b->waits : a->timestamp.ms < b->timestamp.ms;
}

/* The head that goes next; -1: all that lie before the target are done. One that was applied late waits until
 * what it waited for is done, as long as there is anything else. */
static int pick(struct live_order *o, const struct merge_head heads[EVENT_KINDS],
                const struct live_cut *target)
{
    int best = -1;
    struct rank best_rank = {INSTANT_NONE, INSTANT_NONE, false};
    for (int k = 0; k < EVENT_KINDS; k++) {
        if (!heads[k].there || heads[k].offset >= target->positions[k])
            continue;
        const struct hint *h = hint_of(o, k, heads[k].offset);
        struct rank rank = {heads[k].timestamp, heads[k].timestamp,
                            h && h->stream.ms > heads[k].timestamp.ms};
        if (rank.waits)
            rank.at = h->stream;
        if (best < 0 || rank_before(&rank, &best_rank)) {
            best = k;
            best_rank = rank;
        }
    }
    return best;
}

static enum live_order_step reach(struct live_order *o, const struct live_cut *target, struct instant now,
                                  struct instant *clock)
{
    bool known = !instant_is_none(target->clock) && target->clock.ms <= o->end.clock.ms;
    if (known && (instant_is_none(now) || target->clock.ms > now.ms)) {
        *clock = target->clock;
        return target == &o->end ? LIVE_ORDER_LAST : LIVE_ORDER_CLOCK;
    }
    if (target != &o->end) {
        if (!o->at_cut) {
            o->at_cut = true;
            return LIVE_ORDER_CUT;
        }
        o->at_cut = false;
        o->next++;
        return LIVE_ORDER_EVENT;
    }
    o->ended = true;
    return LIVE_ORDER_END;
}

enum live_order_step live_order_next(struct live_order *o, const struct merge_head heads[EVENT_KINDS],
                                     struct instant now, enum event_kind *kind, struct instant *clock)
{
    for (;;) {
        const struct live_cut *target = target_of(o);
        int best = pick(o, heads, target);
        if (best < 0) {
            enum live_order_step step = reach(o, target, now, clock);
            if (step == LIVE_ORDER_EVENT)
                continue; /* this cut is behind us */
            return step;
        }
        const struct hint *h = hint_of(o, best, heads[best].offset);
        if (h && !instant_is_none(h->clock) && (instant_is_none(now) || h->clock.ms > now.ms)) {
            *clock = h->clock;
            return LIVE_ORDER_CLOCK;
        }
        *kind = (enum event_kind)best;
        return LIVE_ORDER_EVENT;
    }
}

/* --- What was seen --- */

static struct cut *cut_find(const struct live_order *o, const int64_t positions[EVENT_KINDS])
{
    struct cut wanted = {.support = 0};
    memcpy(wanted.at.positions, positions, sizeof wanted.at.positions);
    size_t from = 0, to = o->cuts.count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        struct cut *c = cut_at(o, middle);
        wanted.at.clock = c->at.clock;
        int order = by_place(c, &wanted);
        if (order == 0)
            return c;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

void live_order_note(struct live_order *o, struct instant stream_time)
{
    struct cut *c = cut_find(o, target_of(o)->positions);
    if (c)
        c->stream_time = stream_time;
}

struct instant live_order_stream_time(const struct live_order *o, const int64_t positions[EVENT_KINDS])
{
    const struct cut *c = cut_find(o, positions);
    return c ? c->stream_time : INSTANT_NONE;
}
