#include "core/buffer.h"

#include <stdlib.h>
#include <string.h>

void buffer_free(struct buffer *b)
{
    free(b->at);
    *b = BUFFER_EMPTY;
}

unsigned char *buffer_room(struct buffer *b, size_t bytes)
{
    if (b->at && b->size - b->len >= bytes)
        return b->at + b->len;
    if (bytes > SIZE_MAX / 4 - b->len)
        abort();
    size_t size = b->size ? b->size : 256;
    while (size - b->len < bytes)
        size *= 2;
    unsigned char *at = realloc(b->at, size);
    if (!at)
        abort();
    b->at = at;
    b->size = size;
    return at + b->len;
}

void buffer_add(struct buffer *b, const void *bytes, size_t n)
{
    unsigned char *at = buffer_room(b, n);
    if (n)
        memcpy(at, bytes, n);
    b->len += n;
}
