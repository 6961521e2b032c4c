/* Text from outside in messages: a log line stays one line of UTF-8, quotes are short and harmless.
 *
 * Input: the text. */
#include "core/text_check.h"
#include "edge/cli/log.h"
#include "edge/cli/nearest.h"
#include "tests/fuzz/fuzz.h"

/* UTF-8 by the table of RFC 3629, section 4. */
static bool utf8_by_table(const uint8_t *at, size_t n)
{
    static const struct {
        uint8_t first_low, first_high, second_low, second_high;
        size_t length;
    } rows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    while (n > 0) {
        size_t row = 0, length;
        while (row < 9 && (at[0] < rows[row].first_low || at[0] > rows[row].first_high))
            row++;
        if (row == 9 || (length = rows[row].length) > n)
            return false;
        if (length > 1 && (at[1] < rows[row].second_low || at[1] > rows[row].second_high))
            return false;
        for (size_t i = 2; i < length; i++)
            if (at[i] < 0x80 || at[i] > 0xbf)
                return false;
        at += length;
        n -= length;
    }
    return true;
}

static void check_line(struct text t, enum log_format format)
{
    char line[LOG_LINE_SIZE];
    const struct log_pair pairs[] = {{0}, log_view("text", t), log_number("count", 1), log_view("again", t)};
    for (size_t size = 512; size <= sizeof line; size *= 16) {
        size_t n = log_line(line, size, format, (struct instant){0}, LOG_LEVEL_WARN, "fuzz", pairs, 4);
        FUZZ_HOLDS(n > 0 && n <= size && line[n - 1] == '\n', "%zu of %zu bytes", n, size);
        FUZZ_HOLDS(!memchr(line, '\n', n - 1), "more than one line");
        for (size_t i = 0; i + 1 < n; i++)
            FUZZ_HOLDS((unsigned char)line[i] >= 0x20 && line[i] != 0x7f, "a control character at byte %zu",
                       i);
        FUZZ_HOLDS(text_is_utf8((struct text){line, n}), "no UTF-8");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text t = {size ? (const char *)data : "", size};
    FUZZ_HOLDS(text_is_utf8(t) == utf8_by_table(data, size), "not by the table");
    struct text_quote q = text_quote(t);
    FUZZ_HOLDS(strnlen(q.at, sizeof q.at) < sizeof q.at, "a quote without an end");
    FUZZ_HOLDS(text_is_utf8(text_of(q.at)) && !strpbrk(q.at, "\"\\\n\r\t"), "%s", q.at);
    check_line(t, LOG_FORMAT_TEXT);
    check_line(t, LOG_FORMAT_JSON);
    struct nearest nearest = {0};
    nearest_offer(&nearest, t.at, t.len, "transaction-size");
    FUZZ_HOLDS(!nearest.name || nearest.distance <= 3, "%zu away", nearest.distance);
    return 0;
}
