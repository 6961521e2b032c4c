/* What people are told of a deadline: never more than is known of its days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "consumer/alert_days.h"
#include "consumer/notify/summary.h"
#include "core/civil.h"

static struct day on(int year, int month, int day)
{
    return day_of_civil(year, month, day);
}

#define NOBODY LONG_NULL

/* All are told on 2026-11-22. Of summits an alert has the first day twice, whatever the last one is. */
static void test_what_is_said_of_the_days(void **state)
{
    const struct day today = on(2026, 11, 22), none = DAY_NONE;
    const struct {
        enum subject_kind subject;
        enum alert_kind kind;
        struct day opens, closes;
        const char *due;
        const char *said;
        int64_t left;
    } cases[] = {
        /* a day */
        {SUBJECT_COMMITMENT, ALERT_UPCOMING, on(2026, 11, 29), on(2026, 11, 29), "2026-11-29",
         "upcoming, 7 days left until 2026-11-29", 7},
        {SUBJECT_COMMITMENT, ALERT_UPCOMING, on(2026, 11, 23), on(2026, 11, 23), "2026-11-23~",
         "upcoming, 1 day left until 2026-11-23 (approximate)", 1},
        {SUBJECT_COMMITMENT, ALERT_OVERDUE, on(2026, 11, 21), on(2026, 11, 21), "2026-11-21",
         "overdue, 1 day past 2026-11-21", -1},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 22), on(2026, 11, 22), "2026-11-22",
         "upcoming, 0 days left until 2026-11-22", 0},
        {SUBJECT_SUMMIT, ALERT_UNCONFIRMED, on(2026, 11, 1), on(2026, 11, 1), "2026-11-01",
         "unconfirmed, 21 days past 2026-11-01", -21},
        {SUBJECT_SUMMIT, ALERT_MOVED, on(2027, 5, 22), on(2027, 5, 22), "2027-05-22", "moved, now 2027-05-22",
         181},
        /* a month, a year, a quarter */
        {SUBJECT_COMMITMENT, ALERT_UPCOMING, on(2026, 12, 1), on(2026, 12, 31), "2026-12",
         "upcoming, some time in December 2026, 39 days left until 2026-12-31", 39},
        {SUBJECT_COMMITMENT, ALERT_OVERDUE, on(2025, 1, 1), on(2025, 12, 31), "2025",
         "overdue, 326 days past 2025-12-31", -326},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 12, 1), on(2026, 12, 1), "2026-12",
         "upcoming, some time in December 2026, at least 9 days left", 9},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 1, 1), on(2026, 1, 1), "2026?",
         "upcoming, some time in 2026, at most 39 days left (uncertain)", 39},
        {SUBJECT_SUMMIT, ALERT_REFINED, on(2026, 10, 1), on(2026, 10, 1), "2026-36",
         "refined, now some time from 2026-10-01 to 2026-12-31", 39},
        {SUBJECT_SUMMIT, ALERT_UNCONFIRMED, on(2025, 1, 1), on(2025, 1, 1), "2025",
         "unconfirmed, 326 days past 2025-12-31", -326},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 1, 1), on(2026, 1, 1), "../2026",
         "upcoming, some time in 2026, at most 39 days left", 39},
        /* intervals: what a gathering lasts, when a promise may be kept */
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2018, 1, 1), on(2018, 1, 1), "2018/2028",
         "upcoming, from 2018-01-01 to 2028-12-31, 770 days left until it ends", 770},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 24), on(2026, 11, 24), "2026-11-24/2026-11-26",
         "upcoming, from 2026-11-24 to 2026-11-26, 2 days left until it begins", 2},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2027, 1, 1), on(2027, 1, 1), "2027-01-01/2027-12-31",
         "upcoming, all of 2027, 40 days left until it begins", 40},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 24), on(2026, 11, 24), "[2026-11-24..2026-11-26]",
         "upcoming, some time from 2026-11-24 to 2026-11-26, at least 2 days left", 2},
        {SUBJECT_COMMITMENT, ALERT_OPENED, on(2026, 1, 1), on(2028, 12, 31), "2026/2028",
         "opened, some time from 2026-01-01 to 2028-12-31, 770 days left until 2028-12-31", 770},
        {SUBJECT_INSTRUMENT, ALERT_UPCOMING, on(2022, 1, 1), on(2026, 12, 31), "2022/2026",
         "upcoming, from 2022-01-01 to 2026-12-31, 39 days left until it ends", 39},
        {SUBJECT_INSTRUMENT, ALERT_ENDED, on(2022, 1, 1), on(2025, 12, 31), "2022/2025",
         "ended, 326 days past 2025-12-31", -326},
        /* no end */
        {SUBJECT_SUMMIT, ALERT_OPENED, on(2022, 1, 1), on(2022, 1, 1), "2022/..", "opened, since 2022-01-01",
         NOBODY},
        {SUBJECT_SUMMIT, ALERT_UNCONFIRMED, on(2022, 1, 1), on(2022, 1, 1), "2022/..",
         "unconfirmed, since 2022-01-01", NOBODY},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2027, 1, 1), on(2027, 1, 1), "2027/..",
         "upcoming, 40 days left until 2027-01-01", 40},
        {SUBJECT_COMMITMENT, ALERT_OPENED, on(2022, 1, 1), none, "2022/..", "opened, since 2022-01-01",
         NOBODY},
        {SUBJECT_COMMITMENT, ALERT_MOVED, on(2027, 1, 1), none, "2027/..", "moved, now from 2027-01-01 on",
         40},
        /* repetitions: the occurrence that begins then */
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 1, 1), on(2026, 1, 1), "R/2019/P1Y",
         "upcoming, some time in 2026, at most 39 days left", 39},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 24), on(2026, 11, 24), "R9/2020-11-24/2020-11-26/P1Y",
         "upcoming, from 2026-11-24 to 2026-11-26, 2 days left until it begins", 2},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 24), on(2026, 11, 24), "R/XXXX-11-24/P1Y",
         "upcoming, 2 days left until 2026-11-24", 2},
        {SUBJECT_COMMITMENT, ALERT_OVERDUE, on(2026, 10, 1), on(2026, 10, 31), "R/P1M",
         "overdue, 22 days past 2026-10-31", -22},
        /* a wording that is none of these days' */
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 24), on(2026, 11, 24), "2031",
         "upcoming, 2 days left until 2026-11-24", 2},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 24), on(2026, 11, 24), "R/2027/P1Y",
         "upcoming, 2 days left until 2026-11-24", 2},
        {SUBJECT_SUMMIT, ALERT_UPCOMING, on(2026, 11, 24), on(2026, 11, 24), "soon",
         "upcoming, 2 days left until 2026-11-24", 2},
        /* no days at all */
        {SUBJECT_COMMITMENT, ALERT_CLOSED, none, none, "", "closed", NOBODY},
        {SUBJECT_SUMMIT, ALERT_CANCELLED, none, none, "2027", "cancelled", NOBODY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct alert a = {.subject = TEXT_LITERAL("forum"),
                                .subject_kind = (uint8_t)cases[i].subject,
                                .kind = (uint8_t)cases[i].kind,
                                .title = i % 2 ? TEXT_LITERAL("Forum") : TEXT_LITERAL(""),
                                .opens = cases[i].opens,
                                .closes = cases[i].closes,
                                .due = text_of(cases[i].due)};
        struct buffer b = BUFFER_EMPTY;
        char expected[160];
        (void)snprintf(expected, sizeof expected, "%s: %s", i % 2 ? "Forum" : "forum", cases[i].said);
        summary_write(&b, &a, today);
        buffer_add_byte(&b, '\0');
        assert_string_equal((const char *)b.at, expected);
        if (summary_days_left(&a, today) != cases[i].left)
            fail_msg("%s: %lld days left", expected, (long long)summary_days_left(&a, today));
        buffer_free(&b);
    }
}

/* Steps of a month end on the last day of a short one; the last occurrences end after 9999 and are none. */
static void test_the_last_day_of_any_occurrence(void **state)
{
    const struct {
        const char *due;
        struct day opens, last;
    } cases[] = {
        {"R/2027-01-31/P1M", on(2027, 2, 28), on(2027, 2, 28)},
        {"R/2027-01-31/2027-02-02/P1M", on(2027, 3, 31), on(2027, 4, 2)},
        {"R/0001-01-01/0001-01-02/P1D", on(9999, 12, 30), on(9999, 12, 31)},
        {"R/2027-05/P1Y", on(2027, 5, 1), on(2027, 5, 31)},
        {"R/2027-05/P1Y", on(2026, 5, 1), on(2026, 5, 1)},
        {"R/2027-05/P1Y", on(2028, 5, 2), on(2028, 5, 2)},
        {"R/2027-05/P9999999Y", on(2028, 5, 1), on(2028, 5, 1)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct alert a = {.subject_kind = SUBJECT_SUMMIT,
                                .opens = cases[i].opens,
                                .closes = cases[i].opens,
                                .due = text_of(cases[i].due)};
        if (alert_last_day(&a).n != cases[i].last.n)
            fail_msg("%s: %d", cases[i].due, alert_last_day(&a).n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_said_of_the_days),
        cmocka_unit_test(test_the_last_day_of_any_occurrence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
