/* Timers: a few by hand, many at random against a model that looks through all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/civil.h"
#include "core/timers.h"

static struct day day(int32_t y, int32_t m, int32_t d)
{
    return day_of_civil(y, m, d);
}

/* The only timer of the day, or NULL. */
static struct timer *take_one(struct timers *t, struct day d)
{
    struct timer *const *taken;
    size_t count = timers_take(t, d, &taken);
    assert_in_range(count, 0, 1);
    if (count)
        assert_int_equal(taken[0]->place, 0);
    return count ? taken[0] : NULL;
}

static void the_first_day_is_known(void **state)
{
    struct timers *t = timers_new();
    struct timer a = {0}, b = {0}, c = {0};
    (void)state;
    assert_true(day_is_none(timers_first(t)));
    timers_arm(t, &a, day(2026, 6, 1));
    timers_arm(t, &b, day(2026, 5, 31));
    timers_arm(t, &c, day(2026, 5, 31));
    assert_int_equal(timers_first(t).n, day(2026, 5, 31).n);
    timers_arm(t, &b, day(2027, 1, 1)); /* moved */
    timers_arm(t, &c, DAY_NONE);        /* cancelled */
    assert_int_equal(timers_first(t).n, day(2026, 6, 1).n);
    timers_arm(t, &a, day(2026, 6, 1)); /* there already */
    timers_arm(t, &c, DAY_NONE);
    assert_ptr_equal(take_one(t, day(2026, 6, 1)), &a);
    assert_int_equal(timers_first(t).n, day(2027, 1, 1).n);
    assert_null(take_one(t, day(2026, 6, 1)));
    assert_null(take_one(t, day(1500, 1, 1)));
    timers_free(t);
    timers_free(NULL);
}

static void a_day_gives_all_its_timers_at_once(void **state)
{
    struct timers *t = timers_new();
    struct timer some[5] = {0};
    struct timer *const *taken;
    (void)state;
    for (size_t i = 0; i < 5; i++)
        timers_arm(t, &some[i], day(2026, 6, 1));
    timers_arm(t, &some[2], day(2026, 6, 2)); /* from the middle of the list */
    assert_int_equal(timers_take(t, day(2026, 6, 1), &taken), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(taken[i]->place, 0);
    assert_ptr_equal(take_one(t, day(2026, 6, 2)), &some[2]);
    assert_true(day_is_none(timers_first(t)));
    timers_arm(t, &some[0], day(2026, 6, 3)); /* what was taken can be armed again */
    assert_int_equal(timers_first(t).n, day(2026, 6, 3).n);
    timers_free(t);
}

static void the_calendar_has_two_ends(void **state)
{
    struct timers *t = timers_new();
    struct timer first = {0}, last = {0}, after = {0};
    (void)state;
    timers_arm(t, &last, DAY_LAST);
    timers_arm(t, &after, (struct day){DAY_LAST.n + 1});
    assert_int_equal(timers_first(t).n, DAY_LAST.n);
    timers_arm(t, &first, (struct day){DAY_FIRST.n - 365});
    assert_int_equal(timers_first(t).n, DAY_FIRST.n);
    timers_arm(t, &first, (struct day){DAY_FIRST.n - 1}); /* the same place */
    assert_ptr_equal(take_one(t, DAY_FIRST), &first);
    assert_ptr_equal(take_one(t, DAY_LAST), &last);
    assert_true(day_is_none(timers_first(t)));
    timers_arm(t, &last, DAY_LAST);
    timers_arm(t, &last, (struct day){DAY_LAST.n + 400}); /* never comes: cancelled */
    assert_true(day_is_none(timers_first(t)));
    timers_free(t);
}

#define TIMERS 60
#define STEPS 60000

static uint64_t seed = 42;

static uint32_t chance(uint32_t of)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % of;
}

static struct day model_first(const struct day *armed)
{
    struct day first = DAY_NONE;
    for (size_t i = 0; i < TIMERS; i++)
        if (!day_is_none(armed[i]) && (day_is_none(first) || armed[i].n < first.n))
            first = armed[i];
    return first;
}

/* Near days, so that they meet; a few anywhere, both sides of the calendar included. */
static struct day random_day(void)
{
    switch (chance(8)) {
    case 0: return DAY_NONE;
    case 1: return (struct day){DAY_FIRST.n - 1000 + (int32_t)chance(3656058)};
    default: return (struct day){20000 + (int32_t)chance(1200)};
    }
}

static void they_do_what_the_model_does(void **state)
{
    struct timers *t = timers_new();
    struct timer timers[TIMERS] = {0};
    struct day armed[TIMERS];
    (void)state;
    for (size_t i = 0; i < TIMERS; i++)
        armed[i] = DAY_NONE;
    for (int step = 0; step < STEPS; step++) {
        if (chance(5)) {
            uint32_t i = chance(TIMERS);
            struct day d = random_day();
            timers_arm(t, &timers[i], d);
            if (!day_is_none(d) && d.n < DAY_FIRST.n)
                d = DAY_FIRST;
            armed[i] = !day_is_none(d) && d.n > DAY_LAST.n ? DAY_NONE : d;
        } else if (!day_is_none(model_first(armed))) {
            struct day d = model_first(armed);
            struct timer *const *taken;
            size_t count = timers_take(t, d, &taken);
            for (size_t k = 0; k < count; k++) {
                size_t i = (size_t)(taken[k] - timers);
                assert_int_equal(armed[i].n, d.n);
                armed[i] = DAY_NONE;
            }
            assert_true(model_first(armed).n != d.n);
        }
        assert_int_equal(timers_first(t).n, model_first(armed).n);
    }
    timers_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_day_is_known),
        cmocka_unit_test(a_day_gives_all_its_timers_at_once),
        cmocka_unit_test(the_calendar_has_two_ends),
        cmocka_unit_test(they_do_what_the_model_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
