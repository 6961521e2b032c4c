/* UUIDs as text (RFC 9562, 4: 8-4-4-4-12 hex digits, here lower-case ones only) and as 16 bytes. */
#ifndef CORE_UUID_H
#define CORE_UUID_H

#include <stdbool.h>

#include "core/text.h"

#define UUID_BYTES 16
#define UUID_LENGTH 36 /* of the text */

/* false, and `out` is as it was or not: the text is not what uuid_print() would print. */
bool uuid_read(struct text t, unsigned char out[UUID_BYTES]);

void uuid_print(const unsigned char bytes[UUID_BYTES], char out[UUID_LENGTH]);

#endif
