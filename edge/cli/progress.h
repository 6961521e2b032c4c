/* How far long work has come: one line on standard error, redrawn in place at most five times a second, with
 * the count of events, their rate and, when the total is known, the share done. Silent when standard error is
 * no terminal. Log lines written meanwhile appear above it.
 *
 * One thread. Call progress_add once a batch: without a terminal it is an addition, with one a look at the
 * monotonic clock. Blocks only as long as the terminal does. */
#ifndef EDGE_CLI_PROGRESS_H
#define EDGE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *what; /* borrow: "publishing" */
    int64_t done;
    int64_t total; /* negative: unknown */
    int64_t started_ms;
    int64_t drawn_ms;
    bool shown; /* standard error is a terminal */
    bool drawn; /* a line stands there */
};

void progress_start(struct progress *p, const char *what, int64_t total);
void progress_total(struct progress *p, int64_t total); /* once it becomes known, or grows */
void progress_add(struct progress *p, int64_t events);
void progress_end(struct progress *p); /* wipes the line; may be called twice */

/* The line without control characters, with NUL; returns its length. `elapsed_ms` >= 0. */
#define PROGRESS_LINE_SIZE 160
size_t progress_line(const struct progress *p, int64_t elapsed_ms, char out[PROGRESS_LINE_SIZE]);

#endif
