/* A hash table from ids to nodes. A node exists as soon as an id is named, be it only by a reference; the
 * entity comes when its first event does. Nodes never move and live as long as the index. One thread. */
#ifndef CORE_INDEX_H
#define CORE_INDEX_H

#include <stdint.h>

#include "core/pool.h"
#include "core/text.h"

struct entity;
struct ref;

struct node {
    struct entity *entity; /* own (by the task); NULL: only referred to */
    struct ref *refs;      /* who refers to it */
    uint32_t len;
    char id[]; /* NUL-terminated behind its end */
};

struct index; /* opaque */

struct index *index_new(struct pool *pool); /* own; the nodes come from the pool, which is borrowed */
void index_free(struct index *index);       /* take; the nodes stay the pool's; NULL allowed */

/* Makes room for that many nodes at once. */
void index_reserve(struct index *index, size_t count);

/* The hash that finds an id; of no meaning outside the process. */
uint64_t index_hash(struct text id);

/* The node of that id, or NULL. */
struct node *index_find(const struct index *index, struct text id);
struct node *index_find_hashed(const struct index *index, struct text id, uint64_t hash);

/* The node of that id, made where there is none. */
struct node *index_intern(struct index *index, struct text id);
struct node *index_intern_hashed(struct index *index, struct text id, uint64_t hash);

/* Ask for the memory that looking an id up will want: first where its place is, some time later the node
 * itself, which may be told by its hash alone (NULL: none has it). */
void index_fetch(const struct index *index, uint64_t hash);
struct node *index_guess(const struct index *index, uint64_t hash);

/* Walks over all nodes in no particular order: *position starts at 0; NULL at the end. */
struct node *index_next(const struct index *index, size_t *position);

static inline struct text node_id(const struct node *node)
{
    return node ? (struct text){node->id, node->len} : TEXT_NULL;
}

#endif
