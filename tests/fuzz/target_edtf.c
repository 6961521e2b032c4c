/* EDTF texts: what is read has bounds in order, reads alike wherever it stands and however it is written. */
#include "core/civil.h"
#include "core/edtf.h"
#include "tests/fuzz/fuzz.h"

static bool same(const struct edtf *a, const struct edtf *b)
{
    return a->earliest.n == b->earliest.n && a->latest.n == b->latest.n && a->end_from.n == b->end_from.n &&
           a->unbounded == b->unbounded && a->qualifier == b->qualifier;
}

static void check_bounds(const struct edtf *d)
{
    const struct day all[] = {d->earliest, d->latest, d->end_from};
    for (size_t i = 0; i < 3; i++)
        FUZZ_HOLDS(day_is_none(all[i]) || (all[i].n >= DAY_FIRST.n && all[i].n <= DAY_LAST.n), "day %d",
                   all[i].n);
    FUZZ_HOLDS(!day_is_none(d->earliest) || !day_is_none(d->end_from), "a date without any day");
    if (!day_is_none(d->earliest) && !day_is_none(d->latest))
        FUZZ_HOLDS(d->earliest.n <= d->latest.n, "%d > %d", d->earliest.n, d->latest.n);
    if (!day_is_none(d->latest))
        FUZZ_HOLDS(!day_is_none(d->end_from) && d->end_from.n <= d->latest.n, "end from %d", d->end_from.n);
    FUZZ_HOLDS(!d->unbounded || (day_is_none(d->latest) && !day_is_none(d->end_from)),
               "a written bound after 9999 leaves no latest day");
}

/* Of the days it resolves to a plain text can be made, which resolves to the same days. */
static void check_written_out(const struct edtf *d)
{
    char text[64], from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE];
    struct edtf again;
    struct error e;
    if (day_is_none(d->latest) && (day_is_none(d->earliest) || d->unbounded))
        return;
    (void)snprintf(from, sizeof from, "..");
    (void)snprintf(to, sizeof to, "..");
    if (!day_is_none(d->earliest))
        (void)day_format(d->earliest, from);
    if (!day_is_none(d->latest))
        (void)day_format(d->latest, to);
    static const char *const forms[] = {"%s/%s", "[%s%s%s]"};
    for (int set = 0; set < 2; set++) {
        bool open = from[0] == '.' || to[0] == '.';
        int n = set ? snprintf(text, sizeof text, forms[1], from, open ? "" : "..", to)
                    : snprintf(text, sizeof text, forms[0], from, to);
        FUZZ_HOLDS(edtf_parse((struct text){text, (size_t)n}, &again, &e) == 0, "%s: %s", text, e.text);
        FUZZ_HOLDS(again.earliest.n == d->earliest.n && again.latest.n == d->latest.n, "%s", text);
    }
    if (d->earliest.n == d->latest.n) {
        FUZZ_HOLDS(edtf_parse(text_of(from), &again, &e) == 0, "%s: %s", from, e.text);
        FUZZ_HOLDS(again.earliest.n == d->earliest.n && again.latest.n == d->latest.n, "%s", from);
    }
}

/* A lone date may be qualified, which changes no bound. */
static void check_qualified(struct text t, const struct edtf *d)
{
    char text[64];
    struct edtf again;
    if (d->qualifier || t.len + 1 > sizeof text || memchr(t.at, '/', t.len) || memchr(t.at, '[', t.len))
        return;
    memcpy(text, t.at, t.len);
    text[t.len] = '~';
    FUZZ_HOLDS(edtf_parse((struct text){text, t.len + 1}, &again, NULL) == 0, "%.*s~", (int)t.len, t.at);
    FUZZ_HOLDS(again.qualifier == '~' && again.earliest.n == d->earliest.n && again.latest.n == d->latest.n,
               "%.*s~", (int)t.len, t.at);
}

/* In the middle of a longer text it reads the same, and errors count from the start of that text. */
static void check_part(struct text t, int rc, const struct edtf *d, const struct error *e)
{
    char longer[128];
    const size_t before = 3;
    struct edtf part;
    struct error why;
    if (t.len + before + 2 > sizeof longer)
        return;
    memcpy(longer, "R7/", before);
    memcpy(longer + before, t.at, t.len);
    memcpy(longer + before + t.len, "/P", 2);
    int again =
        edtf_parse_part((struct text){longer, before + t.len + 2}, before, before + t.len, &part, &why);
    FUZZ_HOLDS(again == rc, "%d alone, %d as a part", rc, again);
    if (rc == 0)
        FUZZ_HOLDS(same(d, &part), "a part reads otherwise");
    else
        FUZZ_HOLDS(why.position == e->position + before, "position %zu, as a part %zu", e->position,
                   why.position);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text t = {size ? (const char *)data : "", size};
    const struct edtf untouched = {{1}, {2}, {3}, false, 'u'};
    struct edtf d = untouched, blind = untouched;
    struct error e = {0};
    int rc = edtf_parse(t, &d, &e);
    FUZZ_HOLDS(edtf_parse(t, &blind, NULL) == rc && same(&d, &blind),
               "depends on whether errors are asked for");
    check_part(t, rc, &d, &e);
    if (rc) {
        fuzz_error(&e, ERROR_INVALID);
        FUZZ_HOLDS(rc == ERROR_INVALID && e.position <= size, "position %zu of %zu", e.position, size);
        FUZZ_HOLDS(same(&d, &untouched), "touched by an error");
        return 0;
    }
    check_bounds(&d);
    check_written_out(&d);
    check_qualified(t, &d);
    return 0;
}
