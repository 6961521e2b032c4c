/* Instants: what is read prints to a text that reads the same; any instant at all can be printed. */
#include "core/civil.h"
#include "core/instant.h"
#include "tests/fuzz/fuzz.h"

static void check_printed(struct instant t)
{
    char text[INSTANT_TEXT_SIZE];
    struct instant again;
    size_t n = instant_format(t, text);
    FUZZ_HOLDS(n < sizeof text && strlen(text) == n && text[n - 1] == 'Z', "%lld: %s", (long long)t.ms, text);
    if (t.ms < DAY_FIRST.n * INT64_C(86400000) || t.ms > INSTANT_LAST.ms)
        return;
    FUZZ_HOLDS(n == 24, "%s", text);
    FUZZ_HOLDS(instant_parse((struct text){text, n}, &again, NULL) == 0 && again.ms == t.ms, "%s", text);
    /* Written at another place of the world. */
    char elsewhere[64];
    struct instant east = {t.ms + (5 * 60 + 30) * INT64_C(60000)};
    if (east.ms > INSTANT_LAST.ms)
        return;
    (void)instant_format(east, elsewhere);
    memcpy(elsewhere + 23, "+05:30", 7);
    FUZZ_HOLDS(instant_parse(text_of(elsewhere), &again, NULL) == 0 && again.ms == t.ms, "%s", elsewhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text t = {size ? (const char *)data : "", size};
    struct instant at = {-7};
    struct error e = {0};
    int rc = instant_parse(t, &at, &e);
    if (rc) {
        fuzz_error(&e, ERROR_INVALID);
        FUZZ_HOLDS(e.position <= size && at.ms == -7, "position %zu of %zu", e.position, size);
        struct choices c = {data, size};
        int64_t any = choose_long(&c); /* the smallest one is null */
        check_printed((struct instant){any == INT64_MIN ? 0 : any});
    } else {
        FUZZ_HOLDS(at.ms >= DAY_FIRST.n * INT64_C(86400000) && at.ms <= INSTANT_LAST.ms, "%lld",
                   (long long)at.ms);
        check_printed(at);
    }
    return 0;
}
