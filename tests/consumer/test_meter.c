/* What process counts: nothing before it is committed, nothing twice, and late only what the clock came to.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consumer/process/process_metrics.h"
#include "edge/cli/clock.h"

static struct alert alert_of(enum alert_kind kind, const char *stage, int64_t threshold_ms, int64_t raised_ms)
{
    return (struct alert){.kind = (uint8_t)kind,
                          .stage = text_of(stage),
                          .threshold = {threshold_ms},
                          .raised_at = {raised_ms}};
}

static uint64_t observed(const struct openmetrics_histogram *h)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= OPENMETRICS_BUCKETS; i++)
        count += h->buckets[i];
    return count;
}

static void test_only_what_is_committed_counts(void **state)
{
    struct meter m;
    (void)state;
    meter_open(&m, true);
    meter_add(&m, METER_EVENTS + EVENT_SUMMIT);
    meter_add(&m, METER_LETTERS + LETTER_TOO_LARGE);
    assert_int_equal(m.now.totals[METER_EVENTS + EVENT_SUMMIT], 0);
    meter_committed(&m, 0.25, 0.125);
    assert_int_equal(m.now.totals[METER_EVENTS + EVENT_SUMMIT], 1);
    assert_int_equal(m.now.totals[METER_LETTERS + LETTER_TOO_LARGE], 1);
    assert_int_equal(m.now.transactions, 1);
    assert_float_equal(m.now.transaction_seconds.sum, 0.25, 0);
    assert_float_equal(m.now.commit_seconds.sum, 0.125, 0);

    meter_add(&m, METER_EVENTS + EVENT_SUMMIT);
    meter_alert(&m, &(struct alert){.kind = ALERT_CLOSED, .stale = true});
    meter_forget(&m);
    meter_add(&m, METER_EVENTS + EVENT_SIGNING);
    meter_committed(&m, 0, 0);
    assert_int_equal(m.now.totals[METER_EVENTS + EVENT_SUMMIT], 1);
    assert_int_equal(m.now.totals[METER_EVENTS + EVENT_SIGNING], 1);
    assert_int_equal(m.now.totals[METER_ALERTS + ALERT_CLOSED - 1], 0);
    assert_int_equal(m.now.totals[METER_STALE], 0);
    meter_close(&m);
}

static void test_no_counts_share_a_place(void **state)
{
    struct meter m;
    (void)state;
    meter_open(&m, true);
    for (int k = 0; k < EVENT_KINDS; k++)
        meter_add(&m, METER_EVENTS + k);
    meter_add(&m, METER_DUPLICATES);
    for (int r = 0; r < LETTER_REASONS; r++)
        meter_add(&m, METER_LETTERS + r);
    for (int k = ALERT_UPCOMING; k < ALERT_UNKNOWN; k++)
        meter_alert(&m, &(struct alert){.kind = (uint8_t)k});
    meter_add(&m, METER_STALE);
    for (int k = SUBJECT_INSTRUMENT; k < SUBJECT_UNKNOWN; k++)
        meter_add(&m, METER_RECORDS + k - 1);
    meter_committed(&m, 0, 0);
    for (int i = 0; i < METER_COUNTS; i++)
        assert_int_equal(m.now.totals[i], 1);
    meter_close(&m);
}

static void test_how_late_an_alert_is(void **state)
{
    (void)state;
    int64_t now = clock_wall().ms, hour = 3600000;
    const struct {
        bool follows_wall;
        struct alert alert;
        double seconds; /* -1: does not count */
    } cases[] = {
        {true, alert_of(ALERT_OVERDUE, "+P1D", now - hour, now - hour), 3600},
        {true, alert_of(ALERT_UPCOMING, "-P7D", now - 24 * hour, now - 24 * hour), 86400},
        {true, alert_of(ALERT_OPENED, "P0D", now + hour, now + hour), 0}, /* the clock was set back since */
        {true, alert_of(ALERT_OVERDUE, "+P1D", now - hour, now), -1},     /* had begun before it was known */
        {true, alert_of(ALERT_MOVED, "", now - hour, now - hour), -1},
        {false, alert_of(ALERT_OVERDUE, "+P1D", now - hour, now - hour), -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct meter m;
        meter_open(&m, cases[i].follows_wall);
        meter_alert(&m, &cases[i].alert);
        assert_true(isnan(m.now.deadline_lag));
        meter_committed(&m, 0, 0);
        assert_int_equal(observed(&m.now.delay_seconds), cases[i].seconds >= 0);
        assert_int_equal(observed(&m.pending_delay), 0);
        if (cases[i].seconds < 0)
            assert_true(isnan(m.now.deadline_lag));
        else
            assert_float_equal(m.now.deadline_lag, cases[i].seconds, 60);
        /* A transaction without alerts changes nothing of it. */
        double lag = m.now.deadline_lag;
        meter_committed(&m, 0, 0);
        assert_true(isnan(lag) ? isnan(m.now.deadline_lag) : m.now.deadline_lag == lag);
        meter_close(&m);
    }
}

static void test_what_is_shown_is_a_copy(void **state)
{
    struct meter m;
    struct arena *a = arena_new(4096);
    const struct meter_task *seen;
    (void)state;
    meter_open(&m, true);
    struct meter_state s = meter_look(&m, a, &seen);
    assert_int_equal(s.task_count, 0);
    for (size_t count = 1; count <= 40; count += 13) {
        struct meter_task tasks[40] = {0};
        for (size_t i = 0; i < count; i++)
            tasks[i].partition = (int32_t)(100 - i);
        m.now.task_count = count;
        meter_add(&m, METER_DUPLICATES);
        meter_committed(&m, 0, 0);
        meter_publish(&m, tasks);
        meter_add(&m, METER_DUPLICATES);
        tasks[0].partition = -1;
        s = meter_look(&m, a, &seen);
        assert_int_equal(s.task_count, count);
        assert_int_equal(s.totals[METER_DUPLICATES], m.now.totals[METER_DUPLICATES]);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(seen[i].partition, 100 - (int)i);
        meter_forget(&m);
    }
    m.now.task_count = 0;
    meter_publish(&m, NULL);
    assert_int_equal(meter_look(&m, a, &seen).task_count, 0);
    meter_close(&m);
    arena_free(a);
}

static void test_how_far_a_clock_is_behind(void **state)
{
    const struct instant now = {1000000}, before = {400000}, after = {1600000};
    const struct clock_choice wall = {CLOCK_WALL, INSTANT_NONE}, stream = {CLOCK_STREAM, INSTANT_NONE};
    const struct clock_choice past = {CLOCK_INSTANT, {500000}}, future = {CLOCK_INSTANT, {2000000}};
    const struct {
        struct clock_choice clock;
        struct instant threshold;
        double seconds;
    } cases[] = {
        {wall, before, 600},     {wall, after, 0},     {wall, now, 0},
        {wall, INSTANT_NONE, 0}, {stream, before, 0},  {past, before, 100},
        {past, after, 0},        {future, after, 400}, {future, INSTANT_NONE, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_float_equal(process_metrics_clock_lag(cases[i].clock, cases[i].threshold, now),
                           cases[i].seconds, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_committed_counts), cmocka_unit_test(test_no_counts_share_a_place),
        cmocka_unit_test(test_how_late_an_alert_is),          cmocka_unit_test(test_what_is_shown_is_a_copy),
        cmocka_unit_test(test_how_far_a_clock_is_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
