/* Field tables: that they describe their structs, and how names are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/event.h"
#include "core/record.h"

static const struct fields *const tables[] = {&source_fields,
                                              &target_fields,
                                              &instrument_record_fields,
                                              &summit_record_fields,
                                              &commitment_record_fields,
                                              &alert_fields};

static size_t kind_size(enum field_kind kind)
{
    switch (kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: return sizeof(struct text);
    case FIELD_ENUM: return sizeof(uint8_t);
    case FIELD_INSTANT: return sizeof(struct instant);
    case FIELD_DAY: return sizeof(struct day);
    case FIELD_LONG: return sizeof(int64_t);
    case FIELD_DOUBLE: return sizeof(struct number);
    case FIELD_BOOL: return sizeof(bool);
    case FIELD_TEXTS: return sizeof(struct texts);
    case FIELD_RECORD: return sizeof(const void *);
    case FIELD_RECORDS: return sizeof(struct records);
    }
    return 0;
}

/* Every field lies within its struct and apart from the others, has a name of its own and what its kind
 * needs; nested tables likewise. */
static void check_table(const struct fields *f)
{
    assert_non_null(f->name);
    for (size_t i = 0; i < f->count; i++) {
        const struct field *a = &f->at[i];
        assert_true(a->offset + kind_size(a->kind) <= f->size);
        assert_int_equal(a->symbols != NULL, a->kind == FIELD_ENUM);
        assert_int_equal(a->of != NULL, a->kind == FIELD_RECORD || a->kind == FIELD_RECORDS);
        assert_ptr_equal(fields_find(f, text_of(a->name)), a);
        for (size_t k = 0; k < i; k++) {
            const struct field *b = &f->at[k];
            assert_true(a->offset >= b->offset + kind_size(b->kind) ||
                        b->offset >= a->offset + kind_size(a->kind));
        }
        if (a->of)
            check_table(a->of);
    }
}

static void tables_describe_their_structs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        check_table(tables[i]);
    for (int k = 0; k < EVENT_KINDS; k++)
        check_table(event_fields[k]);
    assert_null(fields_find(&alert_fields, TEXT_LITERAL("alert")));
    assert_null(fields_find(&alert_fields, TEXT_LITERAL("alert_ids")));
}

static void symbols_are_stored_from_one(void **state)
{
    static const struct symbols *const all[] = {
        &signing_types, &summit_types,  &milestone_types,     &instrument_forms,     &bindings,
        &summit_kinds,  &anchor_events, &instrument_statuses, &participant_statuses, &deliveries,
        &clock_states,  &timelinesses,  &subject_kinds,       &alert_kinds,          &severities};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(all[i]->has_default);
        assert_string_equal(all[i]->at[all[i]->count - 1], "UNKNOWN");
        for (size_t k = 0; k < all[i]->count; k++) {
            assert_int_equal(symbols_find(all[i], text_of(all[i]->at[k])), k + 1);
            assert_string_equal(symbols_name(all[i], (uint8_t)(k + 1)), all[i]->at[k]);
        }
        assert_string_equal(symbols_name(all[i], (uint8_t)(all[i]->count + 1)), "");
        assert_string_equal(symbols_name(all[i], 0), "");
        assert_int_equal(symbols_find(all[i], TEXT_LITERAL("unknown")), 0);
    }
    assert_int_equal(symbols_find(&alert_kinds, TEXT_LITERAL("CLOSED")), ALERT_CLOSED);
    assert_int_equal(symbols_find(&milestone_types, TEXT_LITERAL("DISPUTED")), MILESTONE_DISPUTED);
    assert_int_equal(symbols_find(&timelinesses, TEXT_LITERAL("UNDETERMINED")), TIMELINESS_UNDETERMINED);
}

static void a_cleared_event_says_nothing(void **state)
{
    struct event e;
    (void)state;
    for (int k = 0; k < EVENT_KINDS; k++) {
        memset(&e, 0xee, sizeof e);
        event_clear(&e, (enum event_kind)k);
        assert_int_equal(e.kind, k);
        assert_true(instant_is_none(e.common.recorded_at));
        assert_true(text_is_null(e.common.event_id));
        assert_null(e.common.source);
        assert_true(text_is_null(event_subject(&e)));
        assert_string_equal(event_type_name(&e), "");
    }
    event_clear(&e, EVENT_SUMMIT);
    assert_true(e.summit.expected_signings == LONG_NULL);
    struct alert alert;
    fields_clear(&alert_fields, &alert);
    assert_true(day_is_none(alert.opens));
    assert_true(alert.days_left == LONG_NULL);
}

static void an_event_names_its_type_and_subject(void **state)
{
    static const uint8_t types[EVENT_KINDS] = {SIGNING_IN_FORCE, SUMMIT_HELD, MILESTONE_REOPENED};
    static const char *const names[EVENT_KINDS] = {"IN_FORCE", "HELD", "REOPENED"};
    static const char *const fields[EVENT_KINDS] = {"instrument", "summit", "commitment"};
    (void)state;
    for (int k = 0; k < EVENT_KINDS; k++) {
        struct event e;
        event_clear(&e, (enum event_kind)k);
        e.common.type = types[k];
        const struct field *f = fields_find(event_fields[k], text_of(fields[k]));
        *(struct text *)(void *)((char *)&e.common + f->offset) = TEXT_LITERAL("x");
        assert_string_equal(event_type_name(&e), names[k]);
        assert_true(text_equal(event_subject(&e), TEXT_LITERAL("x")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_describe_their_structs),
        cmocka_unit_test(symbols_are_stored_from_one),
        cmocka_unit_test(a_cleared_event_says_nothing),
        cmocka_unit_test(an_event_names_its_type_and_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
