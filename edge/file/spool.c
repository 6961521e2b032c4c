#include "edge/file/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "edge/cli/interrupt.h"

#define CHUNK (1 << 18)

struct spool {
    int fd;
};

static const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

/* Not every file system has O_TMPFILE; the name of the others is taken away at once. */
static int open_nameless(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/chapar.XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

static int write_all(int fd, const char *at, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

static int copy(int from, int to, const char *name, struct error *e)
{
    char *chunk = memory_take(CHUNK);
    int rc = 0;
    while (rc == 0) {
        bool readable = interrupt_wait(from);
        ssize_t n = readable ? read(from, chunk, CHUNK) : 0;
        if (!readable)
            rc = error_set(e, ERROR_STOPPED, name, "stopped while reading");
        else if (n < 0 && errno != EINTR)
            rc = error_set(e, ERROR_SYSTEM, name, "cannot be read: %s", strerror(errno));
        else if (n > 0 && write_all(to, chunk, (size_t)n))
            rc = error_set(e, ERROR_SYSTEM, name, "cannot be kept in %s for reading it twice: %s",
                           spool_folder(), strerror(errno));
        else if (n == 0)
            break;
    }
    memory_give(chunk);
    return rc;
}

int spool_fill(int from, const char *name, struct spool **out, struct error *e)
{
    int fd = open_nameless(spool_folder());
    if (fd < 0)
        return error_set(e, ERROR_SYSTEM, name, "cannot be kept in %s for reading it twice: %s",
                         spool_folder(), strerror(errno));
    int rc = copy(from, fd, name, e);
    if (rc) {
        (void)close(fd);
        return rc;
    }
    struct spool *s = memory_take(sizeof *s);
    s->fd = fd;
    *out = s;
    return 0;
}

void spool_free(struct spool *s)
{
    if (!s)
        return;
    (void)close(s->fd);
    memory_give(s);
}

FILE *spool_open(const struct spool *s)
{
    /* The copies share one offset: hence one stream at a time. */
    int fd = lseek(s->fd, 0, SEEK_SET) == 0 ? fcntl(s->fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (fd < 0)
        return NULL;
    FILE *stream = fdopen(fd, "rb");
    if (!stream)
        (void)close(fd);
    return stream;
}
