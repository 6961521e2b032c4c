/* What must hold of text that came from outside, and how it is shown in messages. No I/O; does not allocate.
 */
#ifndef CORE_TEXT_CHECK_H
#define CORE_TEXT_CHECK_H

#include "core/text.h"

/* Whether the bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. NUL and
 * other control characters are UTF-8 too. Null and empty texts are. */
bool text_is_utf8(struct text t);

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
