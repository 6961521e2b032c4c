#include "edge/avro/container.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/memory.h"
#include "edge/avro/cursor.h"
#include "edge/avro/plan.h"

#define SYNC_BYTES CONTAINER_SYNC_BYTES
#define HEADER_ENTRIES 1000
#define CHECKSUM 4        /* of zlib: some writers leave it, or a part of it, behind the raw deflate stream */
#define CHUNK (64 * 1024) /* read at once: a length that lies costs no more memory than that */

struct container {
    FILE *file;                 /* borrow */
    const char *name;           /* borrow */
    uint64_t offset;            /* bytes read so far */
    uint64_t block;             /* offset at which the current block starts */
    struct avro_schema *schema; /* own */
    struct avro_plan *plan;     /* own; NULL until an event is asked for */
    bool deflated;
    unsigned char sync[SYNC_BYTES];
    struct buffer raw;       /* own: a block as it stands in the file */
    struct buffer inflated;  /* own */
    const unsigned char *at; /* the next record of the block */
    size_t left;             /* bytes of the block from there */
    size_t records;          /* of the block still to come */
    size_t record;           /* number of the next one within the block */
};

__attribute__((format(printf, 4, 5))) static int refuse(const struct container *c, struct error *e, int code,
                                                        const char *format, ...)
{
    char text[sizeof e->text], where[sizeof e->where];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    (void)snprintf(where, sizeof where, "%.100s: block at byte %" PRIu64, c->name, c->block);
    return error_set_at(e, code, where, c->offset, "%s", text);
}

static int ended(const struct container *c, struct error *e)
{
    if (ferror(c->file))
        return refuse(c, e, ERROR_SYSTEM, "the file cannot be read: %s", strerror(errno));
    return refuse(c, e, ERROR_MALFORMED, "the file ends in the middle");
}

static int read_bytes(struct container *c, void *out, size_t n, struct error *e)
{
    size_t got = fread(out, 1, n, c->file);
    c->offset += got;
    return got == n ? 0 : ended(c, e);
}

static int read_long(struct container *c, int64_t *out, struct error *e)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        int rc = read_bytes(c, bytes + n, 1, e);
        if (rc)
            return rc;
    } while (bytes[n++] >= 0x80 && n < sizeof bytes);
    struct error why;
    struct cursor cursor = cursor_at(bytes, n, &why);
    int rc = cursor_long(&cursor, "", out);
    return rc ? refuse(c, e, rc, "%s", why.text) : 0;
}

static int read_into(struct container *c, struct buffer *out, size_t n, struct error *e)
{
    buffer_clear(out);
    (void)buffer_room(out, 1); /* so that there is something to point at when n is 0 */
    while (out->len < n) {
        size_t part = n - out->len < CHUNK ? n - out->len : CHUNK;
        int rc = read_bytes(c, buffer_room(out, part), part, e);
        if (rc)
            return rc;
        out->len += part;
    }
    return 0;
}

static int read_value(struct container *c, struct buffer *out, struct error *e)
{
    int64_t n;
    int rc = read_long(c, &n, e);
    if (rc)
        return rc;
    if (n < 0 || n > AVRO_MAX_TEXT)
        return refuse(c, e, ERROR_MALFORMED, "the header has an entry of %" PRId64 " bytes", n);
    return read_into(c, out, (size_t)n, e);
}

static bool buffer_is(const struct buffer *b, const char *s)
{
    return b->len == strlen(s) && memcmp(b->at, s, b->len) == 0;
}

static int read_codec(struct container *c, const struct buffer *value, struct error *e)
{
    c->deflated = buffer_is(value, "deflate");
    if (!c->deflated && value->len > 0 && !buffer_is(value, "null"))
        return refuse(c, e, ERROR_INVALID, "codec \"%.*s\" is not supported, only null and deflate are",
                      (int)(value->len < 40 ? value->len : 40), (const char *)value->at);
    return 0;
}

static int read_schema(struct container *c, const struct buffer *value, struct error *e)
{
    struct error why;
    if (c->schema)
        return refuse(c, e, ERROR_MALFORMED, "the header has two schemas");
    int rc = avro_schema_parse((const char *)value->at, value->len, &c->schema, &why);
    return rc ? refuse(c, e, rc, "the schema is wrong: %s%s%.200s", why.where, why.where[0] ? ": " : "",
                       why.text)
              : 0;
}

static int read_entry(struct container *c, struct error *e)
{
    struct buffer key = BUFFER_EMPTY;
    int rc = read_value(c, &key, e);
    if (rc == 0)
        rc = read_value(c, &c->raw, e);
    if (rc == 0 && buffer_is(&key, "avro.schema"))
        rc = read_schema(c, &c->raw, e);
    else if (rc == 0 && buffer_is(&key, "avro.codec"))
        rc = read_codec(c, &c->raw, e);
    buffer_free(&key);
    return rc;
}

static int read_header(struct container *c, struct error *e)
{
    unsigned char magic[4];
    int64_t count, bytes, total = 0;
    int rc = read_bytes(c, magic, sizeof magic, e);
    if (rc)
        return rc;
    if (memcmp(magic, "Obj\1", 4) != 0)
        return refuse(c, e, ERROR_MALFORMED, "this is no Avro container file: it does not start with Obj 01");
    for (;;) {
        rc = read_long(c, &count, e);
        if (rc == 0 && count < 0)
            rc = read_long(c, &bytes, e);
        if (rc)
            return rc;
        if (count == 0)
            break;
        if (count < -HEADER_ENTRIES || count > HEADER_ENTRIES)
            return refuse(c, e, ERROR_MALFORMED, "the header has too many entries");
        count = count < 0 ? -count : count;
        total += count;
        if (total > HEADER_ENTRIES)
            return refuse(c, e, ERROR_MALFORMED, "the header has too many entries");
        for (int64_t i = 0; i < count && rc == 0; i++)
            rc = read_entry(c, e);
        if (rc)
            return rc;
    }
    if (!c->schema)
        return refuse(c, e, ERROR_MALFORMED, "the header has no schema");
    return read_bytes(c, c->sync, SYNC_BYTES, e);
}

int container_open(FILE *file, const char *name, struct container **out, struct error *e)
{
    struct container *c = calloc(1, sizeof *c);
    if (!c)
        memory_exhausted();
    c->file = file;
    c->name = name;
    int rc = read_header(c, e);
    if (rc)
        container_free(c);
    else
        *out = c;
    return rc;
}

void container_free(struct container *c)
{
    if (!c)
        return;
    avro_plan_free(c->plan);
    avro_schema_free(c->schema);
    buffer_free(&c->raw);
    buffer_free(&c->inflated);
    free(c);
}

const struct avro_schema *container_schema(const struct container *c)
{
    return c->schema;
}

int container_event_kind(const struct container *c, enum event_kind *out, struct error *e)
{
    const struct avro_type *root = avro_schema_root(c->schema);
    enum codec_subject s;
    if (root->kind != KIND_RECORD || !codec_subject_of(root->name, &s) || s > CODEC_MILESTONE)
        return error_set(e, ERROR_UNKNOWN_SCHEMA, c->name,
                         "the file holds %s, not events: Signing, Summit or Milestone",
                         root->name ? root->name : avro_kind_name(root->kind));
    *out = (enum event_kind)(s - CODEC_SIGNING);
    return 0;
}

static int inflate_block(struct container *c, struct error *e)
{
    z_stream z = {.next_in = c->raw.at, .avail_in = (uInt)c->raw.len};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        memory_exhausted();
    buffer_clear(&c->inflated);
    int status = Z_OK;
    while (status == Z_OK && c->inflated.len <= CONTAINER_MAX_BLOCK) {
        z.next_out = buffer_room(&c->inflated, CHUNK);
        z.avail_out = CHUNK;
        status = inflate(&z, Z_NO_FLUSH);
        c->inflated.len += CHUNK - z.avail_out;
    }
    uInt unread = z.avail_in;
    (void)inflateEnd(&z);
    if (c->inflated.len > CONTAINER_MAX_BLOCK)
        return refuse(c, e, ERROR_MALFORMED, "the block inflates to more than %d bytes", CONTAINER_MAX_BLOCK);
    if (status != Z_STREAM_END || unread > CHECKSUM)
        return refuse(c, e, ERROR_MALFORMED, "the block does not inflate");
    return 0;
}

/* 1: there is another block, 0: the file ends here. */
static int read_block(struct container *c, struct error *e)
{
    int64_t count, bytes;
    unsigned char sync[SYNC_BYTES];
    c->block = c->offset;
    int first = getc(c->file);
    if (first == EOF)
        return ferror(c->file) ? ended(c, e) : 0;
    (void)ungetc(first, c->file);
    int rc = read_long(c, &count, e);
    if (rc == 0)
        rc = read_long(c, &bytes, e);
    if (rc)
        return rc;
    if (count < 0 || bytes < 0 || bytes > CONTAINER_MAX_BLOCK)
        return refuse(c, e, ERROR_MALFORMED, "a block cannot have %" PRId64 " records in %" PRId64 " bytes",
                      count, bytes);
    rc = read_into(c, &c->raw, (size_t)bytes, e);
    if (rc == 0)
        rc = read_bytes(c, sync, SYNC_BYTES, e);
    if (rc == 0 && memcmp(sync, c->sync, SYNC_BYTES) != 0)
        rc = refuse(c, e, ERROR_MALFORMED, "the block does not end with the file's sync marker");
    if (rc == 0 && c->deflated)
        rc = inflate_block(c, e);
    if (rc)
        return rc;
    const struct buffer *block = c->deflated ? &c->inflated : &c->raw;
    size_t min = avro_schema_root(c->schema)->min_bytes;
    if ((uint64_t)count > (min ? block->len / min : CURSOR_BUDGET))
        return refuse(c, e, ERROR_MALFORMED, "the block counts more records than there can be");
    c->at = block->at;
    c->left = block->len;
    c->records = (size_t)count;
    c->record = 0;
    return 1;
}

/* Goes on to the next block where this one is used up. 1: there is a record, 0: the end. */
static int find_record(struct container *c, struct error *e)
{
    while (c->records == 0) {
        if (c->left > 0)
            return refuse(c, e, ERROR_MALFORMED, "%zu bytes are left over after the block's last record",
                          c->left);
        int rc = read_block(c, e);
        if (rc <= 0)
            return rc;
    }
    return 1;
}

static void take_record(struct container *c, size_t bytes)
{
    c->at += bytes;
    c->left -= bytes;
    c->records--;
    c->record++;
}

int container_next(struct container *c, const void **bytes, size_t *n, struct error *e)
{
    struct error why;
    int rc = find_record(c, e);
    if (rc <= 0)
        return rc;
    size_t used;
    rc = avro_measure(c->schema, c->at, c->left, &used, &why);
    if (rc)
        return refuse(c, e, rc, "record %zu: %s", c->record, why.text);
    *bytes = c->at;
    *n = used;
    take_record(c, used);
    return 1;
}

int container_read(struct container *c, const struct avro_plan *plan, struct arena *a, void *record,
                   struct error *e)
{
    int rc = find_record(c, e);
    if (rc <= 0)
        return rc;
    size_t used = 0;
    if (avro_decode_first(plan, c->at, c->left, a, record, &used, NULL) == 0) {
        take_record(c, used);
        return 1;
    }
    /* What is wrong, and where the record ends, is found out the slow way. */
    const void *bytes = NULL;
    rc = container_next(c, &bytes, &used, e);
    return rc == 1 ? avro_decode(plan, bytes, used, a, record, e) : rc;
}

bool container_block_ends(const struct container *c)
{
    return c->records == 0;
}

void container_take_block(struct container *c, struct buffer *out)
{
    struct buffer *block = c->deflated ? &c->inflated : &c->raw, taken = *block;
    assert(c->records == 0);
    *block = *out;
    *out = taken;
    buffer_clear(block);
}

int container_next_event(struct container *c, const struct codec *codec, struct arena *a, struct event *out,
                         struct error *e)
{
    enum event_kind kind = EVENT_SIGNING;
    struct error why;
    int rc = container_event_kind(c, &kind, e);
    if (rc)
        return rc;
    enum codec_subject s = (enum codec_subject)(CODEC_SIGNING + (int)kind);
    if (!c->plan && avro_plan_compile(c->schema, codec_schema(codec, s), codec_fields(s), &c->plan, &why))
        return refuse(c, e, ERROR_UNKNOWN_SCHEMA, "the file's schema does not resolve to ours: %s: %.200s",
                      why.where, why.text);
    const void *bytes = NULL;
    size_t n = 0;
    rc = container_next(c, &bytes, &n, e);
    if (rc <= 0)
        return rc;
    struct text kept = arena_copy(a, (struct text){bytes, n});
    rc = avro_decode(c->plan, kept.at, kept.len, a, &out->common, &why);
    if (rc)
        return refuse(c, e, rc, "record %zu: %s%s%.200s", c->record - 1, why.where, why.where[0] ? ": " : "",
                      why.text);
    out->kind = kind;
    return 1;
}
