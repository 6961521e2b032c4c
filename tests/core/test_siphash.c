/* SipHash-2-4 under our fixed key, against the algorithm as its paper states it, written anew here and itself
 * held against the paper's test values; and values that must never change, for they are kept in registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/siphash.h"

static uint64_t little_endian(const unsigned char *p, size_t n)
{
    uint64_t x = 0;
    while (n-- > 0)
        x = (x << 8) | p[n];
    return x;
}

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

/* Section 2 of "SipHash: a fast short-input PRF", with 2 compression and 4 finalization rounds. */
static uint64_t reference(uint64_t k0, uint64_t k1, const unsigned char *in, size_t len)
{
    uint64_t v0 = k0 ^ 0x736f6d6570736575ULL, v1 = k1 ^ 0x646f72616e646f6dULL;
    uint64_t v2 = k0 ^ 0x6c7967656e657261ULL, v3 = k1 ^ 0x7465646279746573ULL;
    size_t words = len / 8;
    for (size_t i = 0; i <= words + 1; i++) {
        uint64_t m = 0;
        if (i < words)
            m = little_endian(in + 8 * i, 8);
        else if (i == words)
            m = little_endian(in + 8 * i, len % 8) | (uint64_t)(len & 255) << 56;
        else
            v2 ^= 0xff;
        v3 ^= m;
        for (int round = 0; round < (i > words ? 4 : 2); round++) {
            v0 += v1, v1 = ROTL(v1, 13), v1 ^= v0, v0 = ROTL(v0, 32);
            v2 += v3, v3 = ROTL(v3, 16), v3 ^= v2;
            v0 += v3, v3 = ROTL(v3, 21), v3 ^= v0;
            v2 += v1, v1 = ROTL(v1, 17), v1 ^= v2, v2 = ROTL(v2, 32);
        }
        v0 ^= m;
    }
    return v0 ^ v1 ^ v2 ^ v3;
}

static void the_reference_has_the_papers_values(void **state)
{
    unsigned char in[15];
    (void)state;
    for (unsigned char i = 0; i < 15; i++)
        in[i] = i;
    /* Key 00 01 .. 0f, input 00 01 .. 0e (appendix A), and the empty input of its vectors. */
    assert_true(reference(0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL, in, 15) == 0xa129ca6149be45e5ULL);
    assert_true(reference(0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL, in, 0) == 0x726fdb47dd0e0e31ULL);
}

/* The two halves of the key are the letters "chapar.1" and "register" as big-endian numbers. */
static uint64_t expected(const unsigned char *in, size_t len)
{
    return reference(0x6368617061722e31ULL, 0x7265676973746572ULL, in, len);
}

static void every_length_agrees(void **state)
{
    unsigned char in[300];
    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)(i * 131 + 7);
    for (size_t len = 0; len <= sizeof in; len++)
        assert_true(siphash((struct text){(const char *)in, len}) == expected(in, len));
    assert_true(siphash(TEXT_NULL) == expected(in, 0));
}

static void single_bits_spread(void **state)
{
    char in[16] = {0};
    int changed[64] = {0};
    (void)state;
    uint64_t base = siphash((struct text){in, sizeof in});
    for (size_t bit = 0; bit < 128; bit++) {
        in[bit / 8] = (char)(1 << (bit % 8));
        uint64_t difference = base ^ siphash((struct text){in, sizeof in});
        in[bit / 8] = 0;
        assert_in_range(__builtin_popcountll(difference), 12, 52);
        for (int i = 0; i < 64; i++)
            changed[i] += (int)(difference >> i & 1);
    }
    for (int i = 0; i < 64; i++)
        assert_in_range(changed[i], 32, 96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_has_the_papers_values),
        cmocka_unit_test(every_length_agrees),
        cmocka_unit_test(single_bits_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
