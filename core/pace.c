#include "core/pace.h"

#include "core/edtf.h"

struct number pace_ratio(double part, double whole)
{
    double r = part / whole;
    return (struct number){r < 0 ? 0 : r > 1 ? 1 : r, true};
}

struct number pace_expected(const struct target *target, struct day d)
{
    struct edtf from, to;
    if (target->from.len && target->to.len && edtf_parse(target->from, &from, NULL) == 0 &&
        edtf_parse(target->to, &to, NULL) == 0 && !day_is_none(from.earliest) && !day_is_none(to.latest) &&
        to.latest.n >= from.earliest.n)
        return pace_ratio(d.n - (double)from.earliest.n, to.latest.n - (double)from.earliest.n + 1);
    return NUMBER_NULL;
}
