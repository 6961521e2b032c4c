/* What must hold of text that came from outside, and how it is shown in messages. No I/O; does not allocate.
 */
#ifndef CORE_TEXT_CHECK_H
#define CORE_TEXT_CHECK_H

#include <stdint.h>

#include "core/text.h"

bool text_is_utf8_throughout(struct text t); /* see text_is_utf8() */

/* Most texts are ASCII, which is told without a call: from both ends, which may overlap. */
static inline bool text_is_ascii(struct text t)
{
    uint64_t bits = 0, word;
    uint32_t head, tail;
    if (t.len >= sizeof word) {
        for (size_t i = 0; i + sizeof word < t.len; i += sizeof word) {
            memcpy(&word, t.at + i, sizeof word);
            bits |= word;
        }
        memcpy(&word, t.at + t.len - sizeof word, sizeof word);
        bits |= word;
    } else if (t.len >= sizeof head) {
        memcpy(&head, t.at, sizeof head);
        memcpy(&tail, t.at + t.len - sizeof tail, sizeof tail);
        bits = head | tail;
    } else if (t.len > 0) {
        bits = (unsigned char)t.at[0] | (unsigned char)t.at[t.len / 2] | (unsigned char)t.at[t.len - 1];
    }
    return (bits & UINT64_C(0x8080808080808080)) == 0;
}

/* Whether the bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. NUL and
 * other control characters are UTF-8 too. Null and empty texts are. */
static inline bool text_is_utf8(struct text t)
{
    return text_is_ascii(t) || text_is_utf8_throughout(t);
}

/* Bytes of the UTF-8 character that begins at `at`, of which `left` > 0 bytes are there; 0: it is none. */
size_t text_character_length(const unsigned char *at, size_t left);

/* A text made fit for a message: at most 40 bytes, cut between characters and then marked with "...", control
 * characters, backslashes, double quotes and bytes that are not UTF-8 shown as '?'. */
struct text_quote {
    char at[44]; /* NUL-terminated */
};
struct text_quote text_quote(struct text t);

/* Makes a message out of whatever was put together, in place: control characters and bytes that are not
 * UTF-8, also those of a character that was cut at the end, become '?'. It then stays on its line, and does
 * nothing to a terminal. */
void text_tame(char *text);

#endif
