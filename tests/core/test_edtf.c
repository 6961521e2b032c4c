/* EDTF: every form with its bounds, and where each wrong text is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/civil.h"
#include "core/edtf.h"

#define OPEN "open"
#define BEYOND "beyond" /* after 9999-12-31 */

static const char *shown(struct day d, char text[DAY_TEXT_SIZE])
{
    if (day_is_none(d))
        return OPEN;
    (void)day_format(d, text);
    return text;
}

struct form {
    const char *text;
    const char *earliest, *latest, *end_from;
    char qualifier;
};

static void check_forms(const struct form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct edtf d;
        struct error e;
        char earliest[DAY_TEXT_SIZE], latest[DAY_TEXT_SIZE], end_from[DAY_TEXT_SIZE];
        const struct form *f = &forms[i];
        if (edtf_parse(text_of(f->text), &d, &e))
            fail_msg("%s: %s", f->text, e.text);
        bool beyond = strcmp(f->latest, BEYOND) == 0;
        assert_string_equal(shown(d.earliest, earliest), f->earliest);
        assert_string_equal(shown(d.latest, latest), beyond ? OPEN : f->latest);
        assert_string_equal(shown(d.end_from, end_from), f->end_from ? f->end_from : f->earliest);
        assert_int_equal(d.unbounded, beyond);
        assert_int_equal(d.qualifier, f->qualifier);
    }
}
#define CHECK_FORMS(forms) check_forms(forms, sizeof(forms) / sizeof((forms)[0]))

static void lone_dates(void **state)
{
    static const struct form forms[] = {
        {"2027", "2027-01-01", "2027-12-31", NULL, 0},
        {"0001", "0001-01-01", "0001-12-31", NULL, 0},
        {"9999", "9999-01-01", "9999-12-31", NULL, 0},
        {"2027-05", "2027-05-01", "2027-05-31", NULL, 0},
        {"2027-02", "2027-02-01", "2027-02-28", NULL, 0},
        {"2028-02", "2028-02-01", "2028-02-29", NULL, 0},
        {"2027-12", "2027-12-01", "2027-12-31", NULL, 0},
        {"2027-05-22", "2027-05-22", "2027-05-22", NULL, 0},
        {"2028-02-29", "2028-02-29", "2028-02-29", NULL, 0},
        {"9999-12-31", "9999-12-31", "9999-12-31", NULL, 0},
        {"2027-21", "2027-03-01", "2027-05-31", NULL, 0},
        {"2027-22", "2027-06-01", "2027-08-31", NULL, 0},
        {"2027-23", "2027-09-01", "2027-11-30", NULL, 0},
        {"2027-24", "2027-12-01", "2028-02-29", NULL, 0},
        {"2026-24", "2026-12-01", "2027-02-28", NULL, 0},
        {"9999-24", "9999-12-01", BEYOND, NULL, 0},
        {"2027-33", "2027-01-01", "2027-03-31", NULL, 0},
        {"2027-34", "2027-04-01", "2027-06-30", NULL, 0},
        {"2027-35", "2027-07-01", "2027-09-30", NULL, 0},
        {"2027-36", "2027-10-01", "2027-12-31", NULL, 0},
        {"2027-40", "2027-01-01", "2027-06-30", NULL, 0},
        {"2027-41", "2027-07-01", "2027-12-31", NULL, 0},
        {"202X", "2020-01-01", "2029-12-31", NULL, 0},
        {"20XX", "2000-01-01", "2099-12-31", NULL, 0},
        {"000X", "0001-01-01", "0009-12-31", NULL, 0},
        {"00XX", "0001-01-01", "0099-12-31", NULL, 0},
        {"001X", "0010-01-01", "0019-12-31", NULL, 0},
        {"99XX", "9900-01-01", "9999-12-31", NULL, 0},
        {"2027-05-XX", "2027-05-01", "2027-05-31", NULL, 0},
        {"2028-02-XX", "2028-02-01", "2028-02-29", NULL, 0},
        {"2027-XX-XX", "2027-01-01", "2027-12-31", NULL, 0},
    };
    (void)state;
    CHECK_FORMS(forms);
}

static void qualifiers_are_kept_and_change_no_bound(void **state)
{
    static const struct form forms[] = {
        {"2027?", "2027-01-01", "2027-12-31", NULL, '?'},
        {"2027-05~", "2027-05-01", "2027-05-31", NULL, '~'},
        {"2027-05-22%", "2027-05-22", "2027-05-22", NULL, '%'},
        {"2027-21~", "2027-03-01", "2027-05-31", NULL, '~'},
        {"20XX?", "2000-01-01", "2099-12-31", NULL, '?'},
        {"2027-XX-XX%", "2027-01-01", "2027-12-31", NULL, '%'},
        {"2026?/2032~", "2026-01-01", "2032-12-31", "2032-01-01", 0},
        {"../2030%", OPEN, "2030-12-31", "2030-01-01", 0},
        {"[2026~..2028?]", "2026-01-01", "2028-12-31", "2028-01-01", 0},
    };
    (void)state;
    CHECK_FORMS(forms);
}

static void intervals_and_sets(void **state)
{
    static const struct form forms[] = {
        {"2026/2032", "2026-01-01", "2032-12-31", "2032-01-01", 0},
        {"2026-05-22/2026-05-24", "2026-05-22", "2026-05-24", "2026-05-24", 0},
        {"2026-05-22/2026-05-22", "2026-05-22", "2026-05-22", "2026-05-22", 0},
        {"2026-21/2027-36", "2026-03-01", "2027-12-31", "2027-10-01", 0},
        {"202X/20XX", "2020-01-01", "2099-12-31", "2000-01-01", 0},
        {"2026-05-XX/2027-XX-XX", "2026-05-01", "2027-12-31", "2027-01-01", 0},
        {"2027-06/2027", "2027-06-01", "2027-12-31", "2027-01-01", 0},
        {"2027/2027-05", "2027-01-01", "2027-05-31", "2027-05-01", 0},
        {"../2030", OPEN, "2030-12-31", "2030-01-01", 0},
        {"../2030-05-22", OPEN, "2030-05-22", "2030-05-22", 0},
        {"2030/..", "2030-01-01", OPEN, OPEN, 0},
        {"2030-24/..", "2030-12-01", OPEN, OPEN, 0},
        {"2026/9999-24", "2026-01-01", BEYOND, "9999-12-01", 0},
        {"../9999-24", OPEN, BEYOND, "9999-12-01", 0},
        {"9999-24/9999", "9999-12-01", "9999-12-31", "9999-01-01", 0},
        {"9999-24/..", "9999-12-01", OPEN, OPEN, 0},
        {"[..2030]", OPEN, "2030-12-31", "2030-01-01", 0},
        {"[2030..]", "2030-01-01", OPEN, OPEN, 0},
        {"[2026..2028]", "2026-01-01", "2028-12-31", "2028-01-01", 0},
        {"[2026-33..2026-41]", "2026-01-01", "2026-12-31", "2026-07-01", 0},
        /* Winter ends in the next year, so this one does not end before it starts. */
        {"[2027..2026-24]", "2027-01-01", "2027-02-28", "2026-12-01", 0},
        {"[2026-05-22..9999-24]", "2026-05-22", BEYOND, "9999-12-01", 0},
    };
    (void)state;
    CHECK_FORMS(forms);
}

static void wrong_texts_say_where(void **state)
{
    static const char month[] =
        "a month 01..12, a season 21..24, a quarter 33..36, a half-year 40..41 or XX-XX";
    static const char year[] = "a year of four digits";
    static const char end[] = "the end of the date", slash_or_end[] = "/ or the end of the date";
    static const char no_year[] = "a year (XXXX stands only in R/XXXX-MM-DD/...)";
    static const char unknown_day[] = "-XX (after an unknown month the day is unknown too)";
    static const struct {
        const char *text;
        size_t position;
        const char *expected;
    } cases[] = {
        {"", 0, year},
        {" 2027", 0, year},
        {"soon", 0, year},
        {"-2027", 0, year},
        {"Y12027", 0, year},
        {"2", 1, "a digit (a year has four)"},
        {"2XXX", 1, "a digit (a year has four)"},
        {"20", 2, "a digit or X (a year has four)"},
        {"202", 3, "a digit or X (a year has four)"},
        {"202O", 3, "a digit or X (a year has four)"},
        {"20X5", 3, "X"},
        {"20X", 3, "X"},
        {"XXXX", 0, no_year},
        {"XXXX-05-24", 0, no_year},
        {"XXX", 0, year},
        {"0000", 0, "a year 0001..9999"},
        {"0000-05", 0, "a year 0001..9999"},
        {"20275", 4, slash_or_end},
        {"2027 ", 4, slash_or_end},
        {"202705", 4, slash_or_end},
        {"202X-05", 4, slash_or_end},
        {"20XX-XX", 4, slash_or_end},
        {"2027-", 5, month},
        {"2027-5", 5, month},
        {"2027-00", 5, month},
        {"2027-13", 5, month},
        {"2027-20", 5, month},
        {"2027-25", 5, month},
        {"2027-32", 5, month},
        {"2027-37", 5, month},
        {"2027-39", 5, month},
        {"2027-42", 5, month},
        {"2027-1X", 5, month},
        {"2027-X1", 5, month},
        {"2027-XX", 7, unknown_day},
        {"2027-XX-05", 7, unknown_day},
        {"2027-21-01", 7, slash_or_end},
        {"2027-33-XX", 7, slash_or_end},
        {"2027-05-", 8, "a day 01..31 or XX"},
        {"2027-05-32", 8, "a day 01..31 or XX"},
        {"2027-04-31", 8, "a day 01..30 or XX"},
        {"2027-02-29", 8, "a day 01..28 or XX"},
        {"2028-02-30", 8, "a day 01..29 or XX"},
        {"2027-05-00", 8, "a day 01..31 or XX"},
        {"2027-05-2X", 8, "a day 01..31 or XX"},
        {"2027-05-X2", 8, "a day 01..31 or XX"},
        {"2027-05-22T10:00:00Z", 10, slash_or_end},
        {"2027??", 5, slash_or_end},
        {"2027?-05", 5, slash_or_end},
        {"?2027", 0, year},
        {"2026/", 5, "a date or .."},
        {"/2026", 0, year},
        {"2026/2027/2028", 9, end},
        {"2026/../2028", 7, end},
        {"2026..2028", 4, slash_or_end},
        {"..", 2, "/ and a date"},
        {"..2030", 2, "/ and a date"},
        {"../", 3, "a date"},
        {"../..", 3, year},
        {"2026/[2028..]", 5, year},
        {"[", 1, year},
        {"[..]", 3, year},
        {"[2026]", 5, ".."},
        {"[2026,2028]", 5, ".."},
        {"[2026/2028]", 5, ".."},
        {"[2026..", 7, "a date or ]"},
        {"[..", 3, "a date"},
        {"[2026..2028", 11, "]"},
        {"[2026..2028..]", 11, "]"},
        {"[2026..2028]?", 12, end},
        {"[2026..]/2028", 8, end},
        {"{2026..2028}", 0, year},
        {"2027/2026", 5, "an end that is not before its start"},
        {"2027-05-22/2027-05-21", 11, "an end that is not before its start"},
        {"2027-05/2027-04-XX", 8, "an end that is not before its start"},
        {"[2028..2026]", 7, "an end that is not before its start"},
        {"\xff\"2027", 0, year},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct edtf d = {.qualifier = '!'};
        struct error e;
        char text[200];
        if (edtf_parse(text_of(cases[i].text), &d, &e) != ERROR_INVALID)
            fail_msg("%s: taken for a date", cases[i].text);
        (void)snprintf(text, sizeof text, "expected %s at position %zu of \"%s\"", cases[i].expected,
                       cases[i].position, cases[i].text[0] == '\xff' ? "??2027" : cases[i].text);
        assert_string_equal(e.text, text);
        assert_int_equal(e.position, cases[i].position);
        assert_int_equal(d.qualifier, '!');
        assert_int_equal(edtf_parse(text_of(cases[i].text), &d, NULL), ERROR_INVALID);
    }
    struct edtf d;
    assert_int_equal(edtf_parse(TEXT_NULL, &d, NULL), ERROR_INVALID);
}

/* Every text of up to six of these bytes, each in memory of its own length, so that the sanitizers see a step
 * beyond its end. */
static void no_text_is_read_beyond_its_end(void **state)
{
    static const char bytes[] = "2X-./[?";
    const size_t kinds = sizeof bytes - 1;
    size_t texts = 1;
    (void)state;
    for (size_t len = 1; len <= 6; len++) {
        texts *= kinds;
        char *text = malloc(len);
        assert_non_null(text);
        for (size_t n = 0; n < texts; n++) {
            struct edtf d;
            struct error e;
            for (size_t i = 0, rest = n; i < len; i++, rest /= kinds)
                text[i] = bytes[rest % kinds];
            if (edtf_parse((struct text){text, len}, &d, &e) == 0)
                assert_false(day_is_none(d.earliest) && day_is_none(d.latest));
            else
                assert_true(e.position <= len);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lone_dates),
        cmocka_unit_test(qualifiers_are_kept_and_change_no_bound),
        cmocka_unit_test(intervals_and_sets),
        cmocka_unit_test(wrong_texts_say_where),
        cmocka_unit_test(no_text_is_read_beyond_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
