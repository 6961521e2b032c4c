/* OpenMetrics as text. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "edge/metrics/openmetrics.h"

static void test_what_is_written(void **state)
{
    struct buffer b = BUFFER_EMPTY;
    const struct openmetrics_label labels[] = {{"topic", TEXT_LITERAL("a\"b\\c\nd")},
                                               {"p", TEXT_LITERAL("0")}};
    (void)state;
    openmetrics_family(&b, "x_bytes", OPENMETRICS_GAUGE, "bytes", "How\nmuch");
    openmetrics_sample(&b, "x_bytes", labels, 2, 1.5);
    openmetrics_sample(&b, "x_bytes", labels, 0, NAN);
    openmetrics_single(&b, "y", OPENMETRICS_COUNTER, "", "Count", 1e21);
    openmetrics_end(&b);
    buffer_add_byte(&b, '\0');
    assert_string_equal((const char *)b.at,
                        "# TYPE x_bytes gauge\n# UNIT x_bytes bytes\n# HELP x_bytes How\\nmuch\n"
                        "x_bytes{topic=\"a\\\"b\\\\c\\nd\",p=\"0\"} 1.5\nx_bytes NaN\n"
                        "# TYPE y counter\n# HELP y Count\ny_total 1e+21\n# EOF\n");
    buffer_free(&b);
}

static void test_histograms_add_up(void **state)
{
    struct buffer b = BUFFER_EMPTY;
    struct openmetrics_histogram h = {0};
    (void)state;
    openmetrics_observe(&h, 0.001); /* a bound belongs to its bucket */
    openmetrics_observe(&h, 0.0015);
    openmetrics_observe(&h, 100);
    openmetrics_histogram(&b, "t", NULL, 0, &h);
    buffer_add_byte(&b, '\0');
    const char *text = (const char *)b.at;
    assert_non_null(strstr(text, "t_bucket{le=\"0.001\"} 1\n"));
    assert_non_null(strstr(text, "t_bucket{le=\"0.002\"} 2\n"));
    assert_non_null(strstr(text, "t_bucket{le=\"10.0\"} 2\n"));
    assert_non_null(strstr(text, "t_bucket{le=\"+Inf\"} 3\nt_count 3\nt_sum 100.0025\n"));
    buffer_free(&b);
}

static void test_histograms_have_bounds_and_can_be_taken(void **state)
{
    static const double days[OPENMETRICS_BUCKETS] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 86400};
    struct openmetrics_histogram all = {.bounds = days}, some = {.bounds = days};
    struct buffer b = BUFFER_EMPTY;
    (void)state;
    openmetrics_observe(&all, 2);
    openmetrics_observe(&some, 86400);
    openmetrics_observe(&some, 86401);
    openmetrics_histogram_take(&all, &some);
    openmetrics_histogram_take(&all, &some); /* nothing is left in it */
    openmetrics_histogram(&b, "t", NULL, 0, &all);
    buffer_add_byte(&b, '\0');
    const char *text = (const char *)b.at;
    assert_non_null(strstr(text, "t_bucket{le=\"1.0\"} 0\nt_bucket{le=\"2.0\"} 1\n"));
    assert_non_null(strstr(text, "t_bucket{le=\"86400.0\"} 2\nt_bucket{le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(text, "t_sum 172803\n"));
    buffer_free(&b);
}

static void test_the_process_is_there(void **state)
{
    struct buffer b = BUFFER_EMPTY;
    (void)state;
    openmetrics_process(&b);
    buffer_add_byte(&b, '\0');
    assert_non_null(strstr((const char *)b.at, "\nprocess_resident_memory_bytes "));
    assert_null(strstr((const char *)b.at, "\nprocess_resident_memory_bytes 0\n"));
    assert_non_null(strstr((const char *)b.at, "\nprocess_cpu_seconds_total "));
    const char *start = strstr((const char *)b.at, "\nprocess_start_time_seconds ");
    assert_non_null(start);
    double age = (double)time(NULL) - strtod(start + strlen("\nprocess_start_time_seconds "), NULL);
    assert_true(age > -2 && age < 600);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written),
        cmocka_unit_test(test_histograms_add_up),
        cmocka_unit_test(test_histograms_have_bounds_and_can_be_taken),
        cmocka_unit_test(test_the_process_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
