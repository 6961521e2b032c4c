/* Files of a checkpoint: what is read of one is in order and reads the same again; a copy made by the writer,
 * and a compacted one, hold what they should.
 *
 * Input: a byte that says how to take the rest. 'r': it is the file. Else the header and the checksums are
 * made, which chance would never find, around blocks as it has them: a length (two bytes), a count, the
 * entries. */
#include <fcntl.h>
#include <unistd.h>

#include "core/buffer.h"
#include "edge/file/changelog_format.h"
#include "edge/file/changelog_latest.h"
#include "tests/fuzz/fuzz.h"

#define ENTRIES_MAX 64

static char folder_name[256];
static int folder = -1;

static void folder_remove(void)
{
    (void)unlinkat(folder, "file", 0);
    (void)unlinkat(folder, "copy", 0);
    (void)unlinkat(folder, "copy" CHANGELOG_NEW, 0);
    (void)rmdir(folder_name);
}

static void folder_make(void)
{
    const char *above = getenv("TMPDIR");
    int n =
        snprintf(folder_name, sizeof folder_name, "%s/chapar-fuzz-XXXXXX", above && *above ? above : "/tmp");
    if (n < 0 || n >= (int)sizeof folder_name || !mkdtemp(folder_name))
        abort();
    folder = open(folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || atexit(folder_remove) != 0)
        abort();
}

static void put_file(const void *bytes, size_t n)
{
    int fd = openat(folder, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    (void)close(fd);
}

static void make_file(struct choices *c, struct buffer *out)
{
    static const char identity[] = "fuzz";
    struct changelog_header h = {.format = CHANGELOG_FORMAT, .length = sizeof identity - 1};
    memcpy(h.magic, CHANGELOG_MAGIC, sizeof h.magic);
    h.check = changelog_header_check(&h, identity);
    buffer_add(out, &h, sizeof h);
    buffer_add(out, identity, h.length);
    while (c->left > 3) {
        size_t length = (size_t)choose_byte(c) << 8;
        length |= choose_byte(c);
        struct changelog_block b = {.count = choose_byte(c)};
        b.length = (uint32_t)(length < c->left ? length : c->left);
        b.check = changelog_block_check(&b, h.check, (int64_t)out->len, c->at);
        buffer_add(out, &b, sizeof b);
        buffer_add(out, c->at, b.length);
        c->at += b.length;
        c->left -= b.length;
    }
}

/* Entries of a file, copied. */
struct entries {
    struct changelog_entry at[ENTRIES_MAX];
    size_t count;
    struct changelog_tip tips[CHANGELOG_TOPICS];
    struct buffer texts;
};

static struct text keep(struct buffer *texts, struct text t)
{
    if (text_is_null(t))
        return t;
    size_t at = texts->len;
    buffer_add(texts, t.at, t.len);
    return (struct text){(const char *)(uintptr_t)(at + 1),
                         t.len}; /* a place until all are there: the buffer moves */
}

static struct text kept(const struct buffer *texts, struct text t)
{
    return text_is_null(t) ? t : (struct text){(const char *)texts->at + ((uintptr_t)t.at - 1), t.len};
}

static int read_entries(const char *name, struct entries *out, int64_t size)
{
    struct changelog_reader *r = NULL;
    struct changelog_entry each;
    struct error e = {0};
    bool missing = false;
    int rc = changelog_reader_open(folder, name, &r, &missing, &e);
    out->count = 0;
    buffer_clear(&out->texts);
    (void)buffer_room(&out->texts, 1);
    if (rc) {
        fuzz_error(&e, rc);
        FUZZ_HOLDS(!missing && (rc == ERROR_MALFORMED || rc == ERROR_STATE), "%d", rc);
        return rc;
    }
    int64_t last[CHANGELOG_TOPICS] = {-1, -1, -1};
    while ((rc = changelog_reader_next(r, &each, &e)) == 1 && out->count < ENTRIES_MAX) {
        FUZZ_HOLDS(each.topic < CHANGELOG_TOPICS && each.offset > last[each.topic], "an entry out of order");
        last[each.topic] = each.offset;
        each.key = keep(&out->texts, each.key);
        each.value = keep(&out->texts, each.value);
        out->at[out->count++] = each;
    }
    if (rc < 0) {
        fuzz_error(&e, ERROR_MALFORMED);
        FUZZ_HOLDS((int64_t)e.position <= size, "position %zu", e.position);
    }
    FUZZ_HOLDS(changelog_reader_end(r) <= size, "beyond its end");
    for (size_t i = 0; i < out->count; i++) {
        out->at[i].key = kept(&out->texts, out->at[i].key);
        out->at[i].value = kept(&out->texts, out->at[i].value);
    }
    memcpy(out->tips, changelog_reader_tips(r), sizeof out->tips);
    changelog_reader_rewind(r);
    for (size_t i = 0; i < out->count; i++) {
        FUZZ_HOLDS(changelog_reader_next(r, &each, &e) == 1, "is gone the second time");
        FUZZ_HOLDS(each.topic == out->at[i].topic && each.offset == out->at[i].offset &&
                       text_equal(each.key, out->at[i].key) && text_equal(each.value, out->at[i].value),
                   "is another the second time");
    }
    changelog_reader_close(r);
    return rc;
}

static void check_same(const struct entries *a, const struct entries *b)
{
    FUZZ_HOLDS(a->count == b->count, "%zu entries, then %zu", a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct changelog_entry *x = &a->at[i], *y = &b->at[i];
        FUZZ_HOLDS(x->topic == y->topic && x->offset == y->offset && x->timestamp == y->timestamp &&
                       text_equal(x->key, y->key) && text_equal(x->value, y->value),
                   "entry %zu is another", i);
    }
}

/* Those that no later one of the same topic and key takes the place of. */
static void latest_of(const struct entries *all, struct entries *out)
{
    out->count = 0;
    for (size_t i = 0; i < all->count; i++) {
        bool latest = true;
        for (size_t k = i + 1; k < all->count; k++)
            latest = latest &&
                     (all->at[k].topic != all->at[i].topic || !text_equal(all->at[k].key, all->at[i].key));
        if (latest)
            out->at[out->count++] = all->at[i];
    }
}

static void check_copies(const struct entries *all)
{
    static struct entries copy, latest;
    struct changelog_writer *w = NULL;
    uint64_t count = 0;
    int64_t size = 0;
    struct error e = {0};
    FUZZ_HOLDS(changelog_writer_create(folder, "copy", TEXT_LITERAL("copy"), &w, &e) == 0, "%s", e.text);
    for (size_t i = 0; i < all->count; i++) {
        changelog_writer_add(w, &all->at[i]);
        if (i % 3 == 2)
            FUZZ_HOLDS(changelog_writer_write(w, &e) == 0, "%s", e.text);
    }
    FUZZ_HOLDS(changelog_writer_write(w, &e) == 0, "%s", e.text);
    size = changelog_writer_size(w);
    changelog_writer_close(w);
    FUZZ_HOLDS(read_entries("copy", &copy, size) == 0, "the copy does not end");
    check_same(all, &copy);
    for (int i = 0; i < CHANGELOG_TOPICS; i++)
        FUZZ_HOLDS(all->tips[i].offset == copy.tips[i].offset && all->tips[i].hash == copy.tips[i].hash,
                   "tip %d", i);
    latest_of(all, &latest);
    FUZZ_HOLDS(changelog_compact(folder, "copy", NULL, NULL, &count, &size, &e) == 0, "%s", e.text);
    FUZZ_HOLDS(count == latest.count && read_entries("copy", &copy, size) == 0, "%zu of %zu are kept",
               (size_t)count, latest.count);
    check_same(&latest, &copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct entries all;
    struct buffer file = BUFFER_EMPTY;
    if (folder < 0)
        folder_make();
    if (size == 0)
        return 0;
    struct choices c = {data + 1, size - 1};
    if (data[0] == 'r')
        buffer_add(&file, data + 1, size - 1);
    else
        make_file(&c, &file);
    put_file(file.at, file.len);
    int rc = read_entries("file", &all, (int64_t)file.len);
    if (rc == 0)
        check_copies(&all);
    buffer_free(&file);
    return 0;
}
