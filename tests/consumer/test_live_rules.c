/* Whether zone or policy were changed while a register was kept, by the fingerprints in its records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consumer/verify/live_rules.h"

#define RECORDS 6

static const struct {
    const char *what;
    struct {
        int64_t position, rules; /* rules 0: no more records */
    } records[RECORDS];
    int64_t rules;
    bool changed;
} cases[] = {
    {"one", {{1, 7}}, 7, false},
    {"always the same", {{1, 7}, {2, 7}, {1, 7}}, 7, false},
    {"changed", {{3, 8}, {1, 7}, {2, 7}}, 8, true},
    {"changed twice", {{3, 8}, {1, 7}, {4, 6}, {5, 6}}, 6, true},
    {"one among others is no change", {{1, 7}, {2, 8}, {3, 7}, {4, 7}}, 7, false},
    {"nor is one at the same moment", {{1, 7}, {2, 7}, {2, 8}, {2, 7}}, 7, false},
    {"nor at the beginning", {{1, 7}, {1, 8}, {2, 7}}, 7, false},
};

static void changes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ruled at[RECORDS];
        size_t count = 0;
        bool changed = !cases[i].changed;
        for (; count < RECORDS && cases[i].records[count].rules; count++) {
            int64_t position = cases[i].records[count].position;
            at[count] = (struct ruled){{{position, 0, position}, {100}}, cases[i].records[count].rules};
        }
        int64_t rules = live_rules(at, count, &changed);
        if (rules != cases[i].rules || changed != cases[i].changed)
            fail_msg("%s: rules %d, changed %d", cases[i].what, (int)rules, changed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(changes_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
