/* The stages of a deadline: a table of windows, each with all of its stages written out. Days are counted
 * from the opening, so that a stage reads "when it begins: its name". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/civil.h"
#include "core/stages.h"

#define NONE INT32_MIN

static struct window window(struct day opens, int32_t closes, int32_t latest_end)
{
    return (struct window){opens, closes == NONE ? DAY_NONE : (struct day){opens.n + closes},
                           latest_end == NONE ? DAY_NONE : (struct day){opens.n + latest_end}};
}

/* "-30:L-P30Di" for each stage: day, kind (L lead, O opened, V overdue, U unconfirmed, E ended), name,
 * severity (i, w, c). */
static const char *listed(const struct policy *p, enum subject_kind subject, const struct window *w)
{
    static const char kinds[] = {[ALERT_UPCOMING] = 'L',
                                 [ALERT_OPENED] = 'O',
                                 [ALERT_OVERDUE] = 'V',
                                 [ALERT_UNCONFIRMED] = 'U',
                                 [ALERT_ENDED] = 'E'};
    static const char severities_[] = {
        [SEVERITY_INFO] = 'i', [SEVERITY_WARNING] = 'w', [SEVERITY_CRITICAL] = 'c'};
    static char out[600];
    struct stage stages[STAGES_MAX];
    size_t n = stages_of(p, subject, w, stages);
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        char name[STAGE_TEXT_SIZE];
        (void)stage_format(stages[i].offset, name);
        (void)snprintf(out + strlen(out), sizeof out - strlen(out), "%s%d:%c%s%c", i ? " " : "",
                       stages[i].day.n - w->opens.n, kinds[stages[i].kind], name,
                       severities_[stages[i].severity]);
        assert_int_equal(stage_day(subject, w, stages[i].offset).n, stages[i].day.n);
    }
    return out;
}

static void the_table(void **state)
{
    static const struct {
        enum subject_kind subject;
        int32_t closes, latest_end; /* days after the opening */
        const char *stages;
    } cases[] = {
        /* One day, and no close. */
        {SUBJECT_COMMITMENT, 0, NONE,
         "-30:L-P30Di -7:L-P7Di -1:L-P1Dw 1:V+P1Dw 30:V+P30Dc 90:V+P90Dc 180:V+P180Dc 365:V+P365Dc"},
        {SUBJECT_COMMITMENT, NONE, NONE, "-30:L-P30Di -7:L-P7Di -1:L-P1Dw 0:OP0Di"},
        /* 2, 31, 32, 92, 93, 366, 367 days: both sides of every edge. */
        {SUBJECT_COMMITMENT, 1, NONE,
         "-59:L-P60Di -29:L-P30Di -6:L-P7Dw 0:OP0Di 2:V+P1Dw 31:V+P30Dc 91:V+P90Dc 181:V+P180Dc "
         "366:V+P365Dc"},
        {SUBJECT_COMMITMENT, 30, NONE,
         "-30:L-P60Di 0:OP0Di 23:L-P7Dw 31:V+P1Dw 60:V+P30Dc 120:V+P90Dc 210:V+P180Dc 395:V+P365Dc"},
        {SUBJECT_COMMITMENT, 31, NONE,
         "-59:L-P90Di 0:OP0Di 1:L-P30Di 24:L-P7Dw 32:V+P1Dw 61:V+P30Dc 121:V+P90Dc 211:V+P180Dc "
         "396:V+P365Dc"},
        {SUBJECT_COMMITMENT, 91, NONE,
         "0:OP0Di 1:L-P90Di 61:L-P30Di 84:L-P7Dw 92:V+P1Dw 121:V+P30Dc 181:V+P90Dc 271:V+P180Dc "
         "456:V+P365Dc"},
        {SUBJECT_COMMITMENT, 92, NONE,
         "-88:L-P180Di 0:OP0Di 2:L-P90Di 62:L-P30Dw 93:V+P1Dw 122:V+P30Dc 182:V+P90Dc 272:V+P180Dc "
         "457:V+P365Dc"},
        {SUBJECT_COMMITMENT, 365, NONE,
         "0:OP0Di 185:L-P180Di 275:L-P90Di 335:L-P30Dw 366:V+P1Dw 395:V+P30Dc 455:V+P90Dc 545:V+P180Dc "
         "730:V+P365Dc"},
        {SUBJECT_COMMITMENT, 366, NONE,
         "0:OP0Di 1:L-P365Di 186:L-P180Di 276:L-P90Di 336:L-P30Dw 367:V+P1Dw 396:V+P30Dc 456:V+P90Dc "
         "546:V+P180Dc 731:V+P365Dc"},
        /* A lead on the day of the opening gives way to it, whichever it is. */
        {SUBJECT_COMMITMENT, 7, NONE,
         "-53:L-P60Di -23:L-P30Di 0:OP0Di 8:V+P1Dw 37:V+P30Dc 97:V+P90Dc 187:V+P180Dc 372:V+P365Dc"},
        {SUBJECT_COMMITMENT, 90, NONE,
         "0:OP0Di 60:L-P30Di 83:L-P7Dw 91:V+P1Dw 120:V+P30Dc 180:V+P90Dc 270:V+P180Dc 455:V+P365Dc"},
        {SUBJECT_COMMITMENT, 180, NONE,
         "0:OP0Di 90:L-P90Di 150:L-P30Dw 181:V+P1Dw 210:V+P30Dc 270:V+P90Dc 360:V+P180Dc 545:V+P365Dc"},
        /* An instrument ends and is done with. */
        {SUBJECT_INSTRUMENT, 0, NONE, "-30:L-P30Di -7:L-P7Di -1:L-P1Dw 1:E+P1Di"},
        {SUBJECT_INSTRUMENT, 366, NONE, "0:OP0Di 1:L-P365Di 186:L-P180Di 276:L-P90Di 336:L-P30Dw 367:E+P1Di"},
        {SUBJECT_INSTRUMENT, NONE, NONE, "-30:L-P30Di -7:L-P7Di -1:L-P1Dw 0:OP0Di"},
        /* A summit counts from its latest end, which may be open. */
        {SUBJECT_SUMMIT, 0, 0, "-30:L-P30Di -7:L-P7Di -1:L-P1Dw 7:U+P7Dw"},
        {SUBJECT_SUMMIT, 0, 29, "-30:L-P30Di -7:L-P7Di -1:L-P1Dw 36:U+P7Dw"},
        {SUBJECT_SUMMIT, 0, NONE, "-30:L-P30Di -7:L-P7Di -1:L-P1Dw"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct window w = window(day_of_civil(2028, 1, 1), cases[i].closes, cases[i].latest_end);
        assert_string_equal(listed(&policy_builtin, cases[i].subject, &w), cases[i].stages);
    }
}

static void without_a_deadline_there_are_none(void **state)
{
    struct window none = {DAY_NONE, DAY_NONE, DAY_NONE};
    struct stage stages[STAGES_MAX];
    (void)state;
    assert_int_equal(stages_of(&policy_builtin, SUBJECT_COMMITMENT, &none, stages), 0);
}

static void stages_on_one_day_give_way_in_order(void **state)
{
    struct policy p = policy_builtin;
    (void)state;
    /* Leads and escalations of a policy meet only where leads are before and escalations after, so that the
     * opening is the only one to take another's place; in both directions of insertion. */
    p.bands[1] = (struct policy_band){31, 4, {10, 4, 3, 1}};
    struct window w = window(day_of_civil(2028, 1, 1), 3, NONE);
    p.escalation_count = 1;
    assert_string_equal(listed(&p, SUBJECT_COMMITMENT, &w), "-7:L-P10Di -1:L-P4Di 0:OP0Di 2:L-P1Dw 4:V+P1Dw");
    w = window(day_of_civil(2028, 1, 1), 1, NONE);
    assert_string_equal(listed(&p, SUBJECT_COMMITMENT, &w),
                        "-9:L-P10Di -3:L-P4Di -2:L-P3Di 0:OP0Di 2:V+P1Dw");
}

static void days_beyond_the_calendar_are_days_too(void **state)
{
    struct stage stages[STAGES_MAX];
    struct window w = {DAY_LAST, DAY_LAST, DAY_NONE};
    (void)state;
    assert_int_equal(stages_of(&policy_builtin, SUBJECT_COMMITMENT, &w, stages), 8);
    assert_int_equal(stages[7].day.n, DAY_LAST.n + 365);
    w = (struct window){DAY_FIRST, DAY_FIRST, DAY_NONE};
    assert_int_equal(stages_of(&policy_builtin, SUBJECT_COMMITMENT, &w, stages), 8);
    assert_int_equal(stages[0].day.n, DAY_FIRST.n - 30);
    assert_int_equal(window_days(&(struct window){DAY_FIRST, DAY_LAST, DAY_NONE}), 3652059);
}

static void the_first_stages_are_known(void **state)
{
    static const struct {
        enum subject_kind subject;
        int32_t closes, latest_end, lead, after;
    } cases[] = {
        {SUBJECT_COMMITMENT, 0, NONE, -30, 1},       {SUBJECT_COMMITMENT, 30, NONE, -30, 31},
        {SUBJECT_COMMITMENT, NONE, NONE, -30, NONE}, {SUBJECT_SUMMIT, 0, 4, -30, 11},
        {SUBJECT_SUMMIT, 0, NONE, -30, NONE},
    };
    struct day opens = day_of_civil(2028, 1, 1);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct window w = window(opens, cases[i].closes, cases[i].latest_end);
        struct day after = stages_first_after(&policy_builtin, cases[i].subject, &w);
        assert_int_equal(stages_first_lead(&policy_builtin, &w).n - opens.n, cases[i].lead);
        if (cases[i].after == NONE)
            assert_true(day_is_none(after));
        else
            assert_int_equal(after.n - opens.n, cases[i].after);
        if (cases[i].subject == SUBJECT_SUMMIT && cases[i].latest_end == NONE)
            assert_true(day_is_none(stage_day(SUBJECT_SUMMIT, &w, 7)));
    }
}

/* What a look at all stages would give. */
static bool found_next(const struct stage *all, size_t n, struct day begun, struct stage *out)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].day.n > begun.n || all[i].kind == ALERT_UNCONFIRMED) {
            *out = all[i];
            return true;
        }
    return false;
}

static void check_stage(bool found, const struct stage *stage, bool expected, const struct stage *as)
{
    assert_int_equal(found, expected);
    if (!found)
        return;
    assert_int_equal(stage->day.n, as->day.n);
    assert_int_equal(stage->offset, as->offset);
    assert_int_equal(stage->kind, as->kind);
    assert_int_equal(stage->severity, as->severity);
}

static void the_next_and_the_latest_are_found_alone(void **state)
{
    static const int32_t widths[] = {NONE, 0, 1, 6, 7, 30, 59, 60, 91, 180, 365, 366, 2000};
    static const int32_t ends[] = {NONE, 0, 3, 40};
    struct day opens = day_of_civil(2026, 5, 22);
    (void)state;
    for (size_t k = 0; k < 3 * sizeof widths / sizeof *widths * sizeof ends / sizeof *ends; k++) {
        enum subject_kind subject = (enum subject_kind)(SUBJECT_INSTRUMENT + k % 3);
        struct window w = window(opens, widths[k / 3 % (sizeof widths / sizeof *widths)],
                                 ends[k / 3 / (sizeof widths / sizeof *widths)]);
        struct stage all[STAGES_MAX], expected = {0}, stage = {0};
        size_t n = stages_of(&policy_builtin, subject, &w, all);
        for (int32_t day = -400; day < 2400; day++) {
            struct day by = {opens.n + day};
            bool there = found_next(all, n, by, &expected);
            check_stage(stages_next(&policy_builtin, subject, &w, by, &stage), &stage, there, &expected);
            size_t begun = 0;
            while (begun < n && all[begun].day.n <= by.n)
                begun++;
            check_stage(stages_latest(&policy_builtin, subject, &w, by, &stage), &stage, begun > 0,
                        begun ? &all[begun - 1] : &expected);
        }
    }
    struct window none = {DAY_NONE, DAY_NONE, DAY_NONE};
    struct stage stage;
    assert_false(stages_next(&policy_builtin, SUBJECT_COMMITMENT, &none, opens, &stage));
    assert_false(stages_latest(&policy_builtin, SUBJECT_COMMITMENT, &none, opens, &stage));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(without_a_deadline_there_are_none),
        cmocka_unit_test(stages_on_one_day_give_way_in_order),
        cmocka_unit_test(days_beyond_the_calendar_are_days_too),
        cmocka_unit_test(the_first_stages_are_known),
        cmocka_unit_test(the_next_and_the_latest_are_found_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
