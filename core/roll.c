#include "core/roll.h"

#include <stdlib.h>

#include "core/fetch.h"
#include "core/memory.h"
#include "core/task_state.h"

#define KINDS 4 /* enum subject_kind, of which none is 0 */

/* An entity with the part of its id by which most are told apart, as a number that sorts alike. */
struct place {
    uint64_t key;
    struct task *task;
    struct entity *entity;
};

struct roll {
    enum record_purpose purpose;
    size_t count;
    struct place *places; /* own */
};

/* --- Gathering --- */

#define GATHER 16

/* Puts the task's entities where those of their kind go; NULL: not wanted. Nodes and entities lie scattered:
 * some are asked for at once. */
static void places_gather(struct task *t, struct place *ends[KINDS])
{
    size_t position = 0, n;
    do {
        struct node *nodes[GATHER];
        for (n = 0; n < GATHER && (nodes[n] = index_next(t->ids, &position)); n++)
            fetch(nodes[n], 1);
        for (size_t i = 0; i < n; i++)
            fetch(nodes[i]->entity, 1 + offsetof(struct entity, kind));
        for (size_t i = 0; i < n; i++) {
            struct entity *e = nodes[i]->entity;
            if (e && ends[e->kind])
                *ends[e->kind]++ = (struct place){0, t, e};
        }
    } while (n == GATHER);
}

static size_t common_prefix(struct text a, struct text b, size_t most)
{
    size_t i = 0;
    while (i < most && i < a.len && i < b.len && a.at[i] == b.at[i])
        i++;
    return i;
}

/* What ids of a kind begin with is often alike: the key is what comes behind that. */
static void places_key(struct place *at, size_t count)
{
    size_t skip = count ? entity_id(at[0].entity).len : 0;
    for (size_t i = 1; i < count && skip; i++) {
        if (i + GATHER < count)
            fetch(at[i + GATHER].entity->node, 1);
        skip = common_prefix(entity_id(at[0].entity), entity_id(at[i].entity), skip);
    }
    for (size_t i = 0; i < count; i++) {
        struct text id = entity_id(at[i].entity);
        if (i + GATHER < count)
            fetch(at[i + GATHER].entity->node, 1);
        for (size_t k = 0; k < sizeof at->key; k++)
            at[i].key = at[i].key << 8 | (skip + k < id.len ? (unsigned char)id.at[skip + k] : 0);
    }
}

/* --- Sorting --- */

#define DIGITS sizeof(uint64_t)
#define VALUES 256

static unsigned digit_of(uint64_t key, unsigned digit)
{
    return key >> 8 * digit & (VALUES - 1);
}

/* By keys, a byte at a time, the last first; bytes in which all keys agree are passed over. */
static void sort_by_key(struct place *at, size_t count)
{
    uint32_t(*counts)[VALUES] = memory_zeroed(DIGITS * sizeof *counts);
    struct place *from = at, *to = memory_take_huge(count * sizeof *to), *other = to;
    for (size_t i = 0; i < count; i++)
        for (unsigned d = 0; d < DIGITS; d++)
            counts[d][digit_of(at[i].key, d)]++;
    for (unsigned d = 0; d < DIGITS; d++) {
        uint32_t *starts = counts[d], sum = 0;
        if (starts[digit_of(at[0].key, d)] == count)
            continue;
        for (unsigned v = 0; v < VALUES; v++) {
            uint32_t n = starts[v];
            starts[v] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++)
            to[starts[digit_of(from[i].key, d)]++] = from[i];
        struct place *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != at)
        memcpy(at, from, count * sizeof *at);
    memory_give(other);
    memory_give(counts);
}

static int by_id(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = text_compare(entity_id(x->entity), entity_id(y->entity));
    return order ? order : x->task->config.partition - y->task->config.partition;
}

#define FEW 64 /* for which tables of digits do not pay; more than 32 bits count are no register */

static int by_key(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return by_id(a, b);
}

static void places_sort(struct place *at, size_t count)
{
    places_key(at, count);
    if (count < FEW || count > UINT32_MAX) {
        if (count > 1)
            qsort(at, count, sizeof *at, by_key);
        return;
    }
    sort_by_key(at, count);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && at[next].key == at[i].key; next++)
            ;
        if (next - i > 1)
            qsort(at + i, next - i, sizeof *at, by_id);
    }
}

/* --- Looking --- */

static const enum subject_kind order[] = {SUBJECT_INSTRUMENT, SUBJECT_SUMMIT, SUBJECT_COMMITMENT};

/* Of that kind; 0: of all. */
static struct roll *roll_of(struct task *const *tasks, size_t count, unsigned kind,
                            enum record_purpose purpose)
{
    struct roll *roll = memory_zeroed(sizeof *roll);
    size_t totals[KINDS] = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < KINDS; k++)
            totals[k] += kind == 0 || kind == k ? tasks[i]->counts[k] : 0;
    for (size_t k = 0; k < KINDS; k++)
        roll->count += totals[k];
    roll->purpose = purpose;
    roll->places = memory_take_huge(roll->count * sizeof *roll->places);
    struct place *starts[KINDS] = {NULL}, *ends[KINDS] = {NULL}, *at = roll->places;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (kind == 0 || kind == order[i]) {
            starts[order[i]] = ends[order[i]] = at;
            at += totals[order[i]];
        }
    for (size_t i = 0; i < count; i++) {
        places_gather(tasks[i], ends);
        if (!instant_is_none(tasks[i]->clock))
            (void)task_day_of(tasks[i], tasks[i]->clock); /* looked up now, for threads must not */
    }
    for (size_t k = 0; k < KINDS; k++)
        if (starts[k])
            places_sort(starts[k], (size_t)(ends[k] - starts[k]));
    return roll;
}

struct roll *roll_new(struct task *const *tasks, size_t count, enum record_purpose purpose)
{
    return roll_of(tasks, count, 0, purpose);
}

void roll_free(struct roll *roll)
{
    if (!roll)
        return;
    memory_give(roll->places);
    memory_give(roll);
}

size_t roll_count(const struct roll *roll)
{
    return roll->count;
}

static const struct entity *places_ahead(const struct roll *roll, size_t number)
{
    return number < roll->count ? roll->places[number].entity : NULL;
}

void roll_look(const struct roll *roll, size_t number, struct arena *a, struct record *out)
{
    const struct place *place = &roll->places[number];
    arena_reset(a);
    task_view_fetch(places_ahead(roll, number + VIEW_AHEAD), places_ahead(roll, number + VIEW_AHEAD / 2));
    task_view(place->task, place->entity, roll->purpose, a, out);
}

void tasks_each_record(struct task *const *tasks, size_t count, enum subject_kind kind,
                       enum record_purpose purpose, struct arena *a,
                       void (*visit)(void *context, const struct record *record), void *context)
{
    struct roll *roll = roll_of(tasks, count, kind, purpose);
    for (size_t i = 0; i < roll->count; i++) {
        struct record record;
        roll_look(roll, i, a, &record);
        visit(context, &record);
    }
    roll_free(roll);
}
