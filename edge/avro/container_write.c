/* Writing of container files: declared in edge/avro/container.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <zlib.h>

#include "core/memory.h"

#include "edge/avro/container.h"

#define SYNC_BYTES CONTAINER_SYNC_BYTES
#define BLOCK_BYTES (64 * 1024) /* from here on a block is written */

struct container_writer {
    FILE *file;       /* borrow */
    const char *name; /* borrow */
    bool deflated;
    unsigned char sync[SYNC_BYTES];
    struct buffer block;      /* own: records not yet written */
    struct buffer compressed; /* own */
    struct buffer head;       /* own */
    size_t records;           /* in the block */
};

static void add_long(struct buffer *out, size_t value)
{
    uint64_t n = (uint64_t)value << 1;
    for (; n >= 0x80; n >>= 7)
        buffer_add_byte(out, (unsigned char)(n | 0x80));
    buffer_add_byte(out, (unsigned char)n);
}

static void add_text(struct buffer *out, struct text t)
{
    add_long(out, t.len);
    buffer_add(out, t.at, t.len);
}

static int put(struct container_writer *w, const struct buffer *b, struct error *e)
{
    if (b->len > 0 && fwrite(b->at, 1, b->len, w->file) != b->len)
        return error_set(e, ERROR_SYSTEM, w->name, "the file cannot be written: %s", strerror(errno));
    return 0;
}

int container_create(FILE *file, const char *name, struct text schema, bool deflated,
                     const unsigned char *sync, struct container_writer **out, struct error *e)
{
    struct container_writer *w = calloc(1, sizeof *w);
    if (!w)
        memory_exhausted();
    w->file = file;
    w->name = name;
    w->deflated = deflated;
    int rc = 0;
    if (sync)
        memcpy(w->sync, sync, SYNC_BYTES);
    else if (getrandom(w->sync, SYNC_BYTES, 0) != SYNC_BYTES)
        rc = error_set(e, ERROR_SYSTEM, name, "no random bytes for the sync marker: %s", strerror(errno));
    buffer_add(&w->head, "Obj\1", 4);
    add_long(&w->head, 2);
    add_text(&w->head, TEXT_LITERAL("avro.codec"));
    add_text(&w->head, text_of(deflated ? "deflate" : "null"));
    add_text(&w->head, TEXT_LITERAL("avro.schema"));
    add_text(&w->head, schema);
    add_long(&w->head, 0);
    buffer_add(&w->head, w->sync, SYNC_BYTES);
    if (rc == 0)
        rc = put(w, &w->head, e);
    if (rc)
        container_writer_free(w);
    else
        *out = w;
    return rc;
}

static void compress_block(struct container_writer *w)
{
    z_stream z = {.next_in = w->block.at, .avail_in = (uInt)w->block.len};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        memory_exhausted();
    uLong bound = deflateBound(&z, (uLong)w->block.len);
    buffer_clear(&w->compressed);
    z.next_out = buffer_room(&w->compressed, bound);
    z.avail_out = (uInt)bound;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) /* cannot be: there is room for the worst case */
        abort();
    w->compressed.len = bound - z.avail_out;
    (void)deflateEnd(&z);
}

static int flush_block(struct container_writer *w, struct error *e)
{
    if (w->records == 0)
        return 0;
    if (w->deflated)
        compress_block(w);
    const struct buffer *block = w->deflated ? &w->compressed : &w->block;
    buffer_clear(&w->head);
    add_long(&w->head, w->records);
    add_long(&w->head, block->len);
    int rc = put(w, &w->head, e);
    if (rc == 0)
        rc = put(w, block, e);
    buffer_clear(&w->head);
    buffer_add(&w->head, w->sync, SYNC_BYTES);
    if (rc == 0)
        rc = put(w, &w->head, e);
    buffer_clear(&w->block);
    w->records = 0;
    return rc;
}

int container_append(struct container_writer *w, const void *bytes, size_t n, struct error *e)
{
    if (n > CONTAINER_MAX_BLOCK / 2)
        return error_set(e, ERROR_TOO_LARGE, w->name, "a record of %zu bytes does not fit a block", n);
    buffer_add(&w->block, bytes, n);
    w->records++;
    return w->block.len >= BLOCK_BYTES ? flush_block(w, e) : 0;
}

int container_finish(struct container_writer *w, struct error *e)
{
    int rc = flush_block(w, e);
    if (rc == 0 && fflush(w->file) != 0)
        rc = error_set(e, ERROR_SYSTEM, w->name, "the file cannot be written: %s", strerror(errno));
    return rc;
}

void container_writer_free(struct container_writer *w)
{
    if (!w)
        return;
    buffer_free(&w->block);
    buffer_free(&w->compressed);
    buffer_free(&w->head);
    free(w);
}
