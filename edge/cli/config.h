/* The configuration file: `name = value` lines with the options' names.
 *
 * One option a line, written as on the command line but without the dashes; blanks around name and value do
 * not count. A line that begins with `#` is a comment; elsewhere # is an ordinary character, as in passwords.
 * Flags take true or false. librdkafka properties are lines `X = property=value`. */
#ifndef EDGE_CLI_CONFIG_H
#define EDGE_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

#define CONFIG_SIZE_MOST 1048576 /* bytes */

struct config_line {
    const char *name;
    const char *value;
    size_t line; /* from 1 */
};

struct config {
    const struct config_line *at;
    size_t count;
    bool open_to_all; /* everybody on the machine may read the file */
};

/* Reads the text of a file, taken for one that is not open to all; names are not yet looked up. Everything is
 * copied into `a`. ERROR_USAGE with `where` = "file:line". Messages repeat names at most, never values. */
int config_parse(const char *file, struct text bytes, struct arena *a, struct config *out, struct error *e);

/* Reads the file as well. ERROR_USAGE where it cannot be read. Blocks as reading a file does. */
int config_load(const char *file, struct arena *a, struct config *out, struct error *e);

/* "file:line" of a line, with the beginning of a long path cut. */
void config_where(const char *file, size_t line, char *out, size_t size);

#endif
