/* Asks for memory that will be wanted soon. */
#ifndef CORE_FETCH_H
#define CORE_FETCH_H

#include <stddef.h>

#define FETCH_LINE 64 /* bytes: of a cache line */

/* The lines from `at` on; NULL allowed. Changes nothing. */
__attribute__((always_inline)) static inline void fetch(const void *at, size_t bytes)
{
    for (size_t i = 0; at && i < bytes; i += FETCH_LINE)
        __builtin_prefetch((const char *)at + i);
    /* Compilers leave out calls of functions that only fetch, for want of an effect: this counts as one. */
    __asm__ volatile("" : : "r"(at));
}

#endif
