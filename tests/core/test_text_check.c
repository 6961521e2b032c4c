/* UTF-8 and what of it is shown in messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text_check.h"

/* The definition of RFC 3629, written out: decode, then hold the code point against its form. */
static bool is_utf8_by_definition(const unsigned char *at, size_t len)
{
    for (size_t i = 0; i < len;) {
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        size_t bytes = at[i] < 0x80   ? 1
                       : at[i] < 0xc0 ? 0
                       : at[i] < 0xe0 ? 2
                       : at[i] < 0xf0 ? 3
                       : at[i] < 0xf8 ? 4
                                      : 0;
        if (bytes == 0 || i + bytes > len)
            return false;
        uint32_t point = bytes == 1 ? at[i] : at[i] & (0x7fu >> bytes);
        for (size_t k = 1; k < bytes; k++) {
            if ((at[i + k] & 0xc0) != 0x80)
                return false;
            point = point << 6 | (at[i + k] & 0x3f);
        }
        if ((bytes > 1 && point < least[bytes]) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        i += bytes;
    }
    return true;
}

static void every_sequence_is_judged_as_defined(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                          0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                          0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
    const size_t kinds = sizeof bytes;
    size_t good = 0, bad = 0;
    (void)state;
    for (size_t n = 0; n < kinds * kinds * kinds * kinds; n++) {
        unsigned char text[4];
        for (size_t i = 0, rest = n; i < 4; i++, rest /= kinds)
            text[i] = bytes[rest % kinds];
        bool expected = is_utf8_by_definition(text, 4);
        if (text_is_utf8((struct text){(const char *)text, 4}) != expected)
            fail_msg("%02x %02x %02x %02x", text[0], text[1], text[2], text[3]);
        *(expected ? &good : &bad) += 1;
    }
    assert_true(good > 0 && bad > 0);
}

static void long_texts_are_read_to_their_end(void **state)
{
    (void)state;
    assert_true(text_is_utf8(TEXT_NULL));
    assert_true(text_is_utf8(TEXT_LITERAL("")));
    for (size_t len = 1; len < 40; len++) {
        char *text = malloc(len);
        assert_non_null(text);
        memset(text, 'a', len);
        assert_true(text_is_utf8((struct text){text, len}));
        for (size_t i = 0; i < len; i++) {
            text[i] = (char)0xff;
            assert_false(text_is_utf8((struct text){text, len}));
            text[i] = (char)0xc3;
            assert_false(text_is_utf8((struct text){text, len}));
            if (i + 1 < len) {
                text[i + 1] = (char)0xbc;
                assert_true(text_is_utf8((struct text){text, len}));
                text[i + 1] = 'a';
            }
            text[i] = 'a';
        }
        free(text);
    }
}

static void messages_show_what_is_fit_for_them(void **state)
{
    static const struct {
        struct text text;
        const char *shown;
    } cases[] = {
        {TEXT_LITERAL(""), ""},
        {{NULL, 0}, ""},
        {TEXT_LITERAL("Алматы"), "Алматы"},
        {TEXT_LITERAL("a\nb\0c\x7f\"d\\"), "a?b?c??d?"},
        {TEXT_LITERAL("\xc3("), "?("},
        {TEXT_LITERAL("x\xe2\x82"), "x??"},
        {TEXT_LITERAL("\xc2\x9b\xc2\xa0"), "?\xc2\xa0"},
        {TEXT_LITERAL("0123456789012345678901234567890123456789"),
         "0123456789012345678901234567890123456789"},
        {TEXT_LITERAL("01234567890123456789012345678901234567890"),
         "0123456789012345678901234567890123456789..."},
        {TEXT_LITERAL("012345678901234567890123456789012345678\xd0\x90"),
         "012345678901234567890123456789012345678..."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(text_quote(cases[i].text).at, cases[i].shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence_is_judged_as_defined),
        cmocka_unit_test(long_texts_are_read_to_their_end),
        cmocka_unit_test(messages_show_what_is_fit_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
