/* The identity of alerts, against SHA-256 values worked out elsewhere with `sha256sum`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/alert_id.h"

static void the_identity_follows_from_four_things(void **state)
{
    static const struct {
        const char *subject;
        int64_t revision;
        const char *kind, *stage, *id;
    } cases[] = {
        {"c1", 1, "UPCOMING", "-P30D", "c299656f87a6a752cca1c0c271188b5a"},
        {"c1", 2, "UPCOMING", "-P30D", "0c84ddeedc3d2d392edd0967b889c88d"},
        {"c1", 1, "CLOSED", "", "47fe404936ec6d6fbe8817cd59376711"},
        {"c1", 1, "OPENED", "P0D", "159e2f81e986f0368d6f036688e79196"},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         4294967295, "OVERDUE", "+P365D", "7fe20b5fc61769095ce4e2b3c8491560"},
    };
    struct alert_ids *ids = alert_ids_new();
    (void)state;
    for (int again = 0; again < 2; again++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            char id[ALERT_ID_SIZE];
            alert_id(ids, text_of(cases[i].subject), cases[i].revision, text_of(cases[i].kind),
                     text_of(cases[i].stage), id);
            assert_string_equal(id, cases[i].id);
        }
    alert_ids_free(ids);
    alert_ids_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_identity_follows_from_four_things)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
