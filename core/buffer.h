/* A byte buffer that grows and is used again: what is written from event to event goes into one of these.
 *
 * One thread. `buffer_clear` keeps the memory, so that after warm-up nothing is allocated. Running out of
 * memory ends the process, as it does in the arena. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/text.h"

struct buffer {
    unsigned char *at; /* own; moves when the buffer grows; NULL until something is written */
    size_t len;
    size_t size; /* allocated */
};

#define BUFFER_EMPTY ((struct buffer){NULL, 0, 0})

void buffer_free(struct buffer *b); /* leaves it empty, and usable */

static inline void buffer_clear(struct buffer *b)
{
    b->len = 0;
}

/* Makes room for `bytes` more; see buffer_room. Rarely called, and kept out of those that might call it. */
__attribute__((cold, noinline)) void buffer_grow(struct buffer *b, size_t bytes);

/* Room for `bytes` more; returns where they go. `len` stays: add to it what was written. */
static inline unsigned char *buffer_room(struct buffer *b, size_t bytes)
{
    if (!b->at || b->size - b->len < bytes)
        buffer_grow(b, bytes);
    return b->at + b->len;
}

/* `bytes` may be NULL when n is 0. */
static inline void buffer_add(struct buffer *b, const void *bytes, size_t n)
{
    unsigned char *at = buffer_room(b, n);
    if (n)
        memcpy(at, bytes, n);
    b->len += n;
}

static inline void buffer_add_byte(struct buffer *b, unsigned char byte)
{
    *buffer_room(b, 1) = byte;
    b->len++;
}

/* What is in it; the view lives until the next write. */
static inline struct text buffer_text(const struct buffer *b)
{
    return (struct text){(const char *)b->at, b->len};
}

#endif
