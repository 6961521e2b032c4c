#include "core/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/memory.h"

#define STEP 8
#define CLASSES (POOL_SHORT / STEP)
#define CHUNK_FIRST 4096
#define CHUNK_MOST (1 << 22)

/* The sanitizer watches single pieces only where each is the system's. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_WATCHED /* clang's way of telling */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(POOL_WATCHED)
#define POOL_SMALL false
#else
#define POOL_SMALL true
#endif

struct chunk {
    struct chunk *next;
    char bytes[];
};

/* A piece that is the system's. */
struct large {
    struct large *next, *previous;
    char bytes[];
};

struct pool {
    char *at, *end;
    void *given[CLASSES]; /* lists, linked through the first word */
    struct chunk *chunks; /* own */
    struct large *larges; /* own */
    size_t chunk_bytes;
    size_t bytes;
};

struct pool *pool_new(void)
{
    struct pool *p = memory_zeroed(sizeof *p);
    p->chunk_bytes = CHUNK_FIRST;
    return p;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    for (struct chunk *c = p->chunks, *next; c; c = next) {
        next = c->next;
        memory_give(c);
    }
    for (struct large *l = p->larges, *next; l; l = next) {
        next = l->next;
        memory_give(l);
    }
    memory_give(p);
}

static void *large_take(struct pool *p, size_t bytes)
{
    struct large *l = memory_take(sizeof *l + bytes);
    l->previous = NULL;
    l->next = p->larges;
    if (l->next)
        l->next->previous = l;
    p->larges = l;
    p->bytes += bytes;
    return l->bytes;
}

static void large_give(struct pool *p, void *at, size_t bytes)
{
    struct large *l = (struct large *)(void *)((char *)at - offsetof(struct large, bytes));
    if (l->next)
        l->next->previous = l->previous;
    *(l->previous ? &l->previous->next : &p->larges) = l->next;
    p->bytes -= bytes;
    memory_give(l);
}

/* What is left of the chunk before is lost: less than a piece. */
static void chunk_add(struct pool *p)
{
    struct chunk *c = memory_take_huge(p->chunk_bytes);
    c->next = p->chunks;
    p->chunks = c;
    p->at = c->bytes;
    p->end = (char *)c + p->chunk_bytes;
    p->bytes += p->chunk_bytes;
    if (p->chunk_bytes < CHUNK_MOST)
        p->chunk_bytes *= 2;
}

static size_t rounded(size_t bytes)
{
    return bytes ? (bytes + STEP - 1) & ~(size_t)(STEP - 1) : STEP;
}

static bool is_small(size_t bytes)
{
    return POOL_SMALL && bytes <= POOL_SHORT;
}

void *pool_take(struct pool *p, size_t bytes)
{
    if (!is_small(bytes))
        return large_take(p, bytes);
    size_t size = rounded(bytes);
    void **given = &p->given[size / STEP - 1];
    if (*given) {
        void *at = *given;
        memcpy(given, at, sizeof *given);
        return at;
    }
    if ((size_t)(p->end - p->at) < size)
        chunk_add(p);
    void *at = p->at;
    p->at += size;
    return at;
}

void *pool_zeroed(struct pool *p, size_t bytes)
{
    return memset(pool_take(p, bytes), 0, bytes);
}

void pool_give(struct pool *p, void *at, size_t bytes)
{
    if (!at)
        return;
    if (!is_small(bytes)) {
        large_give(p, at, bytes);
        return;
    }
    void **given = &p->given[rounded(bytes) / STEP - 1];
    memcpy(at, given, sizeof *given);
    *given = at;
}

void *pool_resize(struct pool *p, void *at, size_t old_bytes, size_t bytes)
{
    if (at && is_small(old_bytes) && is_small(bytes) && rounded(old_bytes) == rounded(bytes))
        return at;
    void *to = pool_take(p, bytes);
    if (at)
        memcpy(to, at, old_bytes < bytes ? old_bytes : bytes);
    pool_give(p, at, old_bytes);
    return to;
}

size_t pool_bytes(const struct pool *p)
{
    return p->bytes;
}
