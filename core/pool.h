/* Memory of a task's register: many small pieces that come and go one by one, and all go at once in the end.
 *
 * Pieces are cut from chunks, side by side in the order they are asked for, so that what belongs together
 * lies together; what is given back is used again for the next piece of its size. Running out of memory ends
 * the process, see core/memory.h. One thread. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <stddef.h>

struct pool; /* opaque */

struct pool *pool_new(void);
void pool_free(struct pool *p); /* take; everything taken from it becomes invalid; NULL allowed */

/* Longer pieces are the system's: taking one, and giving it back, costs more. */
#define POOL_SHORT 1024 /* bytes */

/* `bytes` of uninitialised memory, aligned to eight bytes. */
void *pool_take(struct pool *p, size_t bytes);

/* The same, zeroed. */
void *pool_zeroed(struct pool *p, size_t bytes);

/* Gives back what was taken with that many bytes. NULL allowed. */
void pool_give(struct pool *p, void *at, size_t bytes);

/* A larger piece with what was in the old one, which is given back. */
void *pool_resize(struct pool *p, void *at, size_t old_bytes, size_t bytes);

/* Bytes asked of the system. */
size_t pool_bytes(const struct pool *p);

#endif
