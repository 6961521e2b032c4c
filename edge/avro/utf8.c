#include "edge/avro/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_ascii(const unsigned char *at, size_t n)
{
    uint64_t word;
    if (n < 8) {
        unsigned char bits = 0;
        for (size_t i = 0; i < n; i++)
            bits |= at[i];
        return bits < 0x80;
    }
    uint64_t bits = 0;
    for (size_t i = 0; i + 8 < n; i += 8) {
        memcpy(&word, at + i, 8);
        bits |= word;
    }
    memcpy(&word, at + n - 8, 8); /* overlaps the one before, which costs less than a loop over the rest */
    return ((bits | word) & HIGH_BITS) == 0;
}

/* Bytes of the sequence that starts at `at`, 0 when it is none. RFC 3629, section 4. */
static size_t sequence(const unsigned char *at, size_t n)
{
    unsigned char first = at[0];
    if (first < 0x80)
        return 1;
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || len > n)
        return 0;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

bool utf8_is_valid(const unsigned char *at, size_t n)
{
    if (is_ascii(at, n))
        return true;
    while (n > 0) {
        size_t len = sequence(at, n);
        if (len == 0)
            return false;
        at += len;
        n -= len;
    }
    return true;
}
