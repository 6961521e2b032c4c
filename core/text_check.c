#include "core/text_check.h"

size_t text_character_length(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    if (lead < 0x80)
        return 1;
    size_t len = lead >= 0xc2 && lead <= 0xdf   ? 2
                 : (lead & 0xf0) == 0xe0        ? 3
                 : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                : 0;
    if (len == 0 || len > left)
        return 0;
    /* The second byte decides about overlong forms, surrogates and the upper end of Unicode. */
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

bool text_is_utf8_throughout(struct text t)
{
    const unsigned char *at = (const unsigned char *)t.at;
    for (size_t i = 0, len; i < t.len; i += len) {
        len = text_character_length(at + i, t.len - i);
        if (len == 0)
            return false;
    }
    return true;
}

/* Of the character of `len` bytes at `at`: C0, DEL and C1 (U+0080..U+009F). */
static bool is_control(const unsigned char *at, size_t len)
{
    return at[0] < 0x20 || at[0] == 0x7f || (len == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

struct text_quote text_quote(struct text t)
{
    struct text_quote q;
    const size_t room = sizeof q.at - sizeof "...";
    const unsigned char *at = (const unsigned char *)t.at;
    size_t i = 0, n = 0;
    while (i < t.len) {
        size_t len = text_character_length(at + i, t.len - i);
        bool shown = len > 0 && !is_control(at + i, len) && at[i] != '"' && at[i] != '\\';
        size_t wanted = shown ? len : 1;
        if (n + wanted > room)
            break;
        if (shown)
            memcpy(q.at + n, at + i, len);
        else
            q.at[n] = '?';
        n += wanted;
        i += len > 0 ? len : 1;
    }
    if (i < t.len) {
        memcpy(q.at + n, "...", 3);
        n += 3;
    }
    q.at[n] = '\0';
    return q;
}

void text_tame(char *text)
{
    unsigned char *at = (unsigned char *)text;
    for (size_t left = strlen(text); left > 0;) {
        size_t len = text_character_length(at, left);
        size_t taken = len > 0 ? len : 1;
        if (len == 0 || is_control(at, len))
            memset(at, '?', taken);
        at += taken;
        left -= taken;
    }
}
