/* Time zone files: days that begin in order, and each instant in the day that has begun.
 *
 * Input: the bytes of a TZif file; or 'R', a POSIX rule and a line feed, around which such a file is made. */
#include "core/buffer.h"
#include "core/zone.h"
#include "tests/fuzz/fuzz.h"

static void add_header(struct buffer *b)
{
    static const unsigned char head[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
    static const unsigned char local[10] = {0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0};
    buffer_add(b, head, sizeof head);
    buffer_add(b, local, sizeof local);
}

static void check_days(const struct zone *z, struct choices *c)
{
    const struct day first = {DAY_FIRST.n - 300}, last = {DAY_LAST.n + 300};
    for (int i = 0; i < 16; i++) {
        struct day d = {first.n + (int32_t)(choose_word(c) % (uint32_t)(last.n - first.n))};
        struct instant start = zone_day_start(z, d), next = zone_day_start(z, (struct day){d.n + 1});
        FUZZ_HOLDS(start.ms <= next.ms, "day %d begins at %lld, the next at %lld", d.n, (long long)start.ms,
                   (long long)next.ms);
        struct day of_start = zone_day_of(z, start);
        FUZZ_HOLDS(of_start.n >= d.n && zone_day_start(z, of_start).ms == start.ms, "day %d begins in day %d",
                   d.n, of_start.n);
        if (next.ms > start.ms) {
            struct day before = zone_day_of(z, (struct instant){next.ms - 1});
            FUZZ_HOLDS(before.n == d.n, "day %d ends in day %d", d.n, before.n);
        }
    }
    (void)zone_day_of(z, (struct instant){choose_long(c)});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer made = BUFFER_EMPTY;
    struct zone *z = NULL;
    struct error e = {0};
    const uint8_t *feed = size && data[0] == 'R' ? memchr(data, '\n', size) : NULL;
    struct choices c = {data, size};
    if (feed) {
        add_header(&made);
        add_header(&made);
        buffer_add_byte(&made, '\n');
        buffer_add(&made, data + 1, (size_t)(feed - data));
        c = (struct choices){feed + 1, size - (size_t)(feed + 1 - data)};
    }
    int rc = zone_new("Fuzz/Zone", feed ? made.at : data, feed ? made.len : size, &z, &e);
    if (rc) {
        fuzz_error(&e, ERROR_MALFORMED);
        FUZZ_HOLDS(e.position <= (feed ? made.len : size), "position %zu", e.position);
    } else {
        check_days(z, &c);
    }
    zone_free(z);
    buffer_free(&made);
    return 0;
}
