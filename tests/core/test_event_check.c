/* What an event must be on its own: a full good event of each kind, then one thing wrong at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include "core/event.h"
#include "core/instant.h"

#define TEXTS(list) ((struct texts){list, sizeof(list) / sizeof((list)[0])})

static const struct text parties[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("org:ifas")};
static const struct source source = {TEXT_LITERAL("Declaration of Almaty"), TEXT_LITERAL("7"),
                                     TEXT_LITERAL("00"), TEXT_LITERAL("https://example.org/")};
static const struct target target = {
    TEXT_LITERAL("MW"), {0, true}, {500, true}, TEXT_LITERAL("2026"), TEXT_LITERAL("2030-24")};

/* An event of the kind with every field said. */
static struct event full(enum event_kind kind)
{
    struct event e;
    event_clear(&e, kind);
    e.common = (struct event_common){.event_id = TEXT_LITERAL("e1"),
                                     .recorded_at = {1},
                                     .dossier = TEXT_LITERAL("almaty-2026"),
                                     .type = 1,
                                     .initiated_by = TEXTS(parties),
                                     .pursuant_to = TEXT_LITERAL("charter"),
                                     .source = &source,
                                     .note = TEXT_LITERAL("Заметка")};
    if (kind == EVENT_SIGNING) {
        struct event_common common = e.common;
        e.signing = (struct signing){.common = common,
                                     .instrument = TEXT_LITERAL("almaty-2026"),
                                     .title = TEXT_LITERAL("A title\0with a NUL"),
                                     .form = 12,
                                     .binding = 3,
                                     .parties = TEXTS(parties),
                                     .date = TEXT_LITERAL("2026-05-22"),
                                     .period = TEXT_LITERAL("2026/2032"),
                                     .place = TEXT_LITERAL("Almaty"),
                                     .summit = TEXT_LITERAL("summit-1"),
                                     .superseded_by = TEXT_LITERAL("almaty-2030")};
    } else if (kind == EVENT_SUMMIT) {
        struct event_common common = e.common;
        e.summit = (struct summit){.common = common,
                                   .summit = TEXT_LITERAL("summit-1"),
                                   .title = TEXT_LITERAL("A summit"),
                                   .kind = 8,
                                   .date = TEXT_LITERAL("R/XXXX-05-24/P1Y"),
                                   .place = TEXT_LITERAL("Astana"),
                                   .hosts = TEXTS(parties),
                                   .participants = TEXTS(parties),
                                   .expected_signings = 22};
    } else {
        struct event_common common = e.common;
        e.milestone = (struct milestone){.common = common,
                                         .commitment = TEXT_LITERAL("c.1_a-b"),
                                         .title = TEXT_LITERAL("A commitment"),
                                         .parties = TEXTS(parties),
                                         .instrument = TEXT_LITERAL("almaty-2026"),
                                         .summit = TEXT_LITERAL("summit-1"),
                                         .part_of = TEXT_LITERAL("c.1"),
                                         .due = TEXT_LITERAL("R4/P6M"),
                                         .anchor = TEXT_LITERAL("summit-1"),
                                         .anchor_event = ANCHOR_UNKNOWN,
                                         .date = TEXT_LITERAL("2026-05~"),
                                         .progress = {1, true},
                                         .target = &target,
                                         .value = {-3.5, true},
                                         .claimed_by = TEXT_LITERAL("org:kaz-kyzylorda-region"),
                                         .reason = TEXT_LITERAL("Why"),
                                         .superseded_by = TEXT_LITERAL("c.2")};
    }
    return e;
}

static void check_refused(const struct event *e, const char *where, const char *text)
{
    struct error error = {.code = 0};
    if (event_check(e, &error) != ERROR_INVALID)
        fail_msg("%s: accepted", where);
    assert_int_equal(error.code, ERROR_INVALID);
    assert_string_equal(error.where, where);
    assert_string_equal(error.text, text);
    assert_int_equal(event_check(e, NULL), ERROR_INVALID);
    if (strstr(text, "UTF-8") || strstr(text, "no symbol"))
        return; /* what the other one takes the reader's word for */
    error = (struct error){.code = 0};
    assert_int_equal(event_check_read(e, &error), ERROR_INVALID);
    assert_string_equal(error.where, where);
    assert_string_equal(error.text, text);
}

static void check_accepted(const struct event *e)
{
    struct error error;
    if (event_check(e, &error))
        fail_msg("%s: %s", error.where, error.text);
    assert_int_equal(event_check_read(e, NULL), 0);
}

static void full_and_bare_events_are_accepted(void **state)
{
    (void)state;
    for (enum event_kind kind = EVENT_SIGNING; kind <= EVENT_MILESTONE; kind++) {
        struct event e = full(kind), bare;
        check_accepted(&e);
        event_clear(&bare, kind);
        for (size_t i = 0; i < event_fields[kind]->count; i++) {
            const struct field *f = &event_fields[kind]->at[i];
            size_t size = f->kind == FIELD_TEXT      ? sizeof(struct text)
                          : f->kind == FIELD_INSTANT ? sizeof(struct instant)
                                                     : sizeof(uint8_t);
            if (!f->nullable)
                memcpy((char *)&bare.common + f->offset, (char *)&e.common + f->offset, size);
        }
        check_accepted(&bare);
    }
}

/* By the field tables, so that a field added to them is tried too. */
static void each_required_field_is_missed(void **state)
{
    size_t tried = 0;
    (void)state;
    for (enum event_kind kind = EVENT_SIGNING; kind <= EVENT_MILESTONE; kind++) {
        for (size_t i = 0; i < event_fields[kind]->count; i++) {
            const struct field *f = &event_fields[kind]->at[i];
            struct event e = full(kind);
            void *at = (char *)&e.common + f->offset;
            if (f->nullable)
                continue;
            tried++;
            if (f->kind == FIELD_TEXT) {
                *(struct text *)at = TEXT_LITERAL("");
                check_refused(&e, f->name, "required, but missing");
                *(struct text *)at = TEXT_NULL;
            } else if (f->kind == FIELD_INSTANT) {
                *(struct instant *)at = INSTANT_NONE;
            } else {
                *(uint8_t *)at = 0;
            }
            check_refused(&e, f->name, "required, but missing");
        }
    }
    assert_int_equal(tried, 5 * EVENT_KINDS);
}

static void each_text_must_be_utf8_and_may_be_cleared(void **state)
{
    static const struct text bad[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("K\xff\xff")};
    (void)state;
    for (enum event_kind kind = EVENT_SIGNING; kind <= EVENT_MILESTONE; kind++) {
        for (size_t i = 0; i < event_fields[kind]->count; i++) {
            const struct field *f = &event_fields[kind]->at[i];
            struct event e = full(kind);
            void *at = (char *)&e.common + f->offset;
            if (f->kind == FIELD_TEXT) {
                *(struct text *)at = TEXT_LITERAL("caf\xe9");
                check_refused(&e, f->name, "not UTF-8");
                *(struct text *)at = TEXT_LITERAL("");
                if (f->nullable)
                    check_accepted(&e);
            } else if (f->kind == FIELD_TEXTS) {
                *(struct texts *)at = TEXTS(bad);
                check_refused(&e, f->name, "entry 2: not UTF-8");
                *(struct texts *)at = (struct texts){NULL, 0};
                check_accepted(&e);
            }
        }
    }
}

static void nested_fields_are_named_by_both_names(void **state)
{
    struct event e = full(EVENT_MILESTONE);
    struct source bad_source = source;
    struct target bad_target = target;
    (void)state;
    e.common.source = &bad_source;
    bad_source.url = TEXT_LITERAL("\x80");
    check_refused(&e, "source.url", "not UTF-8");
    e.common.source = NULL;
    e.milestone.target = &bad_target;
    bad_target.unit = TEXT_LITERAL("\xc0\x80");
    check_refused(&e, "target.unit", "not UTF-8");
    bad_target = target;
    bad_target.baseline.value = (double)NAN;
    check_refused(&e, "target.baseline", "not a finite number");
    bad_target = target;
    bad_target.value.value = (double)INFINITY;
    check_refused(&e, "target.value", "not a finite number");
    bad_target = target;
    bad_target.from = TEXT_LITERAL("2026-13-01");
    check_refused(
        &e, "target.from",
        "expected a month 01..12, a season 21..24, a quarter 33..36, a half-year 40..41 or XX-XX at "
        "position 5 of \"2026-13-01\"");
    bad_target = target;
    bad_target.to = TEXT_LITERAL("R/2026/P1Y");
    check_refused(&e, "target.to", "expected a date at position 0 of \"R/2026/P1Y\"");
    bad_target = (struct target){.unit = TEXT_LITERAL("")};
    check_accepted(&e);
}

static void references_are_ids(void **state)
{
    static const char *const fields[EVENT_KINDS][9] = {
        {"dossier", "pursuant_to", "instrument", "summit", "superseded_by"},
        {"dossier", "pursuant_to", "summit"},
        {"dossier", "pursuant_to", "commitment", "instrument", "summit", "part_of", "anchor",
         "superseded_by"},
    };
    (void)state;
    for (enum event_kind kind = EVENT_SIGNING; kind <= EVENT_MILESTONE; kind++) {
        for (size_t i = 0; fields[kind][i]; i++) {
            struct event e = full(kind);
            const struct field *f = fields_find(event_fields[kind], text_of(fields[kind][i]));
            assert_non_null(f);
            *(struct text *)(void *)((char *)&e.common + f->offset) = TEXT_LITERAL("Not\nan id");
            check_refused(&e, f->name,
                          "expected an id of 1 to 128 of a-z 0-9 . _ -, the first a letter or digit, found "
                          "\"Not?an id\"");
        }
    }
}

static void lists_of_parties_hold_parties(void **state)
{
    static const struct text bad[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("Kazakhstan")};
    static const struct text null[] = {{NULL, 0}};
    (void)state;
    for (enum event_kind kind = EVENT_SIGNING; kind <= EVENT_MILESTONE; kind++) {
        for (size_t i = 0; i < event_fields[kind]->count; i++) {
            const struct field *f = &event_fields[kind]->at[i];
            struct event e = full(kind);
            struct texts *list = (void *)((char *)&e.common + f->offset);
            if (f->kind != FIELD_TEXTS)
                continue;
            *list = TEXTS(bad);
            check_refused(&e, f->name, "expected a party such as KAZ or org:unga, found \"Kazakhstan\"");
            *list = TEXTS(null);
            check_refused(&e, f->name, "expected a party such as KAZ or org:unga, found \"\"");
        }
    }
}

static void symbols_and_instants_are_within_their_ranges(void **state)
{
    struct event e = full(EVENT_SIGNING);
    (void)state;
    e.common.type = SIGNING_UNKNOWN;
    check_accepted(&e);
    e.common.type = SIGNING_UNKNOWN + 1;
    check_refused(&e, "type", "no symbol of SigningType");
    e = full(EVENT_SIGNING);
    e.signing.form = 13;
    check_refused(&e, "form", "no symbol of Form");
    e.signing.form = 0;
    check_accepted(&e);
    static const char range[] = "expected an instant after 1970-01-01T00:00:00Z and up to 9999";
    e.common.recorded_at.ms = 0;
    check_refused(&e, "recorded_at", range);
    e.common.recorded_at.ms = -1;
    check_refused(&e, "recorded_at", range);
    e.common.recorded_at.ms = INSTANT_LAST.ms + 1;
    check_refused(&e, "recorded_at", range);
    e.common.recorded_at = INSTANT_LAST;
    check_accepted(&e);
}

static void dates_take_the_forms_of_their_field(void **state)
{
    static const struct {
        enum event_kind kind;
        uint8_t type;
        const char *field, *text, *error; /* NULL: accepted */
    } cases[] = {
        {EVENT_SIGNING, SIGNING_SIGNED, "date", "P1Y", "expected a date at position 0 of \"P1Y\""},
        {EVENT_SIGNING, SIGNING_SIGNED, "date", "R/2026/P1Y",
         "expected a date at position 0 of \"R/2026/P1Y\""},
        {EVENT_SIGNING, SIGNING_SIGNED, "period", "../2030", NULL},
        {EVENT_SIGNING, SIGNING_SIGNED, "period", "2026/2025",
         "expected an end that is not before its start at position 5 of \"2026/2025\""},
        {EVENT_SUMMIT, SUMMIT_PROPOSED, "date", "R/2026/P1Y", NULL},
        {EVENT_SUMMIT, SUMMIT_SCHEDULED, "date", "R2/2026-05-24/2026-05-26/P1Y", NULL},
        {EVENT_SUMMIT, SUMMIT_UNKNOWN, "date", "R/XXXX-05-24/P1Y", NULL},
        {EVENT_SUMMIT, SUMMIT_HELD, "date", "2026-05-24", NULL},
        {EVENT_SUMMIT, SUMMIT_HELD, "date", "R/2026/P1Y",
         "expected a date (only PROPOSED and SCHEDULED repeat) at position 0 of \"R/2026/P1Y\""},
        {EVENT_SUMMIT, SUMMIT_CANCELLED, "date", "R/XXXX-05-24/P1Y",
         "expected a date (only PROPOSED and SCHEDULED repeat) at position 0 of \"R/XXXX-05-24/P1Y\""},
        {EVENT_SUMMIT, SUMMIT_SCHEDULED, "date", "P1Y",
         "expected a date or a repetition at position 0 of \"P1Y\""},
        {EVENT_SUMMIT, SUMMIT_SCHEDULED, "date", "R/P1Y",
         "expected a year of four digits at position 2 of \"R/P1Y\""},
        {EVENT_MILESTONE, MILESTONE_FULFILLED, "date", "R/2026/P1Y",
         "expected a date at position 0 of \"R/2026/P1Y\""},
        {EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "due", "P18M", NULL},
        {EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "due", "P0D", NULL},
        {EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "due", "R/P1Y", NULL},
        {EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "due", "R/XXXX-05-24/P1Y", NULL},
        {EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "due", "2030-24?", NULL},
        {EVENT_MILESTONE, MILESTONE_UNDERTAKEN, "due", "R/P0D",
         "expected a duration longer than nothing at position 2 of \"R/P0D\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct event e = full(cases[i].kind);
        const struct field *f = fields_find(event_fields[cases[i].kind], text_of(cases[i].field));
        assert_non_null(f);
        e.common.type = cases[i].type;
        *(struct text *)(void *)((char *)&e.common + f->offset) = text_of(cases[i].text);
        if (cases[i].error)
            check_refused(&e, cases[i].field, cases[i].error);
        else
            check_accepted(&e);
    }
}

static void numbers_are_finite_and_within_their_ranges(void **state)
{
    struct event e = full(EVENT_MILESTONE);
    (void)state;
    e.milestone.value.value = (double)NAN;
    check_refused(&e, "value", "not a finite number");
    e.milestone.value.value = -(double)INFINITY;
    check_refused(&e, "value", "not a finite number");
    e = full(EVENT_MILESTONE);
    e.milestone.progress.value = (double)NAN;
    check_refused(&e, "progress", "not a finite number");
    e.milestone.progress.value = 1.0000001;
    check_refused(&e, "progress", "expected a number 0..1");
    e.milestone.progress.value = -0.0000001;
    check_refused(&e, "progress", "expected a number 0..1");
    e.milestone.progress.value = 0;
    check_accepted(&e);
    e.milestone.progress = NUMBER_NULL;
    check_accepted(&e);

    e = full(EVENT_SUMMIT);
    e.summit.expected_signings = -1;
    check_refused(&e, "expected_signings", "expected a count 0..2147483647");
    e.summit.expected_signings = INT64_C(2147483648);
    check_refused(&e, "expected_signings", "expected a count 0..2147483647");
    e.summit.expected_signings = INT32_MAX;
    check_accepted(&e);
    e.summit.expected_signings = LONG_NULL;
    check_accepted(&e);
}

static void who_disputes_must_say_so(void **state)
{
    struct event e = full(EVENT_MILESTONE);
    (void)state;
    e.common.type = MILESTONE_DISPUTED;
    check_accepted(&e);
    e.milestone.claimed_by = TEXT_LITERAL("");
    check_refused(&e, "claimed_by", "required in DISPUTED, but missing");
    e.milestone.claimed_by = TEXT_NULL;
    check_refused(&e, "claimed_by", "required in DISPUTED, but missing");
    e.milestone.claimed_by = TEXT_LITERAL("kaz");
    check_refused(&e, "claimed_by", "expected a party such as KAZ or org:unga, found \"kaz\"");
    e.common.type = MILESTONE_REPORTED;
    e.milestone.claimed_by = TEXT_LITERAL("");
    check_accepted(&e);
}

static void ids_and_parties(void **state)
{
    static const struct {
        const char *text;
        bool id, party;
    } cases[] = {
        {"a", true, false},        {"7", true, false},       {"a.b_c-d9", true, false},
        {"", false, false},        {"-a", false, false},     {".a", false, false},
        {"_a", false, false},      {"A", false, false},      {"a b", false, false},
        {"a/b", false, false},     {"a:b", false, false},    {"\xc3\xa4", false, false},
        {"KAZ", false, true},      {"KA", false, false},     {"KAZA", false, false},
        {"KaZ", false, false},     {"K1Z", false, false},    {"org:unga", false, true},
        {"org:", false, false},    {"org:-a", false, false}, {"ORG:unga", false, false},
        {"org:KAZ", false, false}, {"org", true, false},     {"org:kaz-kyzylorda-region", false, true},
    };
    char long_id[4 + 129];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(id_is_valid(text_of(cases[i].text)), cases[i].id);
        assert_int_equal(party_is_valid(text_of(cases[i].text)), cases[i].party);
    }
    assert_false(id_is_valid(TEXT_NULL));
    assert_false(party_is_valid(TEXT_NULL));
    assert_false(id_is_valid(TEXT_LITERAL("a\0b")));
    memset(long_id, 'a', sizeof long_id);
    memcpy(long_id, "org:", 4);
    assert_true(id_is_valid((struct text){long_id + 4, 128}));
    assert_false(id_is_valid((struct text){long_id + 4, 129}));
    assert_true(party_is_valid((struct text){long_id, 132}));
    assert_false(party_is_valid((struct text){long_id, 133}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_and_bare_events_are_accepted),
        cmocka_unit_test(each_required_field_is_missed),
        cmocka_unit_test(each_text_must_be_utf8_and_may_be_cleared),
        cmocka_unit_test(nested_fields_are_named_by_both_names),
        cmocka_unit_test(references_are_ids),
        cmocka_unit_test(lists_of_parties_hold_parties),
        cmocka_unit_test(symbols_and_instants_are_within_their_ranges),
        cmocka_unit_test(dates_take_the_forms_of_their_field),
        cmocka_unit_test(numbers_are_finite_and_within_their_ranges),
        cmocka_unit_test(who_disputes_must_say_so),
        cmocka_unit_test(ids_and_parties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
