/* Copies of text that outlive what they were copied from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/memory.h"

static void test_a_copy_of_text(void **state)
{
    char from[] = "a\0b";
    (void)state;
    struct text copy = memory_copy_text((struct text){from, 3});
    memset(from, 'x', sizeof from);
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.at, "a\0b", 4); /* with a NUL behind it */
    memory_give_text(copy);
}

/* "Not said" and the empty text stay two things. */
static void test_null_stays_null(void **state)
{
    (void)state;
    struct text null = memory_copy_text(TEXT_NULL), empty = memory_copy_text(TEXT_LITERAL(""));
    assert_true(text_is_null(null));
    assert_false(text_is_null(empty));
    assert_int_equal(empty.len, 0);
    memory_give_text(null);
    memory_give_text(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copy_of_text),
        cmocka_unit_test(test_null_stays_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
