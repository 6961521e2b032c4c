/* A byte buffer that grows and is used again: what is written from event to event goes into one of these.
 *
 * One thread. `buffer_clear` keeps the memory, so that after warm-up nothing is allocated. Running out of
 * memory ends the process (abort), as it does in the arena. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

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

/* Room for `bytes` more; returns where they go. `len` stays: add to it what was written. */
unsigned char *buffer_room(struct buffer *b, size_t bytes);

void buffer_add(struct buffer *b, const void *bytes, size_t n); /* bytes may be NULL when n is 0 */

static inline void buffer_add_byte(struct buffer *b, unsigned char byte)
{
    *buffer_room(b, 1) = byte;
    b->len++;
}

#endif
