#include "core/index.h"

#include "core/memory.h"
#include "core/siphash.h"

struct index {
    struct node **slots;
    size_t size; /* a power of two */
    size_t count;
};

struct index *index_new(void)
{
    struct index *index = memory_zeroed(sizeof *index);
    index->size = 64;
    index->slots = memory_zeroed(index->size * sizeof *index->slots);
    return index;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    for (size_t i = 0; i < index->size; i++)
        memory_give(index->slots[i]);
    memory_give(index->slots);
    memory_give(index);
}

static size_t index_slot(const struct index *index, uint64_t hash, struct text id)
{
    size_t i = hash & (index->size - 1);
    while (index->slots[i] && !(index->slots[i]->hash == hash && text_equal(node_id(index->slots[i]), id)))
        i = (i + 1) & (index->size - 1);
    return i;
}

struct node *index_find(const struct index *index, struct text id)
{
    return index->slots[index_slot(index, siphash(id), id)];
}

static void index_grow(struct index *index)
{
    struct node **old = index->slots;
    size_t old_size = index->size;
    index->size *= 2;
    index->slots = memory_zeroed(index->size * sizeof *index->slots);
    for (size_t i = 0; i < old_size; i++)
        if (old[i])
            index->slots[index_slot(index, old[i]->hash, node_id(old[i]))] = old[i];
    memory_give(old);
}

struct node *index_intern(struct index *index, struct text id)
{
    uint64_t hash = siphash(id);
    size_t slot = index_slot(index, hash, id);
    if (index->slots[slot])
        return index->slots[slot];
    if (index->count * 4 >= index->size * 3) {
        index_grow(index);
        slot = index_slot(index, hash, id);
    }
    struct node *node = memory_take(sizeof *node + id.len + 1);
    *node = (struct node){.hash = hash, .len = (uint32_t)id.len};
    memcpy(node->id, id.at, id.len);
    node->id[id.len] = '\0';
    index->slots[slot] = node;
    index->count++;
    return node;
}

struct node *index_next(const struct index *index, size_t *position)
{
    while (*position < index->size) {
        struct node *node = index->slots[(*position)++];
        if (node)
            return node;
    }
    return NULL;
}
