/* A place in the bytes of a message, and the reads that everything else is made of (Avro specification,
 * "Binary Encoding"). Each checks what is left before it looks. For decode.c and skip.c only. */
#ifndef EDGE_AVRO_CURSOR_H
#define EDGE_AVRO_CURSOR_H

#include <stdint.h>
#include <string.h>

#include "core/error.h"
#include "edge/avro/schema.h"

/* A message of few bytes may claim many elements, or values that take no bytes at all: both are charged here.
 */
#define CURSOR_BUDGET 1000000
#define CURSOR_DEPTH 256 /* levels of values within values that are skipped */

struct cursor {
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *start;
    size_t budget;
    struct error *e;
};

static inline struct cursor cursor_at(const void *bytes, size_t n, struct error *e)
{
    static const unsigned char nothing[1];
    const unsigned char *start = n ? bytes : nothing;
    return (struct cursor){start, start + n, start, CURSOR_BUDGET, e};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* Refuses the bytes: ERROR_MALFORMED with the position. */
static inline int cursor_refuse(const struct cursor *c, const char *where, const char *what)
{
    (void)error_set_at(c->e, ERROR_MALFORMED, where, (size_t)(c->at - c->start), "%s", what);
    return ERROR_MALFORMED; /* a constant, so that compilers see that nothing was read */
}

/* The rest of a number whose first byte has its high bit set, or of nothing. */
int cursor_long_slow(struct cursor *c, const char *where, int64_t *out);

static inline int cursor_long(struct cursor *c, const char *where, int64_t *out)
{
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): `at` is never null, see cursor_at()
    if (__builtin_expect(c->at < c->end && *c->at < 0x80, 1)) {
        int64_t n = *c->at++;
        *out = (n >> 1) ^ -(n & 1);
        return 0;
    }
    return cursor_long_slow(c, where, out);
}

static inline int cursor_int(struct cursor *c, const char *where, int64_t *out)
{
    int rc = cursor_long(c, where, out);
    if (rc == 0 && (*out < INT32_MIN || *out > INT32_MAX))
        return cursor_refuse(c, where, "an int is outside 32 bits");
    return rc;
}

/* An index of a union or an enum of `count`. */
static inline int cursor_index(struct cursor *c, const char *where, size_t count, size_t *out)
{
    int64_t n;
    int rc = cursor_long(c, where, &n);
    if (rc)
        return rc;
    if (n < 0 || (uint64_t)n >= count)
        return cursor_refuse(c, where, "an index points at no branch or symbol");
    *out = (size_t)n;
    return 0;
}

/* The length of a string or bytes that are all there. */
static inline int cursor_length(struct cursor *c, const char *where, size_t *out)
{
    int64_t n;
    int rc = cursor_long(c, where, &n);
    if (rc)
        return rc;
    if (n < 0 || (uint64_t)n > cursor_left(c))
        return cursor_refuse(c, where, "a length exceeds the bytes that are left");
    *out = (size_t)n;
    return 0;
}

static inline int cursor_double(struct cursor *c, const char *where, double *out)
{
    if (cursor_left(c) < 8)
        return cursor_refuse(c, where, "the bytes end within a double");
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)c->at[i] << (8 * i);
    memcpy(out, &bits, sizeof bits);
    c->at += 8;
    return 0;
}

static inline int cursor_float(struct cursor *c, const char *where, double *out)
{
    if (cursor_left(c) < 4)
        return cursor_refuse(c, where, "the bytes end within a float");
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits |= (uint32_t)c->at[i] << (8 * i);
    float value;
    memcpy(&value, &bits, sizeof bits);
    *out = (double)value;
    c->at += 4;
    return 0;
}

static inline int cursor_bool(struct cursor *c, const char *where, bool *out)
{
    if (c->at == c->end || *c->at > 1)
        return cursor_refuse(c, where, c->at == c->end ? "the bytes end" : "a boolean is neither 0 nor 1");
    *out = *c->at++ == 1;
    return 0;
}

/* The head of a block of an array or map: `count` elements of at least `min_bytes` each, charged to the
 * budget; 0 ends the array. `block_end` is where the block says that it ends, NULL when it does not say. */
int cursor_block_slow(struct cursor *c, const char *where, size_t min_bytes, size_t *count,
                      const unsigned char **block_end);

static inline int cursor_block(struct cursor *c, const char *where, size_t min_bytes, size_t *count,
                               const unsigned char **block_end)
{
    if (c->at < c->end && *c->at == 0) {
        c->at++;
        *count = 0;
        *block_end = NULL;
        return 0;
    }
    return cursor_block_slow(c, where, min_bytes, count, block_end);
}

/* After the elements of a block: whether it ends where it said. */
static inline int cursor_block_end(struct cursor *c, const char *where, const unsigned char *block_end)
{
    return block_end && block_end != c->at ? cursor_refuse(c, where, "a block has another size than it says")
                                           : 0;
}

/* Goes past one value of that type. */
int cursor_skip(struct cursor *c, const char *where, const struct avro_type *type);

#endif
