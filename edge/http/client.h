/* The door to HTTP for whoever sends: posts bodies to one address, on libcurl.
 *
 * Certificates are verified. Redirects are not followed: what is sent is meant for the address that was
 * given, and for nobody whom that names. The connection is kept between requests. Of an answer's body only
 * the beginning is kept, for messages. One thread. */
#ifndef EDGE_HTTP_CLIENT_H
#define EDGE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/text.h"

struct http_client; /* opaque */

struct http_client_config {
    const char *url;     /* http or https, with user:password@ where the receiver wants it */
    const char *path;    /* goes behind it; NULL: nothing */
    const char *where;   /* what messages call it */
    const char *ca_file; /* certificates (PEM) that https trusts; NULL: the system's */
    int timeout_ms;      /* for the whole of a request */
    bool (*stops)(void); /* asked about once a second: whether to give up; NULL: never */
};

/* Connects to nothing yet. The texts are borrowed for the call, `where` for as long as the client.
 * ERROR_USAGE. *out: own. Call the first time before other threads are started. */
int http_client_new(const struct http_client_config *config, struct http_client **out, struct error *e);
void http_client_free(struct http_client *c); /* take; NULL allowed */

/* Headers of a request, "Name: value". */
#define HTTP_CLIENT_HEADERS_MAX 8
struct http_client_headers {
    const char *at[HTTP_CLIENT_HEADERS_MAX];
    size_t count;
};

struct http_client_answer {
    long status;
    long retry_after_s; /* what Retry-After says, a day at most; 0: nothing */
    double seconds;     /* that it took */
    char text[200];     /* the beginning of the body, as one line of clean text */
};

/* Posts the body. 0 with any status. ERROR_SYSTEM: no answer, or none that ended in time; ERROR_STOPPED.
 * Blocks for at most the time-out. */
int http_client_post(struct http_client *c, const struct http_client_headers *headers, struct text body,
                     struct http_client_answer *out, struct error *e);

#endif
