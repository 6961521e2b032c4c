#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/fault_point.h"
#include "core/memory.h"
#include "edge/file/changelog_format.h"

struct changelog_writer {
    int fd;
    char name[64];
    int64_t size;        /* of what is whole */
    uint64_t check;      /* the header's */
    struct buffer block; /* room for its head, then entries */
    uint32_t count;
    struct changelog_tip tips[CHANGELOG_TOPICS];
};

static int refuse(const struct changelog_writer *w, const char *what, struct error *e)
{
    return error_set(e, ERROR_SYSTEM, w->name, "%s: %s", what, strerror(errno));
}

static int write_at(struct changelog_writer *w, const void *bytes, size_t n, int64_t place, struct error *e)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t done = pwrite(w->fd, at, n, place);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return refuse(w, "cannot be written", e);
        at += done;
        place += done;
        n -= (size_t)done;
    }
    return 0;
}

static void block_begin(struct changelog_writer *w)
{
    static const struct changelog_block none;
    buffer_clear(&w->block);
    buffer_add(&w->block, &none, sizeof none);
    w->count = 0;
}

static struct changelog_writer *writer_new(const char *name)
{
    struct changelog_writer *w = memory_zeroed(sizeof *w);
    (void)strncpy(w->name, name, sizeof w->name - 1);
    w->fd = -1;
    block_begin(w);
    return w;
}

void changelog_writer_close(struct changelog_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        (void)close(w->fd);
    buffer_free(&w->block);
    memory_give(w);
}

static int write_header(struct changelog_writer *w, struct text identity, struct error *e)
{
    struct changelog_header h = {
        .magic = CHANGELOG_MAGIC, .format = CHANGELOG_FORMAT, .length = (uint32_t)identity.len};
    h.check = changelog_header_check(&h, identity.at);
    int rc = write_at(w, &h, sizeof h, 0, e);
    if (rc || (rc = write_at(w, identity.at, identity.len, sizeof h, e)))
        return rc;
    w->check = h.check;
    w->size = (int64_t)(sizeof h + identity.len);
    return 0;
}

int changelog_writer_create(int folder, const char *name, struct text identity, struct changelog_writer **out,
                            struct error *e)
{
    struct changelog_writer *w = writer_new(name);
    for (int i = 0; i < CHANGELOG_TOPICS; i++)
        w->tips[i].offset = -1;
    w->fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    fault_point("checkpoint.create");
    int rc = w->fd < 0 ? refuse(w, "cannot be made", e) : write_header(w, identity, e);
    if (rc)
        changelog_writer_close(w);
    else
        *out = w;
    return rc;
}

int changelog_writer_continue(int folder, const char *name, int64_t end, const struct changelog_tip *tips,
                              struct changelog_writer **out, struct error *e)
{
    struct changelog_writer *w = writer_new(name);
    struct changelog_header h;
    int rc = 0;
    w->size = end;
    memcpy(w->tips, tips, sizeof w->tips);
    w->fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (w->fd < 0 || ftruncate(w->fd, end) != 0)
        rc = refuse(w, "cannot be written", e);
    else if (pread(w->fd, &h, sizeof h, 0) != (ssize_t)sizeof h)
        rc = refuse(w, "cannot be read", e);
    w->check = rc ? 0 : h.check;
    if (rc)
        changelog_writer_close(w);
    else
        *out = w;
    return rc;
}

size_t changelog_writer_waiting(const struct changelog_writer *w)
{
    return w->block.len - sizeof(struct changelog_block);
}

int64_t changelog_writer_size(const struct changelog_writer *w)
{
    return w->size;
}

const struct changelog_tip *changelog_writer_tips(const struct changelog_writer *w)
{
    return w->tips;
}

void changelog_writer_add(struct changelog_writer *w, const struct changelog_entry *entry)
{
    bool tombstone = text_is_null(entry->value);
    struct changelog_head h = {entry->offset,
                               entry->timestamp,
                               entry->topic,
                               (uint32_t)entry->key.len,
                               tombstone ? CHANGELOG_TOMBSTONE : (uint32_t)entry->value.len,
                               0};
    buffer_add(&w->block, &h, sizeof h);
    buffer_add(&w->block, entry->key.at, entry->key.len);
    buffer_add(&w->block, entry->value.at, entry->value.len);
    w->tips[entry->topic] = changelog_tip_of(entry);
    w->count++;
}

int changelog_writer_write(struct changelog_writer *w, struct error *e)
{
    if (w->count == 0)
        return 0;
    struct changelog_block b = {.length = (uint32_t)changelog_writer_waiting(w), .count = w->count};
    b.check = changelog_block_check(&b, w->check, w->size, w->block.at + sizeof b);
    memcpy(w->block.at, &b, sizeof b);
    fault_point("checkpoint.write.before");
    int rc = write_at(w, w->block.at, w->block.len, w->size, e);
    fault_point("checkpoint.write.after");
    if (rc) {
        /* Where that is refused too, a torn block is what the next reader finds and cuts off. */
        int cut = ftruncate(w->fd, w->size);
        (void)cut;
        return rc;
    }
    w->size += (int64_t)w->block.len;
    block_begin(w);
    return 0;
}

int changelog_writer_sync(struct changelog_writer *w, struct error *e)
{
    return fdatasync(w->fd) == 0 ? 0 : refuse(w, "cannot be written to the disk", e);
}
