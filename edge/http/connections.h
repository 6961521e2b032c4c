/* The connections that are open, and since when each has been waiting for its client.
 *
 * libmicrohttpd closes a connection on which nothing moves; a client that sends, or takes, a byte now and
 * then keeps it. So there is a time within which a request must have arrived, and one within which its answer
 * must have been taken. Any thread; one lock. */
#ifndef EDGE_HTTP_CONNECTIONS_H
#define EDGE_HTTP_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/http/peer.h"

struct http_connections; /* opaque */
struct http_connection;  /* opaque: one of them */

struct http_connections *http_connections_new(void);        /* own */
void http_connections_free(struct http_connections *table); /* take; all are closed by now */

/* A client has connected; it is given up by http_connection_closed, before the descriptor is closed. */
struct http_connection *http_connection_opened(struct http_connections *table, int fd, struct http_peer peer,
                                               int64_t now_ms);
void http_connection_closed(struct http_connections *table, struct http_connection *c);

enum http_phase { HTTP_ASKING, HTTP_ANSWERED, HTTP_STREAMING };
void http_connection_phase(struct http_connections *table, struct http_connection *c, enum http_phase phase,
                           int64_t now_ms);

/* Cuts the connections whose time is over; returns how many. Where it is crowded, those that ask for nothing
 * make room for others sooner. */
size_t http_connections_cut(struct http_connections *table, int64_t now_ms, bool is_crowded);

/* Milliseconds for a request to arrive, from connecting or the answer before; and for an answer to be taken.
 */
#define HTTP_ASKING_MS 30000
#define HTTP_ASKING_CROWDED_MS 3000
#define HTTP_ANSWERED_MS 120000

size_t http_connections_count(struct http_connections *table);
/* How many of them are that peer's. */
size_t http_connections_of(struct http_connections *table, struct http_peer peer);

#endif
