/* The address that is listened on. */
#ifndef EDGE_HTTP_LISTEN_H
#define EDGE_HTTP_LISTEN_H

#include <stdint.h>

#include "core/error.h"

/* Opens and binds a socket at "HOST:PORT" ("[::1]:8080" for IPv6; port 0: a free one) and listens. *port is
 * the one it got. ERROR_USAGE where the text or host cannot be used, ERROR_SYSTEM where the address is taken.
 * *fd: own, non-blocking. */
int http_listen(const char *address, int *fd, uint16_t *port, struct error *e);

#endif
