/* Passwords and keys among librdkafka's properties: which they are, reading one from a file, and keeping them
 * out of the list of processes. No message repeats a secret, nor the name of a file that was to hold one:
 * where the two were mixed up, it is the secret. */
#ifndef EDGE_CLI_SECRET_H
#define EDGE_CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/error.h"

#define SECRET_SIZE_MOST 65536 /* bytes of a file */

/* Whether the value of that property is a secret: sasl.password, ssl.key.password, ssl.key.pem, ... */
bool secret_property(const char *name, size_t len);

/* Whether the URL has a password (https://USER:PASSWORD@HOST) or a token (https://TOKEN@HOST), and where it
 * stands. */
bool secret_of_url(const char *url, size_t *at, size_t *len);

/* Copies of the arguments, as argv is; in `argv` itself secrets, and what stands behind the host of
 * --webhook, are then replaced by asterisks, so that ps shows none. To be called first of all. own:
 * secret_arguments_free. */
char **secret_arguments(int argc, char **argv);
void secret_arguments_free(char **arguments);

/* Reads the file `path`, less one newline at its end, into `a`. *open_to_all: everybody on the machine may
 * read it. ERROR_USAGE at `where`: it cannot be read, is empty, too large or has a NUL byte. May block, where
 * the file is a pipe. */
int secret_read(const char *path, const char *where, const char *property, struct arena *a, const char **out,
                bool *open_to_all, struct error *e);

#endif
