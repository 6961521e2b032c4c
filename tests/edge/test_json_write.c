/* Strings and numbers as RFC 8785 writes them. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edge/json/json_write.h"

static void expect_number(double value, const char *text)
{
    char out[JSON_NUMBER_SIZE];
    size_t n = json_number_format(value, out);
    assert_string_equal(out, text);
    assert_int_equal(n, strlen(text));
}

static void numbers_of_the_rfc(void **state)
{
    /* RFC 8785, appendix B */
    static const struct {
        uint64_t bits;
        const char *text;
    } cases[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value;
        memcpy(&value, &cases[i].bits, sizeof value);
        expect_number(value, cases[i].text);
    }
}

static void numbers_that_registers_hold(void **state)
{
    (void)state;
    expect_number(1, "1");
    expect_number(-30, "-30");
    expect_number(0.5, "0.5");
    expect_number(0.1, "0.1");
    expect_number(0.1 + 0.2, "0.30000000000000004");
    expect_number(1.0 / 3, "0.3333333333333333");
    expect_number(100.25, "100.25");
    expect_number(12345.6789, "12345.6789");
    expect_number(1e7, "10000000");
    expect_number(1e20, "100000000000000000000");
    expect_number(1e-7, "1e-7");
    expect_number(0.00015, "0.00015");
}

static void the_gap_below_a_power_of_two_is_half(void **state)
{
    (void)state;
    /* The nearest decimal of 16 digits, ...801, reads back as the double below. */
    expect_number(0x1p-44, "5.684341886080802e-14");
    expect_number(DBL_MIN, "2.2250738585072014e-308");
    expect_number(0x1p53, "9007199254740992");
}

static void every_number_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u; /* xorshift64: the same numbers in every run */
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double value;
        char out[JSON_NUMBER_SIZE];
        memcpy(&value, &seed, sizeof value);
        if (!isfinite(value))
            continue;
        assert_in_range(json_number_format(value, out), 1, JSON_NUMBER_SIZE - 1);
        assert_true(strtod(out, NULL) == value);
    }
}

static void integers(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-1, "-1"},
                 {1234567890, "1234567890"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer b = BUFFER_EMPTY;
        json_write_integer(&b, cases[i].value);
        assert_true(text_equal(json_text(&b), text_of(cases[i].text)));
        buffer_free(&b);
    }
}

static void strings(void **state)
{
    static const struct {
        struct text given;
        const char *printed;
    } cases[] = {
        {TEXT_LITERAL(""), "\"\""},
        {{NULL, 0}, "\"\""},
        {TEXT_LITERAL("Über / Ташкент"), "\"Über / Ташкент\""},
        {TEXT_LITERAL("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\""},
        {TEXT_LITERAL("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\""},
        {TEXT_LITERAL("\x01\x1f\x7f"), "\"\\u0001\\u001f\x7f\""},
        {TEXT_LITERAL("a\0b"), "\"a\\u0000b\""},
        {TEXT_LITERAL("\u2028\U0001F600"), "\"\u2028\U0001F600\""},
        /* not UTF-8: a lone byte, a cut sequence, an overlong form, a surrogate, beyond Unicode */
        {TEXT_LITERAL("a\xFFz"), "\"a\uFFFDz\""},
        {TEXT_LITERAL("a\xE2\x82"), "\"a\uFFFD\uFFFD\""},
        {TEXT_LITERAL("\xC0\xAF"), "\"\uFFFD\uFFFD\""},
        {TEXT_LITERAL("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\""},
        {TEXT_LITERAL("\xF4\x90\x80\x80"), "\"\uFFFD\uFFFD\uFFFD\uFFFD\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer b = BUFFER_EMPTY;
        json_write_string(&b, cases[i].given);
        buffer_add_byte(&b, 0);
        assert_string_equal((const char *)b.at, cases[i].printed);
        buffer_free(&b);
    }
}

/* Every byte that needs something done about it, wherever it stands in texts of every length up to three
 * words of sixteen bytes. */
static void no_byte_is_overlooked(void **state)
{
    static const struct {
        char byte;
        const char *printed;
    } cases[] = {{'"', "\\\""},      {'\\', "\\\\"},     {'\x1f', "\\u001f"}, {'\0', "\\u0000"},
                 {'\x80', "\uFFFD"}, {'\xff', "\uFFFD"}, {' ', " "},          {'\x7f', "\x7f"},
                 {'!', "!"},         {'#', "#"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t len = 1; len <= 48; len++)
            for (size_t at = 0; at < len; at++) {
                char given[48];
                struct buffer b = BUFFER_EMPTY, wanted = BUFFER_EMPTY;
                memset(given, 'a', sizeof given);
                buffer_add_byte(&wanted, '"');
                buffer_add(&wanted, given, at);
                buffer_add(&wanted, cases[i].printed, strlen(cases[i].printed));
                buffer_add(&wanted, given, len - at - 1);
                buffer_add_byte(&wanted, '"');
                given[at] = cases[i].byte;
                json_write_string(&b, (struct text){given, len});
                assert_true(text_equal(json_text(&b), json_text(&wanted)));
                buffer_free(&b);
                buffer_free(&wanted);
            }
}

/* Of fractions as registers hold them: with one digit less no number reads back. */
static void fractions_are_as_short_as_can_be(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double value = i % 2 ? (double)(seed % 3650 + 1) / (double)(seed >> 40 | 1)
                             : (double)(seed % 1000000007) / (double)(1 + (seed >> 32) % 9999);
        char out[JSON_NUMBER_SIZE], shorter[JSON_NUMBER_SIZE + 10];
        size_t n = json_number_format(value, out), digits = 0;
        assert_true(strtod(out, NULL) == value);
        for (size_t k = strspn(out, "0."); k < n && out[k] != 'e'; k++)
            digits += out[k] != '.';
        if (digits < 2 || strchr(out, '.') == NULL)
            continue;
        (void)snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, value);
        assert_true(strtod(shorter, NULL) != value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_the_rfc),
        cmocka_unit_test(numbers_that_registers_hold),
        cmocka_unit_test(the_gap_below_a_power_of_two_is_half),
        cmocka_unit_test(every_number_reads_back),
        cmocka_unit_test(integers),
        cmocka_unit_test(fractions_are_as_short_as_can_be),
        cmocka_unit_test(strings),
        cmocka_unit_test(no_byte_is_overlooked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
