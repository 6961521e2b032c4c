#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fault_point.h"
#include "edge/file/changelog_file.h"
#include "edge/file/changelog_format.h"
#include "edge/file/changelog_latest.h"

#define STOP_EVERY 16384

static int copy_latest(struct changelog_reader *from, const struct changelog_latest *latest,
                       struct changelog_writer *to, const struct changelog_stop *stop, struct error *e)
{
    struct changelog_entry each;
    uint64_t number = 0;
    int rc;
    changelog_reader_rewind(from);
    while ((rc = changelog_reader_next(from, &each, e)) > 0) {
        if (changelog_latest_is(latest, number++))
            changelog_writer_add(to, &each);
        if (changelog_writer_waiting(to) >= CHANGELOG_BLOCK && (rc = changelog_writer_write(to, e)))
            return rc;
        if (number % STOP_EVERY == 0 && stop && stop->asked(stop->context))
            return error_set(e, ERROR_STOPPED, "", "stopped while compacting");
    }
    return rc ? rc : changelog_writer_write(to, e);
}

/* Whether the file that was read to its end is the one that is written: it may be deleted, or another put in
 * its place, at any time. */
static int is_written(const struct changelog_reader *r, const struct changelog_writer *w, const char *name,
                      struct error *e)
{
    if (!w || (changelog_reader_end(r) == changelog_writer_size(w) &&
               memcmp(changelog_reader_tips(r), changelog_writer_tips(w),
                      CHANGELOG_TOPICS * sizeof(struct changelog_tip)) == 0))
        return 0;
    return error_set(e, ERROR_STATE, name, "it is not what was written");
}

/* What was renamed is the file only once the folder is on the disk as well. */
static int put_in_place(int folder, const char *made, const char *name, struct error *e)
{
    fault_point("checkpoint.place.before");
    if (renameat(folder, made, folder, name) != 0)
        return error_set(e, ERROR_SYSTEM, name, "cannot be put in place: %s", strerror(errno));
    fault_point("checkpoint.place.after");
    if (fsync(folder) != 0)
        return error_set(e, ERROR_STATE, name, "cannot be put on the disk: %s", strerror(errno));
    return 0;
}

int changelog_compact(int folder, const char *name, const struct changelog_writer *writer,
                      const struct changelog_stop *stop, uint64_t *kept, int64_t *size, struct error *e)
{
    char made[80];
    bool missing = false;
    struct changelog_reader *from = NULL;
    struct changelog_writer *to = NULL;
    struct changelog_latest *latest = NULL;
    (void)snprintf(made, sizeof made, "%s" CHANGELOG_NEW, name);
    int rc = changelog_reader_open(folder, name, &from, &missing, e);
    if (missing)
        rc = error_set(e, ERROR_STATE, name, "it is gone");
    if (rc || (rc = changelog_latest_read(from, stop, &latest, e)) ||
        (rc = is_written(from, writer, name, e)) ||
        (rc = changelog_writer_create(folder, made, changelog_reader_identity(from), &to, e)) ||
        (rc = copy_latest(from, latest, to, stop, e)) || (rc = changelog_writer_sync(to, e)) ||
        (rc = put_in_place(folder, made, name, e)))
        goto out;
    *kept = changelog_latest_count(latest);
    *size = changelog_writer_size(to);
out:
    if (rc && to)
        (void)unlinkat(folder, made, 0);
    changelog_reader_close(from);
    changelog_writer_close(to);
    changelog_latest_free(latest);
    return rc;
}
