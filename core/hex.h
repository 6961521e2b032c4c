/* Bytes as lower-case hexadecimal digits, as ids and digests are written. Eight digits at a time: events
 * bring a hundred of them each. */
#ifndef CORE_HEX_H
#define CORE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* Reads 2 * count digits; count is a multiple of four. false, and `out` is as it was or not: they are not
 * what hex_print() would print. */
bool hex_read(const char *digits, unsigned char *out, size_t count);

/* Prints 2 * count digits; count is a multiple of four. */
void hex_print(const unsigned char *bytes, char *out, size_t count);

#endif
