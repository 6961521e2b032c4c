/* The file of one task as the follower keeps it: it is opened, goes on behind its last entries, is synced and
 * compacted. One thread; blocks on the disk. */
#ifndef CONSUMER_CHECKPOINT_CHECKPOINT_FILE_H
#define CONSUMER_CHECKPOINT_CHECKPOINT_FILE_H

#include "consumer/checkpoint/checkpoint_follow.h"

struct checkpoint_file {
    struct changelog_writer *writer; /* own; NULL: not open */
    int32_t partition;
    char name[STATE_DIR_NAME_SIZE];
    int64_t least;     /* about the size it had if it were compacted */
    int64_t synced;    /* size that is known to be on the disk */
    int64_t synced_ms; /* when that was; monotonic */
};

/* Opens the file where the order says that it ends, else finds that out; begins it anew where it is none of
 * that identity. ERROR_SYSTEM, ERROR_STOPPED. */
int checkpoint_file_open(struct checkpoint_file *f, int folder, const struct checkpoint_order *order,
                         const struct changelog_stop *stop, struct error *e);

/* Begins it anew. ERROR_SYSTEM. */
int checkpoint_file_begin(struct checkpoint_file *f, int folder, struct text identity, struct error *e);

/* Without writing what waits. */
void checkpoint_file_close(struct checkpoint_file *f);

/* Adds an entry; full blocks are written. ERROR_SYSTEM. */
int checkpoint_file_add(struct checkpoint_file *f, const struct changelog_entry *entry, struct error *e);

/* Writes what waits, and now and then sees to it that it reaches the disk and that superseded entries go:
 * then tips stay as they are. ERROR_SYSTEM; ERROR_MALFORMED, ERROR_STATE: open it again; ERROR_STOPPED:
 * compacted another time. */
int checkpoint_file_settle(struct checkpoint_file *f, int folder, const struct changelog_stop *stop,
                           struct error *e);

/* Whether something is not yet known to be on the disk. */
static inline bool checkpoint_file_is_dirty(const struct checkpoint_file *f)
{
    return f->writer && changelog_writer_size(f->writer) != f->synced;
}

#endif
