/* Instants: RFC 3339 in, the one canonical form out, and where each wrong text is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/instant.h"

static void texts_are_read_and_written_in_one_form(void **state)
{
    static const struct {
        const char *text;
        const char *canonical;
    } cases[] = {
        {"2026-05-22T10:00:00Z", "2026-05-22T10:00:00.000Z"},
        {"2026-05-22t10:00:00z", "2026-05-22T10:00:00.000Z"},
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
        {"2026-05-22T10:00:00.5Z", "2026-05-22T10:00:00.500Z"},
        {"2026-05-22T10:00:00.1239999999999999999999999999Z", "2026-05-22T10:00:00.123Z"},
        {"1969-12-31T23:59:59.0009Z", "1969-12-31T23:59:59.000Z"},
        {"2026-05-22T10:00:00+05:00", "2026-05-22T05:00:00.000Z"},
        {"2026-05-22T10:00:00-03:30", "2026-05-22T13:30:00.000Z"},
        {"2026-05-22T10:00:00-00:00", "2026-05-22T10:00:00.000Z"},
        {"2026-12-31T23:00:00-23:59", "2027-01-01T22:59:00.000Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
        {"2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250Z"},
        {"2017-01-01T04:59:60+05:00", "2017-01-01T00:00:00.000Z"},
        {"1960-12-31T18:59:60-05:00", "1961-01-01T00:00:00.000Z"},
        {"2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
        {"0000-12-31T23:00:00-01:00", "0001-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct instant t, again;
        struct error e;
        char text[INSTANT_TEXT_SIZE];
        if (instant_parse(text_of(cases[i].text), &t, &e))
            fail_msg("%s: %s", cases[i].text, e.text);
        assert_int_equal(instant_format(t, text), strlen(cases[i].canonical));
        assert_string_equal(text, cases[i].canonical);
        assert_int_equal(instant_parse(text_of(text), &again, &e), 0);
        assert_true(again.ms == t.ms);
    }
}

static void wrong_texts_say_where(void **state)
{
    static const struct {
        const char *text;
        size_t position;
        const char *expected;
    } cases[] = {
        {"", 0, "a year of four digits"},
        {"26-05-22T10:00:00Z", 0, "a year of four digits"},
        {"2026", 4, "- and a month"},
        {"2026-13-22T10:00:00Z", 5, "a month 01..12"},
        {"2026-05", 7, "- and a day"},
        {"2026-02-29T10:00:00Z", 8, "a day of that month"},
        {"2026-05-00T10:00:00Z", 8, "a day of that month"},
        {"2026-05-22", 10, "T and a time"},
        {"2026-05-22 10:00:00Z", 10, "T and a time"},
        {"2026-05-22T24:00:00Z", 11, "an hour 00..23"},
        {"2026-05-22T10", 13, ": and a minute"},
        {"2026-05-22T10:60:00Z", 14, "a minute 00..59"},
        {"2026-05-22T10:00Z", 16, ": and a second"},
        {"2026-05-22T10:00:61Z", 17, "a second 00..59"},
        {"2026-05-22T10:00:60Z", 17, "a second 00..59"},
        {"2026-12-31T23:59:60+01:00", 17, "a second 00..59"},
        {"2026-05-22T10:00:00.Z", 20, "a digit"},
        {"2026-05-22T10:00:00", 19, "Z or an offset such as +05:00"},
        {"2026-05-22T10:00:00,5Z", 19, "Z or an offset such as +05:00"},
        {"2026-05-22T10:00:00+24:00", 20, "hours 00..23"},
        {"2026-05-22T10:00:00+0500", 22, ": and minutes"},
        {"2026-05-22T10:00:00+05:60", 23, "minutes 00..59"},
        {"2026-05-22T10:00:00Z ", 20, "the end of the instant"},
        {"9999-12-31T23:59:60Z", 0, "an instant of the years 0001..9999 in UTC"},
        {"9999-12-31T23:59:59-00:01", 0, "an instant of the years 0001..9999 in UTC"},
        {"0001-01-01T00:00:00+00:01", 0, "an instant of the years 0001..9999 in UTC"},
        {"0000-06-01T00:00:00Z", 0, "an instant of the years 0001..9999 in UTC"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct instant t = {42};
        struct error e;
        char text[200];
        assert_int_equal(instant_parse(text_of(cases[i].text), &t, &e), ERROR_INVALID);
        (void)snprintf(text, sizeof text, "expected %s at position %zu of \"%s\"",
                       cases[i].expected ? cases[i].expected : "nothing", cases[i].position, cases[i].text);
        assert_string_equal(e.text, text);
        assert_int_equal(e.position, cases[i].position);
        assert_true(t.ms == 42);
        assert_int_equal(instant_parse(text_of(cases[i].text), &t, NULL), ERROR_INVALID);
    }
}

static void any_number_of_milliseconds_has_a_text(void **state)
{
    char text[INSTANT_TEXT_SIZE];
    (void)state;
    (void)instant_format((struct instant){INT64_MAX}, text);
    assert_string_equal(text, "+292278994-08-17T07:12:55.807Z");
    (void)instant_format(INSTANT_NONE, text);
    assert_string_equal(text, "-292275055-05-16T16:47:04.192Z");
    (void)instant_format((struct instant){INSTANT_LAST.ms + 1}, text);
    assert_string_equal(text, "+10000-01-01T00:00:00.000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_and_written_in_one_form),
        cmocka_unit_test(wrong_texts_say_where),
        cmocka_unit_test(any_number_of_milliseconds_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
