#include "core/buffer.h"

#include <stdlib.h>

#include "core/memory.h"

void buffer_free(struct buffer *b)
{
    free(b->at);
    *b = BUFFER_EMPTY;
}

void buffer_grow(struct buffer *b, size_t bytes)
{
    if (bytes > SIZE_MAX / 4 - b->len)
        memory_exhausted();
    size_t size = b->size ? b->size : 256;
    while (size - b->len < bytes)
        size *= 2;
    unsigned char *at = realloc(b->at, size);
    if (!at)
        memory_exhausted();
    b->at = at;
    b->size = size;
}
