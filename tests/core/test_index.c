/* The index of ids: nodes are found again, stay where they are, and are walked over once each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/index.h"

static void a_node_is_made_once(void **state)
{
    struct pool *pool = pool_new();
    struct index *index = index_new(pool);
    (void)state;
    assert_null(index_find(index, TEXT_LITERAL("c1")));
    struct node *c1 = index_intern(index, TEXT_LITERAL("c1"));
    assert_ptr_equal(index_intern(index, TEXT_LITERAL("c1")), c1);
    assert_ptr_equal(index_find(index, TEXT_LITERAL("c1")), c1);
    assert_null(index_find(index, TEXT_LITERAL("c")));
    assert_null(index_find(index, TEXT_LITERAL("c1x")));
    assert_null(c1->entity);
    assert_null(c1->refs);
    assert_string_equal(c1->id, "c1");
    assert_true(text_equal(node_id(c1), TEXT_LITERAL("c1")));
    assert_true(text_is_null(node_id(NULL)));
    index_free(index);
    pool_free(pool);
    index_free(NULL);
}

#define IDS 5000

static void many_stay_where_they_are(void **state)
{
    struct pool *pool = pool_new();
    struct index *index = index_new(pool);
    static struct node *nodes[IDS];
    static int walked[IDS];
    char id[32];
    (void)state;
    for (int i = 0; i < IDS; i++)
        nodes[i] = index_intern(index, (struct text){id, (size_t)snprintf(id, sizeof id, "id-%d", i)});
    for (int i = 0; i < IDS; i++) {
        struct text t = {id, (size_t)snprintf(id, sizeof id, "id-%d", i)};
        assert_ptr_equal(index_find(index, t), nodes[i]);
        assert_true(text_equal(node_id(nodes[i]), t));
    }
    struct node *node;
    for (size_t position = 0; (node = index_next(index, &position));) {
        int i;
        assert_int_equal(sscanf(node->id, "id-%d", &i), 1);
        walked[i]++;
    }
    for (int i = 0; i < IDS; i++)
        assert_int_equal(walked[i], 1);
    index_free(index);
    pool_free(pool);
}

static void an_empty_one_has_nothing_to_walk(void **state)
{
    struct pool *pool = pool_new();
    struct index *index = index_new(pool);
    size_t position = 0;
    (void)state;
    assert_null(index_next(index, &position));
    assert_null(index_next(index, &position));
    index_free(index);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_made_once),
        cmocka_unit_test(many_stay_where_they_are),
        cmocka_unit_test(an_empty_one_has_nothing_to_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
