/* The address that is listened on. */
#ifndef EDGE_HTTP_LISTEN_H
#define EDGE_HTTP_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

/* Where it listens. */
struct http_listening {
    int fd;           /* own, non-blocking */
    uint16_t port;    /* the one it got */
    bool is_loopback; /* only this machine can reach it */
};

/* Opens and binds a socket at "HOST:PORT" ("[::1]:8080" for IPv6; port 0: a free one) and listens.
 * ERROR_USAGE where the text or host cannot be used, ERROR_SYSTEM where the address is taken. */
int http_listen(const char *address, struct http_listening *out, struct error *e);

#endif
