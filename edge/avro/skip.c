/* The parts of reading that are off the hot path: long numbers, blocks, values that nobody wants. */
#include <endian.h>

#include "edge/avro/cursor.h"
#include "edge/avro/plan.h"

/* Up to eight bytes of seven bits each, lowest first, put together; false: there are more, or not so many. */
static bool long_of_word(struct cursor *c, int64_t *out)
{
    const uint64_t ends = UINT64_C(0x8080808080808080);
    uint64_t word;
    if (cursor_left(c) < sizeof word)
        return false;
    memcpy(&word, c->at, sizeof word);
    word = le64toh(word);
    uint64_t end = ~word & ends;
    if (!end)
        return false;
    c->at += ((unsigned)__builtin_ctzll(end) >> 3) + 1;
    word &= (end ^ (end - 1)) & ~ends;
    word = (word & UINT64_C(0x7f007f007f007f00)) >> 1 | (word & UINT64_C(0x007f007f007f007f));
    word = (word & UINT64_C(0x3fff00003fff0000)) >> 2 | (word & UINT64_C(0x00003fff00003fff));
    word = (word & UINT64_C(0x0fffffff00000000)) >> 4 | (word & UINT64_C(0x000000000fffffff));
    *out = (int64_t)(word >> 1) ^ -(int64_t)(word & 1);
    return true;
}

int cursor_long_slow(struct cursor *c, const char *where, int64_t *out)
{
    uint64_t n = 0;
    if (long_of_word(c, out))
        return 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (c->at == c->end)
            return cursor_refuse(c, where, "the bytes end within a number");
        uint64_t byte = *c->at++;
        if (shift == 63 && byte > 1)
            break;
        n |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
            return 0;
        }
    }
    return cursor_refuse(c, where, "a number is longer than 64 bits");
}

int cursor_block_slow(struct cursor *c, const char *where, size_t min_bytes, size_t *count,
                      const unsigned char **block_end)
{
    int64_t n, bytes;
    int rc = cursor_long(c, where, &n);
    if (rc)
        return rc;
    *block_end = NULL;
    if (n < 0) {
        if (n == INT64_MIN)
            return cursor_refuse(c, where, "a block counts too many elements");
        n = -n;
        rc = cursor_long(c, where, &bytes);
        if (rc)
            return rc;
        if (bytes < 0 || (uint64_t)bytes > cursor_left(c))
            return cursor_refuse(c, where, "a block exceeds the bytes that are left");
        *block_end = c->at + bytes;
    }
    if ((uint64_t)n > c->budget || (min_bytes > 0 && (uint64_t)n > cursor_left(c) / min_bytes))
        return cursor_refuse(c, where, "a block counts more elements than there can be");
    c->budget -= (size_t)n;
    *count = (size_t)n;
    return 0;
}

static int skip_bytes(struct cursor *c, const char *where, size_t n)
{
    if (n > cursor_left(c))
        return cursor_refuse(c, where, "the bytes end within a value");
    c->at += n;
    return 0;
}

static int skip(struct cursor *c, const char *where, const struct avro_type *t, unsigned depth);

static int skip_blocks(struct cursor *c, const char *where, const struct avro_type *t, unsigned depth)
{
    for (;;) {
        size_t count, length;
        const unsigned char *block_end;
        int rc = cursor_block(c, where, t->items->min_bytes + (t->kind == KIND_MAP), &count, &block_end);
        if (rc || count == 0)
            return rc;
        if (block_end) {
            c->at = block_end;
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            if (t->kind == KIND_MAP) {
                rc = cursor_length(c, where, &length);
                if (rc)
                    return rc;
                c->at += length;
            }
            rc = skip(c, where, t->items, depth + 1);
            if (rc)
                return rc;
        }
    }
}

static int skip_record(struct cursor *c, const char *where, const struct avro_type *t, unsigned depth)
{
    /* Records of records without any bytes could take for ever: each is charged. */
    if (c->budget < t->count + 1)
        return cursor_refuse(c, where, "the bytes hold more values than there can be");
    c->budget -= t->count + 1;
    int rc = 0;
    for (size_t i = 0; i < t->count && rc == 0; i++)
        rc = skip(c, where, t->fields[i].type, depth + 1);
    return rc;
}

static int skip(struct cursor *c, const char *where, const struct avro_type *t, unsigned depth)
{
    int64_t number;
    size_t n;
    int rc;
    if (depth > CURSOR_DEPTH)
        return cursor_refuse(c, where, "values nest too deeply");
    switch (t->kind) {
    case KIND_NULL: return 0;
    case KIND_BOOLEAN: return skip_bytes(c, where, 1);
    case KIND_INT:
    case KIND_LONG: return cursor_long(c, where, &number);
    case KIND_FLOAT: return skip_bytes(c, where, 4);
    case KIND_DOUBLE: return skip_bytes(c, where, 8);
    case KIND_BYTES:
    case KIND_STRING: rc = cursor_length(c, where, &n); return rc ? rc : skip_bytes(c, where, n);
    case KIND_FIXED: return skip_bytes(c, where, t->count);
    case KIND_ENUM: return cursor_index(c, where, t->count, &n);
    case KIND_UNION:
        rc = cursor_index(c, where, t->count, &n);
        return rc ? rc : skip(c, where, t->branches[n], depth + 1);
    case KIND_RECORD: return skip_record(c, where, t, depth);
    case KIND_ARRAY:
    case KIND_MAP: return skip_blocks(c, where, t, depth);
    }
    return 0;
}

int cursor_skip(struct cursor *c, const char *where, const struct avro_type *type)
{
    return skip(c, where, type, 0);
}

int avro_measure(const struct avro_schema *s, const void *bytes, size_t n, size_t *used, struct error *e)
{
    struct cursor c = cursor_at(bytes, n, e);
    int rc = cursor_skip(&c, "", avro_schema_root(s));
    if (rc == 0)
        *used = (size_t)(c.at - c.start);
    return rc;
}
