/* Whether bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF). Avro strings
 * are. */
#ifndef EDGE_AVRO_UTF8_H
#define EDGE_AVRO_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const unsigned char *at, size_t n);

#endif
