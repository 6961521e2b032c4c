/* Bytes of a JSON string that stand for themselves. */
#ifndef EDGE_JSON_JSON_PLAIN_H
#define EDGE_JSON_JSON_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many bytes at the start are ASCII and neither the quote, the backslash nor control characters (RFC
 * 8259, 7): eight at a time, by the well-known tests for a zero byte and for a byte less than n. */
static inline size_t json_plain_length(const unsigned char *at, size_t n)
{
    const uint64_t ones = UINT64_MAX / 0xFF;
    size_t i = 0;
    for (uint64_t word; n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, at + i, sizeof word);
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
        uint64_t found = word | (word - ones * 0x20) | (quote - ones) | (slash - ones);
        if (found & (ones * 0x80))
            break;
    }
    while (i < n && at[i] >= 0x20 && at[i] < 0x80 && at[i] != '"' && at[i] != '\\')
        i++;
    return i;
}

#endif
