/* The short way from a line of JSON (RFC 8259) to jansson's values, for the lines that files are full of.
 *
 * jansson reads its input byte by byte through a function pointer, which costs more than everything that is
 * then done with an event. This reads plain lines directly and gives up at the first thing out of the
 * ordinary, right or wrong; the caller then asks jansson, which is right about it and words what is wrong. */
#ifndef EDGE_JSON_JSON_SCAN_H
#define EDGE_JSON_JSON_SCAN_H

#include <jansson.h>
#include <stddef.h>

/* The value of the line as json_loadb() gives it with JSON_DECODE_ANY, JSON_REJECT_DUPLICATES and
 * JSON_DECODE_INT_AS_REAL, or NULL: ask jansson. Given up are errors of every kind, numbers with an exponent
 * or more than 15 digits, escapes in names, U+0000, nesting beyond a few levels, and long strings with
 * escapes. Any thread. */
json_t *json_scan(const char *line, size_t n); /* own */

#endif
