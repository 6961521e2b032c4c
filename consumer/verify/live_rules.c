#include "consumer/verify/live_rules.h"

#include <stdlib.h>

/* Cuts of one task follow one another. */
static int by_cut(const void *a, const void *b)
{
    const struct ruled *x = a, *y = b;
    int order = live_cut_compare(&x->cut, &y->cut);
    if (order == 1 || order == -1)
        return order;
    return (x->rules > y->rules) - (x->rules < y->rules);
}

static int by_rules(const void *a, const void *b)
{
    const struct ruled *x = a, *y = b;
    return (x->rules > y->rules) - (x->rules < y->rules);
}

static int64_t rules_of_most(struct ruled *at, size_t count)
{
    size_t most = 0;
    int64_t rules = at[0].rules;
    qsort(at, count, sizeof *at, by_rules);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && at[to].rules == at[from].rules; to++)
            ;
        if (to - from > most) {
            most = to - from;
            rules = at[from].rules;
        }
    }
    return rules;
}

/* Whether a change lies between the two: not at one moment, and to rules that were not in force before. */
static bool is_change(const struct ruled *at, size_t i)
{
    if (live_cut_compare(&at[i - 1].cut, &at[i].cut) != -1)
        return false;
    for (size_t k = 0; k < i; k++)
        if (at[k].rules == at[i].rules)
            return false;
    return true;
}

int64_t live_rules(struct ruled *at, size_t count, bool *changed)
{
    *changed = false;
    qsort(at, count, sizeof *at, by_cut);
    for (size_t i = 1; i < count; i++) {
        if (at[i].rules == at[i - 1].rules)
            continue;
        if (!is_change(at, i)) {
            *changed = false;
            return rules_of_most(at, count);
        }
        *changed = true;
    }
    return at[count - 1].rules;
}
