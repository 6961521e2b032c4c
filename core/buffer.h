/* A growing run of bytes: what is being printed or encoded.
 *
 * One thread. The struct is the caller's and starts as BUFFER_EMPTY; the bytes are its own and are freed by
 * buffer_free. `buffer_reset` keeps the memory, so that after warm-up nothing is allocated. Running out of
 * memory ends the process (abort). The bytes are not NUL-terminated. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <stddef.h>

#include "core/text.h"

struct buffer {
    char *at;    /* own; moves whenever something is added */
    size_t len;  /* bytes in use */
    size_t size; /* bytes allocated */
};

#define BUFFER_EMPTY ((struct buffer){NULL, 0, 0})

/* Makes room for `n` more bytes and returns where they go; `len` stays, the caller adds what it wrote. */
char *buffer_reserve(struct buffer *b, size_t n);

void buffer_add(struct buffer *b, const void *bytes, size_t n);
void buffer_add_text(struct buffer *b, struct text t); /* null adds nothing */
void buffer_add_byte(struct buffer *b, unsigned char byte);

void buffer_reset(struct buffer *b); /* empty, memory kept */
void buffer_free(struct buffer *b);  /* empty, memory given back; may be used again */

/* What it holds, as a view that lives until the next change. */
static inline struct text buffer_text(const struct buffer *b)
{
    return (struct text){b->at ? b->at : "", b->len};
}

#endif
