/* What the files of the server share; of nobody else's concern. */
#ifndef EDGE_HTTP_SERVER_STATE_H
#define EDGE_HTTP_SERVER_STATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "edge/http/connections.h"
#include "edge/http/server.h"

struct stream;

struct http_server {
    struct http_config config;
    struct MHD_Daemon *daemon;
    struct http_connections *connections;
    uint16_t port;
    bool is_named; /* only names that are known are answered to */
    struct buffer certificate, key;
    atomic_bool stopping;
    atomic_uint_fast64_t wakes; /* raised by http_server_wake */
    atomic_uint_fast64_t cut, refused, crowded;
    atomic_size_t streams;
    struct deferred *deferred; /* own: work that blocks */
    pthread_mutex_t parked_lock;
    struct stream *parked; /* streams whose connections are suspended */
};

/* Work that blocks (deferred.c). The thread that does it is started here, and ended before the daemon is. */
struct deferred *deferred_start(void);  /* own; NULL: no thread is left */
void deferred_stop(struct deferred *d); /* nothing is taken from now on; NULL allowed */
void deferred_free(struct deferred *d); /* take; NULL allowed; stops it where that was not done */

/* Sets the exchange's connection aside until its work was done. False: it has been answered with 503. */
bool deferred_take(struct deferred *d, struct http_exchange *x);

/* A response whose body comes from the exchange's source, which it takes. */
struct MHD_Response *stream_response(struct http_server *s, struct MHD_Connection *connection,
                                     const struct http_source *source);

#endif
