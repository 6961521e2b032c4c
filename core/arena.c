#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *first;
    struct chunk *current;
    size_t chunk_bytes;
};

static struct chunk *chunk_new(size_t size)
{
    struct chunk *c = malloc(sizeof *c + size);
    if (!c)
        memory_exhausted();
    c->next = NULL;
    c->size = size;
    c->used = 0;
    return c;
}

struct arena *arena_new(size_t chunk_bytes)
{
    struct arena *a = malloc(sizeof *a);
    if (!a)
        memory_exhausted();
    a->chunk_bytes = chunk_bytes < 256 ? 256 : chunk_bytes;
    a->first = a->current = chunk_new(a->chunk_bytes);
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct chunk *c = a->first, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(a);
}

void arena_reset(struct arena *a)
{
    for (struct chunk *c = a->first; c; c = c->next)
        c->used = 0;
    a->current = a->first;
}

void *arena_take(struct arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 2)
        memory_exhausted();
    size_t need = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct chunk *c = a->current;
    while (c->size - c->used < need) {
        if (!c->next) {
            c->next = chunk_new(need > a->chunk_bytes ? need : a->chunk_bytes);
        } else if (c->next->size < need && c->next->used == 0) {
            struct chunk *big = chunk_new(need);
            big->next = c->next;
            c->next = big;
        }
        c = a->current = c->next;
    }
    void *at = c->bytes + c->used;
    c->used += need;
    return at;
}

void *arena_array(struct arena *a, size_t count, size_t element_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, element_bytes, &bytes))
        memory_exhausted();
    void *at = arena_take(a, bytes);
    if (bytes)
        memset(at, 0, bytes);
    return at;
}

struct text arena_copy(struct arena *a, struct text t)
{
    if (text_is_null(t))
        return t;
    char *at = arena_take(a, t.len + 1);
    if (t.len)
        memcpy(at, t.at, t.len);
    at[t.len] = '\0';
    return (struct text){at, t.len};
}
