#include "edge/json/json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/text.h"
#include "edge/json/json_plain.h"

#define DEPTH 8
#define ESCAPED 1024 /* bytes of a string with escapes, which needs a copy */
#define DIGITS                                                                                               \
    15 /* so many are exact in a double, and so are the powers of ten by which they are divided              \
        */

struct scan {
    const unsigned char *at, *end;
    char unescaped[ESCAPED];
};

static json_t *scan_value(struct scan *s, int depth);

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
        s->at++;
}

static bool skip(struct scan *s, char c)
{
    skip_space(s);
    if (s->at == s->end || *s->at != (unsigned char)c)
        return false;
    s->at++;
    return true;
}

/* --- Strings --- */

static bool read_unit(struct scan *s, uint32_t *out)
{
    if (s->end - s->at < 4)
        return false;
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = *s->at++, low = c | 0x20u;
        unsigned digit = c - '0' < 10 ? c - '0' : low - 'a' < 6 ? low - 'a' + 10 : 16;
        if (digit == 16)
            return false;
        unit = unit << 4 | digit;
    }
    *out = unit;
    return true;
}

/* RFC 8259, 7: the four digits behind \u, of a character beyond the basic plane twice. */
static bool read_code_point(struct scan *s, uint32_t *out)
{
    uint32_t low;
    if (!read_unit(s, out) || *out == 0 || (*out >= 0xDC00 && *out <= 0xDFFF))
        return false;
    if (*out < 0xD800 || *out > 0xDBFF)
        return true;
    if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
        return false;
    s->at += 2;
    if (!read_unit(s, &low) || low < 0xDC00 || low > 0xDFFF)
        return false;
    *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static size_t write_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(leads[n] | c);
    return n;
}

/* The character behind a backslash. */
static bool read_escape(struct scan *s, uint32_t *out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (s->at == s->end)
        return false;
    unsigned char c = *s->at++;
    if (c == 'u')
        return read_code_point(s, out);
    const char *known = c ? strchr(letters, c) : NULL;
    if (known)
        *out = (unsigned char)meant[known - letters];
    return known != NULL;
}

/* Up to the closing quote, from where the first backslash stands. */
static bool read_escaped(struct scan *s, const unsigned char *from, struct text *out, bool *ascii)
{
    size_t n = (size_t)(s->at - from);
    if (n > ESCAPED)
        return false;
    memcpy(s->unescaped, from, n);
    while (s->at < s->end && *s->at != '"') {
        uint32_t c = *s->at++;
        if (c < 0x20 || n + 4 > ESCAPED)
            return false;
        if (c != '\\') {
            s->unescaped[n++] = (char)c;
        } else {
            if (!read_escape(s, &c))
                return false;
            n += write_utf8(s->unescaped + n, c);
        }
        *ascii = *ascii && c < 0x80;
    }
    if (s->at == s->end)
        return false;
    s->at++;
    *out = (struct text){s->unescaped, n};
    return true;
}

/* From behind the opening quote. The text lives until the next one is read. */
static bool read_text(struct scan *s, bool may_escape, struct text *out, bool *ascii)
{
    const unsigned char *from = s->at;
    *ascii = true;
    while ((s->at += json_plain_length(s->at, (size_t)(s->end - s->at))) < s->end && *s->at >= 0x80) {
        *ascii = false;
        s->at++;
    }
    if (s->at == s->end)
        return false;
    if (*s->at == '\\')
        return may_escape && read_escaped(s, from, out, ascii);
    if (*s->at != '"')
        return false;
    *out = (struct text){(const char *)from, (size_t)(s->at - from)};
    s->at++;
    return true;
}

/* Whether it is UTF-8 is jansson's to say. */
static json_t *scan_string(struct scan *s)
{
    struct text t;
    bool ascii;
    if (!read_text(s, true, &t, &ascii))
        return NULL;
    return ascii ? json_stringn_nocheck(t.at, t.len) : json_stringn(t.at, t.len);
}

/* --- Everything else --- */

static json_t *scan_number(struct scan *s)
{
    static const double tens[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = *s->at == '-';
    s->at += negative;
    const unsigned char *first = s->at, *point = NULL;
    uint64_t m = 0;
    int digits = 0;
    for (; s->at < s->end; s->at++) {
        if (*s->at == '.' && !point && digits) {
            point = s->at;
        } else if (*s->at >= '0' && *s->at <= '9') {
            if (++digits > DIGITS)
                return NULL;
            m = m * 10 + (uint64_t)(*s->at - '0');
        } else {
            break;
        }
    }
    const unsigned char *whole_end = point ? point : s->at;
    int decimals = point ? (int)(s->at - point) - 1 : 0;
    if (!digits || (point && !decimals) || (*first == '0' && whole_end - first > 1))
        return NULL;
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E' || *s->at == '.'))
        return NULL;
    /* Both are exact, so that the quotient is rounded once, as reading the decimal would be. */
    double value = (double)m / tens[decimals];
    return json_real(negative ? -value : value);
}

static json_t *scan_literal(struct scan *s)
{
    static const struct {
        const char *name;
        size_t len;
    } literals[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++)
        if ((size_t)(s->end - s->at) >= literals[i].len &&
            memcmp(s->at, literals[i].name, literals[i].len) == 0) {
            s->at += literals[i].len;
            return i == 0 ? json_true() : i == 1 ? json_false() : json_null();
        }
    return NULL;
}

static json_t *scan_array(struct scan *s, int depth)
{
    json_t *array = json_array();
    if (skip(s, ']'))
        return array;
    do {
        if (json_array_append_new(array, scan_value(s, depth)) != 0) /* NULL too */
            break;
        if (skip(s, ']'))
            return array;
    } while (skip(s, ','));
    json_decref(array);
    return NULL;
}

static bool scan_member(struct scan *s, json_t *object, int depth)
{
    struct text name;
    bool ascii;
    size_t before = json_object_size(object);
    if (!skip(s, '"') || !read_text(s, false, &name, &ascii) || !skip(s, ':'))
        return false;
    json_t *value = scan_value(s, depth);
    int rc = ascii ? json_object_setn_new_nocheck(object, name.at, name.len, value)
                   : json_object_setn_new(object, name.at, name.len, value);
    return rc == 0 && json_object_size(object) > before; /* else the name was there already */
}

static json_t *scan_object(struct scan *s, int depth)
{
    json_t *object = json_object();
    if (skip(s, '}'))
        return object;
    do {
        if (!scan_member(s, object, depth))
            break;
        if (skip(s, '}'))
            return object;
    } while (skip(s, ','));
    json_decref(object);
    return NULL;
}

static json_t *scan_value(struct scan *s, int depth)
{
    skip_space(s);
    if (s->at == s->end || depth == 0)
        return NULL;
    unsigned char c = *s->at;
    if (c == '"' || c == '{' || c == '[') {
        s->at++;
        return c == '"' ? scan_string(s) : c == '{' ? scan_object(s, depth - 1) : scan_array(s, depth - 1);
    }
    return c == '-' || (c >= '0' && c <= '9') ? scan_number(s) : scan_literal(s);
}

json_t *json_scan(const char *line, size_t n)
{
    struct scan s;
    s.at = (const unsigned char *)line;
    s.end = s.at + n;
    json_t *value = scan_value(&s, DEPTH);
    skip_space(&s);
    if (value && s.at < s.end) {
        json_decref(value);
        return NULL;
    }
    return value;
}
