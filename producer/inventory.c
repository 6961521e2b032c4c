#include "producer/inventory.h"

#include "core/memory.h"
#include "core/siphash.h"

void inventory_start(struct inventory *v, int64_t limit)
{
    *v = (struct inventory){.limit = limit};
}

void inventory_free(struct inventory *v)
{
    memory_give(v->hashes);
    v->hashes = NULL;
}

static void close_transaction(struct inventory *v)
{
    if (v->count == v->size) {
        v->size = v->size ? v->size * 2 : 16;
        v->hashes = memory_resize(v->hashes, v->size * sizeof *v->hashes);
    }
    v->hashes[v->count++] = v->open_hash;
    v->open_events = 0;
    v->open_bytes = 0;
    v->open_hash = 0;
}

bool inventory_add(struct inventory *v, struct text value, uint64_t bytes)
{
    uint64_t chain[2] = {v->open_hash, siphash(value)};
    v->open_hash = siphash((struct text){(const char *)chain, sizeof chain});
    v->open_events++;
    v->open_bytes += bytes;
    v->events++;
    v->bytes += bytes;
    if (v->open_bytes > v->most_bytes)
        v->most_bytes = v->open_bytes;
    bool full = v->open_events == v->limit;
    if (full)
        close_transaction(v);
    return full;
}

bool inventory_end(struct inventory *v)
{
    bool open = v->open_events > 0;
    if (open)
        close_transaction(v);
    return open;
}

bool inventory_same(const struct inventory *v, const struct inventory *other)
{
    return v->count > 0 && v->count <= other->count && v->hashes[v->count - 1] == other->hashes[v->count - 1];
}
