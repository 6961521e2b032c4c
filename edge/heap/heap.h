/* What malloc() has, beyond what C says of it. Any thread.
 *
 * malloc() is jemalloc's (heap_jemalloc.c). Builds with a sanitizer, which brings its own, have libc's
 * (heap_libc.c). */
#ifndef EDGE_HEAP_HEAP_H
#define EDGE_HEAP_HEAP_H

#include <stddef.h>

struct heap {
    size_t bytes;  /* that it has from the system, resident */
    size_t in_use; /* of those, given out, or kept at hand by a thread that has given it back */
};

struct heap heap_look(void); /* 0: not known */

/* Gives back to the system what nobody has used for ten seconds: tens of milliseconds where that is 200 MB.
 */
void heap_give_back(void);

void heap_give_back_all(void); /* what nobody uses now */

#endif
