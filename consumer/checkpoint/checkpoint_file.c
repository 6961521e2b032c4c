#include "consumer/checkpoint/checkpoint_file.h"

#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/file/changelog_latest.h"

#define BLOCK_BYTES (1 << 20)
#define SYNC_MS 5000

/* A file is compacted when it is twice as long as it need be, and more than a little. */
#define SLACK_BYTES (1 << 20)

static int64_t least_size(int64_t size, uint64_t entries, uint64_t subjects)
{
    return entries ? (int64_t)((double)size * (double)subjects / (double)entries) : size;
}

static void opened(struct checkpoint_file *f, int64_t least)
{
    f->least = least;
    f->synced = 0;
    f->synced_ms = clock_monotonic_ms();
}

int checkpoint_file_begin(struct checkpoint_file *f, int folder, struct text identity, struct error *e)
{
    checkpoint_file_close(f);
    int rc = changelog_writer_create(folder, f->name, identity, &f->writer, e);
    if (rc == 0)
        opened(f, changelog_writer_size(f->writer));
    return rc;
}

/* Reads what is there, up to what is damaged. Positive: it is of no use. */
static int find_end(struct checkpoint_file *f, int folder, struct checkpoint_order *order,
                    const struct changelog_stop *stop, struct error *e)
{
    struct changelog_reader *r = NULL;
    struct changelog_latest *latest = NULL;
    bool missing;
    if (changelog_reader_open(folder, f->name, &r, &missing, NULL))
        return 1;
    if (!text_equal(changelog_reader_identity(r), order->identity)) {
        changelog_reader_close(r);
        return 1;
    }
    int rc = changelog_latest_read(r, stop, &latest, e);
    if (latest) {
        rc = 0;
        order->end = changelog_reader_end(r);
        order->entries = changelog_latest_entries(latest);
        order->subjects = changelog_latest_count(latest);
        memcpy(order->tips, changelog_reader_tips(r), sizeof order->tips);
    }
    changelog_latest_free(latest);
    changelog_reader_close(r);
    return rc == ERROR_SYSTEM ? 1 : rc;
}

int checkpoint_file_open(struct checkpoint_file *f, int folder, const struct checkpoint_order *order,
                         const struct changelog_stop *stop, struct error *e)
{
    struct checkpoint_order at = *order;
    *f = (struct checkpoint_file){.partition = order->partition};
    state_dir_name(order->partition, f->name);
    int rc = at.end ? 0 : find_end(f, folder, &at, stop, e);
    if (rc == 0)
        rc = changelog_writer_continue(folder, f->name, at.end, at.tips, &f->writer, e);
    if (rc == 0)
        opened(f, least_size(at.end, at.entries, at.subjects));
    return rc > 0 ? checkpoint_file_begin(f, folder, order->identity, e) : rc;
}

void checkpoint_file_close(struct checkpoint_file *f)
{
    changelog_writer_close(f->writer);
    f->writer = NULL;
}

int checkpoint_file_add(struct checkpoint_file *f, const struct changelog_entry *entry, struct error *e)
{
    changelog_writer_add(f->writer, entry);
    return changelog_writer_waiting(f->writer) >= BLOCK_BYTES ? changelog_writer_write(f->writer, e) : 0;
}

/* The writer goes on in the new file. */
static int compact(struct checkpoint_file *f, int folder, const struct changelog_stop *stop, struct error *e)
{
    struct changelog_tip tips[CHANGELOG_TOPICS];
    int64_t before = changelog_writer_size(f->writer), began = clock_monotonic_ms(), size;
    uint64_t kept = 0;
    memcpy(tips, changelog_writer_tips(f->writer), sizeof tips);
    int rc = changelog_compact(folder, f->name, f->writer, stop, &kept, &size, e);
    if (rc == ERROR_SYSTEM) {
        /* The file is as good as before. It is tried again when it has grown by as much again. */
        f->least = before;
        log_problem(LOG_LEVEL_WARN, "a checkpoint cannot be compacted", e);
        return 0;
    }
    if (rc)
        return rc;
    checkpoint_file_close(f);
    rc = changelog_writer_continue(folder, f->name, size, tips, &f->writer, e);
    if (rc)
        return rc;
    opened(f, size);
    f->synced = size;
    log_debug("checkpoint compacted", log_number("partition", f->partition),
              log_number("subjects", (int64_t)kept), log_number("bytes", size), log_number("before", before),
              log_number("ms", clock_monotonic_ms() - began));
    return 0;
}

int checkpoint_file_settle(struct checkpoint_file *f, int folder, const struct changelog_stop *stop,
                           struct error *e)
{
    int rc = changelog_writer_write(f->writer, e);
    if (rc)
        return rc;
    if (changelog_writer_size(f->writer) > 2 * f->least + SLACK_BYTES)
        return compact(f, folder, stop, e);
    if (!checkpoint_file_is_dirty(f) || clock_monotonic_ms() - f->synced_ms < SYNC_MS)
        return 0;
    rc = changelog_writer_sync(f->writer, e);
    f->synced = changelog_writer_size(f->writer);
    f->synced_ms = clock_monotonic_ms();
    return rc;
}
