/* What malloc() has, beyond what C says of it. Any thread.
 *
 * malloc() is jemalloc's (heap_jemalloc.c). Builds with a sanitizer, which brings its own, have libc's
 * (heap_libc.c). */
#ifndef EDGE_HEAP_HEAP_H
#define EDGE_HEAP_HEAP_H

#include <stddef.h>

struct heap {
    size_t bytes;  /* that it has from the system */
    size_t in_use; /* of those, given out */
};

struct heap heap_look(void);

/* Gives back to the system what nobody uses. Takes some milliseconds where that is much. */
void heap_give_back(void);

#endif
