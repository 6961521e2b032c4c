/* A view of UTF-8 text: bytes that somebody else owns, with their length, not NUL-terminated.
 *
 * A view is valid as long as what it points into: a message, a batch's arena, an entity of the register.
 * `at == NULL` is the null of Avro and JSON ("not said"); `at != NULL, len == 0` is the empty string. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
    const char *at; /* borrow */
    size_t len;     /* bytes */
};

#define TEXT_NULL ((struct text){NULL, 0})
#define TEXT_LITERAL(s) ((struct text){(s), sizeof(s) - 1})

/* An array of texts, `at` borrowed. count == 0 is both "null" and "empty": events treat them alike. */
struct texts {
    const struct text *at;
    size_t count;
};

static inline struct text text_of(const char *s)
{
    return s ? (struct text){s, strlen(s)} : TEXT_NULL;
}

static inline bool text_is_null(struct text t)
{
    return t.at == NULL;
}

/* Same bytes; null equals only null. */
static inline bool text_equal(struct text a, struct text b)
{
    return (a.at == NULL) == (b.at == NULL) && a.len == b.len &&
           (a.at == NULL || a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Byte order, shorter first among equal prefixes; null before everything. <0, 0, >0. */
static inline int text_compare(struct text a, struct text b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int d = n ? memcmp(a.at, b.at, n) : 0;
    return d ? d : (a.len > b.len) - (a.len < b.len);
}

#endif
