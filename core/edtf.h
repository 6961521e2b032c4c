/* EDTF, Extended Date/Time Format, as profiled in docs/dates.md: ISO 8601-2:2019 levels 0 to 2 in part. */
#ifndef CORE_EDTF_H
#define CORE_EDTF_H

#include "core/error.h"
#include "core/text.h"
#include "core/time.h"

/* What a date resolves to. */
struct edtf {
    struct day earliest; /* DAY_NONE: open start (../X, [..X]) */
    struct day latest;   /* DAY_NONE: open end (X/.., [X..]) */
    struct day
        end_from;   /* first day of the end date taken alone: of a lone date `earliest`; DAY_NONE: open end */
    bool unbounded; /* a written bound falls after 9999-12-31 (winter 9999-24): `latest` is DAY_NONE too */
    char qualifier; /* '?', '~', '%' of a lone date, else 0; changes no bound */
};

/* Reads one date, interval or set; the whole text must be used up. An interval or set is reversed, an error,
 * when its end's latest day lies before its start's earliest. ERROR_INVALID with the position and what was
 * expected there. Does not allocate. */
int edtf_parse(struct text t, struct edtf *out, struct error *e);

/* The same for the bytes from..to of a longer text; positions in errors count from the start of that text. */
int edtf_parse_part(struct text whole, size_t from, size_t to, struct edtf *out, struct error *e);

#endif
