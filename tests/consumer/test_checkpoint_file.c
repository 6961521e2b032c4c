/* A file of a checkpoint while it is kept: whatever the disk and others do to it meanwhile, what can be read
 * of it in the end is what the topics were at some time, without a gap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consumer/checkpoint/checkpoint_file.h"
#include "core/memory.h"

#define PARTITION 0
#define NAME "task-0"
#define KEYS 10
#define VALUE 50000
#define MOST 1000

static const struct text identity = TEXT_LITERAL("cluster x\nprefix chapar.\n");

static char folder_path[] = "/tmp/chapar-checkpoint.XXXXXX";
static int folder;
static char value[VALUE];

/* What stands in the topic: the key of each offset. */
static char topic[MOST][16];
static int64_t end;

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder_path));
    folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder >= 0);
    memset(value, 'v', sizeof value);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlinkat(folder, NAME, 0);
    (void)close(folder);
    return rmdir(folder_path);
}

/* --- A topic and who follows it --- */

static struct changelog_entry entry_at(int64_t offset)
{
    return (struct changelog_entry){0, offset, 1000 + offset, text_of(topic[offset]), {value, sizeof value}};
}

/* As whoever follows the topics does it: what fails is closed, and opened again from what is there. */
static int follow(struct checkpoint_file *f, int in)
{
    struct checkpoint_order order = {.partition = PARTITION, .identity = identity};
    struct error e = {0};
    int rc = f->writer ? 0 : checkpoint_file_open(f, in, &order, NULL, &e);
    for (int64_t next = rc ? end : changelog_writer_tips(f->writer)->offset + 1; rc == 0 && next < end;
         next++) {
        struct changelog_entry entry = entry_at(next);
        rc = checkpoint_file_add(f, &entry, &e);
    }
    if (rc == 0)
        rc = checkpoint_file_settle(f, in, NULL, &e);
    if (rc)
        checkpoint_file_close(f);
    return rc;
}

static int write_record(struct checkpoint_file *f, int in, const char *key)
{
    (void)snprintf(topic[end], sizeof topic[end], "%s", key);
    end++;
    return follow(f, in);
}

/* So many records of a few keys. How often something failed. */
static int write_records(struct checkpoint_file *f, int in, int count)
{
    int failed = 0;
    for (int i = 0; i < count; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key-%d", (int)(end % KEYS));
        failed += write_record(f, in, key) != 0;
    }
    return failed;
}

static int64_t size_of(const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    int64_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (fd >= 0)
        (void)close(fd);
    return size;
}

/* Up to the file's last entry it has the latest of each key. Where it ends. */
static int64_t assert_no_gap(void)
{
    static bool kept[MOST];
    struct changelog_reader *r = NULL;
    struct changelog_entry each;
    struct error e = {0};
    bool missing;
    int64_t last = -1;
    int rc;
    memset(kept, 0, sizeof kept);
    assert_int_equal(changelog_reader_open(folder, NAME, &r, &missing, &e), 0);
    while ((rc = changelog_reader_next(r, &each, &e)) > 0) {
        assert_in_range(each.offset, 0, end - 1);
        assert_true(text_equal(each.key, text_of(topic[each.offset])));
        kept[last = each.offset] = true;
    }
    assert_int_equal(rc, 0);
    changelog_reader_close(r);
    for (int64_t i = 0; i <= last; i++) {
        bool superseded = false;
        for (int64_t k = i + 1; k <= last; k++)
            superseded = superseded || strcmp(topic[k], topic[i]) == 0;
        if (!kept[i] && !superseded)
            fail_msg("the record at %d of \"%s\" is missing, the file goes on to %d", (int)i, topic[i],
                     (int)last);
    }
    return last;
}

static void begin(struct checkpoint_file *f)
{
    *f = (struct checkpoint_file){.partition = PARTITION};
    (void)unlinkat(folder, NAME, 0);
    end = 0;
}

/* --- The tests --- */

static void it_is_compacted_again_and_again(void **state)
{
    (void)state;
    struct checkpoint_file f;
    begin(&f);
    assert_int_equal(write_record(&f, folder, "once"), 0);
    assert_int_equal(write_records(&f, folder, 200), 0);
    checkpoint_file_close(&f);
    assert_int_equal(assert_no_gap(), end - 1);
    assert_true(size_of(NAME) < 3 * (KEYS + 1) * VALUE + (1 << 20));
}

/* The other file has taken its place, and then the disk fails, for a while. A folder that was opened by its
 * path alone lets everything be done but that. */
static void a_folder_that_cannot_be_synced(void **state)
{
    (void)state;
    struct checkpoint_file f;
    int path = open(folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(path >= 0);
    begin(&f);
    while (end < 30)
        (void)write_record(&f, path, "often");
    (void)write_record(&f, path, "once");
    assert_int_equal(write_records(&f, folder, 200), 0);
    checkpoint_file_close(&f);
    (void)close(path);
    assert_int_equal(assert_no_gap(), end - 1);
}

/* It may be deleted at any time: then it is begun anew, at the latest when it would be compacted. */
static void deleted_while_it_is_kept(void **state)
{
    (void)state;
    struct checkpoint_file f;
    begin(&f);
    assert_int_equal(write_records(&f, folder, 5), 0);
    assert_int_equal(unlinkat(folder, NAME, 0), 0);
    assert_int_equal(write_records(&f, folder, 200), 1);
    checkpoint_file_close(&f);
    assert_int_equal(assert_no_gap(), end - 1);
}

/* By whoever puts an older one in its place, or cuts it between two blocks. */
static void not_what_was_written(void **state)
{
    (void)state;
    struct checkpoint_file f;
    begin(&f);
    assert_int_equal(write_records(&f, folder, 5), 0);
    int64_t size = size_of(NAME);
    assert_int_equal(write_record(&f, folder, "once"), 0);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/" NAME ".older", folder_path);
    assert_int_equal(linkat(folder, NAME, folder, NAME ".older", 0), 0);
    assert_int_equal(unlinkat(folder, NAME, 0), 0);
    /* A copy of its first blocks. */
    struct checkpoint_file other;
    int64_t whole = end;
    end = 5;
    other = (struct checkpoint_file){.partition = PARTITION};
    assert_int_equal(follow(&other, folder), 0);
    checkpoint_file_close(&other);
    end = whole;
    assert_true(size_of(NAME) <= size + VALUE);
    assert_int_equal(unlinkat(folder, NAME ".older", 0), 0);
    assert_int_equal(write_records(&f, folder, 200), 1);
    checkpoint_file_close(&f);
    assert_int_equal(assert_no_gap(), end - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_compacted_again_and_again),
        cmocka_unit_test(a_folder_that_cannot_be_synced),
        cmocka_unit_test(deleted_while_it_is_kept),
        cmocka_unit_test(not_what_was_written),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
