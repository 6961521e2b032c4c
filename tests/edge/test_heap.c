/* What malloc() tells of itself, and gives back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/heap/heap.h"

#define PIECES 4000
#define PIECE 5000

static void test_what_is_given_out_is_told(void **state)
{
    static char *volatile pieces[PIECES];
    (void)state;
    struct heap before = heap_look();
    for (int i = 0; i < PIECES; i++)
        assert_non_null(pieces[i] = memset(malloc(PIECE), i, PIECE));
    struct heap with = heap_look();
    assert_in_range(with.in_use - before.in_use, PIECES * PIECE, PIECES * PIECE * 2);
    assert_true(with.bytes >= with.in_use);
    for (int i = 0; i < PIECES; i++)
        free(pieces[i]);
    assert_in_range(heap_look().in_use, before.in_use / 2, before.in_use + PIECE * 100);
    heap_give_back_all();
    assert_in_range(heap_look().bytes, 1, with.bytes - PIECES * PIECE / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_given_out_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
