/* Lists of texts within a pack (core/pack.h): one after the other, each with its length. A list that has no
 * texts is not there. One thread. */
#ifndef CORE_PACK_LIST_H
#define CORE_PACK_LIST_H

#include "core/arena.h"
#include "core/pack.h"

/* Lists in register records keep their latest entries only. */
#define LIST_LATEST 100

/* Walks over a list as pack_text() gives it: *position starts at 0. false at the end. */
bool list_next(struct text list, size_t *position, struct text *out);

size_t list_count(struct text list);
bool list_contains(struct text list, struct text t);

/* The list as views, the array in the arena. */
struct texts pack_list(const struct pack *p, unsigned number, struct arena *a);

/* Adds texts (null is kept as null), with room for all of them at once. */
void pack_append(struct pool *pool, struct pack **p, unsigned number, const struct text *texts, size_t count);

/* What an event's list does: empty keeps what was there, else the latest LIST_LATEST replace it. */
void pack_apply_list(struct pool *pool, struct pack **p, unsigned number, struct texts list);

/* Takes the first text equal to t out; whether there was one. */
bool pack_list_remove(struct pool *pool, struct pack **p, unsigned number, struct text t);

/* Takes the first `count` texts out. */
void pack_drop_first(struct pool *pool, struct pack **p, unsigned number, size_t count);

/* Puts t in the place of the text that list_next() gave between these two positions. */
void pack_list_replace(struct pool *pool, struct pack **p, unsigned number, size_t from, size_t to,
                       struct text t);

#endif
