#include "core/index.h"

#include "core/fetch.h"
#include "core/memory.h"

/* The hash stands beside the node, so that one that is not looked for is not looked at. */
struct slot {
    uint64_t hash;
    struct node *node; /* NULL: free */
};

struct index {
    struct pool *pool; /* borrow */
    struct slot *slots;
    size_t size; /* a power of two */
    size_t count;
};

struct index *index_new(struct pool *pool)
{
    struct index *index = memory_zeroed(sizeof *index);
    index->pool = pool;
    index->size = 64;
    index->slots = memory_zeroed_huge(index->size * sizeof *index->slots);
    return index;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    memory_give(index->slots);
    memory_give(index);
}

/* Both halves of a product of 128 bits hang on every bit of the factors. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t index_hash(struct text id)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15), other = UINT64_C(0xd6e8feb86659fd93);
    uint64_t hash = id.len * other, word = 0;
    size_t i = 0;
    for (; i + sizeof word <= id.len; i += sizeof word) {
        memcpy(&word, id.at + i, sizeof word);
        hash = mix(hash ^ word ^ odd, other);
    }
    word = 0;
    if (i < id.len)
        memcpy(&word, id.at + i, id.len - i);
    return mix(hash ^ word ^ other, odd);
}

static bool node_is(const struct node *node, struct text id)
{
    return node->len == id.len && memcmp(node->id, id.at, id.len) == 0;
}

static size_t index_slot(const struct index *index, uint64_t hash, struct text id)
{
    size_t i = hash & (index->size - 1);
    while (index->slots[i].node && !(index->slots[i].hash == hash && node_is(index->slots[i].node, id)))
        i = (i + 1) & (index->size - 1);
    return i;
}

struct node *index_find_hashed(const struct index *index, struct text id, uint64_t hash)
{
    return index->slots[index_slot(index, hash, id)].node;
}

struct node *index_find(const struct index *index, struct text id)
{
    return index_find_hashed(index, id, index_hash(id));
}

/* Whether there is room for one more. */
static bool holds(size_t size, size_t count)
{
    return count * 4 < size * 3;
}

static void index_grow(struct index *index, size_t size)
{
    struct slot *old = index->slots;
    size_t old_size = index->size;
    index->size = size;
    index->slots = memory_zeroed_huge(index->size * sizeof *index->slots);
    for (size_t k = 0; k < old_size; k++) {
        if (!old[k].node)
            continue;
        size_t i = old[k].hash & (index->size - 1);
        while (index->slots[i].node)
            i = (i + 1) & (index->size - 1);
        index->slots[i] = old[k];
    }
    memory_give(old);
}

void index_reserve(struct index *index, size_t count)
{
    size_t size = index->size;
    while (!holds(size, count))
        size *= 2;
    if (size != index->size)
        index_grow(index, size);
}

struct node *index_intern_hashed(struct index *index, struct text id, uint64_t hash)
{
    size_t slot = index_slot(index, hash, id);
    if (index->slots[slot].node)
        return index->slots[slot].node;
    if (!holds(index->size, index->count)) {
        index_grow(index, index->size * 2);
        slot = index_slot(index, hash, id);
    }
    struct node *node = pool_take(index->pool, offsetof(struct node, id) + id.len + 1);
    node->entity = NULL;
    node->refs = NULL;
    node->len = (uint32_t)id.len;
    memcpy(node->id, id.at, id.len);
    node->id[id.len] = '\0';
    index->slots[slot] = (struct slot){hash, node};
    index->count++;
    return node;
}

struct node *index_intern(struct index *index, struct text id)
{
    return index_intern_hashed(index, id, index_hash(id));
}

void index_fetch(const struct index *index, uint64_t hash)
{
    fetch(&index->slots[hash & (index->size - 1)], 1);
}

struct node *index_guess(const struct index *index, uint64_t hash)
{
    size_t i = hash & (index->size - 1);
    while (index->slots[i].node && index->slots[i].hash != hash)
        i = (i + 1) & (index->size - 1);
    return index->slots[i].node;
}

struct node *index_next(const struct index *index, size_t *position)
{
    while (*position < index->size) {
        struct node *node = index->slots[(*position)++].node;
        if (node)
            return node;
    }
    return NULL;
}
