#include "edge/json/json_write.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/civil.h"
#include "core/instant.h"
#include "core/text_check.h"
#include "edge/json/json_plain.h"

static void write_escape(struct buffer *b, unsigned char c)
{
    static const char letters[] = "\b\t\n\f\r\"\\";
    static const char escapes[] = "btnfr\"\\";
    const char *known = c ? strchr(letters, c) : NULL;
    char out[8];
    if (known)
        buffer_add(b, (char[]){'\\', escapes[known - letters]}, 2);
    else
        buffer_add(b, out, (size_t)snprintf(out, sizeof out, "\\u%04x", c));
}

/* Text that needs escapes, or has characters that are not ASCII. */
__attribute__((noinline)) static void write_string(struct buffer *b, struct text t)
{
    const unsigned char *s = (const unsigned char *)t.at;
    size_t from = 0, i = json_plain_length(s, t.len);
    buffer_add_byte(b, '"');
    for (; i < t.len; i += json_plain_length(s + i, t.len - i)) {
        unsigned char c = s[i];
        size_t n = c < 0x80 ? 0 : text_character_length(s + i, t.len - i);
        if (n) {
            i += n;
            continue;
        }
        buffer_add(b, s + from, i - from);
        if (c < 0x80)
            write_escape(b, c);
        else
            buffer_add(b, "\xEF\xBF\xBD", 3);
        from = ++i;
    }
    buffer_add(b, s + from, t.len - from);
    buffer_add_byte(b, '"');
}

void json_write_string(struct buffer *b, struct text t)
{
    unsigned char *at = buffer_room(b, t.len + 2);
    if (!json_plain_copy(at + 1, (const unsigned char *)t.at, t.len)) {
        write_string(b, t);
        return;
    }
    at[0] = at[t.len + 1] = '"';
    b->len += t.len + 2;
}

/* Decimal digits d1 d2 ... dn without trailing zeros, meaning 0.d1d2...dn x 10^point. */
struct digits {
    char at[24];
    int count;
    int point;
};

/* All digits of an integer, at the end of `out`; returns how many. */
#define INTEGER_DIGITS 20
static int integer_digits(uint64_t m, char out[INTEGER_DIGITS])
{
    char *end = out + INTEGER_DIGITS, *at = end;
    do
        *--at = (char)('0' + m % 10);
    while (m /= 10);
    return (int)(end - at);
}

/* The digits of an unsigned integer below 10^17 that stands for m x 10^-scale. */
static void digits_of_integer(uint64_t m, int scale, struct digits *out)
{
    char all[INTEGER_DIGITS];
    int n = integer_digits(m, all);
    memcpy(out->at, all + INTEGER_DIGITS - n, (size_t)n);
    out->point = n - scale;
    while (n > 1 && out->at[n - 1] == '0')
        n--;
    out->count = n;
}

/* The value rounded to `precision` significant digits, as an integer m x 10^(exponent - precision + 1). */
static uint64_t rounded(double value, int precision, int *exponent)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%.*e", precision - 1, value);
    uint64_t m = 0;
    const char *c = text;
    for (; *c != 'e'; c++)
        if (*c >= '0' && *c <= '9') /* whatever the locale writes as the decimal point */
            m = m * 10 + (uint64_t)(*c - '0');
    *exponent = (int)strtol(c + 1, NULL, 10);
    return m;
}

static bool reads_back(uint64_t m, int exponent, double value)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)m, exponent);
    return strtod(text, NULL) == value;
}

/* Shortest digits of a positive double that no fast path took.
 *
 * Any decimal of up to 15 digits survives the way through a normal double, so for these the search may start
 * there (trailing zeros fall off); subnormals have fewer digits. The nearest decimal of a length is the one
 * to take, but at a power of two the gap below is half the gap above: there the next decimal up may read back
 * when the nearest does not. */
static void digits_search(double value, struct digits *out)
{
    int exponent;
    bool power_of_two = frexp(value, &exponent) == 0.5;
    for (int precision = value < 0x1p-1022 ? 1 : 15;; precision++) {
        uint64_t m = rounded(value, precision, &exponent);
        int scale = precision - 1 - exponent;
        bool found = precision == 17 || reads_back(m, -scale, value);
        if (!found && power_of_two && reads_back(m + 1, -scale, value)) {
            m++;
            found = true;
        }
        if (found) {
            digits_of_integer(m, scale, out);
            return;
        }
    }
}

/* --- The same in whole numbers --- */

typedef unsigned __int128 wide;

#define FRACTION_LEAST 1e-4
#define PLACES_MOST 20 /* 17 digits behind three zeros: always enough, and all products stay below 2^128 */

/* m x 2^-shift, m of 53 bits. */
struct fraction {
    uint64_t m;
    int shift; /* 1..66 */
};

/* Whether a decimal with so many places reads back as the fraction: one less than half a unit of m away, or
 * on the very edge when m is even. */
static bool reads_back_with(const struct fraction *f, wide power)
{
    wide low = (2 * f->m - 1) * power, high = (2 * f->m + 1) * power, unit = (wide)1 << (f->shift + 1);
    bool odd = f->m & 1;
    return (low + unit - !odd) >> (f->shift + 1) <= (high - odd) >> (f->shift + 1);
}

/* For doubles from FRACTION_LEAST on that have a fraction and are no power of two. With one place more there
 * are ten times as many decimals, so that the fewest places are found from above. */
static void digits_of_fraction(double value, struct digits *out)
{
    int exponent, places = PLACES_MOST;
    struct fraction f = {(uint64_t)ldexp(frexp(value, &exponent), 53), 0};
    f.shift = 53 - exponent;
    wide power = (wide)10000000000 * 10000000000;
    while (places > 0 && reads_back_with(&f, power / 10)) {
        power /= 10;
        places--;
    }
    wide exact = f.m * power, half = (wide)1 << (f.shift - 1);
    wide nearest = (exact + half - 1 + (exact >> f.shift & 1)) >> f.shift; /* of two the even one */
    digits_of_integer((uint64_t)nearest, places, out);
}

static void digits_of(double value, struct digits *out)
{
    if (value < 0x1p53 && value == floor(value)) {
        digits_of_integer((uint64_t)value, 0, out);
        return;
    }
    /* m / 10^k is rounded once, as reading the decimal would be: equal means that m's (at most 15) digits
     * read back. */
    static const double tens[] = {1e1, 1e2, 1e3, 1e4};
    for (int k = 0; k < 4 && value >= 1e-4 && value < 1e10; k++) {
        double m = rint(value * tens[k]);
        if (m / tens[k] == value) {
            digits_of_integer((uint64_t)m, k + 1, out);
            return;
        }
    }
    int exponent;
    if (value >= FRACTION_LEAST && value < 0x1p53 && frexp(value, &exponent) != 0.5)
        digits_of_fraction(value, out);
    else
        digits_search(value, out);
}

/* ECMAScript 2023, 6.1.6.1.20 Number::toString with radix 10, steps 6 to 12. */
static char *digits_place(const struct digits *d, char *at)
{
    int k = d->count, n = d->point;
    if (n > 21 || n <= -6) {
        *at++ = d->at[0];
        if (k > 1) {
            *at++ = '.';
            memcpy(at, d->at + 1, (size_t)(k - 1));
            at += k - 1;
        }
        return at + sprintf(at, "e%+d", n - 1);
    }
    if (n <= 0) {
        *at++ = '0';
        *at++ = '.';
        memset(at, '0', (size_t)-n);
        at += -n;
        memcpy(at, d->at, (size_t)k);
        return at + k;
    }
    if (k <= n) {
        memcpy(at, d->at, (size_t)k);
        memset(at + k, '0', (size_t)(n - k));
        return at + n;
    }
    memcpy(at, d->at, (size_t)n);
    at[n] = '.';
    memcpy(at + n + 1, d->at + n, (size_t)(k - n));
    return at + k + 1;
}

size_t json_number_format(double value, char out[JSON_NUMBER_SIZE])
{
    if (!isfinite(value))
        abort();
    char *at = out;
    if (value < 0)
        *at++ = '-';
    struct digits d;
    digits_of(fabs(value), &d);
    at = d.at[0] == '0' ? (*at = '0', at + 1) : digits_place(&d, at);
    *at = '\0';
    return (size_t)(at - out);
}

void json_write_number(struct buffer *b, double value)
{
    b->len += json_number_format(value, (char *)buffer_room(b, JSON_NUMBER_SIZE));
}

void json_write_integer(struct buffer *b, int64_t value)
{
    if (value >= 0 && value < 10) {
        buffer_add_byte(b, (unsigned char)('0' + value));
        return;
    }
    char all[INTEGER_DIGITS];
    int n = integer_digits(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, all);
    if (value < 0)
        buffer_add_byte(b, '-');
    buffer_add(b, all + INTEGER_DIGITS - n, (size_t)n);
}

/* --- Days and instants --- */

void json_write_day(struct buffer *b, struct day day)
{
    char *at = (char *)buffer_room(b, DAY_TEXT_SIZE + 2);
    at[0] = '"';
    size_t n = day_format(day, at + 1);
    at[n + 1] = '"';
    b->len += n + 2;
}

void json_write_instant(struct buffer *b, struct instant t)
{
    char *at = (char *)buffer_room(b, INSTANT_TEXT_SIZE + 2);
    at[0] = '"';
    size_t n = instant_format(t, at + 1);
    at[n + 1] = '"';
    b->len += n + 2;
}
