/* Numbers in the headers of dead letters: anybody may have written them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consumer/dead_letters/dead_letter.h"

static void numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t most;
        int64_t number; /* -1: none */
    } cases[] = {
        {"0", 0, 0},
        {"17", INT64_MAX, 17},
        {"007", INT64_MAX, 7},
        {"9223372036854775807", INT64_MAX, INT64_MAX},
        {"9223372036854775808", INT64_MAX, -1},
        {"99999999999999999999", INT64_MAX, -1},
        {"2147483647", INT32_MAX, INT32_MAX},
        {"2147483648", INT32_MAX, -1},
        {"", INT64_MAX, -1},
        {"-1", INT64_MAX, -1},
        {"+1", INT64_MAX, -1},
        {" 1", INT64_MAX, -1},
        {"1 ", INT64_MAX, -1},
        {"0x1", INT64_MAX, -1},
        {NULL, INT64_MAX, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t n = -1;
        bool is = header_number(text_of(cases[i].text), cases[i].most, &n);
        if (is != (cases[i].number >= 0) || n != cases[i].number)
            fail_msg("case %zu: %d, %lld", i, is, (long long)n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
