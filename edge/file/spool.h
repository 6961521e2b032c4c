/* A copy of something that can be read only once, such as a pipe, so that it can be read again.
 *
 * It stands in a file of $TMPDIR (else /tmp) that no name leads to: it is gone when the process ends, however
 * it ends. One thread. */
#ifndef EDGE_FILE_SPOOL_H
#define EDGE_FILE_SPOOL_H

#include <stdio.h>

#include "core/error.h"

struct spool; /* opaque */

/* Copies `from` to its end, which blocks as reading it does. ERROR_SYSTEM with `name` in `where` when it
 * cannot be read or not be kept; ERROR_STOPPED when a signal came meanwhile (interrupt.h). *out: own. */
int spool_fill(int from, const char *name, struct spool **out, struct error *e);
void spool_free(struct spool *s); /* take; NULL allowed */

/* The copy from its beginning; one such stream at a time. NULL: errno says why. own: fclose. */
FILE *spool_open(const struct spool *s);

#endif
