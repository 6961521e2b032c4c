/* gzip (RFC 1952) of a whole body. Any thread. */
#ifndef EDGE_HTTP_GZIP_H
#define EDGE_HTTP_GZIP_H

#include "core/buffer.h"

/* Appends the body in gzip; level 1 (fast) to 9. */
void http_gzip(struct text body, int level, struct buffer *out);

#endif
