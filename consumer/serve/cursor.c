#include "consumer/serve/cursor.h"

#include <stdbool.h>
#include <sys/types.h>

#define VERSION 1
#define FIXED_BYTES 25

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_write(const void *bytes, size_t n, struct buffer *out)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i < 3 ? n - i : 3;
        unsigned word = (unsigned)at[i] << 16;
        if (left > 1)
            word |= (unsigned)at[i + 1] << 8;
        if (left > 2)
            word |= at[i + 2];
        for (size_t c = 0; c <= left; c++)
            buffer_add_byte(out, (unsigned char)alphabet[word >> (18 - 6 * c) & 63]);
    }
}

ssize_t base64url_read(struct text t, unsigned char *out, size_t most)
{
    size_t len = 0;
    unsigned word = 0, bits = 0;
    if (t.len % 4 == 1)
        return -1;
    for (size_t i = 0; i < t.len; i++) {
        const char *found = t.at[i] ? strchr(alphabet, t.at[i]) : NULL;
        if (!found)
            return -1;
        word = word << 6 | (unsigned)(found - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (len == most)
                return -1;
            out[len++] = (unsigned char)(word >> bits);
            word &= (1u << bits) - 1;
        }
    }
    return word ? -1 : (ssize_t)len;
}

static void put(unsigned char *to, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(n >> (8 * i));
}

static uint64_t get(const unsigned char *at)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n |= (uint64_t)at[i] << (8 * i);
    return n;
}

void cursor_write(const struct cursor *c, struct buffer *out)
{
    unsigned char bytes[FIXED_BYTES + CURSOR_ID_MOST];
    bytes[0] = VERSION;
    put(bytes + 1, c->fingerprint);
    put(bytes + 9, (uint64_t)c->key);
    put(bytes + 17, c->tie);
    memcpy(bytes + FIXED_BYTES, c->id, c->id_len);
    base64url_write(bytes, FIXED_BYTES + c->id_len, out);
}

int cursor_read(struct text t, uint64_t fingerprint, struct cursor *out, struct error *e)
{
    unsigned char bytes[FIXED_BYTES + CURSOR_ID_MOST];
    ssize_t n = base64url_read(t, bytes, sizeof bytes);
    if (n < FIXED_BYTES || bytes[0] != VERSION)
        return error_set(e, ERROR_INVALID, "cursor", "expected `next` of an earlier answer");
    if (get(bytes + 1) != fingerprint)
        return error_set(e, ERROR_INVALID, "cursor",
                         "belongs to another question: expected the other parameters as they were");
    out->fingerprint = fingerprint;
    out->key = (int64_t)get(bytes + 9);
    out->tie = get(bytes + 17);
    out->id_len = (size_t)n - FIXED_BYTES;
    memcpy(out->id, bytes + FIXED_BYTES, out->id_len);
    return 0;
}
