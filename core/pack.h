/* Texts of an entity, packed into one piece of memory: each stands under a number, those that are null take
 * no room.
 *
 * An entity has about ten texts and lists of which most are short. In a piece of memory of its own each would
 * cost more than it says; together they cost two bytes each besides what they say, and one piece to find. The
 * price is that they are found by walking over those with lower numbers: give what changes often, or grows,
 * the higher ones.
 *
 * Much changes at once where it changes: that is done in a draft, which has room to spare and is used again
 * for every entity, and put back in one piece that is no longer than it must be.
 *
 * A text is any bytes. Views of texts are valid until anything in the same pack changes, and must not be
 * given back to it. NULL is the pack that has none. The memory comes from a pool, always the same for a pack.
 * One thread. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include <stdint.h>

#include "core/pool.h"
#include "core/text.h"

struct pack; /* opaque */

#define PACK_NUMBERS 32

/* Borrow; null: there is none. */
struct text pack_text(const struct pack *p, unsigned number);

/* Sets it to a copy; null takes it out. */
void pack_set(struct pool *pool, struct pack **p, unsigned number, struct text t);

/* What an event's field does: null keeps, empty clears, anything else replaces. */
void pack_apply(struct pool *pool, struct pack **p, unsigned number, struct text t);

/* Puts `bytes` of room, uninitialised, in the place of the bytes from..to of the text, which is there from
 * now on; returns where the room is. Both may be PACK_END. */
#define PACK_END SIZE_MAX
char *pack_splice(struct pool *pool, struct pack **p, unsigned number, size_t from, size_t to, size_t bytes);

void pack_free(struct pool *pool, struct pack **p);

/* Makes *p say what `from` does, in no more memory than that must have (NULL where there are no texts). What
 * *p had is used again or given back. */
void pack_assign(struct pool *pool, struct pack **p, const struct pack *from);

/* The same for a draft: in the memory that *p has, where that is enough. */
void pack_draft(struct pool *pool, struct pack **p, const struct pack *from);

#endif
