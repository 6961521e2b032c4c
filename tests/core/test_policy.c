/* The policy that is built in, and the texts of stages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/policy.h"

static void leads_scale_with_width(void **state)
{
    static const struct {
        int64_t width;
        int32_t leads[5];
    } cases[] = {
        {1, {30, 7, 1}},
        {2, {60, 30, 7}},
        {31, {60, 30, 7}},
        {32, {90, 30, 7}},
        {92, {90, 30, 7}},
        {93, {180, 90, 30}},
        {366, {180, 90, 30}},
        {367, {365, 180, 90, 30}},
        {3652058, {365, 180, 90, 30}},
        {INT64_MAX, {365, 180, 90, 30}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct policy_band *band = policy_band_of(&policy_builtin, cases[i].width);
        int32_t count = 0;
        for (; cases[i].leads[count]; count++)
            assert_int_equal(band->leads_days[count], cases[i].leads[count]);
        assert_int_equal(band->count, count);
    }
}

static void severities_of_alerts(void **state)
{
    static const struct {
        enum alert_kind kind;
        int32_t days;
        bool last_lead;
        enum severity severity;
    } cases[] = {
        {ALERT_UPCOMING, -30, false, SEVERITY_INFO},    {ALERT_UPCOMING, -1, true, SEVERITY_WARNING},
        {ALERT_OPENED, 0, false, SEVERITY_INFO},        {ALERT_OVERDUE, 1, false, SEVERITY_WARNING},
        {ALERT_OVERDUE, 29, false, SEVERITY_WARNING},   {ALERT_OVERDUE, 30, false, SEVERITY_CRITICAL},
        {ALERT_OVERDUE, 365, false, SEVERITY_CRITICAL}, {ALERT_UNCONFIRMED, 7, false, SEVERITY_WARNING},
        {ALERT_ENDED, 1, false, SEVERITY_INFO},         {ALERT_MOVED, 0, false, SEVERITY_WARNING},
        {ALERT_REFINED, 0, false, SEVERITY_INFO},       {ALERT_CANCELLED, 0, false, SEVERITY_WARNING},
        {ALERT_CLOSED, 0, false, SEVERITY_INFO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(policy_severity(&policy_builtin, cases[i].kind, cases[i].days, cases[i].last_lead),
                         cases[i].severity);
}

static void equality_sees_every_part(void **state)
{
    (void)state;
    struct policy p = policy_builtin;
    p.bands[0].leads_days[POLICY_LEADS - 1] = 99; /* beyond the count: no part of the policy */
    assert_true(policy_equal(&p, &policy_builtin));

#define DIFFERS(change)                                                                                      \
    do {                                                                                                     \
        p = policy_builtin;                                                                                  \
        change;                                                                                              \
        assert_false(policy_equal(&p, &policy_builtin));                                                     \
        assert_false(policy_equal(&policy_builtin, &p));                                                     \
    } while (0)
    DIFFERS(p.band_count = 4);
    DIFFERS(p.bands[1].max_days = 30);
    DIFFERS(p.bands[4].count = 3);
    DIFFERS(p.bands[2].leads_days[2] = 8);
    DIFFERS(p.escalation_count = 1);
    DIFFERS(p.escalations_days[4] = 366);
    DIFFERS(p.ended_days = 2);
    DIFFERS(p.unconfirmed_days = 8);
    DIFFERS(p.upcoming = SEVERITY_CRITICAL);
    DIFFERS(p.last_lead = SEVERITY_CRITICAL);
    DIFFERS(p.opened = SEVERITY_CRITICAL);
    DIFFERS(p.overdue = SEVERITY_CRITICAL);
    DIFFERS(p.unconfirmed = SEVERITY_CRITICAL);
    DIFFERS(p.moved = SEVERITY_CRITICAL);
    DIFFERS(p.refined = SEVERITY_CRITICAL);
    DIFFERS(p.cancelled = SEVERITY_CRITICAL);
    DIFFERS(p.closed = SEVERITY_CRITICAL);
    DIFFERS(p.ended = SEVERITY_CRITICAL);
    DIFFERS(p.overdue_critical_from_days = 31);
}

static void stages_as_text(void **state)
{
    static const struct {
        int32_t days;
        const char *text;
    } cases[] = {{-30, "-P30D"},
                 {-3660, "-P3660D"},
                 {0, "P0D"},
                 {1, "+P1D"},
                 {365, "+P365D"},
                 {INT32_MAX, "+P2147483647D"},
                 {INT32_MIN, "-P2147483648D"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[STAGE_TEXT_SIZE];
        int32_t days = 77;
        assert_int_equal(stage_format(cases[i].days, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
        assert_int_equal(stage_parse(text_of(text), &days, NULL), 0);
        assert_int_equal(days, cases[i].days);
    }
}

static void texts_that_are_no_stage(void **state)
{
    static const char *const texts[] = {
        NULL,   "",      "P",     "-",     "+",     "P1D",   "-P0D",          "+P0D",
        "-P1W", "+P01D", "-P1D ", "--P1D", "-P-1D", "-P1Dx", "+P2147483648D", "+P99999999999999999999D",
        "-1D",  "P30"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int32_t days = 77;
        struct error e;
        assert_int_equal(stage_parse(text_of(texts[i]), &days, &e), ERROR_INVALID);
        assert_int_equal(days, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_scale_with_width),   cmocka_unit_test(severities_of_alerts),
        cmocka_unit_test(equality_sees_every_part), cmocka_unit_test(stages_as_text),
        cmocka_unit_test(texts_that_are_no_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
