/* Bytes of a JSON string that stand for themselves. */
#ifndef EDGE_JSON_JSON_PLAIN_H
#define EDGE_JSON_JSON_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Not zero where one of the eight bytes is no such byte: by the well-known tests for a zero byte and for a
 * byte less than n. */
static inline uint64_t json_plain_refuses(uint64_t word)
{
    const uint64_t ones = UINT64_MAX / 0xFF;
    uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
    return (word | (word - ones * 0x20) | (quote - ones) | (slash - ones)) & (ones * 0x80);
}

/* How many bytes at the start are ASCII and neither the quote, the backslash nor control characters (RFC
 * 8259, 7): eight at a time. */
static inline size_t json_plain_length(const unsigned char *at, size_t n)
{
    size_t i = 0;
    for (uint64_t word; n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, at + i, sizeof word);
        if (json_plain_refuses(word))
            break;
    }
    while (i < n && at[i] >= 0x20 && at[i] < 0x80 && at[i] != '"' && at[i] != '\\')
        i++;
    return i;
}

/* The next, for fewer than 16 bytes: from both ends, which may overlap. */
static inline bool json_plain_copy_few(unsigned char *to, const unsigned char *from, size_t n)
{
    uint64_t first, last;
    uint32_t head, tail;
    if (n >= sizeof first) {
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + n - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + n - sizeof last, &last, sizeof last);
        return (json_plain_refuses(first) | json_plain_refuses(last)) == 0;
    }
    if (n >= sizeof head) {
        memcpy(&head, from, sizeof head);
        memcpy(&tail, from + n - sizeof tail, sizeof tail);
        memcpy(to, &head, sizeof head);
        memcpy(to + n - sizeof tail, &tail, sizeof tail);
        return json_plain_refuses((uint64_t)tail << 32 | head) == 0;
    }
    if (n == 0)
        return true;
    unsigned char a = from[0], b = from[n / 2], c = from[n - 1];
    to[0] = a;
    to[n / 2] = b;
    to[n - 1] = c;
    return json_plain_refuses(UINT64_C(0x2020202020000000) | (uint64_t)c << 16 | (uint64_t)b << 8 | a) == 0;
}

/* Copies the bytes; whether all of them are such. */
static inline bool json_plain_copy(unsigned char *to, const unsigned char *from, size_t n)
{
    typedef signed char bytes16 __attribute__((vector_size(16)));
    typedef int64_t halves __attribute__((vector_size(16)));
    bytes16 found = {0}, part = {0};
    if (n < sizeof part)
        return json_plain_copy_few(to, from, n);
    /* As signed numbers all that is not ASCII is less than a blank. The last part may overlap another. */
    for (size_t i = 0; i + sizeof part < n; i += sizeof part) {
        memcpy(&part, from + i, sizeof part);
        memcpy(to + i, &part, sizeof part);
        found |= (part < ' ') | (part == '"') | (part == '\\');
    }
    memcpy(&part, from + n - sizeof part, sizeof part);
    memcpy(to + n - sizeof part, &part, sizeof part);
    found |= (part < ' ') | (part == '"') | (part == '\\');
    halves all = (halves)found;
    return (all[0] | all[1]) == 0;
}

#endif
