#include "core/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

char *buffer_reserve(struct buffer *b, size_t n)
{
    if (n > b->size - b->len || !b->at) {
        if (n > SIZE_MAX / 2 - b->len)
            abort();
        size_t size = b->size < 256 ? 256 : b->size;
        while (size < b->len + n)
            size *= 2;
        char *at = realloc(b->at, size);
        if (!at)
            abort();
        b->at = at;
        b->size = size;
    }
    return b->at + b->len;
}

void buffer_add(struct buffer *b, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    memcpy(buffer_reserve(b, n), bytes, n);
    b->len += n;
}

void buffer_add_text(struct buffer *b, struct text t)
{
    buffer_add(b, t.at, t.len);
}

void buffer_add_byte(struct buffer *b, unsigned char byte)
{
    *buffer_reserve(b, 1) = (char)byte;
    b->len++;
}

void buffer_reset(struct buffer *b)
{
    b->len = 0;
}

void buffer_free(struct buffer *b)
{
    free(b->at);
    *b = BUFFER_EMPTY;
}
