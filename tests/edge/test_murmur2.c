/* Placement must equal Java's for ever: a key that moves to another partition loses its order. */
#include "edge/kafka/murmur2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The first six are those of Kafka's own UtilsTest, where they stand as signed ints; the others are from
 * librdkafka. Together they end in every length modulo 4. */
static const struct {
    const char *key;
    uint32_t hash;
} known[] = {
    {"21", (uint32_t)-973932308},
    {"foobar", (uint32_t)-790332482},
    {"a-little-bit-long-string", (uint32_t)-985981536},
    {"a-little-bit-longer-string", (uint32_t)-1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", (uint32_t)-58897971},
    {"abc", 479470107},
    {"kafka", 0xd067cf64},
    {"giberish123456789", 0x8f552b0c},
    {"1234", 0x9fc97b14},
    {"234", 0xe7c009ca},
    {"34", 0x873930da},
    {"4", 0x5a4b5ca1},
    {"", 0x106e08d9},
};

static void hashes_as_java_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (murmur2_hash(text_of(known[i].key)) != known[i].hash)
            fail_msg("\"%s\": %08x", known[i].key, murmur2_hash(text_of(known[i].key)));
    }
}

/* Bytes above 127 are no negative numbers, and a NUL is a byte as any other. Values computed by Java's
 * client. */
static void takes_any_bytes(void **state)
{
    (void)state;
    static const char bytes[] = {(char)0xff, 0, (char)0x80, (char)0xd0, (char)0x90, (char)0xff, 0};
    static const uint32_t hashes[] = {0x106e08d9, 0xed6f615b, 0x73ef7abf, 0xc62781d2,
                                      0xbc3d8831, 0x6c3e5073, 0x2c477422, 0x43834e3f};
    for (size_t len = 0; len <= sizeof bytes; len++)
        assert_int_equal(murmur2_hash((struct text){bytes, len}), hashes[len]);
}

static void starts_anywhere_in_memory(void **state)
{
    (void)state;
    char room[16];
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(room + shift, "foobar", 6);
        assert_int_equal(murmur2_hash((struct text){room + shift, 6}), (uint32_t)-790332482);
    }
}

static void places_without_the_sign(void **state)
{
    (void)state;
    /* -790332482 with its sign bit cleared is 1357151166. */
    static const struct {
        int32_t count, partition;
    } cases[] = {{1, 0}, {2, 0}, {4, 2}, {7, 1357151166 % 7}, {1000, 166}, {INT32_MAX, 1357151166}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(murmur2_partition(TEXT_LITERAL("foobar"), cases[i].count), cases[i].partition);
    assert_int_equal(murmur2_partition(TEXT_LITERAL(""), 4), 0x106e08d9 % 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_java_does),
        cmocka_unit_test(takes_any_bytes),
        cmocka_unit_test(starts_anywhere_in_memory),
        cmocka_unit_test(places_without_the_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
