/* Text on a terminal: its width, how it is cut, and what never gets there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/cli/terminal.h"

static struct buffer out;

static int free_buffer(void **state)
{
    (void)state;
    buffer_free(&out);
    return 0;
}

static void expect(struct text t, size_t columns, const char *shown, size_t used)
{
    buffer_clear(&out);
    size_t found = terminal_add(&out, t, columns);
    buffer_add_byte(&out, '\0');
    assert_string_equal((const char *)out.at, shown);
    assert_int_equal(found, used);
}

static void test_width_and_cutting(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t columns;
        const char *shown;
        size_t used;
    } cases[] = {
        {"", 5, "", 0},
        {"road", 0, "road", 4},
        {"road", 4, "road", 4},
        {"roads", 4, "roa…", 4},
        {"the road", 5, "the…", 4},
        {"Форум дорог", 0, "Форум дорог", 11},
        {"Форум дорог", 5, "Фору…", 5},
        {"Форум", 5, "Форум", 5},
        {"й", 1, "й", 1}, /* и with a combining breve */
        {"йй", 1, "…", 1},
        {"аййб", 3, "ай…", 3},
        {"道路", 4, "道路", 4},
        {"道路网", 4, "道…", 3}, /* the second would take columns 3 and 4 */
        {"道路网", 5, "道路…", 5},
        {"a\tb", 0,
         "a\xef\xbf\xbd"
         "b",
         3},
        {"\033[31mred\r\n", 0, "\xef\xbf\xbd[31mred\xef\xbf\xbd\xef\xbf\xbd", 10},
        {"\x7f\xc2\x9b", 0, "\xef\xbf\xbd\xef\xbf\xbd", 2}, /* DEL, and CSI as one character */
        {"\xe2\x80\xae"
         "x\xe2\x80\xac",
         0, "\xef\xbf\xbdx\xef\xbf\xbd", 3},                            /* right to left, and back */
        {"\xe2\x80\xa9", 0, "\xef\xbf\xbd", 1},                         /* a paragraph */
        {"\xff\xc3", 0, "\xef\xbf\xbd\xef\xbf\xbd", 2},                 /* no UTF-8 */
        {"\xed\xa0\x80", 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3}, /* a surrogate */
        {"😀", 0, "😀", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(text_of(cases[i].text), cases[i].columns, cases[i].shown, cases[i].used);
    expect((struct text){"a\0b", 3}, 0,
           "a\xef\xbf\xbd"
           "b",
           3);
}

static void test_what_stands_behind_a_pipe(void **state)
{
    int ends[2];
    (void)state;
    const struct {
        const char *columns; /* NULL: not set */
        size_t found;
    } cases[] = {
        {NULL, 0},  {"", 0},          {"132", 132},   {"10", TERMINAL_COLUMNS_LEAST}, {"0", 0}, {"-5", 0},
        {"80x", 0}, {"99999", 10000}, {"1000000", 0},
    };
    assert_int_equal(pipe(ends), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].columns)
            (void)setenv("COLUMNS", cases[i].columns, 1);
        else
            (void)unsetenv("COLUMNS");
        struct terminal t = terminal_of(ends[1]);
        assert_false(t.is_one);
        assert_false(t.colour);
        assert_int_equal(t.columns, cases[i].found);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width_and_cutting),
        cmocka_unit_test(test_what_stands_behind_a_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, free_buffer);
}
