/* Integers in as few bytes as they need: seven bits a byte, the lowest first, the highest bit of a byte says
 * that more follow; small negative ones are as short as small positive ones (zigzag), as in Avro. For what is
 * kept in memory: what is read was written by varint_write(). */
#ifndef CORE_VARINT_H
#define CORE_VARINT_H

#include <stdint.h>

#define VARINT_MOST 10 /* bytes */

/* Returns where the next one goes. */
static inline char *varint_write(char *to, int64_t n)
{
    uint64_t left = (uint64_t)n << 1 ^ (uint64_t)(n >> 63);
    for (; left > 0x7F; left >>= 7)
        *to++ = (char)(left | 0x80);
    *to++ = (char)left;
    return to;
}

/* Returns where the next one stands. */
static inline const char *varint_read(const char *from, int64_t *out)
{
    uint64_t n = 0, byte;
    unsigned shift = 0;
    do {
        byte = (unsigned char)*from++;
        n |= (byte & 0x7F) << shift;
        shift += 7;
    } while (byte & 0x80);
    *out = (int64_t)(n >> 1 ^ (0 - (n & 1)));
    return from;
}

#endif
