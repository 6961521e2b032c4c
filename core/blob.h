/* Owned texts and lists of an entity, each one pointer wide. NULL is null. One thread.
 *
 * Their memory comes from a pool, always the same for a text or list. A blob holds bytes with their length;
 * setting a text that is not longer than what was there before reuses its memory. A list of texts is packed
 * into one blob (length and bytes, one after the other). */
#ifndef CORE_BLOB_H
#define CORE_BLOB_H

#include <stdint.h>

#include "core/arena.h"
#include "core/pool.h"
#include "core/text.h"

struct blob {
    uint32_t len;  /* bytes in use */
    uint32_t size; /* bytes there are */
    char at[];
};

/* Lists in register records keep their latest entries only. */
#define LIST_LATEST 100

/* Borrow; null for NULL. */
static inline struct text blob_text(const struct blob *b)
{
    return b ? (struct text){b->at, b->len} : TEXT_NULL;
}

/* Sets the blob to a copy of the text (which may be a view into another blob, not this one); null frees it.
 */
void blob_set(struct pool *pool, struct blob **b, struct text t);

/* Adds bytes at the end. */
void blob_add(struct pool *pool, struct blob **b, const void *bytes, size_t n);

/* What an event's field does: null keeps, empty clears, anything else replaces. */
void blob_apply(struct pool *pool, struct blob **b, struct text t);

void blob_free(struct pool *pool, struct blob **b);

/* A list of texts: empty keeps what was there, else the latest LIST_LATEST replace it. */
void blob_apply_list(struct pool *pool, struct blob **b, struct texts list);

/* The list as views, the array in the arena. */
struct texts blob_list(const struct blob *b, struct arena *a);

/* Walks over a packed list: *position starts at 0. false at the end. */
bool blob_next(const struct blob *b, uint32_t *position, struct text *out);

/* Appends texts (null is kept as null) to a packed list, with room for all of them at once. */
void blob_append(struct pool *pool, struct blob **b, struct text t);
void blob_append_all(struct pool *pool, struct blob **b, const struct text *texts, size_t count);

/* Removes the first text equal to t; whether there was one. */
bool blob_remove(struct pool *pool, struct blob **b, struct text t);

bool blob_contains(const struct blob *b, struct text t);

/* Removes the first `count` texts. */
void blob_drop_first(struct pool *pool, struct blob **b, uint32_t count);

uint32_t blob_count(const struct blob *b);

/* An array of structs that grows; elements move when it does. */
struct vec {
    void *at;
    uint32_t count;
    uint32_t size;
};

/* A new element at the end, zeroed. */
void *vec_add(struct pool *pool, struct vec *v, size_t element_bytes);
/* Takes the first element out; whatever it owns is the caller's to free before. */
void vec_drop_first(struct vec *v, size_t element_bytes);
void vec_free(struct pool *pool, struct vec *v, size_t element_bytes);

#endif
