#include "consumer/serve/fold_case.h"

#include <stdbool.h>

/* Pairs of a capital and the small letter behind it. In some stretches capitals are even, in others odd. */
static unsigned fold_pair(unsigned c)
{
    bool even_capital = (c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) ||
                        (c >= 0x14A && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
                        (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F);
    bool odd_capital = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E) || (c >= 0x4C1 && c <= 0x4CE);
    if (even_capital && c % 2 == 0)
        return c + 1;
    return odd_capital && c % 2 == 1 ? c + 1 : c;
}

/* Of a character that has two bytes in UTF-8. */
static unsigned fold_two(unsigned c)
{
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7)
        return c + 0x20;
    if (c >= 0x410 && c <= 0x42F)
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    if (c == 0x178) /* Y with diaeresis: its small letter is in Latin-1 */
        return 0xFF;
    if (c == 0x4C0)
        return 0x4CF;
    return fold_pair(c);
}

void fold_case(struct text t, struct buffer *out)
{
    const unsigned char *s = (const unsigned char *)t.at;
    unsigned char *to = buffer_room(out, t.len);
    size_t len = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (s[i] >= 'A' && s[i] <= 'Z') {
            to[len++] = (unsigned char)(s[i] + 0x20);
        } else if ((s[i] & 0xE0) == 0xC0 && i + 1 < t.len && (s[i + 1] & 0xC0) == 0x80) {
            unsigned c = fold_two(((s[i] & 0x1Fu) << 6) | (s[i + 1] & 0x3Fu));
            to[len++] = (unsigned char)(0xC0 | (c >> 6));
            to[len++] = (unsigned char)(0x80 | (c & 0x3F));
            i++;
        } else {
            to[len++] = s[i];
        }
    }
    out->len += len;
}
