/* The buffer that grows and is used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/buffer.h"

static void what_is_added_stays_in_order(void **state)
{
    struct buffer b = BUFFER_EMPTY;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        buffer_add_byte(&b, (unsigned char)i);
        buffer_add(&b, "xyz", 3);
        buffer_add(&b, NULL, 0);
    }
    assert_int_equal(b.len, 4000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(b.at[4 * i], i & 255);
        assert_memory_equal(b.at + 4 * i + 1, "xyz", 3);
    }
    buffer_free(&b);
    assert_null(b.at);
    buffer_add_byte(&b, 'a'); /* usable again */
    assert_int_equal(b.len, 1);
    buffer_free(&b);
}

static void clearing_keeps_the_memory(void **state)
{
    struct buffer b = BUFFER_EMPTY;
    (void)state;
    memset(buffer_room(&b, 5000), 'x', 5000);
    assert_int_equal(b.len, 0);
    b.len = 5000;
    const unsigned char *at = b.at;
    buffer_clear(&b);
    assert_ptr_equal(buffer_room(&b, 5000), at);
    assert_true(b.size >= 5000);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_stays_in_order),
        cmocka_unit_test(clearing_keeps_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
