/* The timeline: how a date is said that is known only so far, and what a line looks like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "consumer/replay/timeline.h"
#include "consumer/replay/timeline_words.h"
#include "core/civil.h"
#include "core/instant.h"

static struct buffer out;

static int free_buffer(void **state)
{
    (void)state;
    buffer_free(&out);
    return 0;
}

static struct day on(const char *text)
{
    int32_t year, month, day;
    if (!text)
        return DAY_NONE;
    assert_int_equal(sscanf(text, "%d-%d-%d", &year, &month, &day), 3);
    return day_of_civil(year, month, day);
}

static struct instant at(const char *text)
{
    struct instant t = INSTANT_NONE;
    assert_int_equal(instant_parse(text_of(text), &t, NULL), 0);
    return t;
}

static void expect_written(const char *expected)
{
    buffer_add_byte(&out, '\0');
    assert_string_equal((const char *)out.at, expected);
    buffer_clear(&out);
}

/* --- Words --- */

static void test_when(void **state)
{
    (void)state;
    const enum subject_kind instrument = SUBJECT_INSTRUMENT, summit = SUBJECT_SUMMIT,
                            commitment = SUBJECT_COMMITMENT;
    const struct {
        enum subject_kind kind;
        const char *opens, *last, *wording, *words;
    } cases[] = {
        {commitment, "2027-05-22", "2027-05-22", "2027-05-22", "by 2027-05-22"},
        {summit, "2027-05-22", "2027-05-22", "2027-05-22", "on 2027-05-22"},
        {instrument, "2027-05-22", "2027-05-22", NULL, "until 2027-05-22"},
        {commitment, "2027-01-01", "2027-12-31", "2027", "by the end of 2027"},
        {summit, "2027-01-01", "2027-12-31", "2027", "in 2027"},
        {instrument, "2027-01-01", "2027-12-31", "2027", "until the end of 2027"},
        {summit, "2026-07-01", "2026-09-30", "2026-35", "in Q3 2026"},
        {commitment, "2026-10-01", "2026-12-31", "2026-36", "by the end of Q4 2026"},
        {commitment, "2028-02-01", "2028-02-29", "2028-02", "by the end of February 2028"},
        {summit, "2028-02-01", "2028-02-28", NULL, "2028-02-01 to 2028-02-28"},
        {summit, "2027-03-01", "2027-05-31", "2027-21", "in spring 2027"},
        {summit, "2027-12-01", "2028-02-29", "2027-24", "in winter 2027/2028"},
        {summit, "2027-01-01", "2027-06-30", "2027-40", "in the first half of 2027"},
        {commitment, "2027-07-01", "2027-12-31", "2027-41", "by the end of the second half of 2027"},
        {commitment, "2020-01-01", "2029-12-31", "202X", "by the end of the 2020s"},
        {commitment, "2021-01-01", "2030-12-31", "2021/2030", "2021 to 2030"},
        {summit, "2027-06-10", "2027-06-12", "2027-06-10/2027-06-12", "2027-06-10 to 2027-06-12"},
        {commitment, "2030-01-01", NULL, "2030/..", "from 2030 on"},
        {commitment, "2030-05-01", NULL, "2030-05/..", "from 2030-05-01 on"},
        {commitment, "2027-01-01", "2027-12-31", "2027?", "by the end of 2027 (uncertain)"},
        {summit, "2027-05-01", "2027-05-31", "2027-05~", "in May 2027 (approximate)"},
        {summit, "2027-01-01", "2027-12-31", "2027%", "in 2027 (uncertain, approximate)"},
        {summit, "2027-05-24", "2027-05-24", "R/XXXX-05-24/P1Y", "on 2027-05-24, repeats"},
        {commitment, "2028-04-12", "2028-04-12", "P18M", "by 2028-04-12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct timeline_window w = {cases[i].kind, on(cases[i].opens), on(cases[i].last),
                                          text_of(cases[i].wording)};
        timeline_when(&w, &out);
        expect_written(cases[i].words);
    }
}

static void test_when_only_the_wording_is_there(void **state)
{
    (void)state;
    const struct {
        const char *wording, *words; /* NULL: says nothing */
    } cases[] = {
        {"2027", "by the end of 2027"},
        {"2027-33", "by the end of Q1 2027"},
        {"../2030", "by the end of 2030"},
        {"2027?", "by the end of 2027 (uncertain)"},
        {"2030/..", NULL},
        {"P18M", NULL},
        {"R/2027/P1Y", NULL},
        {"", NULL},
        {NULL, NULL},
        {"soon", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool said = timeline_when_worded(SUBJECT_COMMITMENT, text_of(cases[i].wording), &out);
        assert_int_equal(said, cases[i].words != NULL);
        expect_written(cases[i].words ? cases[i].words : "");
    }
}

static void test_what_happened(void **state)
{
    (void)state;
    struct event e = {.kind = EVENT_SIGNING};
    e.common.type = SIGNING_IN_FORCE;
    timeline_event_words(&e, &out);
    expect_written("in force");
    e.common.type = SIGNING_UNKNOWN;
    timeline_event_words(&e, &out);
    expect_written("changed");
    e = (struct event){.kind = EVENT_MILESTONE};
    e.common.type = MILESTONE_REPORTED;
    timeline_event_words(&e, &out);
    expect_written("reported");
    e.milestone.progress = (struct number){0.29, true};
    timeline_event_words(&e, &out);
    expect_written("reported 29 %");
    e.milestone.progress.value = 0.999;
    timeline_event_words(&e, &out);
    expect_written("reported 99 %");
    e.common.type = MILESTONE_DISPUTED;
    e.milestone.claimed_by = TEXT_LITERAL("org:ifas");
    timeline_event_words(&e, &out);
    expect_written("disputed by org:ifas");
    struct alert a = {.kind = ALERT_MOVED, .slip_days = 30};
    timeline_alert_words(&a, &out);
    expect_written("MOVED +30 days");
    a = (struct alert){.kind = ALERT_OVERDUE, .stale = true, .slip_days = LONG_NULL};
    timeline_alert_words(&a, &out);
    expect_written("OVERDUE (stale)");
}

/* --- Lines --- */

static struct alert overdue(const char *raised_at)
{
    static const struct text parties[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("UZB")};
    return (struct alert){
        .subject = TEXT_LITERAL("road"),
        .subject_kind = SUBJECT_COMMITMENT,
        .kind = ALERT_OVERDUE,
        .severity = SEVERITY_CRITICAL,
        .opens = day_of_civil(2027, 1, 1),
        .closes = day_of_civil(2027, 12, 31),
        .due = TEXT_LITERAL("2027"),
        .raised_at = at(raised_at),
        .days_left = -30,
        .slip_days = LONG_NULL,
        .title = TEXT_LITERAL("Дорога \033[2Jмежду городами и сёлами области"),
        .parties = {parties, 2},
    };
}

static void test_lines_by_width(void **state)
{
    (void)state;
    const struct {
        struct terminal screen;
        const char *drawn;
    } cases[] = {
        {{false, false, 0},
         "  KNOWN        KIND        WHAT                DAYS  DEADLINE                    PARTIES           "
         "TITLE\n"
         "2028\n"
         "  01-30 21:05  commitment  OVERDUE              -30  by the end of 2027          KAZ UZB           "
         "Дорога \xef\xbf\xbd[2Jмежду городами и сёлами области\n"
         "  12-31 23:59  commitment  OVERDUE             -366  by the end of 2027          KAZ UZB           "
         "Дорога \xef\xbf\xbd[2Jмежду городами и сёлами области\n"
         "2029\n"
         "  01-01 00:00  commitment  OVERDUE             -367  by the end of 2027          KAZ UZB           "
         "Дорога \xef\xbf\xbd[2Jмежду городами и сёлами области\n"},
        {{true, false, 100},
         "  KNOWN        WHAT                DAYS  DEADLINE                    TITLE\n"
         "2028\n"
         "  01-30 21:05  OVERDUE              -30  by the end of 2027          Дорога \xef\xbf\xbd[2Jмежду "
         "городами и сё…\n"
         "  12-31 23:59  OVERDUE             -366  by the end of 2027          Дорога \xef\xbf\xbd[2Jмежду "
         "городами и сё…\n"
         "2029\n"
         "  01-01 00:00  OVERDUE             -367  by the end of 2027          Дорога \xef\xbf\xbd[2Jмежду "
         "городами и сё…\n"},
        {{true, true, 60},
         "  \033[2mKNOWN\033[0m  \033[2mWHAT\033[0m            \033[2mDAYS\033[0m  \033[2mDEADLINE\033[0m"
         "       \033[2mTITLE\033[0m\n"
         "\033[1m2028\033[0m\n"
         "  \033[2m01-30\033[0m  \033[1;31mOVERDUE\033[0m          \033[1;31m-30\033[0m  by the end o…  "
         "Дорога \xef\xbf\xbd[2Jме…\n"
         "  \033[2m12-31\033[0m  \033[1;31mOVERDUE\033[0m         \033[1;31m-366\033[0m  by the end o…  "
         "Дорога \xef\xbf\xbd[2Jме…\n"
         "\033[1m2029\033[0m\n"
         "  \033[2m01-01\033[0m  \033[1;31mOVERDUE\033[0m         \033[1;31m-367\033[0m  by the end o…  "
         "Дорога \xef\xbf\xbd[2Jме…\n"},
    };
    static const char *const times[] = {"2028-01-30T21:05:59Z", "2028-12-31T23:59:59.999Z",
                                        "2029-01-01T00:00:00Z"};
    struct zone *utc = zone_new_utc();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct timeline t;
        timeline_open(&t, utc, cases[i].screen);
        for (size_t k = 0; k < 3; k++) {
            struct alert a = overdue(times[k]);
            timeline_alert(&t, &a, &out);
        }
        timeline_close(&t);
        expect_written(cases[i].drawn);
    }
    zone_free(utc);
}

static void test_a_summit_counts_to_its_first_day_then_to_its_last(void **state)
{
    struct zone *utc = zone_new_utc();
    struct timeline t;
    struct event e = {.kind = EVENT_SUMMIT};
    struct record r = {.kind = SUBJECT_SUMMIT};
    (void)state;
    e.common.type = SUMMIT_SCHEDULED;
    r.common.id = TEXT_LITERAL("forum");
    r.common.opens = r.common.closes = day_of_civil(2027, 7, 1);
    r.summit.latest_end = day_of_civil(2027, 9, 30);
    r.summit.status = SUMMIT_SCHEDULED;
    r.summit.date = TEXT_LITERAL("2027-35");
    timeline_open(&t, utc, (struct terminal){true, false, 80});
    e.common.recorded_at = at("2027-06-30T00:00:00Z");
    timeline_event(&t, &e, &r, &out);
    e.common.recorded_at = at("2027-08-01T00:00:00Z");
    timeline_event(&t, &e, &r, &out);
    r.summit.date = TEXT_LITERAL("2027-07-01/2027-09-30"); /* lasts so long */
    timeline_event(&t, &e, &r, &out);
    r.summit.date = TEXT_LITERAL("2027-35");
    r.summit.status = SUMMIT_HELD;
    e.common.type = SUMMIT_HELD;
    timeline_event(&t, &e, &r, &out);
    struct alert a = {.subject = TEXT_LITERAL("forum"),
                      .subject_kind = SUBJECT_SUMMIT,
                      .kind = ALERT_UNCONFIRMED,
                      .opens = day_of_civil(2027, 7, 1),
                      .closes = day_of_civil(2027, 7, 1),
                      .due = TEXT_LITERAL("2027-35"),
                      .raised_at = at("2027-10-07T00:00:00Z"),
                      .days_left = -98};
    timeline_alert(&t, &a, &out);
    timeline_remark(&t, at("2028-01-01T00:00:00Z"), "so far", &out);
    timeline_close(&t);
    expect_written("  KNOWN  WHAT            DAYS  DEADLINE                TITLE\n"
                   "2027\n"
                   "  06-30  scheduled         ≥1  in Q3 2027              forum\n" /* not: tomorrow */
                   "  08-01  scheduled        ≤60  in Q3 2027              forum\n"
                   "  08-01  scheduled         60  in Q3 2027              forum\n"
                   "  08-01  held                  in Q3 2027              forum\n"
                   "  10-07  UNCONFIRMED       -7  in Q3 2027              forum\n"
                   "2028\n"
                   "  01-01  so far\n");
    zone_free(utc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_when_only_the_wording_is_there),
        cmocka_unit_test(test_what_happened),
        cmocka_unit_test(test_lines_by_width),
        cmocka_unit_test(test_a_summit_counts_to_its_first_day_then_to_its_last),
    };
    return cmocka_run_group_tests(tests, NULL, free_buffer);
}
