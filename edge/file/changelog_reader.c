#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/memory.h"
#include "edge/file/changelog_format.h"

struct changelog_reader {
    int fd;
    char name[64];
    int64_t size;   /* of the file when it was opened */
    int64_t first;  /* where the blocks begin */
    int64_t end;    /* where the whole blocks end that were read */
    int64_t most;   /* as far as `end` came before a rewind */
    uint64_t check; /* the header's */
    char *identity; /* own */
    size_t identity_len;
    struct buffer block;
    size_t at;     /* of the next entry in the block */
    uint32_t left; /* entries of the block */
    struct changelog_tip tips[CHANGELOG_TOPICS];
};

bool changelog_tip_is(const struct changelog_tip *tip, const struct changelog_entry *e)
{
    struct changelog_tip other = changelog_tip_of(e);
    return tip->offset == other.offset && tip->timestamp == other.timestamp && tip->hash == other.hash;
}

/* Exactly `n` bytes at that place, which lie within the size that the file had. */
static int read_at(struct changelog_reader *r, void *out, size_t n, int64_t place, struct error *e)
{
    char *to = out;
    while (n > 0) {
        ssize_t got = pread(r->fd, to, n, place);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(e, ERROR_SYSTEM, r->name, "cannot be read: %s", strerror(errno));
        if (got == 0)
            return error_set_at(e, ERROR_MALFORMED, r->name, (size_t)place, "the file became shorter");
        to += got;
        place += got;
        n -= (size_t)got;
    }
    return 0;
}

/* --- The header --- */

static int read_header(struct changelog_reader *r, struct error *e)
{
    struct changelog_header h;
    if (r->size < (int64_t)sizeof h)
        return error_set_at(e, ERROR_MALFORMED, r->name, (size_t)r->size, "the file ends within its header");
    int rc = read_at(r, &h, sizeof h, 0, e);
    if (rc)
        return rc;
    if (memcmp(h.magic, CHANGELOG_MAGIC, sizeof h.magic) != 0)
        return error_set_at(e, ERROR_MALFORMED, r->name, 0, "this is no file of a checkpoint");
    if (h.format != CHANGELOG_FORMAT)
        return error_set(e, ERROR_STATE, r->name, "its format is %" PRIu32 ", expected %d", h.format,
                         CHANGELOG_FORMAT);
    if (h.length > CHANGELOG_IDENTITY_MAX || (int64_t)(sizeof h + h.length) > r->size)
        return error_set_at(e, ERROR_MALFORMED, r->name, offsetof(struct changelog_header, length),
                            "the header is damaged");
    r->identity = memory_take(h.length + 1);
    rc = read_at(r, r->identity, h.length, sizeof h, e);
    if (rc)
        return rc;
    if (changelog_header_check(&h, r->identity) != h.check)
        return error_set_at(e, ERROR_MALFORMED, r->name, 0, "the header is damaged");
    r->identity_len = h.length;
    r->check = h.check;
    r->first = r->end = (int64_t)(sizeof h + h.length);
    return 0;
}

static int open_file(struct changelog_reader *r, int folder, bool *missing, struct error *e)
{
    struct stat s;
    r->fd = openat(folder, r->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *missing = r->fd < 0 && errno == ENOENT;
    if (r->fd < 0 || fstat(r->fd, &s) != 0)
        return error_set(e, ERROR_SYSTEM, r->name, "cannot be read: %s", strerror(errno));
    if (!S_ISREG(s.st_mode))
        return error_set(e, ERROR_MALFORMED, r->name, "this is no file");
    r->size = s.st_size;
    (void)posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

int changelog_reader_open(int folder, const char *name, struct changelog_reader **out, bool *missing,
                          struct error *e)
{
    struct changelog_reader *r = memory_zeroed(sizeof *r);
    (void)strncpy(r->name, name, sizeof r->name - 1);
    for (int i = 0; i < CHANGELOG_TOPICS; i++)
        r->tips[i].offset = -1;
    int rc = open_file(r, folder, missing, e);
    if (rc == 0)
        rc = read_header(r, e);
    if (rc)
        changelog_reader_close(r);
    else
        *out = r;
    return rc;
}

void changelog_reader_close(struct changelog_reader *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        (void)close(r->fd);
    buffer_free(&r->block);
    memory_give(r->identity);
    memory_give(r);
}

struct text changelog_reader_identity(const struct changelog_reader *r)
{
    return (struct text){r->identity, r->identity_len};
}

int64_t changelog_reader_end(const struct changelog_reader *r)
{
    return r->end > r->most ? r->end : r->most;
}

const struct changelog_tip *changelog_reader_tips(const struct changelog_reader *r)
{
    return r->tips;
}

/* --- Blocks and entries --- */

/* The entry at `*at`, which goes behind it. false: there is none. */
static bool entry_read(const struct buffer *block, size_t *at, struct changelog_entry *out)
{
    struct changelog_head h;
    if (block->len - *at < sizeof h)
        return false;
    memcpy(&h, block->at + *at, sizeof h);
    size_t value = h.value == CHANGELOG_TOMBSTONE ? 0 : h.value, left = block->len - *at - sizeof h;
    if (h.topic >= CHANGELOG_TOPICS || h.zero || h.offset < 0 || h.key > left || value > left - h.key)
        return false;
    const char *key = (const char *)block->at + *at + sizeof h;
    *out = (struct changelog_entry){h.topic, h.offset, h.timestamp, {key, h.key}, {key + h.key, value}};
    if (h.value == CHANGELOG_TOMBSTONE)
        out->value = TEXT_NULL;
    *at += sizeof h + h.key + value;
    return true;
}

/* Looks at all entries of the block before one is given out: it holds as a whole or not at all. */
static bool block_holds(struct changelog_reader *r, uint32_t count)
{
    struct changelog_entry last[CHANGELOG_TOPICS], each;
    int64_t offsets[CHANGELOG_TOPICS];
    size_t at = 0;
    for (int i = 0; i < CHANGELOG_TOPICS; i++)
        offsets[i] = r->tips[i].offset;
    for (uint32_t i = 0; i < count; i++) {
        if (!entry_read(&r->block, &at, &each) || each.offset <= offsets[each.topic])
            return false;
        offsets[each.topic] = each.offset;
        last[each.topic] = each;
    }
    if (at != r->block.len)
        return false;
    for (int i = 0; i < CHANGELOG_TOPICS; i++)
        if (offsets[i] != r->tips[i].offset)
            r->tips[i] = changelog_tip_of(&last[i]);
    return true;
}

static int no_block(const struct changelog_reader *r, const char *what, struct error *e)
{
    return error_set_at(e, ERROR_MALFORMED, r->name, (size_t)r->end, "%s", what);
}

static int block_read(struct changelog_reader *r, struct error *e)
{
    struct changelog_block b;
    int64_t left = r->size - r->end;
    if (left < (int64_t)sizeof b)
        return no_block(r, "the file ends within a block", e);
    int rc = read_at(r, &b, sizeof b, r->end, e);
    if (rc)
        return rc;
    if (b.length > left - (int64_t)sizeof b)
        return no_block(r, "the file ends within a block", e);
    buffer_clear(&r->block);
    rc = read_at(r, buffer_room(&r->block, b.length), b.length, r->end + (int64_t)sizeof b, e);
    if (rc)
        return rc;
    r->block.len = b.length;
    if (changelog_block_check(&b, r->check, r->end, r->block.at) != b.check || b.count == 0 ||
        !block_holds(r, b.count))
        return no_block(r, "a block is damaged", e);
    r->end += (int64_t)sizeof b + b.length;
    r->at = 0;
    r->left = b.count;
    return 0;
}

int changelog_reader_next(struct changelog_reader *r, struct changelog_entry *out, struct error *e)
{
    if (r->left == 0) {
        if (r->end == r->size || r->end == r->most)
            return 0;
        int rc = block_read(r, e);
        if (rc)
            return rc;
    }
    r->left--;
    return entry_read(&r->block, &r->at, out) ? 1 : no_block(r, "a block is damaged", e);
}

uint32_t changelog_reader_left(const struct changelog_reader *r)
{
    return r->left;
}

void changelog_reader_rewind(struct changelog_reader *r)
{
    r->most = changelog_reader_end(r);
    r->end = r->first;
    r->left = 0;
    for (int i = 0; i < CHANGELOG_TOPICS; i++)
        r->tips[i] = (struct changelog_tip){.offset = -1};
}
