#include "edge/file/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "edge/file/changelog_file.h"

#define NAME "task-"
#define LOCK "lock"

struct state_dir {
    int folder;
    int lock;
};

static int refuse(const char *path, const char *what, struct error *e)
{
    return error_set(e, ERROR_SYSTEM, path, "%s: %s", what, strerror(errno));
}

static int open_locked(struct state_dir *d, const char *path, struct error *e)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return refuse(path, "the folder cannot be made", e);
    d->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->folder < 0)
        return refuse(path, "the folder cannot be opened", e);
    d->lock = openat(d->folder, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (d->lock < 0)
        return refuse(path, "the folder cannot be written to", e);
    if (flock(d->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? error_set(e, ERROR_STATE, path, "another process uses the folder")
                                : refuse(path, "the folder cannot be locked", e);
}

int state_dir_open(const char *path, struct state_dir **out, struct error *e)
{
    struct state_dir *d = memory_take(sizeof *d);
    *d = (struct state_dir){-1, -1};
    int rc = open_locked(d, path, e);
    if (rc)
        state_dir_close(d);
    else
        *out = d;
    return rc;
}

void state_dir_close(struct state_dir *d)
{
    if (!d)
        return;
    if (d->lock >= 0)
        (void)close(d->lock);
    if (d->folder >= 0)
        (void)close(d->folder);
    memory_give(d);
}

int state_dir_folder(const struct state_dir *d)
{
    return d->folder;
}

void state_dir_name(int32_t partition, char out[STATE_DIR_NAME_SIZE])
{
    (void)snprintf(out, STATE_DIR_NAME_SIZE, NAME "%" PRId32, partition);
}

/* The partition of a file's name; -1: it is none of ours. */
static int32_t partition_of(const char *name)
{
    char again[STATE_DIR_NAME_SIZE];
    if (strncmp(name, NAME, sizeof NAME - 1) != 0)
        return -1;
    long n = strtol(name + sizeof NAME - 1, NULL, 10);
    if (n < 0 || n > INT32_MAX)
        return -1;
    state_dir_name((int32_t)n, again);
    return strcmp(again, name) == 0 ? (int32_t)n : -1;
}

/* Whether a compaction began it and did not come to its end. */
static bool is_unfinished(const char *name)
{
    size_t n = strlen(name), end = sizeof CHANGELOG_NEW - 1;
    return strncmp(name, NAME, sizeof NAME - 1) == 0 && n > end && strcmp(name + n - end, CHANGELOG_NEW) == 0;
}

size_t state_dir_partitions(const struct state_dir *d, int32_t *out, size_t most)
{
    size_t count = 0;
    int fd = openat(d->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (fd >= 0 && !entries)
        (void)close(fd);
    for (const struct dirent *each; entries && (each = readdir(entries));) {
        int32_t partition = partition_of(each->d_name);
        if (partition >= 0 && count < most)
            out[count++] = partition;
        else if (is_unfinished(each->d_name))
            (void)unlinkat(d->folder, each->d_name, 0);
    }
    if (entries)
        (void)closedir(entries);
    return count;
}

int state_dir_remove(const struct state_dir *d, int32_t partition, struct error *e)
{
    char name[STATE_DIR_NAME_SIZE];
    state_dir_name(partition, name);
    return unlinkat(d->folder, name, 0) == 0 || errno == ENOENT ? 0 : refuse(name, "cannot be removed", e);
}
