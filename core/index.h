/* A hash table from ids to nodes. A node exists as soon as an id is named, be it only by a reference; the
 * entity comes when its first event does. Nodes never move and live as long as the index. One thread. */
#ifndef CORE_INDEX_H
#define CORE_INDEX_H

#include <stdint.h>

#include "core/text.h"

struct entity;
struct ref;

struct node {
    uint64_t hash;
    struct entity *entity; /* own (by the task); NULL: only referred to */
    struct ref *refs;      /* who refers to it */
    uint32_t len;
    char id[]; /* NUL-terminated behind its end */
};

struct index; /* opaque */

struct index *index_new(void);        /* own */
void index_free(struct index *index); /* take; frees the nodes, not their entities; NULL allowed */

/* The node of that id, or NULL. */
struct node *index_find(const struct index *index, struct text id);

/* The node of that id, made where there is none. */
struct node *index_intern(struct index *index, struct text id);

/* Walks over all nodes in no particular order: *position starts at 0; NULL at the end. */
struct node *index_next(const struct index *index, size_t *position);

static inline struct text node_id(const struct node *node)
{
    return node ? (struct text){node->id, node->len} : TEXT_NULL;
}

#endif
