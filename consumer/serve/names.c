#include "consumer/serve/names.h"

#include "core/memory.h"
#include "core/siphash.h"

#define FIRST_SIZE 1024 /* a power of two */

struct name {
    uint64_t hash;
    char *at; /* own */
    uint32_t len;
};

struct names {
    struct name *at; /* 1..count */
    uint32_t count, size;
    uint32_t *table; /* by hash: numbers, NAME_NULL where free */
    uint32_t mask;
};

struct names *names_new(void)
{
    struct names *n = memory_zeroed(sizeof *n);
    n->size = FIRST_SIZE;
    n->at = memory_zeroed(n->size * sizeof *n->at);
    n->mask = 2 * FIRST_SIZE - 1;
    n->table = memory_zeroed(((size_t)n->mask + 1) * sizeof *n->table);
    return n;
}

void names_free(struct names *n)
{
    if (!n)
        return;
    for (uint32_t i = 1; i <= n->count; i++)
        memory_give(n->at[i].at);
    memory_give(n->at);
    memory_give(n->table);
    memory_give(n);
}

/* Where the text stands in the table, or where it would go. */
static uint32_t place_of(const struct names *n, struct text t, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & n->mask;
    for (; n->table[i]; i = (i + 1) & n->mask) {
        const struct name *name = &n->at[n->table[i]];
        if (name->hash == hash && name->len == t.len && memcmp(name->at, t.at, t.len) == 0)
            break;
    }
    return i;
}

static void names_grow(struct names *n)
{
    n->size *= 2;
    n->at = memory_resize(n->at, n->size * sizeof *n->at);
    memory_give(n->table);
    n->mask = 2 * n->size - 1;
    n->table = memory_zeroed(((size_t)n->mask + 1) * sizeof *n->table);
    for (uint32_t i = 1; i <= n->count; i++) {
        uint32_t place = (uint32_t)n->at[i].hash & n->mask;
        while (n->table[place])
            place = (place + 1) & n->mask;
        n->table[place] = i;
    }
}

uint32_t names_intern(struct names *n, struct text t)
{
    if (t.len == 0)
        return NAME_NULL;
    uint64_t hash = siphash(t);
    uint32_t place = place_of(n, t, hash);
    if (n->table[place])
        return n->table[place];
    if (n->count + 1 == n->size) {
        names_grow(n);
        place = place_of(n, t, hash);
    }
    struct name *name = &n->at[++n->count];
    *name = (struct name){hash, memory_take(t.len), (uint32_t)t.len};
    memcpy(name->at, t.at, t.len);
    n->table[place] = n->count;
    return n->count;
}

uint32_t names_find(const struct names *n, struct text t)
{
    if (t.len == 0)
        return NAME_NULL;
    uint32_t found = n->table[place_of(n, t, siphash(t))];
    return found ? found : NAME_UNKNOWN;
}

struct text names_text(const struct names *n, uint32_t name)
{
    if (name == NAME_NULL || name > n->count)
        return TEXT_NULL;
    return (struct text){n->at[name].at, n->at[name].len};
}

uint32_t names_count(const struct names *n)
{
    return n->count;
}
