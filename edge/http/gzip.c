#include "edge/http/gzip.h"

#include <assert.h>
#include <limits.h>
#include <zlib.h>

#define WINDOW_BITS 15
#define GZIP_FRAMING 16 /* added to the window's bits, zlib.h */
#define MEMORY_LEVEL 8

void http_gzip(struct text body, int level, struct buffer *out)
{
    z_stream z = {0};
    int rc =
        deflateInit2(&z, level, Z_DEFLATED, WINDOW_BITS + GZIP_FRAMING, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    assert(rc == Z_OK && body.len <= UINT_MAX);
    size_t most = deflateBound(&z, (uLong)body.len);
    z.next_in = (Bytef *)(uintptr_t)body.at;
    z.avail_in = (uInt)body.len;
    z.next_out = buffer_room(out, most);
    z.avail_out = (uInt)most;
    rc = deflate(&z, Z_FINISH);
    assert(rc == Z_STREAM_END);
    out->len += z.total_out;
    (void)deflateEnd(&z);
}
