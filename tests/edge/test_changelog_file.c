/* Files of a checkpoint: what is written is read again, every damage ends the file where it begins, every
 * part of a file that ends earlier is a file of an earlier time, and compacting changes nothing that counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "edge/file/changelog_file.h"
#include "edge/file/changelog_latest.h"
#include "edge/file/state_dir.h"

#define NAME "task-0"
#define MOST 4096
#define TEXT 40

static char folder_path[] = "/tmp/chapar-changelog.XXXXXX";
static int folder;

/* --- Entries, as they are given and found --- */

struct item {
    uint32_t topic;
    int64_t offset, timestamp;
    char key[TEXT], value[TEXT];
    bool tombstone;
};

struct items {
    struct item at[MOST];
    size_t count;
};

static struct items given, found; /* too large for a stack */

static uint64_t seed;

static uint32_t chance(uint32_t of)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % of;
}

static void give(struct items *items, uint32_t topic, const char *key, const char *value)
{
    struct item *i = &items->at[items->count];
    int64_t offset = 0;
    for (size_t k = 0; k < items->count; k++)
        if (items->at[k].topic == topic)
            offset = items->at[k].offset + 1;
    *i = (struct item){.topic = topic, .offset = offset, .timestamp = 1000 + (int64_t)items->count};
    (void)snprintf(i->key, TEXT, "%s", key);
    i->tombstone = value == NULL;
    (void)snprintf(i->value, TEXT, "%s", value ? value : "");
    items->count++;
}

static struct changelog_entry entry_of(const struct item *i)
{
    return (struct changelog_entry){i->topic, i->offset, i->timestamp, text_of(i->key),
                                    i->tombstone ? TEXT_NULL : text_of(i->value)};
}

static bool same(const struct item *a, const struct item *b)
{
    return a->topic == b->topic && a->offset == b->offset && a->timestamp == b->timestamp &&
           a->tombstone == b->tombstone && strcmp(a->key, b->key) == 0 && strcmp(a->value, b->value) == 0;
}

static void copy_text(char out[TEXT], struct text t)
{
    assert_true(t.len < TEXT);
    memcpy(out, t.at, t.len);
    out[t.len] = '\0';
}

/* --- Files --- */

static const struct text identity = TEXT_LITERAL("cluster x\nprefix chapar.\n");

static void write_items(struct changelog_writer *w, const struct items *items, size_t from, size_t to,
                        size_t block)
{
    struct error e;
    for (size_t i = from; i < to; i++) {
        struct changelog_entry entry = entry_of(&items->at[i]);
        changelog_writer_add(w, &entry);
        if (i % block == block - 1)
            assert_int_equal(changelog_writer_write(w, &e), 0);
    }
    assert_int_equal(changelog_writer_write(w, &e), 0);
}

static void write_file(const char *name, struct text who, const struct items *items, size_t block)
{
    struct changelog_writer *w = NULL;
    struct error e;
    assert_int_equal(changelog_writer_create(folder, name, who, &w, &e), 0);
    write_items(w, items, 0, items->count, block);
    changelog_writer_close(w);
}

/* What can be read of it; returns how it ends. */
static int read_file(const char *name, struct items *items, struct error *e)
{
    struct changelog_reader *r = NULL;
    struct changelog_entry each;
    bool missing;
    int rc;
    items->count = 0;
    if ((rc = changelog_reader_open(folder, name, &r, &missing, e)))
        return rc;
    while ((rc = changelog_reader_next(r, &each, e)) > 0) {
        struct item *i = &items->at[items->count++];
        *i = (struct item){.topic = each.topic,
                           .offset = each.offset,
                           .timestamp = each.timestamp,
                           .tombstone = text_is_null(each.value)};
        copy_text(i->key, each.key);
        if (!i->tombstone)
            copy_text(i->value, each.value);
        assert_true(items->count < MOST);
    }
    changelog_reader_close(r);
    return rc;
}

static void assert_begins(const struct items *all, const struct items *part)
{
    assert_true(part->count <= all->count);
    for (size_t i = 0; i < part->count; i++)
        if (!same(&all->at[i], &part->at[i]))
            fail_msg("entry %zu is another one", i);
}

struct bytes {
    char *at;
    size_t len;
};

static struct bytes bytes_of(const char *name)
{
    struct stat s;
    int fd = openat(folder, name, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &s) == 0);
    struct bytes b = {memory_take((size_t)s.st_size), (size_t)s.st_size};
    assert_int_equal(read(fd, b.at, b.len), (ssize_t)b.len);
    assert_int_equal(close(fd), 0);
    return b;
}

static void put_bytes(const char *name, const char *at, size_t n)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, at, n), (ssize_t)n);
    assert_int_equal(close(fd), 0);
}

/* Three blocks; all topics, texts of all lengths down to none, a tombstone. */
static void give_a_few(void)
{
    given.count = 0;
    give(&given, 0, "accord", "one");
    give(&given, 2, "pledge-1", "two");
    give(&given, 2, "pledge-2", "");
    give(&given, 1, "meeting", "three");
    give(&given, 2, "pledge-1", NULL);
    give(&given, 0, "accord", "four, and some more bytes to it");
    give(&given, 2, "", "five");
}

/* --- Tests --- */

static void what_is_written_is_read_again(void **state)
{
    struct changelog_reader *r = NULL;
    struct changelog_writer *w = NULL;
    struct changelog_entry each;
    struct error e;
    bool missing;
    (void)state;
    give_a_few();
    write_file(NAME, identity, &given, 3);
    assert_int_equal(read_file(NAME, &found, &e), 0);
    assert_int_equal(found.count, given.count);
    assert_begins(&given, &found);

    assert_int_equal(changelog_reader_open(folder, NAME, &r, &missing, &e), 0);
    assert_true(text_equal(changelog_reader_identity(r), identity));
    while (changelog_reader_next(r, &each, &e) > 0)
        ;
    const struct changelog_tip *tips = changelog_reader_tips(r);
    for (size_t i = 0; i < given.count; i++) {
        each = entry_of(&given.at[i]);
        bool last = i == 3 || i == 5 || i == 6;
        assert_int_equal(changelog_tip_is(&tips[each.topic], &each), last);
    }
    /* The same place, but another time, key, or value: another entry. */
    each = entry_of(&given.at[5]);
    each.timestamp++;
    assert_false(changelog_tip_is(&tips[0], &each));
    each = entry_of(&given.at[5]);
    each.key = text_of("accorD");
    assert_false(changelog_tip_is(&tips[0], &each));
    each = entry_of(&given.at[5]);
    each.value = TEXT_NULL;
    assert_false(changelog_tip_is(&tips[0], &each));

    /* It goes on where it ended. */
    assert_int_equal(changelog_writer_continue(folder, NAME, changelog_reader_end(r), tips, &w, &e), 0);
    size_t before = given.count;
    give(&given, 1, "meeting", "six");
    write_items(w, &given, before, given.count, 1);
    assert_int_equal(changelog_writer_sync(w, &e), 0);
    changelog_writer_close(w);
    changelog_reader_close(r);
    assert_int_equal(read_file(NAME, &found, &e), 0);
    assert_int_equal(found.count, given.count);
    assert_begins(&given, &found);
}

static void every_flipped_bit_is_found(void **state)
{
    struct error e = {0};
    (void)state;
    give_a_few();
    write_file(NAME, identity, &given, 3);
    struct bytes b = bytes_of(NAME);
    for (size_t i = 0; i < b.len * 8; i++) {
        b.at[i / 8] ^= (char)(1 << (i % 8));
        put_bytes(NAME, b.at, b.len);
        int rc = read_file(NAME, &found, &e);
        if (rc != ERROR_MALFORMED && rc != ERROR_STATE)
            fail_msg("bit %zu of byte %zu: %d", i % 8, i / 8, rc);
        assert_begins(&given, &found);
        if (found.count)
            assert_true(e.position <= i / 8); /* the block's beginning */
        b.at[i / 8] ^= (char)(1 << (i % 8));
    }
    memory_give(b.at);
}

static void every_shorter_file_is_one_of_an_earlier_time(void **state)
{
    struct error e;
    size_t whole = 0, clean = 0;
    (void)state;
    give_a_few();
    write_file(NAME, identity, &given, 3);
    struct bytes b = bytes_of(NAME);
    for (size_t n = 0; n <= b.len; n++) {
        put_bytes(NAME, b.at, n);
        int rc = read_file(NAME, &found, &e);
        assert_true(rc == 0 || rc == ERROR_MALFORMED);
        assert_begins(&given, &found);
        assert_true(found.count == 0 || found.count == 3 || found.count == 6 || found.count == 7);
        clean += rc == 0;
        whole += rc == 0 && found.count == given.count;
    }
    assert_int_equal(clean, 4); /* after the header and each of three blocks */
    assert_int_equal(whole, 1);
    memory_give(b.at);
}

static void what_follows_the_last_block_is_found(void **state)
{
    static const char rest[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 and more";
    struct error e;
    (void)state;
    give_a_few();
    write_file(NAME, identity, &given, 3);
    struct bytes b = bytes_of(NAME);
    b.at = memory_resize(b.at, b.len + sizeof rest);
    memcpy(b.at + b.len, rest, sizeof rest);
    for (size_t n = 1; n <= sizeof rest; n++) {
        put_bytes(NAME, b.at, b.len + n);
        assert_int_equal(read_file(NAME, &found, &e), ERROR_MALFORMED);
        assert_int_equal(found.count, given.count);
        assert_int_equal(e.position, b.len);
    }
    memory_give(b.at);
}

/* A block that is whole, but stands elsewhere or in another file. */
static void a_block_in_the_wrong_place_is_found(void **state)
{
    struct error e;
    (void)state;
    given.count = 0;
    give(&given, 0, "a", "1");
    give(&given, 1, "b", "2");
    write_file("other", TEXT_LITERAL("cluster x\nprefix sharab.\n"), &given, 1);
    write_file(NAME, identity, &given, 1);
    struct bytes b = bytes_of(NAME), other = bytes_of("other");
    size_t block = 16 + 32 + 2, first = b.len - 2 * block;
    assert_int_equal(b.len, other.len);

    char *swapped = memcpy(memory_take(b.len), b.at, b.len);
    memcpy(swapped + first, b.at + first + block, block);
    memcpy(swapped + first + block, b.at + first, block);
    put_bytes(NAME, swapped, b.len);
    assert_int_equal(read_file(NAME, &found, &e), ERROR_MALFORMED);
    assert_int_equal(found.count, 0);

    memcpy(swapped, b.at, b.len);
    memcpy(swapped + first + block, other.at + first + block, block);
    put_bytes(NAME, swapped, b.len);
    assert_int_equal(read_file(NAME, &found, &e), ERROR_MALFORMED);
    assert_int_equal(found.count, 1);
    memory_give(swapped);
    memory_give(b.at);
    memory_give(other.at);
}

static void other_formats_and_files_are_told_apart(void **state)
{
    struct error e;
    struct changelog_reader *r = NULL;
    bool missing = false;
    (void)state;
    given.count = 0;
    write_file(NAME, identity, &given, 1);
    struct bytes b = bytes_of(NAME);
    b.at[16] = CHANGELOG_FORMAT + 1;
    put_bytes(NAME, b.at, b.len);
    assert_int_equal(changelog_reader_open(folder, NAME, &r, &missing, &e), ERROR_STATE);
    assert_string_equal(e.text, "its format is 2, expected 1");
    memory_give(b.at);
    assert_int_equal(changelog_reader_open(folder, "nothing", &r, &missing, &e), ERROR_SYSTEM);
    assert_true(missing);
    assert_int_equal(mkdirat(folder, "task-7", 0700), 0);
    assert_int_equal(changelog_reader_open(folder, "task-7", &r, &missing, &e), ERROR_MALFORMED);
    assert_false(missing);
    assert_int_equal(unlinkat(folder, "task-7", AT_REMOVEDIR), 0);
}

/* --- Compacting --- */

/* What counts: the latest item of each key. */
static const struct item *latest(const struct items *items, const struct item *of)
{
    const struct item *last = NULL;
    for (size_t i = 0; i < items->count; i++)
        if (items->at[i].topic == of->topic && strcmp(items->at[i].key, of->key) == 0)
            last = &items->at[i];
    return last;
}

static void assert_same_state(const struct items *a, const struct items *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct item *x = latest(a, &a->at[i]), *y = latest(b, &a->at[i]);
        if (!y || !same(x, y))
            fail_msg("%s of topic %u: %s, not %s", x->key, x->topic, y ? y->value : "nothing", x->value);
    }
}

static void give_many(size_t count)
{
    char key[TEXT], value[TEXT];
    given.count = 0;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(key, sizeof key, "k%u", chance(40));
        (void)snprintf(value, sizeof value, "%zu", i);
        give(&given, chance(3), key, chance(8) ? value : NULL);
    }
}

/* The first `n` bytes of the file, and behind them what the topics still have after its tips. */
static void go_on_from(const struct bytes *b, size_t n)
{
    int64_t last[CHANGELOG_TOPICS] = {-1, -1, -1};
    struct error e;
    put_bytes(NAME, b->at, n);
    (void)read_file(NAME, &found, &e);
    for (size_t i = 0; i < found.count; i++)
        last[found.at[i].topic] = found.at[i].offset;
    for (size_t i = 0; i < given.count; i++)
        if (given.at[i].offset > last[given.at[i].topic])
            found.at[found.count++] = given.at[i];
}

static void compacting_keeps_what_counts_at_every_place(void **state)
{
    struct error e;
    uint64_t kept;
    int64_t size;
    (void)state;
    seed = 7;
    for (int round = 0; round < 20; round++) {
        give_many(1 + chance(300));
        write_file(NAME, identity, &given, 1 + chance(9));
        assert_int_equal(changelog_compact(folder, NAME, NULL, NULL, &kept, &size, &e), 0);
        assert_int_equal(read_file(NAME, &found, &e), 0);
        assert_int_equal(found.count, kept);
        assert_same_state(&given, &found);
        for (size_t i = 0; i < found.count; i++)
            assert_ptr_equal(latest(&found, &found.at[i]), &found.at[i]);
        struct bytes b = bytes_of(NAME);
        assert_int_equal(b.len, size);
        for (int cut = 0; cut < 5; cut++) {
            go_on_from(&b, chance((uint32_t)b.len + 1));
            assert_same_state(&given, &found);
        }
        memory_give(b.at);
    }
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

static void compacting_is_all_or_nothing(void **state)
{
    static const struct changelog_stop stop = {at_once, NULL};
    struct error e;
    uint64_t kept;
    int64_t size;
    struct stat s;
    (void)state;
    give_a_few();
    write_file(NAME, identity, &given, 3);
    struct bytes b = bytes_of(NAME);
    b.at[b.len - 1] ^= 1;
    put_bytes(NAME, b.at, b.len);
    assert_int_equal(changelog_compact(folder, NAME, NULL, NULL, &kept, &size, &e), ERROR_MALFORMED);
    assert_int_equal(read_file(NAME, &found, &e), ERROR_MALFORMED);
    assert_int_equal(found.count, 6);
    memory_give(b.at);

    struct changelog_writer *w = NULL;
    assert_int_equal(changelog_writer_create(folder, NAME, identity, &w, &e), 0);
    for (int64_t i = 0; i < 40000; i++) {
        struct changelog_entry entry = {0, i, i, TEXT_LITERAL("key"), TEXT_LITERAL("value")};
        changelog_writer_add(w, &entry);
    }
    assert_int_equal(changelog_writer_write(w, &e), 0);
    int64_t before = changelog_writer_size(w);
    changelog_writer_close(w);
    assert_int_equal(changelog_compact(folder, NAME, NULL, &stop, &kept, &size, &e), ERROR_STOPPED);
    assert_int_equal(fstatat(folder, NAME, &s, 0), 0);
    assert_int_equal(s.st_size, before);
    assert_int_not_equal(fstatat(folder, NAME CHANGELOG_NEW, &s, 0), 0);
}

/* --- Disks and folders --- */

/* A limit on the size of files stands for a disk that is full. */
static void a_full_disk_takes_nothing_and_later_all(void **state)
{
    struct rlimit before, limit;
    struct changelog_writer *w = NULL;
    struct changelog_tip tips[CHANGELOG_TOPICS];
    struct error e;
    (void)state;
    give_a_few();
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(changelog_writer_create(folder, NAME, identity, &w, &e), 0);
    write_items(w, &given, 0, 3, 3);
    int64_t size = changelog_writer_size(w);
    memcpy(tips, changelog_writer_tips(w), sizeof tips);
    struct changelog_entry next = entry_of(&given.at[3]);
    changelog_writer_add(w, &next);

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)size + 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int refused = changelog_writer_write(w, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(refused, ERROR_SYSTEM);
    changelog_writer_close(w);
    assert_int_equal(read_file(NAME, &found, &e), 0);
    assert_int_equal(found.count, 3);

    assert_int_equal(changelog_writer_continue(folder, NAME, size, tips, &w, &e), 0);
    write_items(w, &given, 3, given.count, 2);
    changelog_writer_close(w);
    assert_int_equal(read_file(NAME, &found, &e), 0);
    assert_int_equal(found.count, given.count);
    assert_begins(&given, &found);
}

static void a_folder_belongs_to_one(void **state)
{
    struct state_dir *one = NULL, *other = NULL;
    struct error e;
    int32_t partitions[4];
    char path[80];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/state", folder_path);
    assert_int_equal(state_dir_open(path, &one, &e), 0);
    assert_int_equal(state_dir_open(path, &other, &e), ERROR_STATE);
    assert_string_equal(e.text, "another process uses the folder");
    assert_string_equal(e.where, path);

    static const char *const names[] = {"task-3", "task-12", "task-3.new", "task-x", "task-03", "notes.new"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(close(openat(state_dir_folder(one), names[i], O_CREAT | O_WRONLY, 0600)), 0);
    assert_int_equal(state_dir_partitions(one, partitions, 4), 2);
    assert_int_equal(partitions[0] + partitions[1], 15);
    assert_int_not_equal(faccessat(state_dir_folder(one), "task-3.new", F_OK, 0), 0);
    for (size_t i = 3; i < sizeof names / sizeof *names; i++)
        assert_int_equal(unlinkat(state_dir_folder(one), names[i], 0), 0);
    assert_int_equal(state_dir_remove(one, 3, &e), 0);
    assert_int_equal(state_dir_remove(one, 3, &e), 0);
    assert_int_equal(state_dir_partitions(one, partitions, 4), 1);
    state_dir_close(one);

    assert_int_equal(state_dir_open(path, &other, &e), 0);
    assert_int_equal(state_dir_remove(other, 12, &e), 0);
    assert_int_equal(unlinkat(state_dir_folder(other), "lock", 0), 0);
    state_dir_close(other);
    assert_int_equal(rmdir(path), 0);
}

static void folders_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *path, *text;
    } cases[] = {
        {"/proc/chapar", "the folder cannot be made: "},
        {"/dev/null", "the folder cannot be opened: "},
        {"/dev/null/state", "the folder cannot be made: "},
        {"/proc/self", "the folder cannot be written to: "},
    };
    struct state_dir *d = NULL;
    struct error e;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(state_dir_open(cases[i].path, &d, &e), ERROR_SYSTEM);
        assert_memory_equal(e.text, cases[i].text, strlen(cases[i].text));
        assert_string_equal(e.where, cases[i].path);
    }
}

static int make_folder(void **state)
{
    (void)state;
    folder = mkdtemp(folder_path) ? open(folder_path, O_RDONLY | O_DIRECTORY) : -1;
    return folder < 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlinkat(folder, NAME, 0);
    (void)unlinkat(folder, "other", 0);
    (void)close(folder);
    return rmdir(folder_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_shorter_file_is_one_of_an_earlier_time),
        cmocka_unit_test(what_follows_the_last_block_is_found),
        cmocka_unit_test(a_block_in_the_wrong_place_is_found),
        cmocka_unit_test(other_formats_and_files_are_told_apart),
        cmocka_unit_test(compacting_keeps_what_counts_at_every_place),
        cmocka_unit_test(compacting_is_all_or_nothing),
        cmocka_unit_test(a_full_disk_takes_nothing_and_later_all),
        cmocka_unit_test(a_folder_belongs_to_one),
        cmocka_unit_test(folders_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
