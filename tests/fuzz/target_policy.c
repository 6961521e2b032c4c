/* Policy files: what is taken for a policy makes stages in order for any deadline.
 *
 * Input: the file's text; after an empty line, bytes that choose deadlines. */
#include "core/stages.h"
#include "edge/json/policy_file.h"
#include "tests/fuzz/fuzz.h"

static void check_ascending(const int32_t *days, int32_t count, int sign)
{
    for (int32_t i = 0; i < count; i++) {
        FUZZ_HOLDS(days[i] >= 1 && days[i] <= POLICY_DAYS_MAX, "%d days", days[i]);
        FUZZ_HOLDS(i == 0 || sign * days[i] > sign * days[i - 1], "%d days after %d", days[i], days[i - 1]);
    }
}

static void check_policy(const struct policy *p)
{
    FUZZ_HOLDS(p->band_count >= 1 && p->band_count <= POLICY_BANDS, "%d bands", p->band_count);
    FUZZ_HOLDS(p->bands[p->band_count - 1].max_days == INT32_MAX, "a width without a band");
    for (int32_t i = 0; i < p->band_count; i++) {
        FUZZ_HOLDS(p->bands[i].count >= 1 && p->bands[i].count <= POLICY_LEADS, "%d leads",
                   p->bands[i].count);
        FUZZ_HOLDS(i == 0 || p->bands[i].max_days > p->bands[i - 1].max_days, "band %d is no wider", i);
        check_ascending(p->bands[i].leads_days, p->bands[i].count, -1);
    }
    FUZZ_HOLDS(p->escalation_count >= 1 && p->escalation_count <= POLICY_ESCALATIONS, "%d escalations",
               p->escalation_count);
    check_ascending(p->escalations_days, p->escalation_count, 1);
    check_ascending(&p->ended_days, 1, 1);
    check_ascending(&p->unconfirmed_days, 1, 1);
}

static void check_deadline(const struct policy *p, struct choices *c)
{
    struct stage stages[STAGES_MAX];
    struct window w = {{(int32_t)(choose_word(c) % 3600000) - 700000}, DAY_NONE, DAY_NONE};
    enum subject_kind kind = (enum subject_kind)(SUBJECT_INSTRUMENT + choose(c, 3));
    if (choose(c, 4)) {
        w.closes.n = w.opens.n + (int32_t)(choose_word(c) >> choose(c, 32)) % 100000;
        w.latest_end = w.closes;
        if (w.closes.n < w.opens.n)
            return;
    }
    size_t n = stages_of(p, kind, &w, stages);
    FUZZ_HOLDS(n > 0 && n <= STAGES_MAX, "%zu stages", n);
    for (size_t i = 0; i < n; i++) {
        FUZZ_HOLDS(i == 0 || stages[i].day.n > stages[i - 1].day.n, "stage %zu is out of order", i);
        FUZZ_HOLDS(stages[i].severity >= SEVERITY_INFO && stages[i].severity <= SEVERITY_CRITICAL,
                   "severity %d", stages[i].severity);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *split = size ? memmem(data, size, "\n\n", 2) : NULL;
    size_t n = split ? (size_t)(split - data) : size;
    struct choices c = {split ? split + 2 : data, split ? size - n - 2 : 0};
    struct policy policy;
    struct error e = {0};
    memset(&policy, 0xa5, sizeof policy);
    int rc = policy_from_json(n ? (const char *)data : "", n, "fuzz.json", &policy, &e);
    if (rc) {
        fuzz_error(&e, ERROR_USAGE);
        for (size_t i = 0; i < sizeof policy; i++)
            FUZZ_HOLDS(((unsigned char *)&policy)[i] == 0xa5, "touched by an error");
        return 0;
    }
    check_policy(&policy);
    FUZZ_HOLDS(policy_equal(&policy, &policy), "is not itself");
    FUZZ_HOLDS(policy_equal(&policy, &policy_builtin) ==
                   (policy_fingerprint(&policy) == policy_fingerprint(&policy_builtin)),
               "the fingerprint tells otherwise");
    do
        check_deadline(&policy, &c);
    while (c.left > 0);
    return 0;
}
