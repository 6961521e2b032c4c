#include "core/scan.h"

#include "core/text_check.h"

bool scan_take(struct scan *s, char c)
{
    if (scan_at_end(s) || s->whole.at[s->at] != c)
        return false;
    s->at++;
    return true;
}

bool scan_take_text(struct scan *s, struct text literal)
{
    if (s->end - s->at < literal.len || memcmp(s->whole.at + s->at, literal.at, literal.len) != 0)
        return false;
    s->at += literal.len;
    return true;
}

size_t scan_count_digits(const struct scan *s, size_t most)
{
    size_t n = 0;
    while (n < most && scan_is_digit(scan_peek(s, n)))
        n++;
    return n;
}

bool scan_number(struct scan *s, size_t digits, int32_t *out)
{
    if (scan_count_digits(s, digits) != digits)
        return false;
    int32_t value = 0;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (scan_peek(s, i) - '0');
    s->at += digits;
    *out = value;
    return true;
}

bool scan_number_within(struct scan *s, size_t digits, int32_t low, int32_t high, int32_t *out)
{
    struct scan ahead = *s;
    int32_t value;
    if (!scan_number(&ahead, digits, &value) || value < low || value > high)
        return false;
    *s = ahead;
    *out = value;
    return true;
}

int scan_expected_at(const struct scan *s, size_t position, struct error *e, const char *what)
{
    if (!e)
        return ERROR_INVALID;
    return error_set_at(e, ERROR_INVALID, "", position, "expected %s at position %zu of \"%s\"", what,
                        position, text_quote(s->whole).at);
}

int scan_expected(const struct scan *s, struct error *e, const char *what)
{
    return scan_expected_at(s, s->at, e, what);
}
