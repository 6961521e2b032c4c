/* Numbers in as few bytes as they need, and the claims and slips that are made of them: what goes in comes
 * out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/entry.h"
#include "core/instant.h"

static void integers_take_what_they_need(void **state)
{
    static const struct {
        int64_t n;
        size_t bytes;
    } cases[] = {{0, 1},          {-1, 1},         {63, 1},        {-64, 1},
                 {64, 2},         {-65, 2},        {8191, 2},      {8192, 3},
                 {20000, 3},      {INT32_MAX, 5},  {INT32_MIN, 5}, {INT64_C(1735689600000), 6},
                 {INT64_MAX, 10}, {INT64_MIN, 10}, {-8192, 2},     {-8193, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[VARINT_MOST];
        int64_t again;
        assert_int_equal(varint_write(bytes, cases[i].n) - bytes, cases[i].bytes);
        assert_int_equal(varint_read(bytes, &again) - bytes, cases[i].bytes);
        assert_int_equal(again, cases[i].n);
    }
}

static void check_number(struct number found, struct number expected)
{
    assert_int_equal(found.set, expected.set);
    assert_memory_equal(&found.value, &expected.value, sizeof found.value);
}

static void a_claim_comes_back_as_it_was(void **state)
{
    static const struct number numbers[] = {{0, false}, {0, true}, {0.16, true}, {-1e300, true}};
    static const struct instant instants[] = {{1}, {INT64_C(1735689600000)}, {INT64_MIN}};
    (void)state;
    for (size_t i = 0; i < 4 * 4 * 3 * MILESTONE_UNKNOWN; i++) {
        char entry[ENTRY_MOST];
        const struct claim claim = {TEXT_NULL, (uint8_t)(1 + i / 48), numbers[i % 4], numbers[i / 4 % 4],
                                    instants[i / 16 % 3]};
        struct claim again = {TEXT_LITERAL("KAZ"), 0, {1, true}, {1, true}, {0}};
        claim_read(claim_write(&claim, entry), &again);
        assert_true(text_equal(again.claimed_by, TEXT_LITERAL("KAZ")));
        assert_int_equal(again.type, claim.type);
        check_number(again.progress, claim.progress);
        check_number(again.value, claim.value);
        assert_int_equal(again.recorded_at.ms, claim.recorded_at.ms);
    }
}

static void a_slip_comes_back_as_it_was(void **state)
{
    static const struct slip slips[] = {
        {{20454}, {20484}, {20819}, {20849}, 365, TEXT_NULL, {INT64_C(1735689600000)}},
        {DAY_NONE, DAY_NONE, DAY_NONE, DAY_NONE, 0, TEXT_NULL, INSTANT_NONE},
        {DAY_FIRST, DAY_LAST, DAY_LAST, DAY_FIRST, -3652058, TEXT_NULL, INSTANT_LAST},
        {{20454}, DAY_NONE, {20455}, DAY_NONE, 1, TEXT_NULL, {1}},
        {DAY_NONE, DAY_LAST, DAY_NONE, DAY_FIRST, 4000000, TEXT_NULL, {1}},
        {{-1}, {-2}, {-3}, {-4}, -4000000, TEXT_NULL, {1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        char entry[ENTRY_MOST];
        const struct slip *slip = &slips[i];
        struct slip again = {.reason = TEXT_LITERAL("why")};
        slip_read(slip_write(slip, entry), &again);
        assert_int_equal(again.from_opens.n, slip->from_opens.n);
        assert_int_equal(again.from_closes.n, slip->from_closes.n);
        assert_int_equal(again.to_opens.n, slip->to_opens.n);
        assert_int_equal(again.to_closes.n, slip->to_closes.n);
        assert_int_equal(again.days, slip->days);
        assert_int_equal(again.recorded_at.ms, slip->recorded_at.ms);
        assert_true(text_equal(again.reason, TEXT_LITERAL("why")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_take_what_they_need),
        cmocka_unit_test(a_claim_comes_back_as_it_was),
        cmocka_unit_test(a_slip_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
