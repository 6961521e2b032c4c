#include "core/memory.h"

#include <stdlib.h>

static void (*on_exhausted)(void);

void memory_on_exhausted(void (*end)(void))
{
    on_exhausted = end;
}

void memory_exhausted(void)
{
    if (on_exhausted)
        on_exhausted();
    abort();
}

void *memory_take(size_t bytes)
{
    void *at = malloc(bytes ? bytes : 1);
    if (!at)
        memory_exhausted();
    return at;
}

void *memory_zeroed(size_t bytes)
{
    void *at = calloc(1, bytes ? bytes : 1);
    if (!at)
        memory_exhausted();
    return at;
}

void *memory_resize(void *at, size_t bytes)
{
    void *moved = realloc(at, bytes ? bytes : 1);
    if (!moved)
        memory_exhausted();
    return moved;
}

void memory_give(void *at)
{
    free(at);
}
