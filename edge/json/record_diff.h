/* How two records of one kind differ, field by field.
 *
 * Where lists have the same number of entries, and records stand on both sides, it is told within them:
 * "slippage[2].days", "resume.cause.offset"; else the field is told as a whole. One thread; nothing blocks.
 */
#ifndef EDGE_JSON_RECORD_DIFF_H
#define EDGE_JSON_RECORD_DIFF_H

#include "core/buffer.h"
#include "core/fields.h"

/* A field that differs; texts live until the function returns. Values are JSON as replay prints it; a field
 * that is not there is null, bytes are a string of hex digits. */
typedef void record_diff_visit(void *context, struct text path, struct text one, struct text other);

/* Calls `visit` for each difference, in the order of the tables. How many there were. */
size_t record_diff(const struct fields *fields, const void *one, const void *other, record_diff_visit *visit,
                   void *context);

#endif
