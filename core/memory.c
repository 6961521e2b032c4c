#include "core/memory.h"

#include <stdlib.h>

void *memory_take(size_t bytes)
{
    void *at = malloc(bytes ? bytes : 1);
    if (!at)
        abort();
    return at;
}

void *memory_zeroed(size_t bytes)
{
    void *at = calloc(1, bytes ? bytes : 1);
    if (!at)
        abort();
    return at;
}

void *memory_resize(void *at, size_t bytes)
{
    void *moved = realloc(at, bytes ? bytes : 1);
    if (!moved)
        abort();
    return moved;
}

void memory_give(void *at)
{
    free(at);
}
