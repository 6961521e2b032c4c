/* Targets of requests, and the small grammars of headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "edge/http/exchange.h"
#include "edge/http/target.h"
#include "edge/http/token.h"

static struct arena *arena;

static int arena_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int arena_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void assert_text(struct text t, const char *expected)
{
    assert_int_equal(t.len, strlen(expected));
    assert_memory_equal(t.at, expected, t.len);
}

static void test_what_is_well_formed(void **state)
{
    struct http_target t;
    struct error e = {0};
    (void)state;
    const char *raw = "/api/v1/due?q=%D0%9C%D0%BE%D1%81%D1%82+2&party=org%3Aifas&open&&limit=5";
    assert_int_equal(http_target_parse(text_of(raw), arena, &t, &e), 0);
    assert_text(t.path, "/api/v1/due");
    assert_int_equal(t.count, 4);
    assert_text(http_target_find(&t, "q"), "Мост 2");
    assert_text(http_target_find(&t, "party"), "org:ifas");
    assert_text(http_target_find(&t, "open"), "");
    assert_text(http_target_find(&t, "limit"), "5");
    assert_true(text_is_null(http_target_find(&t, "lim")));
    assert_int_equal(http_target_parse(text_of("/a+b?"), arena, &t, &e), 0);
    assert_text(t.path, "/a+b");
    assert_int_equal(t.count, 0);
}

static void test_what_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *where;
    } cases[] = {
        {"", "path"},         {"*", "path"},       {"due", "path"},        {"/%", "path"},
        {"/%4", "path"},      {"/%zz", "path"},    {"/%00", "path"},       {"/%0d%0aSet-Cookie:x", "path"},
        {"/%ff", "path"},     {"/%c0%af", "path"}, {"/?=1", "query"},      {"/?%00=1", "query"},
        {"/?a=%", "a"},       {"/?a=%1", "a"},     {"/?a=%ed%a0%80", "a"}, {"/?a=1&a=1", "a"},
        {"/?a=1&%61=1", "a"}, {"/?a=%7f", "a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_target t;
        struct error e = {0};
        assert_int_equal(http_target_parse(text_of(cases[i].raw), arena, &t, &e), ERROR_INVALID);
        assert_string_equal(e.where, cases[i].where);
        assert_true(strlen(e.text) > 0);
    }
}

static void test_bounds(void **state)
{
    struct http_target t;
    struct error e = {0};
    struct buffer b = BUFFER_EMPTY;
    (void)state;
    buffer_add(&b, "/?", 2);
    for (int i = 0; i < HTTP_PARAMETERS_MAX + 1; i++) {
        char one[16];
        buffer_add(&b, one, (size_t)snprintf(one, sizeof one, "p%d=1&", i));
    }
    assert_int_equal(http_target_parse(buffer_text(&b), arena, &t, &e), ERROR_TOO_LARGE);
    buffer_clear(&b);
    buffer_add_byte(&b, '/');
    while (b.len <= HTTP_TARGET_BYTES)
        buffer_add_byte(&b, 'a');
    assert_int_equal(http_target_parse(buffer_text(&b), arena, &t, &e), ERROR_TOO_LARGE);
    buffer_free(&b);
}

/* Bytes at random, most of them such as mean something: never anything but an answer or an error. */
static void test_anything_at_all(void **state)
{
    static const char likely[] = "/?&=%+0aF7.,:-_";
    unsigned seed = 7;
    (void)state;
    for (int round = 0; round < 50000; round++) {
        char raw[64];
        size_t len = (size_t)rand_r(&seed) % sizeof raw;
        for (size_t i = 0; i < len; i++)
            raw[i] = (char)(rand_r(&seed) % 8 ? likely[(size_t)rand_r(&seed) % (sizeof likely - 1)]
                                              : rand_r(&seed) % 256);
        raw[0] = '/';
        struct http_target t;
        struct error e = {0};
        int rc = http_target_parse((struct text){raw, len}, arena, &t, &e);
        assert_true(rc == 0 || rc == ERROR_INVALID);
        for (size_t i = 0; rc == 0 && i < t.count; i++)
            assert_true(t.parameters[i].name.len > 0);
        arena_reset(arena);
    }
}

static void test_paths_and_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path, *captured; /* NULL: no match */
    } cases[] = {
        {"/due", "/due", ""},
        {"/due", "/due/", NULL},
        {"/due", "/du", NULL},
        {"/c/{id}", "/c/a-1", "a-1"},
        {"/c/{id}", "/c/", NULL},
        {"/c/{id}", "/c/a/b", NULL},
        {"/c/{id}/events", "/c/a.b/events", "a.b"},
        {"/c/{id}/events", "/c/a", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text captured[1] = {TEXT_LITERAL("")};
        bool matches = http_path_matches(cases[i].pattern, text_of(cases[i].path), captured, 1);
        assert_int_equal(matches, cases[i].captured != NULL);
        if (matches)
            assert_text(captured[0], cases[i].captured);
    }
}

static void test_what_is_encoded_is_read_again(void **state)
{
    struct buffer b = BUFFER_EMPTY;
    struct http_target t;
    const char *value = "Мост & 100% = a+b/\"<>#?;";
    (void)state;
    buffer_add(&b, "/?q=", 4);
    http_encode(&b, text_of(value));
    assert_int_equal(http_target_parse(buffer_text(&b), arena, &t, NULL), 0);
    assert_text(http_target_find(&t, "q"), value);
    buffer_free(&b);
}

static void test_entity_tags(void **state)
{
    (void)state;
    assert_true(http_etag_listed(text_of("\"abc\""), "abc"));
    assert_true(http_etag_listed(text_of("W/\"abc\""), "abc"));
    assert_true(http_etag_listed(text_of("\"abc-gzip\""), "abc"));
    assert_true(http_etag_listed(text_of("\"x\" , \"abc\""), "abc"));
    assert_true(http_etag_listed(text_of("*"), "abc"));
    assert_false(http_etag_listed(text_of("\"abcd\""), "abc"));
    assert_false(http_etag_listed(text_of("abc"), "abc"));
    assert_false(http_etag_listed(text_of("\"abc"), "abc"));
    assert_false(http_etag_listed(text_of(""), "abc"));
    assert_false(http_etag_listed(text_of("W/"), "abc"));
    assert_false(http_etag_listed(text_of(",,,"), "abc"));
}

static void test_weights(void **state)
{
    (void)state;
    static const struct {
        const char *list, *name;
        int weight;
    } cases[] = {
        {"text/csv", "text/csv", 1000},
        {"TEXT/CSV;q=0.5", "text/csv", 500},
        {"text/*;q=0.25", "text/csv", 250},
        {"*/*", "text/csv", 1000},
        {"text/csv;q=0, */*", "text/csv", 0},
        {"application/json, text/html;q=0.9", "text/csv", -1},
        {"gzip, deflate", "gzip", 1000},
        {"gzip;q=0", "gzip", 0},
        {"identity", "gzip", -1},
        {"*;q=0.1", "gzip", 100},
        {"text/csv;header=present;q=0.125", "text/csv", 125},
        {"", "text/csv", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(http_weight(text_of(cases[i].list), cases[i].name), cases[i].weight);
}

static void test_tokens(void **state)
{
    char path[] = "/tmp/chapar-token-XXXXXX";
    struct http_token token;
    struct error e = {0};
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "0123456789abcdef\nmore\n", 22), 22);
    assert_int_equal(http_token_read(path, &token, &e), 0);
    static const struct {
        const char *header;
        bool good;
    } cases[] = {
        {"Bearer 0123456789abcdef", true},
        {"bearer   0123456789abcdef", true},
        {"Basic eDowMTIzNDU2Nzg5YWJjZGVm", true},      /* x:0123456789abcdef */
        {"Basic OjAxMjM0NTY3ODlhYmNkZWY=", true},      /* no name */
        {"Basic eDowMTIzNDU2Nzg5YWJjZGVmZw==", false}, /* x:0123456789abcdefg */
        {"Basic MDEyMzQ1Njc4OWFiY2RlZg==", false},     /* no colon */
        {"Basic !!!!", false},
        {"Basic ", false},
        {"Bearer", false},
        {"Bearer 0123456789abcde", false},
        {"Digest 0123456789abcdef", false},
        {"", false},
        {NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(http_token_is_in(&token, text_of(cases[i].header)), cases[i].good);
    assert_int_equal(ftruncate(fd, 15), 0);
    assert_int_equal(http_token_read(path, &token, &e), ERROR_USAGE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(http_token_read(path, &token, &e), ERROR_USAGE);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_well_formed),
        cmocka_unit_test(test_what_is_not),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_anything_at_all),
        cmocka_unit_test(test_paths_and_patterns),
        cmocka_unit_test(test_what_is_encoded_is_read_again),
        cmocka_unit_test(test_entity_tags),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
