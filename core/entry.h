/* Claims and slips as they stand among the texts of an entity: in as few bytes as they need, for there are
 * millions of them. What is read was written here. Internal to the core. */
#ifndef CORE_ENTRY_H
#define CORE_ENTRY_H

#include "core/record.h"
#include "core/varint.h"

#define ENTRY_MOST (8 * VARINT_MOST) /* bytes of a claim or a slip */

/* Of a claim all but who claims, of a slip all but the reason. The view points to `out`. */
struct text claim_write(const struct claim *c, char out[ENTRY_MOST]);
void claim_read(struct text entry, struct claim *out);
struct text slip_write(const struct slip *s, char out[ENTRY_MOST]);
void slip_read(struct text entry, struct slip *out);

#endif
