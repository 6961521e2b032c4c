/* The arena: pieces are aligned and apart, a reset gives the same memory again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "core/arena.h"

static void pieces_are_aligned_and_apart(void **state)
{
    struct arena *a = arena_new(0);
    unsigned char *pieces[200];
    (void)state;
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = arena_take(a, i * 7 % 90);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)i, i * 7 % 90);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < i * 7 % 90; k++)
            assert_int_equal(pieces[i][k], i);
    arena_free(a);
    arena_free(NULL);
}

static void a_reset_gives_the_same_memory_again(void **state)
{
    struct arena *a = arena_new(1000);
    (void)state;
    void *first = arena_take(a, 600), *second = arena_take(a, 600);
    arena_reset(a);
    assert_ptr_equal(arena_take(a, 600), first);
    assert_ptr_equal(arena_take(a, 600), second);
    arena_free(a);
}

static void larger_pieces_than_chunks_fit(void **state)
{
    struct arena *a = arena_new(256);
    (void)state;
    for (int round = 0; round < 3; round++) {
        /* In another round another piece is large: it gets a chunk between those that are there. */
        for (int i = 0; i < 4; i++) {
            size_t bytes = i == round ? 5000 : 200;
            memset(arena_take(a, bytes), i, bytes);
        }
        arena_reset(a);
    }
    arena_free(a);
}

static void arrays_are_zeroed_and_texts_terminated(void **state)
{
    struct arena *a = arena_new(256);
    (void)state;
    memset(arena_take(a, 200), 0xee, 200);
    arena_reset(a);
    const unsigned char *zeros = arena_array(a, 20, 10);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(zeros[i], 0);
    assert_non_null(arena_array(a, 0, 8));
    struct text t = arena_copy(a, (struct text){"chapar!", 6});
    assert_string_equal(t.at, "chapar");
    assert_int_equal(t.len, 6);
    t = arena_copy(a, TEXT_LITERAL(""));
    assert_string_equal(t.at, "");
    assert_true(text_is_null(arena_copy(a, TEXT_NULL)));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(a_reset_gives_the_same_memory_again),
        cmocka_unit_test(larger_pieces_than_chunks_fit),
        cmocka_unit_test(arrays_are_zeroed_and_texts_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
