#include "core/pace.h"

#include "core/edtf.h"

struct number pace_expected(const struct target *target, struct day today)
{
    struct edtf from, to;
    if (target->from.len == 0 || target->to.len == 0 || edtf_parse(target->from, &from, NULL) ||
        edtf_parse(target->to, &to, NULL) || day_is_none(from.earliest) || day_is_none(to.latest) ||
        to.latest.n < from.earliest.n)
        return NUMBER_NULL;
    double share = (double)(today.n - from.earliest.n) / (to.latest.n - (double)from.earliest.n + 1);
    return (struct number){share < 0 ? 0 : share > 1 ? 1 : share, true};
}
