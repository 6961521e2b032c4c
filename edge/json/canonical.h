/* JSON in the one form that RFC 8785 (JSON Canonicalization Scheme) gives each value: no white space, members
 * sorted by the UTF-16 code units of their names, numbers as ECMAScript writes doubles, strings escaped no
 * more than needed. */
#ifndef EDGE_JSON_CANONICAL_H
#define EDGE_JSON_CANONICAL_H

#include <jansson.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/text.h"

/* How deep arrays and objects may stand in one another. */
#define CANONICAL_DEPTH 32

/* Adds the canonical form of the value. Integers count as doubles, as the RFC has it: from 2^53 on they are
 * rounded. ERROR_INVALID when it is nested deeper than CANONICAL_DEPTH; the buffer is then as it was. */
int json_canonical_add(struct buffer *b, const json_t *value, struct error *e);

/* The same without one member of the outermost object; NULL leaves none out. */
int json_canonical_add_without(struct buffer *b, const json_t *value, const char *member, struct error *e);

/* Order of two strings by UTF-16 code units; UTF-8 byte order but for U+E000..U+FFFF, which come after the
 * rest. */
int json_canonical_compare(struct text a, struct text b);

#endif
