/* A request and the answer to it, as those see them who answer.
 *
 * An exchange belongs to one thread of the server for as long as the answering function runs. What is put
 * into the arena lives until the answer was sent. */
#ifndef EDGE_HTTP_EXCHANGE_H
#define EDGE_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "edge/http/target.h"

struct http_server;

#define HTTP_HEADERS_MAX 8
#define HTTP_ETAG_SIZE 48

/* A body without an end. `read` is called by the thread of the connection: it writes at most `most` bytes and
 * returns how many; 0: nothing now, to be asked again after http_server_wake; -1: it ends here. It must not
 * block. `close` is called once, also when the client went away. */
struct http_source {
    ssize_t (*read)(void *state, char *to, size_t most);
    void (*close)(void *state);
    void *state;
};

struct http_exchange {
    /* the request */
    struct http_target target;
    struct text raw_target;
    struct arena *arena;
    void *connection; /* the server's */
    bool arrived;     /* the server's */
    struct http_server *server;

    /* the answer */
    unsigned status;
    const char *type;          /* media type; static */
    struct buffer body;        /* taken by the server */
    struct text fixed;         /* static bytes in place of `body` */
    char etag[HTTP_ETAG_SIZE]; /* without quotes; empty: none */
    const char *cache;         /* Cache-Control; static. NULL: "no-cache" */
    struct {
        const char *name, *value; /* static, or of the arena */
    } headers[HTTP_HEADERS_MAX];
    size_t header_count;
    struct http_source source; /* read != NULL: in place of a body */
    const char *route;         /* static: what the request counts as in metrics */

    /* work that blocks; see http_defer */
    void (*work)(void *state, struct http_exchange *x);
    void *work_state;
    struct http_exchange *next_deferred; /* the server's */
    int64_t began_us;                    /* the server's */
    bool deferred;                       /* the server's: it was done by its worker */
};

/* What answers may have to wait for others: `work` is called later, by a thread of the server that does one
 * such work after another, and answers the exchange; the connection waits meanwhile and costs no thread. Call
 * it from the answering function, which then leaves the exchange alone. Where too many wait already, or the
 * server ends, the answer is 503 and `work` is not called. It must come back within seconds. */
#define HTTP_DEFERRED_MAX 8
void http_defer(struct http_exchange *x, void (*work)(void *state, struct http_exchange *x), void *state);

/* The request's header of that name; null: none. Borrow: as long as the exchange. */
struct text http_header(const struct http_exchange *x, const char *name);

void http_add_header(struct http_exchange *x, const char *name, const char *value);

/* Whether the client has what the etag stands for. Call when `etag` is set, before the body is made; status
 * is 304 then and nothing else is to be done. */
bool http_not_modified(struct http_exchange *x);

/* Whether `Accept` prefers this media type to JSON: it names it with a weight not below that of JSON. */
bool http_accepts(const struct http_exchange *x, const char *type);

/* Answers with a problem (RFC 9457, application/problem+json) in place of whatever was there. `parameter`
 * names what is wrong with the request, or is NULL. */
__attribute__((format(printf, 4, 5))) void http_problem(struct http_exchange *x, unsigned status,
                                                        const char *parameter, const char *format, ...);

/* The problem that an error is: 400 with its place as the parameter. */
void http_problem_of(struct http_exchange *x, const struct error *e);

/* Whether one of the entity tags in an If-None-Match (RFC 9110, 13.1.2) is `etag`, whatever its coding. */
bool http_etag_listed(struct text if_none_match, const char *etag);

/* The weight that a list such as that of Accept gives to `name`, from 0 to 1000; a range that fits counts
 * where the name is not there itself (`name` NULL-terminated "text/csv"). -1: nothing fits. */
int http_weight(struct text list, const char *name);

#endif
