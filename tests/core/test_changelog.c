/* A register record that was written anew takes the place of the one before when a task is restored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/roll.h"

static struct task *new_task(struct zone *zone)
{
    return task_new(&(struct task_config){
        .zone = zone,
        .policy = &policy_builtin,
        .topics = {TEXT_LITERAL("signings"), TEXT_LITERAL("summits"), TEXT_LITERAL("milestones")},
    });
}

static struct event promise(const char *event_id, int64_t ms, const char *instrument)
{
    struct event e;
    event_clear(&e, EVENT_MILESTONE);
    e.common.event_id = text_of(event_id);
    e.common.recorded_at = (struct instant){ms};
    e.common.dossier = TEXT_LITERAL("d");
    e.common.type = MILESTONE_UNDERTAKEN;
    e.milestone.commitment = TEXT_LITERAL("c");
    e.milestone.title = text_of(event_id);
    e.milestone.instrument = text_of(instrument);
    return e;
}

static struct event signature(void)
{
    struct event e;
    event_clear(&e, EVENT_SIGNING);
    e.common.event_id = TEXT_LITERAL("signed");
    e.common.recorded_at = (struct instant){1};
    e.common.dossier = TEXT_LITERAL("d");
    e.common.type = SIGNING_SIGNED;
    e.signing.instrument = TEXT_LITERAL("i");
    return e;
}

/* Applies the event to `from`, and puts what it changed into `to`: the changelog as it grows. */
static void carry_over(struct task *from, struct task *to, const struct event *event, int64_t offset)
{
    struct arena *a = arena_new(4096);
    struct record record;
    assert_int_equal(task_apply(from, event, offset, NULL), TASK_APPLIED);
    task_set_position(from, event->kind, offset + 1);
    while (task_next_changed(from, RECORD_WITH_RESUME, a, &record)) {
        assert_int_equal(task_restore(to, &record, NULL), 0);
        arena_reset(a);
    }
    arena_free(a);
}

struct seen {
    size_t records;
    int64_t commitments; /* open ones of the instrument */
    int64_t events;
    char title[16];
};

static void look(void *context, const struct record *record)
{
    struct seen *s = context;
    s->records++;
    if (record->kind == SUBJECT_INSTRUMENT) {
        s->commitments = record->instrument.commitments->open;
        return;
    }
    s->events = record->common.events;
    assert_true(record->common.title.len < sizeof s->title);
    memcpy(s->title, record->common.title.at, record->common.title.len);
    s->title[record->common.title.len] = '\0';
}

static struct seen look_at(struct task *t)
{
    struct seen s = {0};
    struct arena *a = arena_new(4096);
    tasks_each_record(&t, 1, SUBJECT_INSTRUMENT, RECORD_FOR_PEOPLE, a, look, &s);
    tasks_each_record(&t, 1, SUBJECT_COMMITMENT, RECORD_FOR_PEOPLE, a, look, &s);
    arena_free(a);
    return s;
}

static void the_latest_record_of_an_id_counts(void **state)
{
    (void)state;
    struct zone *utc = zone_new_utc();
    struct task *from = new_task(utc), *to = new_task(utc);
    struct event signed_ = signature(), first = promise("first", 2, "i"), second = promise("second", 3, "i");
    carry_over(from, to, &signed_, 0);
    carry_over(from, to, &first, 0);
    carry_over(from, to, &second, 1);
    task_restored(to);

    struct seen s = look_at(to);
    assert_int_equal(s.records, 2);
    assert_int_equal(s.commitments, 1);
    assert_int_equal(s.events, 2);
    assert_string_equal(s.title, "second");
    assert_int_equal(task_count(to, SUBJECT_COMMITMENT), 1);
    assert_int_equal(task_position(to, EVENT_MILESTONE), 2);
    assert_int_equal(task_clock(to).ms, 3);
    task_free(from);
    task_free(to);
    zone_free(utc);
}

static void an_id_of_two_kinds_is_refused(void **state)
{
    (void)state;
    struct zone *utc = zone_new_utc();
    struct task *one = new_task(utc), *other = new_task(utc), *to = new_task(utc);
    struct event signed_ = signature(), promised = promise("promised", 2, "i");
    promised.milestone.commitment = TEXT_LITERAL("i");
    promised.milestone.instrument = TEXT_NULL;
    carry_over(one, to, &signed_, 0);

    struct arena *a = arena_new(4096);
    struct record record;
    struct error e;
    assert_int_equal(task_apply(other, &promised, 0, NULL), TASK_APPLIED);
    assert_true(task_next_changed(other, RECORD_WITH_RESUME, a, &record));
    assert_int_equal(task_restore(to, &record, &e), ERROR_INVALID);
    assert_int_equal(task_count(to, SUBJECT_INSTRUMENT), 1);
    assert_int_equal(task_count(to, SUBJECT_COMMITMENT), 0);
    arena_free(a);
    task_free(one);
    task_free(other);
    task_free(to);
    zone_free(utc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_record_of_an_id_counts),
        cmocka_unit_test(an_id_of_two_kinds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
