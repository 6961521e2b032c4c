/* The short way through JSON: it says what jansson says, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/json/json_scan.h"

#define AS_JANSSON (JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

/* Byte for byte and in the same order. false: given up. */
static bool scans_alike(const char *line, size_t n)
{
    char *copy = malloc(n ? n : 1); /* so that a sanitizer sees a step beyond the line */
    memcpy(copy, line, n);
    json_t *ours = json_scan(copy, n);
    free(copy);
    if (!ours)
        return false;
    json_error_t why = {.text = ""};
    json_t *theirs = json_loadb(line, n, AS_JANSSON, &why);
    if (!theirs)
        fail_msg("jansson refuses \"%.*s\": %s", (int)n, line, why.text);
    char *a = json_dumps(ours, JSON_ENCODE_ANY | JSON_COMPACT),
         *b = json_dumps(theirs, JSON_ENCODE_ANY | JSON_COMPACT);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(ours);
    json_decref(theirs);
    return true;
}

static const char *const ordinary[] = {
    "{}",
    " { \"a\" : [ ] ,\t\"b\":{}\r} \n",
    "{\"event\": \"signing\", \"parties\": [\"KAZ\", \"org:ifas\"], \"date\": null, \"a\": true, \"b\": "
    "false}",
    "{\"progress\":0.25,\"a\":-0,\"b\":0,\"c\":-12.5,\"d\":123456789012345,\"e\":0.00000000000001,\"f\":"
    "99999999.9999999}",
    "{\"title\":\"a \\\"b\\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u0041\\u00e9\\u20AC\\ud83d\\ude00 z\"}",
    "{\"Қазақстан\":\"Өзбекстан €😀\",\"x\":\"Ә\\n\"}",
    "{\"target\":{\"unit\":\"MW\",\"value\":300,\"from\":\"2026\"},\"e\":[[[[[1]]]]]}",
    "\"a\"",
    "[1,2]",
};

static void reads_what_is_ordinary(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++)
        assert_true(scans_alike(ordinary[i], strlen(ordinary[i])));
}

static void gives_up_what_is_not(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\":1}x",
        "{\"a\":1}{}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "[1,]",
        "[1",
        "[,1]",
        "nul",
        "True",
        "-",
        "01",
        "-01",
        "1.",
        ".5",
        "+1",
        "1.2.3",
        "1e5",
        "1.5E3",
        "1234567890123456",
        "0.1234567890123456",
        "\"a",
        "\"a\\",
        "\"a\\q\"",
        "\"a\\u00",
        "\"\\u00g0\"",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ude00\"",
        "\"a\nb\"",
        "\"\xC3\"",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\\n\xF8\"",
        "{\"\xFF\":1}",
        "{\"\\u0061\":1}",
        "[[[[[[[[[[[[1]]]]]]]]]]]]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (scans_alike(cases[i], strlen(cases[i])))
            fail_msg("scanned: %s", cases[i]);
    assert_false(scans_alike("{\"a\0\":1}", 8));
}

static void long_strings_with_escapes(void **state)
{
    char line[4000];
    (void)state;
    for (size_t n = 3; n < sizeof line; n++) {
        memset(line, 'a', n);
        line[0] = line[n - 1] = '"';
        assert_true(scans_alike(line, n));
        if (n < 6)
            continue;
        memcpy(line + n - 3, "\\n", 2);
        bool scanned = scans_alike(line, n);
        assert_true(scanned || n > 1000);
        assert_false(scanned && n > 1100);
    }
}

static void says_what_jansson_says_of_anything(void **state)
{
    uint64_t random = 20261122;
    size_t scanned = 0, given_up = 0;
    (void)state;
    for (int round = 0; round < 200000; round++) {
        char line[256];
        const char *seed = ordinary[(size_t)round % (sizeof ordinary / sizeof *ordinary)];
        size_t n = strlen(seed);
        memcpy(line, seed, n);
        random = random * 6364136223846793005u + 1442695040888963407u;
        for (unsigned changes = (unsigned)(random >> 62); changes < 4; changes++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(random >> 33) % n;
            static const char bytes[] = "\"\\{}[],:0123456789.-eEtfnu \n\x80\xC3\xF0\x00a";
            line[at] = bytes[(size_t)(random >> 20) % (sizeof bytes - 1)];
            if ((random >> 60) == 0)
                n = at + 1;
        }
        if (scans_alike(line, n))
            scanned++;
        else
            given_up++;
    }
    assert_true(scanned > 10000);
    assert_true(given_up > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_ordinary),
        cmocka_unit_test(gives_up_what_is_not),
        cmocka_unit_test(long_strings_with_escapes),
        cmocka_unit_test(says_what_jansson_says_of_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
