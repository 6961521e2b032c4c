#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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

#define HUGE_PAGE ((size_t)1 << 21)

void *memory_take_huge(size_t bytes)
{
    if (bytes < HUGE_PAGE)
        return memory_take(bytes);
    void *at = NULL;
    if (bytes > SIZE_MAX - HUGE_PAGE || posix_memalign(&at, HUGE_PAGE, bytes) != 0)
        memory_exhausted();
    (void)madvise(at, bytes & ~(HUGE_PAGE - 1), MADV_HUGEPAGE); /* a wish: it goes without */
    return at;
}

void *memory_zeroed_huge(size_t bytes)
{
    return memset(memory_take_huge(bytes), 0, bytes);
}

void memory_give(void *at)
{
    free(at);
}

struct text memory_copy_text(struct text t)
{
    if (text_is_null(t))
        return TEXT_NULL;
    char *at = memory_take(t.len + 1);
    memcpy(at, t.at, t.len);
    at[t.len] = '\0';
    return (struct text){at, t.len};
}

void memory_give_text(struct text t)
{
    memory_give((char *)(uintptr_t)t.at);
}
