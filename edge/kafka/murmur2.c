#include "edge/kafka/murmur2.h"

#include <assert.h>

#define SEED UINT32_C(0x9747b28c)
#define MULTIPLIER UINT32_C(0x5bd1e995)
#define SHIFT 24

/* Little-endian whatever the machine: partitions must not depend on it. */
static uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t mix(uint32_t k)
{
    k *= MULTIPLIER;
    k ^= k >> SHIFT;
    return k * MULTIPLIER;
}

uint32_t murmur2_hash(struct text key)
{
    const unsigned char *p = (const unsigned char *)key.at;
    size_t left = key.len;
    uint32_t h = SEED ^ (uint32_t)key.len;

    for (; left >= 4; left -= 4, p += 4)
        h = h * MULTIPLIER ^ mix(word_at(p));

    switch (left) {
    case 3: h ^= (uint32_t)p[2] << 16; /* fall through */
    case 2: h ^= (uint32_t)p[1] << 8;  /* fall through */
    case 1: h = (h ^ p[0]) * MULTIPLIER; break;
    default: break;
    }

    h ^= h >> 13;
    h *= MULTIPLIER;
    return h ^ h >> 15;
}

int32_t murmur2_partition(struct text key, int32_t count)
{
    assert(count > 0 && !text_is_null(key));
    return (int32_t)(murmur2_hash(key) & INT32_MAX) % count;
}
