/* Live events: positions, and the ring that those who listen read from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consumer/serve/feed.h"
#include "consumer/serve/position.h"
#include "tests/consumer/serve_fixture.h"

static void test_a_position_is_read_as_it_was_written(void **state)
{
    static struct position p;
    struct buffer b = BUFFER_EMPTY;
    struct view *v = view_new(3);
    (void)state;
    for (int32_t i = 0; i < 3; i++)
        for (int t = 0; t < TOPIC_COUNT; t++)
            view_partition(v, i)->position[t] = (int64_t)1 << (i * 20 + t);
    position_write(v, &b);
    assert_true(position_read(buffer_text(&b), 3, &p));
    for (int32_t i = 0; i < 3; i++)
        for (int t = 0; t < POSITION_TOPICS; t++)
            assert_int_equal(p.at[i][t], view_partition(v, i)->position[POSITION_FIRST + t]);
    assert_true(position_is_before(&p, TOPIC_ALERTS, 0, p.at[0][3]));
    assert_false(position_is_before(&p, TOPIC_ALERTS, 0, p.at[0][3] - 1));
    assert_false(position_read(buffer_text(&b), 4, &p));
    assert_false(position_read((struct text){(const char *)b.at, b.len - 2}, 3, &p));
    assert_false(position_read(TEXT_LITERAL(""), 3, &p));
    assert_false(position_read(TEXT_LITERAL("AQ"), 3, &p));
    unsigned seed = 5;
    for (int round = 0; round < 20000; round++) {
        b.at[(size_t)rand_r(&seed) % b.len] = (unsigned char)(rand_r(&seed) % 256);
        (void)position_read(buffer_text(&b), 3, &p);
    }
    buffer_free(&b);
    view_free(v);
}

static bool takes_even(void *context, enum change_kind kind, uint32_t row)
{
    (void)context;
    (void)kind;
    return row % 2 == 0;
}

static void publish(struct feed *f, enum change_kind kind, uint32_t row, const char *text)
{
    const struct change c = {kind, row, strlen(text)};
    feed_publish(f, &c, 1, text_of(text));
}

static void expect_read(struct feed *f, struct feed_place *place, size_t most, const char *expected)
{
    struct buffer b = BUFFER_EMPTY;
    assert_true(feed_read(f, place, most, takes_even, NULL, &b));
    buffer_add_byte(&b, '\0');
    assert_string_equal((const char *)b.at, expected);
    buffer_free(&b);
}

static void test_each_reads_at_its_own_pace(void **state)
{
    struct feed *f = feed_new();
    struct feed_place early = feed_end(f);
    (void)state;
    publish(f, CHANGE_SUBJECT, 0, "a");
    publish(f, CHANGE_SUBJECT, 1, "b");
    struct feed_place late = feed_end(f);
    publish(f, CHANGE_MARK, 1, "m");
    publish(f, CHANGE_ALERT, 2, "c");
    expect_read(f, &early, 1, "a");
    expect_read(f, &early, 100, "mc");
    expect_read(f, &late, 100, "mc");
    expect_read(f, &late, 100, "");
    feed_restart(f);
    struct buffer b = BUFFER_EMPTY;
    assert_false(feed_read(f, &late, 100, takes_even, NULL, &b));
    buffer_free(&b);
    feed_free(f);
}

static void test_who_is_too_slow_is_told_so(void **state)
{
    struct feed *f = feed_new();
    struct feed_place slow = feed_end(f), quick = slow;
    struct buffer b = BUFFER_EMPTY;
    (void)state;
    for (uint32_t i = 0; i < FEED_CHANGES; i++)
        publish(f, CHANGE_SUBJECT, i, "x");
    assert_true(feed_read(f, &quick, 10, takes_even, NULL, &b));
    publish(f, CHANGE_SUBJECT, 0, "y");
    assert_false(feed_read(f, &slow, 10, takes_even, NULL, &b));
    assert_true(feed_read(f, &quick, SIZE_MAX / 2, takes_even, NULL, &b));
    assert_int_equal(b.at[b.len - 1], 'y');

    /* By bytes as well: a few great ones leave room for no others. */
    char *great = malloc(FEED_BYTES / 2 + 1);
    memset(great, 'z', FEED_BYTES / 2);
    great[FEED_BYTES / 2] = '\0';
    quick = feed_end(f);
    for (int i = 0; i < 3; i++)
        publish(f, CHANGE_SUBJECT, 0, great);
    assert_false(feed_read(f, &quick, 10, takes_even, NULL, &b));
    free(great);
    buffer_free(&b);
    feed_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_position_is_read_as_it_was_written),
        cmocka_unit_test(test_each_reads_at_its_own_pace),
        cmocka_unit_test(test_who_is_too_slow_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
