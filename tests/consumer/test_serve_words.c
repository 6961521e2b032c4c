/* What people read: deadlines in words, CSV, text without regard to case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consumer/deadline_words.h"
#include "consumer/serve/csv.h"
#include "consumer/serve/fold_case.h"
#include "tests/consumer/serve_fixture.h"

static struct buffer out;

static int free_buffer(void **state)
{
    (void)state;
    buffer_free(&out);
    return 0;
}

static void expect_written(const char *expected)
{
    buffer_add_byte(&out, '\0');
    assert_string_equal((const char *)out.at, expected);
    buffer_clear(&out);
}

static void test_how_a_deadline_is_known(void **state)
{
    (void)state;
    const struct {
        struct day opens, last;
        const char *wording, *words;
        enum deadline_precision precision;
    } cases[] = {
        {on(2027, 5, 22), on(2027, 5, 22), "2027-05-22", "day 2027-05-22", PRECISION_DAY},
        {on(2027, 5, 1), on(2027, 5, 31), "2027-05", "month May 2027", PRECISION_MONTH},
        {on(2028, 2, 1), on(2028, 2, 29), "2028-02~", "month February 2028 (approximate)", PRECISION_MONTH},
        {on(2028, 2, 1), on(2028, 2, 28), "", "2028-02-01 to 2028-02-28", PRECISION_WINDOW},
        {on(2027, 1, 1), on(2027, 12, 31), "2027?", "year 2027 (uncertain)", PRECISION_YEAR},
        {on(2027, 1, 1), on(2027, 12, 31), "2027%", "year 2027 (uncertain, approximate)", PRECISION_YEAR},
        {on(2026, 1, 1), on(2030, 12, 31), "2026/2030", "2026-01-01 to 2030-12-31", PRECISION_WINDOW},
        {on(2030, 1, 1), DAY_NONE, "2030/..", "from 2030-01-01 on", PRECISION_OPEN},
        {on(2027, 5, 24), on(2027, 5, 24), "R/XXXX-05-24/P1Y", "day 2027-05-24, repeats", PRECISION_DAY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct deadline_in d = {SUBJECT_COMMITMENT, cases[i].opens, cases[i].last, true};
        assert_int_equal(deadline_precision(&d), cases[i].precision);
        deadline_known_as(&d, text_of(cases[i].wording), &out);
        expect_written(cases[i].words);
    }
}

/* The days that it lasts, or all that is known of one day? */
static void test_what_lasts(void **state)
{
    (void)state;
    const struct {
        uint8_t kind;
        const char *wording;
        bool lasts;
    } cases[] = {
        {SUBJECT_INSTRUMENT, "2026/2030", true},
        {SUBJECT_INSTRUMENT, "2026", true},
        {SUBJECT_COMMITMENT, "2026/2030", false},
        {SUBJECT_COMMITMENT, "R/2026-01-01/2026-01-31/P1Y", false},
        {SUBJECT_SUMMIT, "2026-05-22/2026-05-24", true},
        {SUBJECT_SUMMIT, "2026-05", false},
        {SUBJECT_SUMMIT, "../2026", false},
        {SUBJECT_SUMMIT, "[2026-05-22..2026-05-24]", false},
        {SUBJECT_SUMMIT, "R/XXXX-05-24/P1Y", false},
        {SUBJECT_SUMMIT, "R3/2026-05-22/2026-05-24/P1Y", true},
        {SUBJECT_SUMMIT, "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct deadline_in d = {cases[i].kind, on(2026, 1, 1), on(2026, 12, 31), true};
        assert_int_equal(deadline_lasts(&d, text_of(cases[i].wording)), cases[i].lasts);
    }
}

static void test_the_next_day_that_counts(void **state)
{
    (void)state;
    const struct day today = on(2027, 6, 1);
    const struct {
        enum subject_kind kind;
        struct day opens, last;
        bool open;
        struct day next;
        enum deadline_event event;
        bool overdue;
    } cases[] = {
        {SUBJECT_COMMITMENT, on(2027, 6, 1), on(2027, 6, 1), true, on(2027, 6, 1), DEADLINE_DUE, false},
        {SUBJECT_COMMITMENT, on(2027, 6, 2), on(2027, 7, 1), true, on(2027, 6, 2), DEADLINE_OPENS, false},
        {SUBJECT_COMMITMENT, on(2027, 5, 1), on(2027, 6, 1), true, on(2027, 6, 1), DEADLINE_CLOSES, false},
        {SUBJECT_COMMITMENT, on(2027, 5, 1), on(2027, 5, 31), true, DAY_NONE, DEADLINE_NOTHING, true},
        {SUBJECT_COMMITMENT, on(2027, 5, 1), on(2027, 5, 31), false, DAY_NONE, DEADLINE_NOTHING, false},
        {SUBJECT_COMMITMENT, on(2027, 5, 1), DAY_NONE, true, DAY_NONE, DEADLINE_NOTHING, false},
        {SUBJECT_COMMITMENT, DAY_NONE, DAY_NONE, true, DAY_NONE, DEADLINE_NOTHING, false},
        {SUBJECT_SUMMIT, on(2027, 6, 3), on(2027, 6, 5), true, on(2027, 6, 3), DEADLINE_STARTS, false},
        {SUBJECT_SUMMIT, on(2027, 5, 31), on(2027, 6, 5), true, on(2027, 6, 5), DEADLINE_ENDS, false},
        {SUBJECT_SUMMIT, on(2027, 5, 1), on(2027, 5, 2), true, DAY_NONE, DEADLINE_NOTHING, true},
        {SUBJECT_INSTRUMENT, on(2020, 1, 1), on(2027, 12, 31), true, on(2027, 12, 31), DEADLINE_ENDS, false},
        {SUBJECT_INSTRUMENT, on(2020, 1, 1), on(2026, 12, 31), true, DAY_NONE, DEADLINE_NOTHING, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct deadline_in d = {(uint8_t)cases[i].kind, cases[i].opens, cases[i].last, cases[i].open};
        enum deadline_event event;
        assert_int_equal(deadline_next(&d, today, &event).n, cases[i].next.n);
        assert_int_equal(event, cases[i].event);
        assert_int_equal(deadline_is_overdue(&d, today), cases[i].overdue);
    }
}

static void test_csv_values(void **state)
{
    (void)state;
    static const struct {
        const char *value, *written;
        bool is_text;
    } cases[] = {
        {"plain", "plain,", true},
        {"", ",", true},
        {"a,b", "\"a,b\",", true},
        {"say \"so\"", "\"say \"\"so\"\"\",", true},
        {"two\nlines", "\"two\nlines\",", true},
        {"=1+1", "\"'=1+1\",", true},
        {"+998", "\"'+998\",", true},
        {"-P30D", "\"'-P30D\",", true},
        {"@x", "\"'@x\",", true},
        {"\tx", "\"'\tx\",", true},
        {"\rx", "\"'\rx\",", true},
        {"\nx", "\"'\nx\",", true},
        {"=", "\"'=\",", true},
        {"\xEF\xBC\x9D"
         "1+1",
         "\"'\xEF\xBC\x9D"
         "1+1\",",
         true}, /* wide = + - @ */
        {"\xEF\xBC\x8B"
         "1",
         "\"'\xEF\xBC\x8B"
         "1\",",
         true},
        {"\xEF\xBC\x8D"
         "1",
         "\"'\xEF\xBC\x8D"
         "1\",",
         true},
        {"\xEF\xBC\xA0"
         "x",
         "\"'\xEF\xBC\xA0"
         "x\",",
         true},
        {"1=1", "1=1,", true},
        {"-5", "-5,", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        csv_value(&out, text_of(cases[i].value), cases[i].is_text);
        expect_written(cases[i].written);
    }
}

static size_t count_columns(void)
{
    size_t columns = 1;
    for (size_t i = 0; i < out.len; i++)
        columns += out.at[i] == ',';
    buffer_clear(&out);
    return columns;
}

/* As many values as names, whatever the record. */
static void test_csv_has_a_value_for_each_name(void **state)
{
    (void)state;
    const struct record records[] = {commitment("road"), summit("forum", on(2027, 6, 1), on(2027, 6, 1))};
    for (size_t i = 0; i < 2; i++) {
        const struct fields *fields = record_fields[records[i].kind - 1];
        struct subject_row row = {.kind = (uint8_t)records[i].kind, .opens = records[i].common.opens};
        csv_names(&out, fields);
        csv_end_line(&out);
        size_t names = count_columns();
        csv_record(&out, fields, &records[i].common);
        csv_end_line(&out);
        assert_int_equal(count_columns(), names);
        csv_mixed_names(&out);
        csv_end_line(&out);
        names = count_columns();
        row.last_day = row.opens;
        csv_mixed(&out, &records[i], &row, on(2027, 5, 31));
        csv_end_line(&out);
        assert_int_equal(count_columns(), names);
    }
    csv_names(&out, &commitment_record_fields);
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr((const char *)out.at, ",target.unit,"));
    assert_null(strstr((const char *)out.at, "resume"));
    buffer_clear(&out);
}

/* As in JSON: of a summit the day that its date can mean last, and below 0 what is past. */
static void test_the_deadline_as_columns(void **state)
{
    (void)state;
    struct {
        struct record r;
        const char *wording;
        struct day last;
        bool open;
        const char *columns;
    } cases[] = {
        {summit("forum", on(2027, 4, 1), on(2027, 4, 30)), "2027-04?", on(2027, 4, 30), true,
         "month April 2027 (uncertain),,,-32,true,2027-04-30,MONTH,false,true,false,"},
        {summit("forum", on(2027, 6, 10), on(2027, 6, 12)), "2027-06-10/2027-06-12", on(2027, 6, 12), true,
         "2027-06-10 to 2027-06-12,2027-06-10,STARTS,9,false,2027-06-12,WINDOW,true,false,false,"},
        {due_on("road", on(2027, 1, 1), on(2027, 12, 31)), "2027~", on(2027, 12, 31), true,
         "year 2027 (approximate),2027-12-31,CLOSES,213,false,2027-12-31,YEAR,false,false,true,"},
        {due_on("road", on(2024, 2, 9), on(2024, 2, 9)), "2024-02-09", on(2024, 2, 9), true,
         "day 2024-02-09,,,-1208,true,2024-02-09,DAY,false,false,false,"},
        {due_on("road", on(2024, 2, 9), on(2024, 2, 9)), "2024-02-09", on(2024, 2, 9), false,
         "day 2024-02-09,,,,false,2024-02-09,DAY,false,false,false,"},
        {due_on("road", on(2024, 2, 9), DAY_NONE), "2024-02-09/..", DAY_NONE, true,
         "from 2024-02-09 on,,,,false,,OPEN,false,false,false,"},
        {commitment("road"), "", DAY_NONE, true, ",,,,false,,,,,,"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record *r = &cases[i].r;
        if (r->kind == SUBJECT_SUMMIT)
            r->summit.date = text_of(cases[i].wording);
        else
            r->commitment.due = text_of(cases[i].wording);
        const struct subject_row row = {.kind = (uint8_t)r->kind,
                                        .opens = r->common.opens,
                                        .last_day = cases[i].last,
                                        .open = cases[i].open};
        csv_deadline(&out, r, &row, on(2027, 6, 1));
        expect_written(cases[i].columns);
    }
}

static void test_case_is_folded(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Road MAP 2030", "road map 2030"},
        {"МОСТ через Ўзбекистон", "мост через ўзбекистон"},
        {"ҚАЗАҚСТАН Ғылым", "қазақстан ғылым"},
        {"Тоҷикистон Ҷ Ӣ Ӯ", "тоҷикистон ҷ ӣ ӯ"},
        {"ÖZGÜR Ş Ž Č", "özgür ş ž č"},
        {"Ё Ї Ђ", "ё ї ђ"},
        {"× ÷", "× ÷"},
        {"\xFF\xC3", "\xFF\xC3"},
        {"日本", "日本"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fold_case(text_of(cases[i][0]), &out);
        expect_written(cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_a_deadline_is_known),
        cmocka_unit_test(test_what_lasts),
        cmocka_unit_test(test_the_next_day_that_counts),
        cmocka_unit_test(test_csv_values),
        cmocka_unit_test(test_csv_has_a_value_for_each_name),
        cmocka_unit_test(test_the_deadline_as_columns),
        cmocka_unit_test(test_case_is_folded),
    };
    return cmocka_run_group_tests(tests, NULL, free_buffer);
}
