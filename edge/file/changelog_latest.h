/* Which entries of a changelog file are the latest of their keys: told by their numbers, counted from 0 in
 * the order of the file. Keys are held by 128 bits of hash. One thread. */
#ifndef EDGE_FILE_CHANGELOG_LATEST_H
#define EDGE_FILE_CHANGELOG_LATEST_H

#include "edge/file/changelog_file.h"

struct changelog_latest; /* opaque */

struct changelog_latest *changelog_latest_new(void);    /* own */
void changelog_latest_free(struct changelog_latest *l); /* take; NULL allowed */

/* The next entry; all of them in order. */
void changelog_latest_add(struct changelog_latest *l, const struct changelog_entry *e);

/* After the last entry; before it, what follows does not know of some. More may be added later. */
void changelog_latest_end(struct changelog_latest *l);

/* Whether no later entry that was added has the key of this one. */
bool changelog_latest_is(const struct changelog_latest *l, uint64_t number);

/* How many keys there are, and how many entries were added. */
uint64_t changelog_latest_count(const struct changelog_latest *l);
uint64_t changelog_latest_entries(const struct changelog_latest *l);

/* Reads the file to its end into a new one: 0, and *out is own; else as changelog_reader_next, and *out, own
 * too, knows what stands before the damage (ERROR_MALFORMED) or is not touched (ERROR_SYSTEM). `stop` may be
 * NULL. */
int changelog_latest_read(struct changelog_reader *r, const struct changelog_stop *stop,
                          struct changelog_latest **out, struct error *e);

#endif
