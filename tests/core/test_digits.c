/* Hexadecimal digits in half the room: every digit there is at every place, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/digits.h"
#include "core/hex.h"

#define BYTES 8
#define DIGITS (2 * BYTES)

static void digits_are_what_printf_says(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < BYTES; at++) {
            unsigned char bytes[BYTES] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF}, again[BYTES];
            char expected[DIGITS + 1], printed[DIGITS];
            bytes[at] = (unsigned char)byte;
            for (size_t i = 0; i < BYTES; i++)
                (void)snprintf(expected + 2 * i, 3, "%02x", bytes[i]);
            hex_print(bytes, printed, BYTES);
            assert_memory_equal(printed, expected, DIGITS);
            assert_true(hex_read(expected, again, BYTES));
            assert_memory_equal(again, bytes, BYTES);
        }
}

static void only_lower_case_digits_are_read(void **state)
{
    (void)state;
    for (size_t at = 0; at < DIGITS; at++)
        for (int byte = 0; byte < 256; byte++) {
            char text[] = "0123456789abcdef";
            unsigned char bytes[BYTES];
            text[at] = (char)byte;
            assert_int_equal(hex_read(text, bytes, BYTES),
                             (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f'));
        }
}

#define DIGEST "69612caaf032058161db15d15aa9c468a8a039d433c5450f98b89a2d2e844387"

static void any_text_comes_back_as_it_was(void **state)
{
    static const struct {
        const char *text;
        size_t kept; /* bytes */
    } cases[] = {
        {"01234567-89ab-cdef-0123-456789abcdef", 17},
        {"01234567-89AB-cdef-0123-456789abcdef", 37},
        {DIGEST, 33},
        {DIGEST "0", 66},
        {"69612CAAF032058161DB15D15AA9C468A8A039D433C5450F98B89A2D2E844387", 65},
        {"69612caaf032058161db15d15aa9c468a8a039d433c5450f98b89a2d2e84438-", 65},
        {"thirty-two bytes that are no SHA", 33}, /* as long as a digest in bytes */
        {"sixteen bytes, 0", 17},                 /* as long as a UUID in bytes */
        {"e1", 3},
        {"", 1},
    };
    struct arena *a = arena_new(256);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text kept = digits_write(text_of(cases[i].text), a);
        assert_int_equal(kept.len, cases[i].kept);
        assert_true(text_equal(digits_read(kept, a), text_of(cases[i].text)));
    }
    assert_true(text_is_null(digits_read(digits_write(TEXT_NULL, a), a)));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_are_what_printf_says),
        cmocka_unit_test(only_lower_case_digits_are_read),
        cmocka_unit_test(any_text_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
