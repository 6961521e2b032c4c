/* The door to HTTP: a server on libmicrohttpd that takes GET and HEAD, for whoever wires it to a function
 * that answers.
 *
 * What it does for all answers: it looks at the name it is asked for by; asks for the token, where there is
 * one; compares entity tags; compresses; sets the headers that keep browsers from taking text for anything
 * else; bounds sizes, times and connections; and turns everything that goes wrong into a problem (RFC 9457).
 * What libmicrohttpd itself refuses, because it is no HTTP, has a short HTML page.
 *
 * Threads: two of libmicrohttpd's, each with its own epoll set. A connection stays with one of them, and the
 * answering function runs there; while it runs, other connections of that thread wait. Streams never block
 * anybody: one that has nothing to send, or whose client does not read, costs no thread. */
#ifndef EDGE_HTTP_SERVER_H
#define EDGE_HTTP_SERVER_H

#include "edge/http/exchange.h"
#include "edge/http/token.h"

struct http_config {
    const char *listen;       /* HOST:PORT; port 0: a free one */
    unsigned connections;     /* at most so many at once; 0: HTTP_CONNECTIONS_MAX */
    unsigned per_address;     /* of them of one address (of IPv6: network); 0: as many as there may be */
    bool limits_this_machine; /* this machine's own are bounded by that too, as those of a proxy here */
    const struct http_token *token; /* borrow; NULL: none is asked for */
    /* Names that it answers to, beside those of this machine itself (localhost, 127.x.x.x, [::1]). Where
     * there are none it answers to any name, but for a server without a token that only this machine can
     * reach: whoever names it otherwise there is a page of somebody else in a browser. Borrow. */
    const char *const *hosts;
    size_t host_count;
    const char *certificate_path; /* PEM files; NULL: no TLS */
    const char *key_path;
    bool defers; /* some answers leave work behind that takes long (`work` of an exchange): a thread is kept
                    for it */
    void *context;
    /* Answers by setting status, type and what is sent. */
    void (*answer)(void *context, struct http_exchange *x);
    /* Whether the path may be asked for without the token. */
    bool (*is_open)(struct text path);
    /* Told once of each request, when its answer was made; `seconds` is what that took. */
    void (*done)(void *context, const struct http_exchange *x, double seconds);
};

struct http_server; /* opaque */

#define HTTP_CONNECTIONS_MAX 4096
#define HTTP_STREAMS_MAX 3072
#define HTTP_PER_ADDRESS 256 /* where whoever starts a server says nothing else */

/* Listens and begins to answer. ERROR_USAGE, ERROR_SYSTEM. *out: own. */
int http_server_start(const struct http_config *config, struct http_server **out, struct error *e);

uint16_t http_server_port(const struct http_server *s);

/* Streams are asked again. Any thread; call it without any lock that a source's `read` takes. */
void http_server_wake(struct http_server *s);

/* To be called about once a second: cuts the connections whose clients take too long. */
void http_server_tick(struct http_server *s);

struct http_counts {
    size_t connections, streams;
    uint64_t cut;     /* connections that took too long, since the start */
    uint64_t refused; /* streams that were one too many */
    uint64_t crowded; /* connections that were one too many of their address */
};
struct http_counts http_server_counts(struct http_server *s);

/* Whether one more stream may begin; if not the exchange has been answered with 503. */
bool http_server_has_room(struct http_server *s, struct http_exchange *x);

/* Ends all streams, answers what is being answered, closes everything. Takes well under a second. */
void http_server_stop(struct http_server *s); /* take; NULL allowed */

#endif
