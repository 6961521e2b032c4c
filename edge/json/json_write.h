/* The two leaves of JSON that canonical form pins down, as RFC 8785 (JCS) has them: strings (3.2.2.2) and
 * numbers (3.2.2.3, which is ECMAScript's Number::toString); and what is printed as one of them. Everything
 * that prints JSON prints them through these. */
#ifndef EDGE_JSON_JSON_WRITE_H
#define EDGE_JSON_JSON_WRITE_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/text.h"
#include "core/time.h"

/* The string in quotes. Only the quote, the backslash and control characters are escaped; all else stays as
 * it is. Bytes that are no UTF-8 become U+FFFD each, so that the output is always JSON. A null text prints as
 * "". */
void json_write_string(struct buffer *b, struct text t);

/* The shortest digits that read back as the same double: 0.5, 100, 1e+21, 1e-7; -0 is 0. `value` is finite.
 */
#define JSON_NUMBER_SIZE 32
size_t json_number_format(double value, char out[JSON_NUMBER_SIZE]); /* with NUL; returns the length */
void json_write_number(struct buffer *b, double value);

/* Text as it is, without quotes; null adds nothing. */
static inline void json_add_text(struct buffer *b, struct text t)
{
    buffer_add(b, t.at, t.len);
}

/* What the buffer holds, as a view that lives until the next change. */
static inline struct text json_text(const struct buffer *b)
{
    return (struct text){b->at ? (const char *)b->at : "", b->len};
}

/* All digits of an integer. */
void json_write_integer(struct buffer *b, int64_t value);

/* Text that needs no escapes, in quotes. */
static inline void json_write_plain(struct buffer *b, struct text t)
{
    unsigned char *at = buffer_room(b, t.len + 2);
    at[0] = '"';
    if (t.len)
        memcpy(at + 1, t.at, t.len);
    at[t.len + 1] = '"';
    b->len += t.len + 2;
}

/* In quotes: YYYY-MM-DD, and an instant in UTC with milliseconds. */
void json_write_day(struct buffer *b, struct day day);
void json_write_instant(struct buffer *b, struct instant t);

#endif
