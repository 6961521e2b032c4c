/* Calendars, read again by the library that wrote them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include <cmocka.h>

#include "consumer/serve/calendar.h"
#include "consumer/serve/parameters.h"
#include "tests/consumer/serve_fixture.h"

static struct zone *utc;

static int prepare(void **state)
{
    (void)state;
    calendar_prepare();
    utc = zone_new_utc();
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    zone_free(utc);
    return 0;
}

static struct subject_row row_of(const struct record *r)
{
    struct view *v = view_new(1);
    uint32_t count;
    put(v, r);
    struct subject_row row = view_subjects(v, &count)[0];
    row.packed = NULL;
    view_free(v);
    return row;
}

/* The calendar of one subject on 2027-06-01, written and read. own. */
static icalcomponent *calendar_of(const struct record *r)
{
    struct calendar c;
    struct buffer b = BUFFER_EMPTY;
    struct subject_row row = row_of(r);
    calendar_begin(&c, "test", "all", &policy_builtin, utc, on(2027, 6, 1));
    calendar_add(&c, r, &row);
    calendar_end(&c, &b);
    buffer_add_byte(&b, '\0');
    icalcomponent *read = icalparser_parse_string((const char *)b.at);
    assert_non_null(read);
    assert_int_equal(icalcomponent_count_errors(read), 0);
    buffer_free(&b);
    return read;
}

static icalcomponent *first(icalcomponent *calendar, icalcomponent_kind kind)
{
    icalcomponent *c = icalcomponent_get_first_component(calendar, kind);
    assert_non_null(c);
    return c;
}

static void expect_day(icaltimetype t, int year, int month, int day)
{
    assert_true(t.is_date);
    assert_int_equal(t.year * 10000 + t.month * 100 + t.day, year * 10000 + month * 100 + day);
}

static void test_a_window_is_shown_as_one(void **state)
{
    struct record r = due_on("road", on(2027, 1, 1), on(2027, 12, 31));
    (void)state;
    r.common.title = TEXT_LITERAL("Open; the, road\\ – \x01йўл\nsecond line");
    r.common.revision = 3;
    r.commitment.due = TEXT_LITERAL("2027~");
    icalcomponent *calendar = calendar_of(&r);
    icalcomponent *event = first(calendar, ICAL_VEVENT_COMPONENT),
                  *todo = first(calendar, ICAL_VTODO_COMPONENT);
    expect_day(icalcomponent_get_dtstart(event), 2027, 1, 1);
    expect_day(icalcomponent_get_dtend(event), 2028, 1, 1);
    assert_string_equal(icalcomponent_get_uid(event), "road.event@chapar.org");
    assert_string_equal(icalcomponent_get_summary(event), "Open; the, road\\ –  йўл\nsecond line");
    assert_int_equal(icalcomponent_get_sequence(event), 3);
    assert_int_equal(icalcomponent_get_status(event), ICAL_STATUS_CONFIRMED);
    const char *description = icalcomponent_get_description(event);
    assert_non_null(strstr(description, "year 2027 (approximate)"));
    assert_non_null(strstr(description, "the first and the last"));
    assert_string_equal(icalcomponent_get_uid(todo), "road.todo@chapar.org");
    expect_day(icalcomponent_get_due(todo), 2027, 12, 31);
    assert_int_equal(icalcomponent_get_status(todo), ICAL_STATUS_NEEDSACTION);
    icalcomponent_free(calendar);
}

/* What lasts has all of its days; of anything else they are what is known of one. */
static void test_who_reads_it_is_told_that_the_day_is_not_known(void **state)
{
    const struct {
        struct record r;
        const char *wording;
        bool said;
    } cases[] = {
        {summit("forum", on(2027, 4, 1), on(2027, 4, 30)), "2027-04", true},
        {summit("forum", on(2027, 1, 1), on(2027, 12, 31)), "../2027", true},
        {summit("forum", on(2027, 4, 1), on(2027, 4, 3)), "[2027-04-01..2027-04-03]", true},
        {summit("forum", on(2027, 4, 1), on(2027, 4, 3)), "2027-04-01/2027-04-03", false},
        {summit("forum", on(2027, 4, 1), on(2027, 4, 1)), "2027-04-01", false},
        {due_on("road", on(2027, 4, 1), on(2027, 4, 3)), "2027-04-01/2027-04-03", true},
        {due_on("road", on(2027, 4, 1), on(2027, 4, 1)), "2027-04-01", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r = cases[i].r;
        if (r.kind == SUBJECT_SUMMIT)
            r.summit.date = text_of(cases[i].wording);
        else
            r.commitment.due = text_of(cases[i].wording);
        icalcomponent *calendar = calendar_of(&r);
        const char *description = icalcomponent_get_description(first(calendar, ICAL_VEVENT_COMPONENT));
        if ((strstr(description, "is not known more precisely") != NULL) != cases[i].said)
            fail_msg("%s: %s", cases[i].wording, description);
        icalcomponent_free(calendar);
    }
}

/* Leads of a year: 180, 90 and 30 days before; the first of them lies behind 2027-06-01 still. */
static void test_alarms_stand_where_the_policy_has_leads(void **state)
{
    struct record r = due_on("road", on(2027, 1, 1), on(2027, 12, 31));
    (void)state;
    icalcomponent *calendar = calendar_of(&r);
    icalcomponent *event = first(calendar, ICAL_VEVENT_COMPONENT);
    static const int days[][2] = {{7, 4}, {10, 2}, {12, 1}};
    assert_int_equal(icalcomponent_count_components(event, ICAL_VALARM_COMPONENT), 3);
    icalcomponent *alarm = icalcomponent_get_first_component(event, ICAL_VALARM_COMPONENT);
    for (int i = 0; i < 3; i++, alarm = icalcomponent_get_next_component(event, ICAL_VALARM_COMPONENT)) {
        icalproperty *p = icalcomponent_get_first_property(alarm, ICAL_TRIGGER_PROPERTY);
        struct icaltriggertype trigger = icalproperty_get_trigger(p);
        assert_int_equal(trigger.time.month, days[i][0]);
        assert_int_equal(trigger.time.day, days[i][1]);
        assert_int_equal(trigger.time.hour, 0);
        assert_true(icaltime_is_utc(trigger.time));
    }
    icalcomponent_free(calendar);
}

static void test_states(void **state)
{
    (void)state;
    struct record r = due_on("road", on(2027, 7, 1), on(2027, 7, 1));
    r.commitment.delivery = DELIVERY_WITHDRAWN;
    icalcomponent *calendar = calendar_of(&r);
    icalcomponent *event = first(calendar, ICAL_VEVENT_COMPONENT);
    assert_int_equal(icalcomponent_get_status(event), ICAL_STATUS_CANCELLED);
    assert_int_equal(icalcomponent_count_components(event, ICAL_VALARM_COMPONENT), 0);
    assert_int_equal(icalcomponent_get_status(first(calendar, ICAL_VTODO_COMPONENT)), ICAL_STATUS_CANCELLED);
    icalcomponent_free(calendar);

    r.commitment.delivery = DELIVERY_IN_PROGRESS;
    r.commitment.progress = (struct number){0.426, true};
    calendar = calendar_of(&r);
    icalcomponent *todo = first(calendar, ICAL_VTODO_COMPONENT);
    assert_int_equal(icalcomponent_get_status(todo), ICAL_STATUS_INPROCESS);
    icalproperty *percent = icalcomponent_get_first_property(todo, ICAL_PERCENTCOMPLETE_PROPERTY);
    assert_int_equal(icalproperty_get_percentcomplete(percent), 43);
    icalcomponent_free(calendar);

    r = summit("forum", on(2027, 6, 10), on(2027, 6, 12));
    r.summit.status = SUMMIT_PROPOSED;
    r.summit.place = TEXT_LITERAL("Tashkent, hall 1");
    calendar = calendar_of(&r);
    event = first(calendar, ICAL_VEVENT_COMPONENT);
    expect_day(icalcomponent_get_dtstart(event), 2027, 6, 10);
    expect_day(icalcomponent_get_dtend(event), 2027, 6, 13);
    assert_int_equal(icalcomponent_get_status(event), ICAL_STATUS_TENTATIVE);
    assert_string_equal(icalcomponent_get_location(event), "Tashkent, hall 1");
    assert_int_equal(icalcomponent_count_components(calendar, ICAL_VTODO_COMPONENT), 0);
    icalcomponent_free(calendar);
}

static void test_what_has_no_days_is_not_there(void **state)
{
    (void)state;
    struct record r = commitment("archive");
    icalcomponent *calendar = calendar_of(&r);
    assert_int_equal(icalcomponent_count_components(calendar, ICAL_ANY_COMPONENT), 0);
    icalcomponent_free(calendar);
    r = due_on("road", on(2030, 1, 1), DAY_NONE);
    calendar = calendar_of(&r);
    icalcomponent *event = first(calendar, ICAL_VEVENT_COMPONENT);
    expect_day(icalcomponent_get_dtstart(event), 2030, 1, 1);
    expect_day(icalcomponent_get_dtend(event), 2030, 1, 2);
    assert_non_null(strstr(icalcomponent_get_description(event), "No last day is known"));
    icalcomponent_free(calendar);
    /* What libical has no text for is left out rather than written wrong. */
    r = due_on("end-of-time", on(2999, 12, 31), DAY_LAST);
    calendar = calendar_of(&r);
    event = first(calendar, ICAL_VEVENT_COMPONENT);
    expect_day(icalcomponent_get_dtstart(event), 2999, 12, 31);
    expect_day(icalcomponent_get_dtend(event), 3000, 1, 1);
    icalcomponent_free(calendar);
    r = due_on("end-of-time", on(3000, 1, 1), DAY_LAST);
    calendar = calendar_of(&r);
    assert_int_equal(icalcomponent_count_components(calendar, ICAL_ANY_COMPONENT), 0);
    icalcomponent_free(calendar);
}

/* Whoever subscribes to several must be able to tell them apart. */
static void test_a_calendar_is_called_what_was_asked_for(void **state)
{
    static const struct {
        const char *query, *name;
    } cases[] = {
        {"", "Chapar"},
        {"party=KAZ", "Chapar: KAZ"},
        {"party=KAZ&open=true", "Chapar: KAZ, open"},
        {"kind=SUMMIT&party=org:ifas", "Chapar: org:ifas, summits"},
        {"kind=SUMMIT,COMMITMENT&open=false", "Chapar: summits, commitments, settled"},
        {"instrument=pact&contested=true", "Chapar: pact, disputed"},
        {"dossier=forum&summit=talks&part_of=road", "Chapar: forum, talks, parts of road"},
        {"from=2027-01-01&to=2027-12-31", "Chapar: from 2027-01-01, to 2027-12-31"},
        {"q=%D0%B2%D0%BE%D0%B4%D0%B0", "Chapar: \xE2\x80\x9C\xD0\xB2\xD0\xBE\xD0\xB4\xD0\xB0\xE2\x80\x9D"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a = arena_new(4096);
        struct http_target t;
        struct question q;
        struct buffer name = BUFFER_EMPTY;
        char raw[200];
        (void)snprintf(raw, sizeof raw, "/?%s", cases[i].query);
        question_init(&q, on(2027, 6, 1));
        assert_int_equal(http_target_parse(text_of(raw), a, &t, NULL), 0);
        assert_int_equal(parameters_read(&t, ON_CALENDAR, &q, NULL), 0);
        calendar_name(&q, &name);
        buffer_add_byte(&name, '\0');
        assert_string_equal((const char *)name.at, cases[i].name);
        buffer_free(&name);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_window_is_shown_as_one),
        cmocka_unit_test(test_who_reads_it_is_told_that_the_day_is_not_known),
        cmocka_unit_test(test_alarms_stand_where_the_policy_has_leads),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_what_has_no_days_is_not_there),
        cmocka_unit_test(test_a_calendar_is_called_what_was_asked_for),
    };
    return cmocka_run_group_tests(tests, prepare, clean_up);
}
