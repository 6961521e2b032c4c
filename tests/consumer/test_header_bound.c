/* How long headers can be at most, by where messages lie in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consumer/header_bound.h"

static char fetched[100];

static void bounds(void **state)
{
    static const struct {
        size_t value, value_len;
        bool failed;
        size_t key, key_len, next_value, next_len; /* of the message behind it */
        bool next_failed;
        size_t bound; /* SIZE_MAX: not known */
    } cases[] = {
        {10, 5, false, 40, 3, 45, 5, false, 25},       {10, 5, false, 15, 3, 45, 5, false, 0},
        {10, 5, false, 0, 0, 45, 5, false, 30},        {10, 5, false, 0, 0, 0, 0, false, SIZE_MAX},
        {10, 0, false, 40, 3, 45, 5, false, SIZE_MAX}, {50, 5, false, 40, 3, 45, 5, false, SIZE_MAX},
        {10, 5, true, 40, 3, 45, 5, false, SIZE_MAX},  {10, 5, false, 40, 3, 45, 5, true, SIZE_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rd_kafka_message_t m = {.payload = fetched + cases[i].value, .len = cases[i].value_len};
        rd_kafka_message_t next = {.key = cases[i].key_len ? fetched + cases[i].key : NULL,
                                   .key_len = cases[i].key_len,
                                   .payload = cases[i].next_len ? fetched + cases[i].next_value : NULL,
                                   .len = cases[i].next_len};
        m.err = cases[i].failed ? RD_KAFKA_RESP_ERR__PARTITION_EOF : RD_KAFKA_RESP_ERR_NO_ERROR;
        next.err = cases[i].next_failed ? RD_KAFKA_RESP_ERR__PARTITION_EOF : RD_KAFKA_RESP_ERR_NO_ERROR;
        size_t bound = header_bound(&m, &next);
        if (bound != cases[i].bound)
            fail_msg("case %zu: %zu, expected %zu", i, bound, cases[i].bound);
        assert_true(header_bound(&m, NULL) == SIZE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
