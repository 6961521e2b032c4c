/* The growing byte buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/buffer.h"

static void grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct buffer b = BUFFER_EMPTY;
    buffer_add(&b, NULL, 0);
    assert_int_equal(b.len, 0);
    for (size_t i = 0; i < 10000; i++) {
        buffer_add_byte(&b, (unsigned char)(i % 251));
        buffer_add(&b, "xyz", i % 4);
    }
    size_t at = 0;
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(b.at[at], i % 251);
        assert_memory_equal(b.at + at + 1, "xyz", i % 4);
        at += 1 + i % 4;
    }
    assert_int_equal(b.len, at);
    buffer_free(&b);
    assert_null(b.at);
    assert_int_equal(b.len, 0);
}

static void clearing_keeps_the_memory(void **state)
{
    (void)state;
    struct buffer b = BUFFER_EMPTY;
    memset(buffer_room(&b, 5000), 7, 5000);
    assert_int_equal(b.len, 0);
    b.len = 5000;
    unsigned char *before = b.at;
    size_t size = b.size;
    buffer_clear(&b);
    buffer_add(&b, "abc", 3);
    assert_ptr_equal(b.at, before);
    assert_int_equal(b.size, size);
    assert_memory_equal(b.at, "abc", 3);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_what_it_has),
        cmocka_unit_test(clearing_keeps_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
