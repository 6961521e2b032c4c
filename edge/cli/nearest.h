/* "Did you mean ...": the known name closest to one that is not known. */
#ifndef EDGE_CLI_NEAREST_H
#define EDGE_CLI_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *name; /* borrow; NULL: none is close enough to be worth saying */
    size_t distance;
};

/* Compares one more candidate: edit distance (insert, drop, replace or swap a letter each count one), of
 * which a third of the letters, at most 3, may differ; the beginning of a candidate counts as one away. */
void nearest_offer(struct nearest *n, const char *wanted, size_t wanted_len, const char *candidate);

#endif
