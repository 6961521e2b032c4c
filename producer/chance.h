/* A pseudo-random generator: the same numbers on every machine for the same start. */
#ifndef PRODUCER_CHANCE_H
#define PRODUCER_CHANCE_H

#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t chance(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0..n-1. */
static inline uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(((chance(state) >> 32) * n) >> 32);
}

#endif
