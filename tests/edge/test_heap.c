/* What malloc() tells of itself, and gives back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jemalloc/jemalloc.h>

#include "edge/heap/heap.h"

#define PIECES 4000
#define PIECE 5000

#define BYTES ((size_t)PIECES * PIECE)
#define DECAY_MS 500

static char *volatile pieces[PIECES];

static void take_pieces(void)
{
    for (int i = 0; i < PIECES; i++)
        assert_non_null(pieces[i] = memset(malloc(PIECE), i, PIECE));
}

static void free_pieces(void)
{
    for (int i = 0; i < PIECES; i++)
        free(pieces[i]);
}

static void test_what_is_given_out_is_told(void **state)
{
    (void)state;
    struct heap before = heap_look();
    take_pieces();
    struct heap with = heap_look();
    assert_in_range(with.in_use - before.in_use, BYTES, BYTES * 2);
    assert_true(with.bytes >= with.in_use);
    free_pieces();
    assert_in_range(heap_look().in_use, before.in_use / 2, before.in_use + PIECE * 100);
    heap_give_back_all();
    assert_in_range(heap_look().bytes, 1, with.bytes - BYTES / 2);
}

/* How long nobody must have used what is given back: here not for ten seconds. */
static void decay_after(ssize_t ms)
{
    unsigned count = 0;
    size_t size = sizeof count;
    assert_int_equal(mallctl("arenas.narenas", &count, &size, NULL, 0), 0);
    for (unsigned i = 0; i < count; i++) {
        static const char *const kinds[] = {"dirty", "muzzy"};
        for (int k = 0; k < 2; k++) {
            char name[64];
            (void)snprintf(name, sizeof name, "arena.%u.%s_decay_ms", i, kinds[k]);
            (void)mallctl(name, NULL, NULL, &ms, sizeof ms); /* not of arenas that were never begun */
        }
    }
}

static void test_what_nobody_has_used_for_long_is_given_back(void **state)
{
    (void)state;
    heap_give_back_all();
    struct heap before = heap_look();
    decay_after(DECAY_MS);
    take_pieces();
    free_pieces();
    assert_in_range(heap_look().bytes, before.bytes + BYTES / 2,
                    SIZE_MAX);    /* not by itself, and not at once */
    for (int i = 0; i < 3; i++) { /* it goes by how long, and that is asked for in a while */
        (void)nanosleep(&(struct timespec){0, DECAY_MS * 1000000L}, NULL);
        heap_give_back();
    }
    assert_in_range(heap_look().bytes, 1, before.bytes + BYTES / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_given_out_is_told),
                                       cmocka_unit_test(test_what_nobody_has_used_for_long_is_given_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
