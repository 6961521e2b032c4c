/* The rule in the footer of a zone file: each way to name a day, and where wrong rules are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/zone_rule.h"

static void check_instant(int64_t seconds, const char *expected)
{
    char text[INSTANT_TEXT_SIZE];
    (void)instant_format((struct instant){seconds * 1000}, text);
    assert_string_equal(text, expected);
}

static void rules_are_read(void **state)
{
    static const struct {
        const char *text;
        int32_t standard, summer;
        bool changes;
    } cases[] = {
        {"UTC0", 0, 0, false},
        {"<+05>-5", 18000, 18000, false},
        {"<-0330>3:30", -12600, -12600, false},
        {"LMT-1:02:03", 3723, 3723, false},
        {"EST+5EDT,M3.2.0,M11.1.0", -18000, -14400, true},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 3600, 0, true},
        {"<+01>-1<+02>-2:30,J1,365/-1:30:15", 3600, 9000, true},
        {"AAA24BBB,0/167,J365/-167", -86400, -82800, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone_rule r;
        struct error e;
        if (zone_rule_parse(text_of(cases[i].text), &r, &e))
            fail_msg("%s: %s", cases[i].text, e.text);
        assert_int_equal(r.standard, cases[i].standard);
        assert_int_equal(r.summer, cases[i].summer);
        assert_int_equal(r.changes, cases[i].changes);
    }
}

static void changes_fall_on_their_days(void **state)
{
    static const struct {
        const char *rule;
        int32_t year;
        const char *begins, *ends;
    } cases[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", 2026, "2026-03-29T01:00:00.000Z", "2026-10-25T01:00:00.000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 2027, "2027-03-28T01:00:00.000Z", "2027-10-31T01:00:00.000Z"},
        {"EST5EDT,M3.2.0,M11.1.0", 2026, "2026-03-08T07:00:00.000Z", "2026-11-01T06:00:00.000Z"},
        {"EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, "2026-03-28T00:00:00.000Z", "2026-10-23T23:00:00.000Z"},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00:00.000Z", "2026-10-25T01:00:00.000Z"},
        {"AAA0BBB,J59/0,J60/0", 2028, "2028-02-28T00:00:00.000Z", "2028-02-29T23:00:00.000Z"},
        {"AAA0BBB,58/0,59/0", 2028, "2028-02-28T00:00:00.000Z", "2028-02-28T23:00:00.000Z"},
        {"AAA0BBB,J60/0,J365/0", 2027, "2027-03-01T00:00:00.000Z", "2027-12-30T23:00:00.000Z"},
        {"AAA0BBB,0/0,365/0", 2028, "2028-01-01T00:00:00.000Z", "2028-12-30T23:00:00.000Z"},
        {"XXX3EDT4,0/0,J365/23", 2028, "2028-01-01T03:00:00.000Z", "2029-01-01T03:00:00.000Z"},
        {"AAA0BBB,M2.5.1/0,M2.1.6/0", 2027, "2027-02-22T00:00:00.000Z", "2027-02-05T23:00:00.000Z"},
        {"AAA0BBB,M1.1.4/0,M1.5.3/0", 1, "0001-01-04T00:00:00.000Z", "0001-01-30T23:00:00.000Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone_rule r;
        assert_int_equal(zone_rule_parse(text_of(cases[i].rule), &r, NULL), 0);
        check_instant(zone_rule_summer_begins(&r, cases[i].year), cases[i].begins);
        check_instant(zone_rule_summer_ends(&r, cases[i].year), cases[i].ends);
    }
}

static void wrong_rules_say_where(void **state)
{
    static const char name[] = "a zone abbreviation of three letters or more";
    static const struct {
        const char *text;
        size_t position;
        const char *expected;
    } cases[] = {
        {"", 0, name},
        {"AB5", 2, name},
        {"<+5>5", 3, name},
        {"<+05", 4, ">"},
        {"<+05!>5", 4, ">"},
        {"AAA", 3, "hours -24..24"},
        {"AAA25", 3, "hours -24..24"},
        {"AAA5:6", 5, "minutes 00..59"},
        {"AAA5:60", 5, "minutes 00..59"},
        {"AAA5:00:60", 8, "seconds 00..59"},
        {"AAA5 ", 4, name},
        {"AAA5BBB", 7, "hours -24..24"},
        {"AAA5BBB4", 8, ", and the day of a change"},
        {"AAA5BBB,", 8, "a day Jn, n or Mm.w.d"},
        {"AAA5BBB,366,1", 8, "a day Jn, n or Mm.w.d"},
        {"AAA5BBB,J0,1", 9, "a day 1..365"},
        {"AAA5BBB,M13.1.0,1", 9, "a month 1..12 and ."},
        {"AAA5BBB,M3,1", 10, "a month 1..12 and ."},
        {"AAA5BBB,M3.6.0,1", 11, "a week 1..5 and ."},
        {"AAA5BBB,M3.5.7,1", 13, "a weekday 0..6"},
        {"AAA5BBB,M3.5.0/168,1", 15, "hours -167..167"},
        {"AAA5BBB,M3.5.0/,1", 15, "hours -167..167"},
        {"AAA5BBB,M3.5.0", 14, ", and the day of a change"},
        {"AAA5BBB,M3.5.0,M10.5.0x", 22, "the end of the rule"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone_rule r;
        struct error e;
        char text[200];
        if (zone_rule_parse(text_of(cases[i].text), &r, &e) != ERROR_INVALID)
            fail_msg("%s: taken for a rule", cases[i].text);
        (void)snprintf(text, sizeof text, "expected %s at position %zu of \"%s\"", cases[i].expected,
                       cases[i].position, cases[i].text);
        assert_string_equal(e.text, text);
        assert_int_equal(e.position, cases[i].position);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_read),
        cmocka_unit_test(changes_fall_on_their_days),
        cmocka_unit_test(wrong_rules_say_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
