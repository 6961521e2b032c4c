/* The pool: pieces do not overlap, keep what is in them, and are used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/pool.h"

#define PIECES 400
#define STEPS 200000

static uint64_t seed = 7;

static uint32_t chance(uint32_t of)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % of;
}

static size_t random_size(void)
{
    return chance(20) ? chance(120) : chance(5000);
}

static void check_content(const unsigned char *at, size_t bytes, unsigned char expected)
{
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(at[i], expected);
}

static void pieces_keep_what_is_in_them(void **state)
{
    struct pool *pool = pool_new();
    unsigned char *at[PIECES] = {NULL};
    size_t bytes[PIECES] = {0};
    (void)state;
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t i = chance(PIECES);
        unsigned char fill = (unsigned char)i;
        check_content(at[i], bytes[i], fill);
        size_t size = random_size();
        if (chance(3) == 0) {
            pool_give(pool, at[i], bytes[i]);
            at[i] = NULL;
            bytes[i] = 0;
        } else if (!at[i]) {
            at[i] = chance(2) ? pool_take(pool, size) : pool_zeroed(pool, size);
            bytes[i] = size;
        } else {
            at[i] = pool_resize(pool, at[i], bytes[i], size);
            check_content(at[i], size < bytes[i] ? size : bytes[i], fill);
            bytes[i] = size;
        }
        assert_int_equal((uintptr_t)at[i] % 8, 0);
        if (bytes[i])
            memset(at[i], fill, bytes[i]);
    }
    pool_free(pool);
    pool_free(NULL);
}

static void what_is_given_back_is_used_again(void **state)
{
    struct pool *pool = pool_new();
    (void)state;
    for (int i = 0; i < 1000; i++)
        pool_give(pool, pool_take(pool, 40), 40);
    size_t before = pool_bytes(pool);
    for (int i = 0; i < 100000; i++) {
        void *small = pool_take(pool, 40), *large = pool_take(pool, 100000);
        pool_give(pool, small, 40);
        pool_give(pool, large, 100000);
    }
    assert_int_equal(pool_bytes(pool), before);
    pool_give(pool, NULL, 10);
    pool_free(pool);
}

static void new_memory_can_be_zeroed(void **state)
{
    struct pool *pool = pool_new();
    (void)state;
    unsigned char *at = pool_take(pool, 64);
    memset(at, 1, 64);
    pool_give(pool, at, 64);
    check_content(pool_zeroed(pool, 64), 64, 0);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_keep_what_is_in_them),
        cmocka_unit_test(what_is_given_back_is_used_again),
        cmocka_unit_test(new_memory_can_be_zeroed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
