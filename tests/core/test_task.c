/* The task as its callers use it: outcomes, clock and thresholds, the list of changed records, positions.
 * What events mean is shown by tests/scenarios. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/roll.h"
#include "tests/support/task_fixture.h"

static int start(void **state)
{
    static struct fixture f;
    fixture_start(&f);
    *state = &f;
    return 0;
}

static int end(void **state)
{
    fixture_end(*state);
    return 0;
}

static void nothing_has_happened_yet(void **state)
{
    struct fixture *f = *state;
    struct record r;
    assert_true(instant_is_none(task_clock(f->task)));
    assert_true(instant_is_none(task_stream_time(f->task)));
    assert_true(instant_is_none(task_next_threshold(f->task)));
    assert_false(task_next_changed(f->task, RECORD_FOR_PEOPLE, f->arena, &r));
    assert_int_equal(task_count(f->task, SUBJECT_COMMITMENT), 0);
    assert_int_equal(task_position(f->task, EVENT_SUMMIT), 0);
    task_free(NULL);
}

static void the_clock_never_goes_back(void **state)
{
    struct fixture *f = *state;
    task_advance(f->task, instant_of("2026-03-01"), STEP_FORECAST);
    task_advance(f->task, instant_of("2026-02-01"), STEP_OUTAGE);
    assert_int_equal(task_clock(f->task).ms, instant_of("2026-03-01").ms);
    assert_true(instant_is_none(task_stream_time(f->task)));
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-01-15", NULL);
    assert_int_equal(task_clock(f->task).ms, instant_of("2026-03-01").ms);
    assert_int_equal(task_stream_time(f->task).ms, instant_of("2026-01-15").ms);
    fixture_milestone(f, MILESTONE_REPORTED, "c1", "2026-01-10", NULL);
    assert_int_equal(task_stream_time(f->task).ms, instant_of("2026-01-15").ms);
}

static void the_next_threshold_is_known(void **state)
{
    struct fixture *f = *state;
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-01-15", "2026-06-01");
    assert_int_equal(task_next_threshold(f->task).ms, instant_of("2026-05-02T00:00:00Z").ms);
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c2", "2026-01-16", "2026-05-20");
    assert_int_equal(task_next_threshold(f->task).ms, instant_of("2026-04-20T00:00:00Z").ms);
    fixture_milestone(f, MILESTONE_WITHDRAWN, "c2", "2026-01-17", NULL);
    assert_int_equal(task_next_threshold(f->task).ms, instant_of("2026-05-02T00:00:00Z").ms);
    fixture_milestone(f, MILESTONE_WITHDRAWN, "c1", "2026-01-17", NULL);
    assert_true(instant_is_none(task_next_threshold(f->task)));
    assert_string_equal(fixture_alerts(f), "");
}

static void a_step_of_an_outage_marks_what_it_overtakes(void **state)
{
    struct fixture *f = *state;
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-01-15", "2026-06-01");
    task_advance(f->task, instant_of("2026-05-25T00:00:00Z"), STEP_OUTAGE);
    assert_string_equal(fixture_alerts(f), "c1 r1 UPCOMING -P30D stale @2026-05-02\n"
                                           "c1 r1 UPCOMING -P7D @2026-05-25\n");
    task_advance(f->task, instant_of("2026-06-03"), STEP_FORECAST);
    assert_string_equal(fixture_alerts(f), "c1 r1 UPCOMING -P1D @2026-05-31\n"
                                           "c1 r1 OVERDUE +P1D @2026-06-02\n");
}

static void a_step_can_be_taken_in_pieces(void **state)
{
    struct fixture *f = *state;
    struct instant to = instant_of("2026-05-25T00:00:00Z");
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c3", "2026-01-15", "2026-06-01");
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-01-15", "2026-06-01");
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c2", "2026-01-15", "2026-06-01");
    assert_false(task_advance_part(f->task, to, STEP_OUTAGE, 2));
    assert_string_equal(fixture_alerts(f), "c1 r1 UPCOMING -P30D stale @2026-05-02\n"
                                           "c2 r1 UPCOMING -P30D stale @2026-05-02\n");
    assert_int_equal(task_clock(f->task).ms, instant_of("2026-05-02T00:00:00Z").ms);
    assert_int_equal(task_next_threshold(f->task).ms, instant_of("2026-05-02T00:00:00Z").ms);
    assert_false(task_advance_part(f->task, to, STEP_OUTAGE, 3));
    assert_string_equal(fixture_alerts(f), "c3 r1 UPCOMING -P30D stale @2026-05-02\n"
                                           "c1 r1 UPCOMING -P7D @2026-05-25\n"
                                           "c2 r1 UPCOMING -P7D @2026-05-25\n");
    assert_true(task_advance_part(f->task, to, STEP_OUTAGE, 2));
    assert_string_equal(fixture_alerts(f), "c3 r1 UPCOMING -P7D @2026-05-25\n");
    assert_true(task_advance_part(f->task, to, STEP_OUTAGE, 0));
}

/* With the wall clock ahead of the stream, an event sets a deadline some of whose stages lie between the two:
 * skipped is what had begun by the event's time; the rest is due at once. */
static void stages_between_stream_and_clock_are_due_at_once(void **state)
{
    struct fixture *f = *state;
    task_advance(f->task, instant_of("2026-05-28"), STEP_OUTAGE);
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-05-10", "2026-06-01");
    assert_string_equal(fixture_alerts(f), "c1 r1 UPCOMING -P30D @2026-05-28\n"
                                           "c1 r1 UPCOMING -P7D @2026-05-28\n");
}

static void duplicates_and_refusals_leave_the_clock_alone(void **state)
{
    struct fixture *f = *state;
    struct error error = {0};
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-01-15", NULL);
    struct event again =
        fixture_event(f, EVENT_MILESTONE, MILESTONE_REPORTED, "c1", instant_of("2026-02-01"));
    again.common.event_id = TEXT_LITERAL("e1");
    assert_int_equal(task_judge(f->task, &again, NULL), TASK_DUPLICATE);
    assert_int_equal(task_apply(f->task, &again, 7, NULL), TASK_DUPLICATE);
    struct event other =
        fixture_event(f, EVENT_MILESTONE, MILESTONE_REPORTED, "c1", instant_of("2026-02-01"));
    other.common.dossier = TEXT_LITERAL("d2");
    assert_int_equal(task_judge(f->task, &other, &error), TASK_REFUSED);
    assert_string_equal(error.where, "dossier");
    assert_string_equal(error.text, "c1 belongs to dossier d");
    assert_int_equal(task_apply(f->task, &other, 8, NULL), TASK_REFUSED);
    struct event kind = fixture_event(f, EVENT_SUMMIT, SUMMIT_HELD, "c1", instant_of("2026-02-01"));
    assert_int_equal(task_apply(f->task, &kind, 9, &error), TASK_REFUSED);
    assert_string_equal(error.where, "summit");
    assert_string_equal(error.text, "c1 is known as a commitment");
    struct event fresh = fixture_event(f, EVENT_SUMMIT, SUMMIT_HELD, "s1", instant_of("2026-02-01"));
    assert_int_equal(task_judge(f->task, &fresh, NULL), TASK_APPLIED);
    assert_int_equal(task_count(f->task, SUBJECT_SUMMIT), 0);
    assert_int_equal(task_clock(f->task).ms, instant_of("2026-01-15").ms);
    assert_int_equal(task_count(f->task, SUBJECT_COMMITMENT), 1);
}

/* The ids of the records on the list of changes, in its order. */
static const char *changed(struct fixture *f)
{
    static char ids[200];
    struct record r;
    ids[0] = '\0';
    while (task_next_changed(f->task, RECORD_FOR_PEOPLE, f->arena, &r))
        (void)snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%.*s ", (int)r.common.id.len,
                       r.common.id.at);
    return ids;
}

static void changed_records_are_listed_once(void **state)
{
    struct fixture *f = *state;
    struct event e = fixture_event(f, EVENT_SIGNING, SIGNING_SIGNED, "i1", instant_of("2026-01-10"));
    (void)fixture_apply(f, &e);
    e = fixture_event(f, EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "c1", instant_of("2026-01-11"));
    e.milestone.instrument = TEXT_LITERAL("i1");
    e.milestone.due = TEXT_LITERAL("2026-06-01");
    (void)fixture_apply(f, &e);
    assert_string_equal(changed(f), "i1 c1 ");
    assert_string_equal(changed(f), "");
    fixture_milestone(f, MILESTONE_REPORTED, "c1", "2026-01-12", NULL);
    fixture_milestone(f, MILESTONE_REPORTED, "c1", "2026-01-13", NULL);
    assert_string_equal(changed(f), "c1 ");
    /* The clock: nothing on the way, then a stage, then a day that makes it overdue and its instrument too.
     */
    task_advance(f->task, instant_of("2026-04-01"), STEP_FORECAST);
    assert_string_equal(changed(f), "");
    task_advance(f->task, instant_of("2026-05-02"), STEP_FORECAST);
    assert_string_equal(changed(f), "c1 ");
    task_advance(f->task, instant_of("2026-06-02"), STEP_FORECAST);
    assert_string_equal(changed(f), "c1 i1 ");
    fixture_milestone(f, MILESTONE_REPORTED, "c1", "2026-06-02", NULL);
    task_drop_changed(f->task);
    assert_string_equal(changed(f), "");
}

static void visit_id(void *context, const struct record *r)
{
    char *ids = context;
    (void)snprintf(ids + strlen(ids), 100, "%.*s/%d ", (int)r->common.id.len, r->common.id.at,
                   r->common.resume != NULL);
}

static void records_of_several_tasks_come_by_id(void **state)
{
    struct fixture *f = *state, other;
    char ids[200] = "";
    fixture_start(&other);
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "b", "2026-01-11", NULL);
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "a1", "2026-01-11", NULL);
    fixture_milestone(&other, MILESTONE_UNDERTAKEN, "a", "2026-01-11", NULL);
    fixture_milestone(&other, MILESTONE_UNDERTAKEN, "c", "2026-01-11", NULL);
    struct task *tasks[] = {f->task, other.task};
    tasks_each_record(tasks, 2, SUBJECT_COMMITMENT, RECORD_FOR_PEOPLE, f->arena, visit_id, ids);
    tasks_each_record(tasks, 2, SUBJECT_SUMMIT, RECORD_FOR_PEOPLE, f->arena, visit_id, ids);
    tasks_each_record(tasks, 1, SUBJECT_COMMITMENT, RECORD_WITH_RESUME, f->arena, visit_id, ids);
    assert_string_equal(ids, "a/0 a1/0 b/0 c/0 a1/1 b/1 ");
    fixture_end(&other);
}

#define MANY 400

struct in_order {
    char last[64];
    size_t count;
};

static void visit_in_order(void *context, const struct record *r)
{
    struct in_order *o = context;
    char id[64];
    (void)snprintf(id, sizeof id, "%.*s", (int)r->common.id.len, r->common.id.at);
    assert_true(strcmp(o->last, id) < 0);
    memcpy(o->last, id, sizeof o->last);
    o->count++;
}

/* So many that they are sorted another way; ids that differ early, late, and in length alone. */
static void many_records_come_by_id(void **state)
{
    struct fixture *f = *state, other;
    struct in_order by_kind = {"", 0};
    fixture_start(&other);
    for (int i = 0; i < MANY; i++) {
        char id[64];
        int n = i * 37 % MANY; /* each once, in no order */
        (void)snprintf(id, sizeof id, n % 3 ? "c%03d" : n % 2 ? "c0000000000%03d" : "c000000000%03d0", n);
        fixture_milestone(n % 7 ? f : &other, MILESTONE_UNDERTAKEN, id, "2026-01-11", NULL);
    }
    struct task *tasks[] = {f->task, other.task};
    tasks_each_record(tasks, 2, SUBJECT_COMMITMENT, RECORD_FOR_PEOPLE, f->arena, visit_in_order, &by_kind);
    assert_int_equal(by_kind.count, MANY);
    fixture_end(&other);
}

static void a_roll_has_all_kinds_in_their_order(void **state)
{
    struct fixture *f = *state;
    struct event e = fixture_event(f, EVENT_SUMMIT, SUMMIT_SCHEDULED, "a", instant_of("2026-01-10"));
    (void)fixture_apply(f, &e);
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c", "2026-01-11", NULL);
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "b", "2026-01-11", NULL);
    e = fixture_event(f, EVENT_SIGNING, SIGNING_SIGNED, "z", instant_of("2026-01-12"));
    (void)fixture_apply(f, &e);
    char ids[200] = "";
    struct record r;
    struct roll *roll = roll_new(&f->task, 1, RECORD_FOR_PEOPLE);
    assert_int_equal(roll_count(roll), 4);
    for (size_t i = 4; i > 0; i--) {
        roll_look(roll, i - 1, f->arena, &r);
        visit_id(ids, &r);
    }
    assert_string_equal(ids, "c/0 b/0 a/0 z/0 ");
    roll_free(roll);
    struct task *empty = task_new(&(struct task_config){.zone = f->zone, .policy = &policy_builtin});
    roll = roll_new(&empty, 1, RECORD_FOR_PEOPLE);
    assert_int_equal(roll_count(roll), 0);
    roll_free(roll);
    task_free(empty);
}

static void positions_stand_in_resume(void **state)
{
    struct fixture *f = *state;
    struct record r;
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-01-11", "2026");
    task_set_position(f->task, EVENT_SIGNING, 5);
    task_set_position(f->task, EVENT_SUMMIT, 6);
    assert_true(task_next_changed(f->task, RECORD_WITH_RESUME, f->arena, &r));
    assert_int_equal(r.common.resume->signings_offset, 5);
    assert_int_equal(r.common.resume->summits_offset, 6);
    assert_int_equal(r.common.resume->milestones_offset, 1);
    assert_int_equal(r.common.resume->stream_time.ms, instant_of("2026-01-11").ms);
    assert_int_equal(r.common.resume->clock.ms, instant_of("2026-01-11").ms);
    assert_int_equal(r.common.resume->recent.len, 8);
    assert_true(text_equal(r.common.resume->cause->event_id, TEXT_LITERAL("e1")));
}

static struct late_event late_at(const struct record *r, size_t i)
{
    struct late_event late;
    assert_true(r->common.resume->late.len >= (i + 1) * sizeof late);
    memcpy(&late, r->common.resume->late.at + i * sizeof late, sizeof late);
    return late;
}

/* An event that comes when its day has passed by the clock leaves a note of how far everything was. */
static void late_events_are_noted_in_resume(void **state)
{
    struct fixture *f = *state;
    struct record r;
    fixture_milestone(f, MILESTONE_UNDERTAKEN, "c1", "2026-01-11", "2026");
    fixture_milestone(f, MILESTONE_REPORTED, "c2", "2026-02-11", NULL);
    task_advance(f->task, (struct instant){instant_of("2026-02-11").ms + 3600000}, STEP_OUTAGE);
    fixture_milestone(f, MILESTONE_REPORTED, "c1", "2026-02-11", NULL);
    assert_true(task_next_changed(f->task, RECORD_WITH_RESUME, f->arena, &r));
    assert_int_equal(r.common.resume->late.len, 0); /* the day is the same */

    fixture_milestone(f, MILESTONE_REPORTED, "c1", "2026-02-10", NULL);
    task_set_position(f->task, EVENT_SUMMIT, 6);
    for (int i = 1; i <= LATE_EVENTS; i++)
        fixture_milestone(f, MILESTONE_REPORTED, "c1", "2026-02-09", NULL);
    do {
        assert_true(task_next_changed(f->task, RECORD_WITH_RESUME, f->arena, &r));
    } while (!text_equal(r.common.id, TEXT_LITERAL("c1")));
    assert_int_equal(r.common.resume->late.len, LATE_EVENTS * sizeof(struct late_event));
    for (size_t i = 0; i < LATE_EVENTS; i++) {
        struct late_event late = late_at(&r, i);
        assert_int_equal(late.positions[EVENT_SIGNING], 0);
        assert_int_equal(late.positions[EVENT_SUMMIT], 6);
        assert_int_equal(late.positions[EVENT_MILESTONE], 4 + i); /* that of the 10th was the first to go */
        assert_int_equal(late.clock.ms, instant_of("2026-02-11").ms + 3600000);
    }
}

/* Numbers whose differences are infinite still say how far things are. */
static void pace_of_the_largest_numbers(void **state)
{
    static const struct {
        double baseline, goal, value, reported;
    } cases[] = {
        {-1e308, 1e308, 1e308, 1},    {-1e308, 1e308, 0, 0.5}, {1e308, -1e308, -1e308, 1},
        {-1e308, 1e308, -1.5e308, 0}, {0, 1e308, -1e308, 0},   {-1e308, 0, 1e308, 1},
        {1e308, 1e307, -1e308, 1},    {0, 5e-324, 5e-324, 1},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        struct target target = {.baseline = {cases[i].baseline, true}, .value = {cases[i].goal, true}};
        struct event e =
            fixture_event(f, EVENT_MILESTONE, MILESTONE_REPORTED, "c1", instant_of("2026-05-01"));
        e.milestone.target = &target;
        e.milestone.value = (struct number){cases[i].value, true};
        assert_int_equal(fixture_apply(f, &e), TASK_APPLIED);
        assert_true(task_next_changed(f->task, RECORD_FOR_PEOPLE, f->arena, &r));
        assert_true(r.commitment.pace->reported.set);
        assert_true(r.commitment.pace->reported.value == cases[i].reported);
    }
}

static void no_one_need_listen(void **state)
{
    struct fixture *f = *state;
    struct task_config config = {.zone = f->zone, .policy = &f->policy};
    struct task *t = task_new(&config);
    struct event e = fixture_event(f, EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "c1", instant_of("2026-05-31"));
    e.milestone.due = TEXT_LITERAL("2026-06-01");
    assert_int_equal(task_apply(t, &e, 0, NULL), TASK_APPLIED);
    struct record r;
    assert_true(task_next_changed(t, RECORD_FOR_PEOPLE, f->arena, &r));
    assert_string_equal(r.common.raised.at, "-P1D");
    task_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_has_happened_yet, start, end),
        cmocka_unit_test_setup_teardown(the_clock_never_goes_back, start, end),
        cmocka_unit_test_setup_teardown(the_next_threshold_is_known, start, end),
        cmocka_unit_test_setup_teardown(a_step_of_an_outage_marks_what_it_overtakes, start, end),
        cmocka_unit_test_setup_teardown(a_step_can_be_taken_in_pieces, start, end),
        cmocka_unit_test_setup_teardown(stages_between_stream_and_clock_are_due_at_once, start, end),
        cmocka_unit_test_setup_teardown(duplicates_and_refusals_leave_the_clock_alone, start, end),
        cmocka_unit_test_setup_teardown(changed_records_are_listed_once, start, end),
        cmocka_unit_test_setup_teardown(records_of_several_tasks_come_by_id, start, end),
        cmocka_unit_test_setup_teardown(many_records_come_by_id, start, end),
        cmocka_unit_test_setup_teardown(a_roll_has_all_kinds_in_their_order, start, end),
        cmocka_unit_test_setup_teardown(positions_stand_in_resume, start, end),
        cmocka_unit_test_setup_teardown(late_events_are_noted_in_resume, start, end),
        cmocka_unit_test_setup_teardown(pace_of_the_largest_numbers, start, end),
        cmocka_unit_test_setup_teardown(no_one_need_listen, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
