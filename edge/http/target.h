/* The target of a request, path and query, taken apart (RFC 3986; the query as forms write it).
 *
 * Strict, because what is let through ends up in answers and cursors: percent-encoding must be complete, the
 * decoded text UTF-8 without control characters, and no parameter may come twice. No I/O. */
#ifndef EDGE_HTTP_TARGET_H
#define EDGE_HTTP_TARGET_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

#define HTTP_TARGET_BYTES 8192
#define HTTP_PARAMETERS_MAX 32

struct http_parameter {
    struct text name, value; /* decoded; a parameter without '=' has an empty value */
};

struct http_target {
    struct text path; /* decoded, begins with '/' */
    struct http_parameter parameters[HTTP_PARAMETERS_MAX];
    size_t count;
};

/* Texts live in the arena. ERROR_INVALID with the parameter's name, or "path"; ERROR_TOO_LARGE. */
int http_target_parse(struct text raw, struct arena *a, struct http_target *out, struct error *e);

/* The parameter's value; null: it is not there. */
struct text http_target_find(const struct http_target *t, const char *name);

/* Whether the path is that of the pattern, as "/api/v1/{kind}/{id}": each name in braces stands for one
 * segment that is not empty; they are written to `captured` in order, at most `most` of them. */
bool http_path_matches(const char *pattern, struct text path, struct text *captured, size_t most);

/* Appends the text so that it can stand as a value in a query. */
struct buffer;
void http_encode(struct buffer *b, struct text t);

#endif
