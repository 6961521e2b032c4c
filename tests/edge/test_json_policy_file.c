/* Policies as files. Runs in the root of the source tree, where deploy/policy.json is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/json/policy_file.h"

static void the_file_that_is_shipped_is_the_one_built_in(void **state)
{
    (void)state;
    struct policy p;
    struct error e;
    memset(&p, 0x5A, sizeof p);
    if (policy_file_read("deploy/policy.json", &p, &e))
        fail_msg("%s: %s", e.where, e.text);
    assert_true(policy_equal(&p, &policy_builtin));

    /* It says everything: a member taken away would be filled in, so compare with what a file may leave out.
     */
    FILE *file = fopen("deploy/policy.json", "r");
    char content[4096];
    assert_non_null(file);
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    (void)fclose(file);
    static const char *const members[] = {
        "leads",   "escalations",           "ended", "unconfirmed", "upcoming",  "last_lead", "opened",
        "overdue", "overdue_critical_from", "moved", "refined",     "cancelled", "closed"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char quoted[40];
        (void)snprintf(quoted, sizeof quoted, "\"%s\":", members[i]);
        assert_non_null(strstr(content, quoted));
    }
}

static int read_policy(const char *json, struct policy *p, struct error *e)
{
    return policy_from_json(json, strlen(json), "p.json", p, e);
}

static void what_is_left_out_stays_built_in(void **state)
{
    (void)state;
    struct policy p, expected = policy_builtin;
    assert_int_equal(read_policy("{}", &p, NULL), 0);
    assert_true(policy_equal(&p, &policy_builtin));

    assert_int_equal(
        read_policy("{\"severities\": {\"overdue_critical_from\": \"P2W\", \"closed\": \"CRITICAL\"},"
                    " \"unconfirmed\": \"P1W3D\"}",
                    &p, NULL),
        0);
    expected.overdue_critical_from_days = 14;
    expected.closed = SEVERITY_CRITICAL;
    expected.unconfirmed_days = 10;
    assert_true(policy_equal(&p, &expected));
}

static void lists_replace_those_built_in(void **state)
{
    (void)state;
    struct policy p;
    assert_int_equal(read_policy("{\"leads\": [{\"stages\": [\"P4W\", \"P1D\"], \"up_to_days\": 10},"
                                 " {\"stages\": [\"P3660D\"]}], \"escalations\": [\"P3D\", \"P1W\"]}",
                                 &p, NULL),
                     0);
    assert_int_equal(p.band_count, 2);
    assert_int_equal(p.bands[0].max_days, 10);
    assert_int_equal(p.bands[0].count, 2);
    assert_int_equal(p.bands[0].leads_days[0], 28);
    assert_int_equal(p.bands[0].leads_days[1], 1);
    assert_int_equal(p.bands[1].max_days, INT32_MAX);
    assert_int_equal(p.bands[1].leads_days[0], 3660);
    assert_int_equal(p.escalation_count, 2);
    assert_int_equal(p.escalations_days[1], 7);
    assert_ptr_equal(policy_band_of(&p, 11), &p.bands[1]);
}

#define BANDS9                                                                                               \
    "{\"up_to_days\":1,\"stages\":[\"P1D\"]},{\"up_to_days\":2,\"stages\":[\"P1D\"]},"                       \
    "{\"up_to_days\":3,\"stages\":[\"P1D\"]},{\"up_to_days\":4,\"stages\":[\"P1D\"]},"                       \
    "{\"up_to_days\":5,\"stages\":[\"P1D\"]},{\"up_to_days\":6,\"stages\":[\"P1D\"]},"                       \
    "{\"up_to_days\":7,\"stages\":[\"P1D\"]},{\"up_to_days\":8,\"stages\":[\"P1D\"]},{\"stages\":[\"P1D\"]}"
#define LIST17                                                                                               \
    "[\"P1D\",\"P2D\",\"P3D\",\"P4D\",\"P5D\",\"P6D\",\"P7D\",\"P8D\",\"P9D\",\"P10D\",\"P11D\",\"P12D\","   \
    "\"P13D\",\"P14D\",\"P15D\",\"P16D\",\"P17D\"]"

static void what_is_wrong_is_told_with_its_place(void **state)
{
    static const struct {
        const char *json, *where, *says;
    } cases[] = {
        {"", "p.json:1:0", "not a JSON object"},
        {"[]", "p.json", "expected an object"},
        {"{\n  \"ended\": \"P1D\"\n  \"leads\": []\n}", "p.json:3:", "not a JSON object"},
        {"{\"ended\":\"P1D\",\"ended\":\"P2D\"}", "p.json:1:", "duplicate"},
        {"{\"lead\":[]}", "p.json",
         "lead: no such member; there are leads, escalations, ended, unconfirmed, severities"},

        {"{\"leads\":{}}", "p.json", "leads: expected a list of at least one band"},
        {"{\"leads\":[]}", "p.json", "leads: expected a list of at least one band"},
        {"{\"leads\":[" BANDS9 "]}", "p.json", "leads: expected at most 8 bands"},
        {"{\"leads\":[7]}", "p.json", "leads[0]: expected an object"},
        {"{\"leads\":[{}]}", "p.json", "leads[0]: \"stages\" is missing"},
        {"{\"leads\":[{\"stage\":[]}]}", "p.json",
         "leads[0].stage: no such member; there are up_to_days, stages"},
        {"{\"leads\":[{\"stages\":[]}]}", "p.json",
         "leads[0].stages: expected a list of at least one duration"},
        {"{\"leads\":[{\"stages\":\"P1D\"}]}", "p.json", "leads[0].stages: expected a list"},
        {"{\"leads\":[{\"stages\":" LIST17 "}]}", "p.json", "leads[0].stages: expected at most 16 durations"},
        {"{\"leads\":[{\"up_to_days\":5,\"stages\":[\"P1D\"]}]}", "p.json",
         "leads[0]: \"up_to_days\" in the last band"},
        {"{\"leads\":[{\"stages\":[\"P1D\"]},{\"stages\":[\"P1D\"]}]}", "p.json",
         "leads[0]: \"up_to_days\" is missing"},
        {"{\"leads\":[{\"up_to_days\":0,\"stages\":[\"P1D\"]},{\"stages\":[\"P1D\"]}]}", "p.json",
         "leads[0].up_to_days: expected a whole number of days from 1"},
        {"{\"leads\":[{\"up_to_days\":1.5,\"stages\":[\"P1D\"]},{\"stages\":[\"P1D\"]}]}", "p.json",
         "leads[0].up_to_days: expected a whole number"},
        {"{\"leads\":[{\"up_to_days\":2147483647,\"stages\":[\"P1D\"]},{\"stages\":[\"P1D\"]}]}", "p.json",
         "leads[0].up_to_days: expected a whole number"},
        {"{\"leads\":[{\"up_to_days\":5,\"stages\":[\"P1D\"]},{\"up_to_days\":5,\"stages\":[\"P1D\"]},{"
         "\"stages\":[\"P1D\"]}]}",
         "p.json", "leads[1]: \"up_to_days\" must be larger"},
        {"{\"leads\":[{\"up_to_days\":5,\"stages\":[\"P9D\"]},{\"stages\":[\"P7D\",\"P30D\"]}]}", "p.json",
         "leads[1].stages[1]: expected the longest first"},
        {"{\"leads\":[{\"stages\":[\"P7D\",\"P1W\"]}]}", "p.json", "leads[0].stages[1]: stands there twice"},
        {"{\"leads\":[{\"stages\":[30]}]}", "p.json", "leads[0].stages[0]: expected a duration as a string"},
        {"{\"leads\":[{\"stages\":[\"30D\"]}]}", "p.json", "leads[0].stages[0]: "},
        {"{\"leads\":[{\"stages\":[\"P0D\"]}]}", "p.json", "leads[0].stages[0]: expected 1 to 3660 days"},
        {"{\"leads\":[{\"stages\":[\"P3661D\"]}]}", "p.json", "leads[0].stages[0]: expected 1 to 3660 days"},
        {"{\"leads\":[{\"stages\":[\"P1M\"]}]}", "p.json",
         "leads[0].stages[0]: expected whole days or weeks"},

        {"{\"escalations\":[]}", "p.json", "escalations: expected a list of at least one duration"},
        {"{\"escalations\":[\"P30D\",\"P1D\"]}", "p.json", "escalations[1]: expected the shortest first"},
        {"{\"escalations\":[\"P1D\",\"P1D\"]}", "p.json", "escalations[1]: stands there twice"},
        {"{\"escalations\":" LIST17 "}", "p.json", "escalations: expected at most 16 durations"},
        {"{\"ended\":1}", "p.json", "ended: expected a duration as a string"},
        {"{\"ended\":null}", "p.json", "ended: expected a duration as a string"},
        {"{\"unconfirmed\":\"P0D\"}", "p.json", "unconfirmed: expected 1 to 3660 days"},

        {"{\"severities\":[]}", "p.json", "severities: expected an object"},
        {"{\"severities\":{\"closing\":\"INFO\"}}", "p.json",
         "severities.closing: no such member; there are upcoming"},
        {"{\"severities\":{\"closed\":\"info\"}}", "p.json",
         "severities.closed: expected \"INFO\", \"WARNING\" or \"CRITICAL\""},
        {"{\"severities\":{\"closed\":\"UNKNOWN\"}}", "p.json", "severities.closed: expected"},
        {"{\"severities\":{\"overdue_critical_from\":30}}", "p.json",
         "severities.overdue_critical_from: expected"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy p = policy_builtin;
        struct error e;
        p.ended_days = 77;
        assert_int_equal(read_policy(cases[i].json, &p, &e), ERROR_USAGE);
        if (!strstr(e.text, cases[i].says) || strncmp(e.where, cases[i].where, strlen(cases[i].where)) != 0)
            fail_msg("%s\n-> %s: %s", cases[i].json, e.where, e.text);
        assert_int_equal(p.ended_days, 77);
    }
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    struct policy p;
    struct error e;
    assert_int_equal(policy_file_read("tests/no-such-policy.json", &p, &e), ERROR_SYSTEM);
    assert_string_equal(e.where, "tests/no-such-policy.json");
    assert_int_equal(policy_file_read("tests", &p, &e), ERROR_SYSTEM); /* a directory */

    char path[] = "/tmp/chapar-policy-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, POLICY_FILE_BYTES + 1), 0);
    assert_int_equal(policy_file_read(path, &p, &e), ERROR_USAGE);
    assert_non_null(strstr(e.text, "larger than"));
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(policy_file_read(path, &p, &e), ERROR_USAGE); /* empty */
    (void)close(fd);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_that_is_shipped_is_the_one_built_in),
        cmocka_unit_test(what_is_left_out_stays_built_in),
        cmocka_unit_test(lists_replace_those_built_in),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(files_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
