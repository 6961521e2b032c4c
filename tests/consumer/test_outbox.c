/* What a transaction keeps back until its offsets are sent: everything as it was put, or nothing of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consumer/process/outbox.h"

static int make(void **state)
{
    *state = calloc(1, sizeof(struct outbox));
    return *state ? 0 : -1;
}

static int drop(void **state)
{
    outbox_clear(*state); /* with the headers left: the sanitizers and valgrind look */
    free(*state);
    return 0;
}

static bool put(struct outbox *b, struct text key, struct text value)
{
    struct outgoing m = {TOPIC_ALERTS, 3, key, value, rd_kafka_headers_new(1)};
    if (outbox_put(b, &m))
        return true;
    rd_kafka_headers_destroy(m.headers);
    return false;
}

static void test_what_was_put_outlives_its_owner(void **state)
{
    struct outbox *b = *state;
    char key[] = "accord-1", value[] = "a record\0with a NUL";
    assert_true(put(b, text_of(key), TEXT_LITERAL("a record\0with a NUL")));
    memset(key, 'x', sizeof key - 1);
    assert_int_equal(b->count, 1);
    assert_int_equal(b->messages[0].topic, TOPIC_ALERTS);
    assert_int_equal(b->messages[0].partition, 3);
    assert_true(text_equal(b->messages[0].key, TEXT_LITERAL("accord-1")));
    assert_true(text_equal(b->messages[0].value, (struct text){value, sizeof value - 1}));
    assert_non_null(b->messages[0].headers);
}

/* A tombstone is no record of no bytes. */
static void test_null_stays_null_and_empty_empty(void **state)
{
    struct outbox *b = *state;
    assert_true(put(b, TEXT_NULL, TEXT_LITERAL("")));
    assert_true(put(b, TEXT_LITERAL(""), TEXT_NULL));
    assert_true(text_is_null(b->messages[0].key) && !text_is_null(b->messages[0].value));
    assert_true(!text_is_null(b->messages[1].key) && text_is_null(b->messages[1].value));
}

static void test_so_many_messages_and_no_more(void **state)
{
    struct outbox *b = *state;
    for (int i = 0; i < OUTBOX_MESSAGES; i++)
        assert_true(put(b, TEXT_LITERAL("key"), TEXT_LITERAL("value")));
    assert_false(put(b, TEXT_NULL, TEXT_NULL));
    assert_int_equal(b->count, OUTBOX_MESSAGES);
    outbox_clear(b);
    assert_int_equal(b->count, 0);
    assert_true(put(b, TEXT_LITERAL("key"), TEXT_LITERAL("value")));
}

static void test_so_many_bytes_and_no_more(void **state)
{
    static const char bytes[OUTBOX_BYTES + 1];
    struct outbox *b = *state;
    assert_false(put(b, TEXT_NULL, (struct text){bytes, OUTBOX_BYTES + 1}));
    assert_false(put(b, TEXT_LITERAL("k"), (struct text){bytes, OUTBOX_BYTES}));
    assert_int_equal(b->count, 0);
    assert_true(put(b, TEXT_LITERAL("k"), (struct text){bytes, OUTBOX_BYTES - 1}));
    assert_false(put(b, TEXT_NULL, TEXT_LITERAL("v")));
    assert_true(put(b, TEXT_NULL, TEXT_NULL));
    assert_int_equal(b->count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_put_outlives_its_owner, make, drop),
        cmocka_unit_test_setup_teardown(test_null_stays_null_and_empty_empty, make, drop),
        cmocka_unit_test_setup_teardown(test_so_many_messages_and_no_more, make, drop),
        cmocka_unit_test_setup_teardown(test_so_many_bytes_and_no_more, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
