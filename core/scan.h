/* A cursor over a text, for the readers of dates, durations and instants: it knows the whole text, so that an
 * error in a part of it still names the position in the whole. No I/O; does not allocate. */
#ifndef CORE_SCAN_H
#define CORE_SCAN_H

#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

struct scan {
    struct text whole; /* borrow */
    size_t at;         /* the next byte */
    size_t end;        /* one past the last byte to read; <= whole.len */
};

static inline struct scan scan_of(struct text whole)
{
    return (struct scan){whole, 0, whole.len};
}

static inline bool scan_at_end(const struct scan *s)
{
    return s->at >= s->end;
}

/* The byte `ahead` of the cursor, NUL beyond the end. */
static inline char scan_peek(const struct scan *s, size_t ahead)
{
    return ahead < s->end - s->at ? s->whole.at[s->at + ahead] : '\0';
}

static inline bool scan_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes what is asked for, or nothing. */
bool scan_take(struct scan *s, char c);
bool scan_take_text(struct scan *s, struct text literal);

/* Takes exactly `digits` digits (1..9). */
bool scan_number(struct scan *s, size_t digits, int32_t *out);

/* As scan_number, for a value of low..high. */
bool scan_number_within(struct scan *s, size_t digits, int32_t low, int32_t high, int32_t *out);

/* How many digits stand at the cursor, counted up to `most`. */
size_t scan_count_digits(const struct scan *s, size_t most);

/* ERROR_INVALID: `expected <what> at position <n> of "<text>"`, positions counted in bytes from 0. */
int scan_expected(const struct scan *s, struct error *e, const char *what);
int scan_expected_at(const struct scan *s, size_t position, struct error *e, const char *what);

#endif
