/* What fuzz targets share. Each tests/fuzz/target_X.c is one target: a function that is called with bytes
 * that nobody meant, and aborts when something that must hold does not. The same file is linked with
 * libFuzzer to search, and with replay.c to run what was found before. README.md says how. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/text.h"
#include "core/text_check.h"

/* The target: what libFuzzer calls. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts with what did not hold and where; printf arguments after the condition say more. */
#define FUZZ_HOLDS(condition, ...)                                                                           \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: does not hold: %s: ", __FILE__, __LINE__, #condition);             \
            (void)fprintf(stderr, __VA_ARGS__);                                                              \
            (void)fputc('\n', stderr);                                                                       \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* The input as a source of choices, which never ends: beyond its end there are zeros. */
struct choices {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t choose_byte(struct choices *c)
{
    if (c->left == 0)
        return 0;
    c->left--;
    return *c->at++;
}

/* 0..of-1. */
static inline size_t choose(struct choices *c, size_t of)
{
    return choose_byte(c) % of;
}

static inline uint32_t choose_word(struct choices *c)
{
    uint32_t word = 0;
    for (int i = 0; i < 4; i++)
        word = word << 8 | choose_byte(c);
    return word;
}

static inline int64_t choose_long(struct choices *c)
{
    uint64_t high = choose_word(c);
    return (int64_t)(high << 32 | choose_word(c));
}

/* Up to `most` bytes of the input, borrowed from it. */
static inline struct text choose_text(struct choices *c, size_t most)
{
    size_t n = choose(c, most + 1);
    struct text t = {(const char *)c->at, n < c->left ? n : c->left};
    if (c->left == 0)
        return (struct text){"", 0};
    c->at += t.len;
    c->left -= t.len;
    return t;
}

/* An error that a person can read: it says something, on one line. */
static inline void fuzz_error(const struct error *e, int code)
{
    FUZZ_HOLDS(e->code == code && code < 0, "code %d, error %d", code, e->code);
    FUZZ_HOLDS(e->text[0] != '\0', "an error without a text");
    FUZZ_HOLDS(strnlen(e->text, sizeof e->text) < sizeof e->text, "a text without an end");
    FUZZ_HOLDS(strnlen(e->where, sizeof e->where) < sizeof e->where, "a place without an end");
    for (const char *at = e->text; *at; at++)
        FUZZ_HOLDS((unsigned char)*at >= 0x20, "a control character in \"%s\"", e->text);
    for (const char *at = e->where; *at; at++)
        FUZZ_HOLDS((unsigned char)*at >= 0x20, "a control character in \"%s\"", e->where);
    FUZZ_HOLDS(text_is_utf8(text_of(e->text)) && text_is_utf8(text_of(e->where)),
               "an error that is not UTF-8");
}

#endif
