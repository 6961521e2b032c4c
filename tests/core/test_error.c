/* Errors as values: the code comes back, the text is filled in and cut where it does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/error.h"

static void an_error_says_what_and_where(void **state)
{
    struct error e;
    (void)state;
    assert_int_equal(error_set(&e, ERROR_INVALID, "due", "expected %s, found %d", "a date", 7),
                     ERROR_INVALID);
    assert_int_equal(e.code, ERROR_INVALID);
    assert_int_equal(e.position, 0);
    assert_string_equal(e.where, "due");
    assert_string_equal(e.text, "expected a date, found 7");
    assert_int_equal(error_set_at(&e, ERROR_MALFORMED, NULL, 12, "%s", "no"), ERROR_MALFORMED);
    assert_int_equal(e.position, 12);
    assert_string_equal(e.where, "");
}

static void only_the_code_may_be_wanted(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_KAFKA, "x", "%s", "y"), ERROR_KAFKA);
    assert_int_equal(error_set_at(NULL, ERROR_STOPPED, "x", 1, "%s", "y"), ERROR_STOPPED);
}

static void what_does_not_fit_is_cut(void **state)
{
    struct error e;
    static char many[1000];
    (void)state;
    memset(many, 'x', sizeof many - 1);
    (void)error_set(&e, ERROR_USAGE, many, "%s", many);
    assert_int_equal(strlen(e.where), sizeof e.where - 1);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

/* What is quoted from outside can neither end the line, nor act on a terminal, nor be half a character. */
static void what_is_quoted_does_no_harm(void **state)
{
    struct error e;
    char cut[1000];
    (void)state;
    (void)error_set(&e, ERROR_INVALID, "a\nb", "codec \"%s\"", "\x1b]0;x\x07\r\n\x7f\xc2\x9b\xff \xd2\x9a");
    assert_string_equal(e.where, "a?b");
    assert_string_equal(e.text, "codec \"?]0;x??????? \xd2\x9a\"");
    memset(cut, 'x', sizeof cut);
    memcpy(cut + sizeof e.text - 2, "\xe2\x82\xac", 4);
    (void)error_set(&e, ERROR_INVALID, "", "%s", cut);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(e.text[sizeof e.text - 2], '?');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_says_what_and_where),
        cmocka_unit_test(only_the_code_may_be_wanted),
        cmocka_unit_test(what_does_not_fit_is_cut),
        cmocka_unit_test(what_is_quoted_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
