/* Under which names a server may be asked for.
 *
 * A page of another site can have its own name resolve to 127.0.0.1 ("DNS rebinding"); a browser then takes
 * what a server of this machine answers for something of that site, and gives it to the page. What gives it
 * away is the Host of its requests (RFC 9110, 7.2), which names that site. No I/O. */
#ifndef EDGE_HTTP_HOST_H
#define EDGE_HTTP_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"

/* Whether the Host, with a port or without, is "localhost", an address of 127.0.0.0/8 or [::1]. */
bool http_host_is_loopback(struct text host);

/* Whether the Host, with a port or without, is that name; capitals or not, with a dot at its end or not. */
bool http_host_is(struct text host, const char *name);

#endif
