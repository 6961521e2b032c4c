/* All that is wrong with an event, each field once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/event_check_all.h"

static char found[400];

static void note(void *context, const struct error *error)
{
    (void)context;
    assert_int_equal(error->code, ERROR_INVALID);
    assert_true(error->text[0] != '\0');
    strcat(strcat(found, error->where), " ");
}

static void expect_found(const struct event *e, const char *fields, size_t count)
{
    found[0] = '\0';
    assert_int_equal(event_check_all(e, note, NULL), count);
    assert_string_equal(found, fields);
    assert_true((event_check(e, NULL) == 0) == (count == 0));
}

static struct event a_milestone(void)
{
    struct event e;
    event_clear(&e, EVENT_MILESTONE);
    e.common.event_id = TEXT_LITERAL("e1");
    e.common.recorded_at = (struct instant){1790000000000};
    e.common.dossier = TEXT_LITERAL("d1");
    e.common.type = MILESTONE_REPORTED;
    e.milestone.commitment = TEXT_LITERAL("c1");
    return e;
}

static void nothing_wrong(void **state)
{
    (void)state;
    struct event e = a_milestone();
    expect_found(&e, "", 0);
}

static void nothing_given(void **state)
{
    (void)state;
    struct event e;
    event_clear(&e, EVENT_SIGNING);
    expect_found(&e, "event_id recorded_at dossier type instrument ", 5);
    event_clear(&e, EVENT_SUMMIT);
    expect_found(&e, "event_id recorded_at dossier type summit ", 5);
}

static void several_fields_and_what_is_in_them(void **state)
{
    static const struct text parties[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("kaz"), TEXT_LITERAL("x")};
    static const struct target target = {.from = TEXT_LITERAL("2026-13"), .to = TEXT_LITERAL("x")};
    (void)state;
    struct event e = a_milestone();
    e.milestone.commitment = TEXT_LITERAL("C 1");
    e.milestone.parties = (struct texts){parties, 3};
    e.milestone.due = TEXT_LITERAL("soon");
    e.milestone.value = (struct number){NAN, true};
    e.milestone.progress = (struct number){2, true};
    e.milestone.target = &target;
    expect_found(&e, "value commitment parties due target.from target.to progress ", 7);
    assert_true(text_equal(target.from, TEXT_LITERAL("2026-13")));
    assert_true(text_equal(e.milestone.due, TEXT_LITERAL("soon")));
}

static void what_only_one_type_requires(void **state)
{
    (void)state;
    struct event e = a_milestone();
    e.common.type = MILESTONE_DISPUTED;
    e.milestone.date = TEXT_LITERAL("2026-02-30");
    expect_found(&e, "date claimed_by ", 2);
    e.milestone.claimed_by = TEXT_LITERAL("kaz");
    expect_found(&e, "date claimed_by ", 2);
}

static void texts_that_are_no_utf8(void **state)
{
    static const struct source source = {.document = TEXT_LITERAL("\xFF"), .url = TEXT_LITERAL("\xC0\x80")};
    (void)state;
    struct event e = a_milestone();
    e.common.source = &source;
    e.common.note = TEXT_LITERAL("\xED\xA0\x80");
    expect_found(&e, "source.document source.url note ", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_wrong),
        cmocka_unit_test(nothing_given),
        cmocka_unit_test(several_fields_and_what_is_in_them),
        cmocka_unit_test(what_only_one_type_requires),
        cmocka_unit_test(texts_that_are_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
