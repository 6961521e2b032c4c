/* What an entity keeps in less room than it says: its references, and the events it follows from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/entity.h"

#define NODES 3
#define STEPS 5000

/* The references of the commitment, as an array says them that is changed alike. */
static void check_refs(struct commitment *c, struct node *const expected[REF_KINDS],
                       struct node *const nodes[NODES])
{
    for (int kind = 0; kind < REF_KINDS; kind++)
        assert_ptr_equal(ref_node(commitment_ref(c, (enum ref_kind)kind)), expected[kind]);
    for (size_t n = 0; n < NODES; n++) {
        unsigned seen = 0, named = 0;
        for (const struct ref *r = nodes[n]->refs; r; r = r->next) {
            assert_ptr_equal(ref_owner(r), &c->entity);
            assert_ptr_equal(r->to, nodes[n]);
            seen |= 1U << ref_kind_of(r);
        }
        for (int kind = 0; kind < REF_KINDS; kind++)
            named |= (expected[kind] == nodes[n] ? 1U : 0U) << kind;
        assert_int_equal(seen, named);
    }
}

static void references_come_and_go(void **state)
{
    struct pool *pool = pool_new();
    struct index *ids = index_new(pool);
    struct node *nodes[] = {index_intern(ids, TEXT_LITERAL("a")), index_intern(ids, TEXT_LITERAL("b")),
                            index_intern(ids, TEXT_LITERAL("c"))};
    struct node *own = index_intern(ids, TEXT_LITERAL("own")), *expected[REF_KINDS] = {NULL};
    struct commitment *c = as_commitment(entity_new(pool, SUBJECT_COMMITMENT, own, own));
    uint32_t seed = 3;
    (void)state;
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        int kind = (int)(seed >> 20) % REF_KINDS;
        size_t n = (seed >> 8) % (NODES + 1);
        expected[kind] = n < NODES ? nodes[n] : NULL;
        commitment_refer_to(pool, c, (enum ref_kind)kind, expected[kind]);
        check_refs(c, expected, nodes);
    }
    for (int kind = 0; kind < REF_KINDS; kind++)
        commitment_refer_to(pool, c, (enum ref_kind)kind, expected[kind] = NULL);
    check_refs(c, expected, nodes);
    assert_null(c->refs.other);
    entity_free(pool, &c->entity);
    index_free(ids);
    pool_free(pool);
}

#define UUID(n) "01234567-89ab-cdef-0123-45678900000" #n

static void the_cause_stays_when_other_events_follow(void **state)
{
    static const struct {
        bool causes; /* it is what the deadline follows from, from now on */
        uint8_t topic;
        int64_t offset;
        const char *id;
    } events[] = {
        {false, EVENT_MILESTONE, 0, UUID(0)},
        {true, EVENT_MILESTONE, 7, UUID(1)},
        {false, EVENT_MILESTONE, 8, UUID(2)},
        {false, EVENT_MILESTONE, 9, "a-name-of-its-own"},
        {true, EVENT_MILESTONE, INT64_MAX, "another"},
        {false, EVENT_SIGNING, 0, UUID(3)},
        {true, EVENT_SUMMIT, 0, ""},
        {true, EVENT_SUMMIT, 1, UUID(4)},
        {false, EVENT_SUMMIT, 2, UUID(5)},
    };
    struct pool *pool = pool_new();
    struct arena *a = arena_new(256);
    struct index *ids = index_new(pool);
    struct node *own = index_intern(ids, TEXT_LITERAL("own"));
    struct entity *e = entity_new(pool, SUBJECT_COMMITMENT, own, own);
    struct event_place cause = {0}, found = {0};
    bool has_cause = false;
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct event_place last = {events[i].topic, events[i].offset, text_of(events[i].id)};
        entity_set_last(pool, e, &last, (struct instant){(int64_t)i}, a);
        if (events[i].causes) {
            entity_set_cause(pool, e, &last, a);
            cause = last;
            has_cause = true;
        }
        assert_int_equal(entity_cause(e, a, &found), has_cause);
        assert_int_equal(found.topic, cause.topic);
        assert_int_equal(found.offset, cause.offset);
        assert_true(text_equal(found.event_id, cause.event_id));
    }
    /* Of a follower: the event that moved its deadline was about another subject. */
    cause = (struct event_place){EVENT_SIGNING, 12, TEXT_LITERAL(UUID(6))};
    entity_set_cause(pool, e, &cause, a);
    assert_true(entity_cause(e, a, &found));
    assert_int_equal(found.offset, 12);
    assert_true(text_equal(found.event_id, cause.event_id));
    entity_free(pool, e);
    index_free(ids);
    arena_free(a);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_come_and_go),
        cmocka_unit_test(the_cause_stays_when_other_events_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
