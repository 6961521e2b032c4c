#include "core/siphash.h"

#include <endian.h>

#define KEY_0 0x6368617061722e31ULL
#define KEY_1 0x7265676973746572ULL

static inline uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static inline uint64_t load_little_endian(const unsigned char *at, size_t n)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++)
        x |= (uint64_t)at[i] << (8 * i);
    return x;
}

uint64_t siphash(struct text t)
{
    uint64_t v[4] = {KEY_0 ^ 0x736f6d6570736575ULL, KEY_1 ^ 0x646f72616e646f6dULL,
                     KEY_0 ^ 0x6c7967656e657261ULL, KEY_1 ^ 0x7465646279746573ULL};
    const unsigned char *at = (const unsigned char *)t.at;
    size_t left = t.len;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t m;
        memcpy(&m, at, sizeof m);
        m = le64toh(m);
        v[3] ^= m;
        sip_round(v);
        sip_round(v);
        v[0] ^= m;
    }
    uint64_t m = ((uint64_t)t.len << 56) | load_little_endian(at, left);
    v[3] ^= m;
    sip_round(v);
    sip_round(v);
    v[0] ^= m;
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
