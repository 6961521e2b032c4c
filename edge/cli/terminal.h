/* What text looks like on a terminal: how wide it is, and that nothing in it gets at the terminal.
 *
 * Columns are those of wcwidth(3) in C.UTF-8: Cyrillic one, CJK two, combining marks none. One thread. */
#ifndef EDGE_CLI_TERMINAL_H
#define EDGE_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"

#define TERMINAL_COLUMNS_LEAST 60

struct terminal {
    bool is_one;    /* a terminal, and no pipe or file */
    bool colour;    /* a terminal, NO_COLOR (no-color.org) is empty or not set, and TERM is not "dumb" */
    size_t columns; /* how long a line may be, at least TERMINAL_COLUMNS_LEAST; 0: as long as it likes */
};

/* What stands behind that descriptor. COLUMNS, where it is a number, says the width, also of a pipe; else the
 * terminal does. */
struct terminal terminal_of(int fd);

/* Appends the text, at most so many columns of it (0: all): what is cut ends with "…", and is cut neither
 * through a character nor between it and its accents. Control characters, those that turn the direction of
 * what follows, and bytes that are not UTF-8 become U+FFFD. Returns the columns that were used. */
size_t terminal_add(struct buffer *b, struct text t, size_t columns);

#endif
