/* Where a page ended, as a text that the client hands back: opaque, and bound to its question. Pure. */
#ifndef CONSUMER_SERVE_CURSOR_H
#define CONSUMER_SERVE_CURSOR_H

#include <sys/types.h>

#include "core/buffer.h"
#include "core/error.h"

#define CURSOR_ID_MOST 132 /* of a party */

/* Of the last row of the page: what it was sorted by, and what tells it apart from others with the same. */
struct cursor {
    uint64_t fingerprint; /* question_fingerprint() */
    int64_t key;
    uint64_t tie;            /* what has no id */
    char id[CURSOR_ID_MOST]; /* subjects, parties */
    size_t id_len;           /* 0: what has none */
};

/* Appends it in base64url (RFC 4648, 5) without padding. */
void cursor_write(const struct cursor *c, struct buffer *out);

/* ERROR_INVALID where it is none, or one of another question. */
int cursor_read(struct text t, uint64_t fingerprint, struct cursor *out, struct error *e);

/* base64url of bytes, for other opaque texts. The reader refuses what the writer would not have written;
 * returns the number of bytes, or -1. */
void base64url_write(const void *bytes, size_t n, struct buffer *out);
ssize_t base64url_read(struct text t, unsigned char *out, size_t most);

#endif
