/* Canonical JSON (RFC 8785): it is its own canonical form, and each double reads back as itself.
 *
 * Input: JSON text; its first eight bytes are also taken for a double. */
#include <math.h>

#include "core/text_check.h"
#include "edge/json/canonical.h"
#include "edge/json/event_id.h"
#include "edge/json/json_write.h"
#include "tests/fuzz/fuzz.h"

static void check_number(const uint8_t *data, size_t size)
{
    double value = 0;
    char text[JSON_NUMBER_SIZE];
    memcpy(&value, data, size < sizeof value ? size : sizeof value);
    if (!isfinite(value))
        return;
    size_t n = json_number_format(value, text);
    FUZZ_HOLDS(n < sizeof text && strlen(text) == n, "%zu bytes", n);
    double back = strtod(text, NULL);
    FUZZ_HOLDS(back == value, "%.17g is %s", value, text);
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    FUZZ_HOLDS(json && json_number_value(json) == value, "%s is no JSON", text);
    json_decref(json);
}

static void check_string(struct text t)
{
    struct buffer b = BUFFER_EMPTY;
    json_write_string(&b, t);
    json_t *json = json_loadb((const char *)b.at, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    FUZZ_HOLDS(json, "%.*s", (int)b.len, (const char *)b.at);
    struct text read = {json_string_value(json), json_string_length(json)};
    FUZZ_HOLDS(text_equal(read, t) == text_is_utf8(t), "a string is another");
    json_decref(json);
    buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer one = BUFFER_EMPTY, two = BUFFER_EMPTY;
    struct error e = {0};
    struct text text = {size ? (const char *)data : "", size};
    const size_t flags = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
    check_number(data, size);
    check_string(text);
    json_t *json = json_loadb(text.at, text.len, flags, NULL);
    if (!json)
        return 0;
    int rc = json_canonical_add(&one, json, &e);
    if (rc) {
        fuzz_error(&e, ERROR_INVALID);
        FUZZ_HOLDS(one.len == 0, "written in spite of an error");
    } else {
        json_t *again = json_loadb((const char *)one.at, one.len, flags, NULL);
        FUZZ_HOLDS(again && json_equal(json, again), "%.*s", (int)one.len, (const char *)one.at);
        FUZZ_HOLDS(json_canonical_add(&two, again, &e) == 0, "%s", e.text);
        FUZZ_HOLDS(one.len == two.len && memcmp(one.at, two.at, one.len) == 0, "%.*s, then %.*s",
                   (int)one.len, (const char *)one.at, (int)two.len, (const char *)two.at);
        json_decref(again);
    }
    json_decref(json);
    buffer_free(&one);
    buffer_free(&two);
    return 0;
}
