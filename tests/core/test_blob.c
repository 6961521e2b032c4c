/* Owned texts, packed lists of them, and arrays that grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/blob.h"

static struct pool *pool; /* of all tests */

static int make_pool(void **state)
{
    (void)state;
    pool = pool_new();
    return 0;
}

static int free_pool(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

static void check_text(const struct blob *b, const char *expected)
{
    assert_true(text_equal(blob_text(b), text_of(expected)));
}

static void an_event_replaces_keeps_or_clears(void **state)
{
    static const struct {
        const char *before, *event, *after;
    } cases[] = {
        {NULL, NULL, NULL},       {NULL, "", NULL},
        {NULL, "a", "a"},         {"a", NULL, "a"},
        {"a", "", NULL},          {"a", "bb", "bb"},
        {"bbbbbbbbbb", "c", "c"}, {"a", "bbbbbbbbbbbbbbbbbbbb", "bbbbbbbbbbbbbbbbbbbb"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct blob *b = NULL;
        blob_set(pool, &b, text_of(cases[i].before));
        check_text(b, cases[i].before);
        blob_apply(pool, &b, text_of(cases[i].event));
        check_text(b, cases[i].after);
        blob_free(pool, &b);
        assert_null(b);
    }
}

static void a_blob_can_be_empty_and_not_null(void **state)
{
    struct blob *b = NULL;
    (void)state;
    blob_set(pool, &b, TEXT_LITERAL(""));
    assert_non_null(b);
    check_text(b, "");
    blob_set(pool, &b, TEXT_NULL);
    assert_null(b);
}

static void a_shorter_text_reuses_the_memory(void **state)
{
    struct blob *b = NULL;
    (void)state;
    blob_set(pool, &b, TEXT_LITERAL("a long text of the register"));
    const struct blob *before = b;
    blob_set(pool, &b, TEXT_LITERAL("short"));
    assert_ptr_equal(b, before);
    check_text(b, "short");
    blob_free(pool, &b);
}

/* The list as "a,b,(null)". */
static const char *listed(const struct blob *b)
{
    static char out[2000];
    struct text t;
    uint32_t position = 0;
    for (out[0] = '\0'; blob_next(b, &position, &t);)
        (void)snprintf(out + strlen(out), sizeof out - strlen(out), "%s%.*s", out[0] ? "," : "",
                       t.at ? (int)t.len : 6, t.at ? t.at : "(null)");
    return out;
}

static void a_list_is_walked_in_order(void **state)
{
    struct blob *b = NULL;
    (void)state;
    assert_int_equal(blob_count(b), 0);
    assert_string_equal(listed(b), "");
    blob_append(pool, &b, TEXT_LITERAL("a"));
    blob_append(pool, &b, TEXT_NULL);
    blob_append(pool, &b, TEXT_LITERAL("ccc"));
    blob_append(pool, &b, TEXT_LITERAL("a"));
    assert_string_equal(listed(b), "a,(null),ccc,a");
    assert_int_equal(blob_count(b), 4);
    assert_true(blob_contains(b, TEXT_LITERAL("ccc")));
    assert_false(blob_contains(b, TEXT_LITERAL("cc")));
    assert_false(blob_contains(NULL, TEXT_LITERAL("a")));
    assert_true(blob_remove(pool, &b, TEXT_LITERAL("a")));
    assert_string_equal(listed(b), "(null),ccc,a");
    assert_false(blob_remove(pool, &b, TEXT_LITERAL("b")));
    blob_drop_first(pool, &b, 2);
    assert_string_equal(listed(b), "a");
    blob_drop_first(pool, &b, 0);
    assert_true(blob_remove(pool, &b, TEXT_LITERAL("a")));
    assert_null(b);
    assert_false(blob_remove(pool, &b, TEXT_LITERAL("a")));
    blob_drop_first(pool, &b, 3);
    assert_null(b);
}

static void an_empty_list_keeps_what_was_there(void **state)
{
    struct blob *b = NULL;
    struct arena *arena = arena_new(256);
    const struct text two[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("UZB")};
    (void)state;
    assert_int_equal(blob_list(b, arena).count, 0);
    blob_apply_list(pool, &b, (struct texts){two, 2});
    blob_apply_list(pool, &b, (struct texts){NULL, 0});
    assert_string_equal(listed(b), "KAZ,UZB");
    blob_apply_list(pool, &b, (struct texts){two + 1, 1});
    struct texts list = blob_list(b, arena);
    assert_int_equal(list.count, 1);
    assert_true(text_equal(list.at[0], two[1]));
    blob_free(pool, &b);
    arena_free(arena);
}

static void a_long_list_keeps_its_latest(void **state)
{
    static struct text many[LIST_LATEST + 7];
    static char names[LIST_LATEST + 7][8];
    struct blob *b = NULL;
    struct arena *arena = arena_new(256);
    (void)state;
    for (size_t i = 0; i < LIST_LATEST + 7; i++)
        many[i] = (struct text){names[i], (size_t)snprintf(names[i], sizeof names[i], "p%zu", i)};
    blob_apply_list(pool, &b, (struct texts){many, LIST_LATEST + 7});
    struct texts list = blob_list(b, arena);
    assert_int_equal(list.count, LIST_LATEST);
    assert_true(text_equal(list.at[0], many[7]));
    assert_true(text_equal(list.at[LIST_LATEST - 1], many[LIST_LATEST + 6]));
    blob_free(pool, &b);
    arena_free(arena);
}

static void an_array_grows_and_loses_its_first(void **state)
{
    struct vec v = {0};
    (void)state;
    vec_drop_first(&v, sizeof(int));
    for (int i = 0; i < 100; i++) {
        int *at = vec_add(pool, &v, sizeof *at);
        assert_int_equal(*at, 0);
        *at = i;
    }
    vec_drop_first(&v, sizeof(int));
    assert_int_equal(v.count, 99);
    for (int i = 0; i < 99; i++)
        assert_int_equal(((int *)v.at)[i], i + 1);
    vec_free(pool, &v, sizeof(int));
    assert_null(v.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_replaces_keeps_or_clears),
        cmocka_unit_test(a_blob_can_be_empty_and_not_null),
        cmocka_unit_test(a_shorter_text_reuses_the_memory),
        cmocka_unit_test(a_list_is_walked_in_order),
        cmocka_unit_test(an_empty_list_keeps_what_was_there),
        cmocka_unit_test(a_long_list_keeps_its_latest),
        cmocka_unit_test(an_array_grows_and_loses_its_first),
    };
    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
