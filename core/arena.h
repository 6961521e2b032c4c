/* An arena: memory for one batch, taken piece by piece and given back all at once.
 *
 * One thread. `arena_reset` keeps the chunks, so that after warm-up nothing is allocated. Running out of
 * memory ends the process, as it does in librdkafka: half a batch must never be committed. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

#include "core/text.h"

struct arena; /* opaque */

struct arena *arena_new(size_t chunk_bytes); /* own; free with arena_free */
void arena_free(struct arena *a);            /* take; NULL allowed */
void arena_reset(struct arena *a);           /* everything taken from it becomes invalid */

/* `bytes` of uninitialised memory aligned for any type (bytes may be 0). */
void *arena_take(struct arena *a, size_t bytes);

/* As arena_take, for `count` elements, zeroed; a product that overflows ends the process. */
void *arena_array(struct arena *a, size_t count, size_t element_bytes);

/* A copy of the text, NUL-terminated behind its end; null stays null. */
struct text arena_copy(struct arena *a, struct text t);

#endif
