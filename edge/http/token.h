/* The secret that clients must know, where one is asked for: as a bearer token (RFC 6750), or as the password
 * of HTTP Basic (RFC 7617) under any name, which browsers and calendars know how to ask for and send. */
#ifndef EDGE_HTTP_TOKEN_H
#define EDGE_HTTP_TOKEN_H

#include <stdbool.h>

#include "core/error.h"
#include "core/text.h"

#define HTTP_TOKEN_MAX 1024 /* bytes */

struct http_token {
    unsigned char digest[32]; /* SHA-256 of it: all that is kept */
};

/* The first line of the file. ERROR_USAGE where it cannot be read, or is shorter than 16 bytes or longer than
 * HTTP_TOKEN_MAX. */
int http_token_read(const char *path, struct http_token *out, struct error *e);

/* Whether the Authorization header (may be null) has the token. Takes the same time whatever is wrong. */
bool http_token_is_in(const struct http_token *token, struct text authorization);

#endif
