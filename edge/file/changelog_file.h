/* A file that holds a copy of compacted topics: entries with keys, in the order in which they stood in their
 * topics, of which the latest of each key counts.
 *
 * It is built to be broken off anywhere. Entries are written in blocks with a checksum each (XXH3, seeded
 * with the place of the block and the file's header), so every prefix of whole blocks is a usable file: what
 * it lacks is read from the topics, from the last entry of each topic on (a `tip`). That stays true when the
 * file is compacted, as it does of a topic. A block that is torn, damaged or in the wrong place ends the
 * file.
 *
 * Numbers are little-endian. One thread for each reader and writer; all block on the disk. A file is read
 * with read(2), never mapped: a disk that fails is then an error and no signal. */
#ifndef EDGE_FILE_CHANGELOG_FILE_H
#define EDGE_FILE_CHANGELOG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

/* Asked now and then by what takes long: true ends it with ERROR_STOPPED. NULL in its place: nobody asks. */
struct changelog_stop {
    bool (*asked)(void *context);
    void *context;
};

/* Of how many topics one file holds entries. */
#define CHANGELOG_TOPICS 3

/* Another number for every change of the format. */
#define CHANGELOG_FORMAT 1

struct changelog_entry {
    uint32_t topic; /* below CHANGELOG_TOPICS */
    int64_t offset;
    int64_t timestamp; /* milliseconds */
    struct text key;
    struct text value; /* null: a tombstone */
};

/* The last entry of a topic, by which the topic is known again. */
struct changelog_tip {
    int64_t offset; /* -1: there is no entry */
    int64_t timestamp;
    uint64_t hash; /* of key and value */
};

/* Whether this is the very entry; one with another offset is not. */
bool changelog_tip_is(const struct changelog_tip *tip, const struct changelog_entry *e);

/* --- Reading --- */

struct changelog_reader; /* opaque */

/* `folder` is a file descriptor, `name` a file in it. ERROR_SYSTEM: it cannot be read; *missing tells whether
 * there is none. ERROR_MALFORMED: it is no such file, or its header is damaged. ERROR_STATE: it has another
 * format. *out: own. */
int changelog_reader_open(int folder, const char *name, struct changelog_reader **out, bool *missing,
                          struct error *e);
void changelog_reader_close(struct changelog_reader *r); /* take; NULL allowed */

/* What the file says it is a copy of; borrow: lives as long as the reader. */
struct text changelog_reader_identity(const struct changelog_reader *r);

/* The next entry, its texts valid until the first call after changelog_reader_left() has become 0. 1: there
 * is one; 0: the end of a whole file; ERROR_MALFORMED: the file ends here, for what follows is no block (the
 * position says where); ERROR_SYSTEM: it cannot be read. */
int changelog_reader_next(struct changelog_reader *r, struct changelog_entry *out, struct error *e);

/* How many entries will come yet without those before becoming invalid. */
uint32_t changelog_reader_left(const struct changelog_reader *r);

/* From the first entry again, to where reading had come: that is the end now. */
void changelog_reader_rewind(struct changelog_reader *r);

/* The bytes of header and whole blocks read so far. */
int64_t changelog_reader_end(const struct changelog_reader *r);

/* The last entries of the blocks read so far. */
const struct changelog_tip *changelog_reader_tips(const struct changelog_reader *r);

/* --- Writing --- */

struct changelog_writer; /* opaque */

/* Begins the file anew, whatever was there. ERROR_SYSTEM. *out: own. */
int changelog_writer_create(int folder, const char *name, struct text identity, struct changelog_writer **out,
                            struct error *e);

/* Goes on with the file where its first `end` bytes end; what follows them is cut off. They were read before
 * and are what changelog_reader_end() and _tips() say. ERROR_SYSTEM, ERROR_MALFORMED. *out: own. */
int changelog_writer_continue(int folder, const char *name, int64_t end, const struct changelog_tip *tips,
                              struct changelog_writer **out, struct error *e);
void changelog_writer_close(struct changelog_writer *w); /* take; what was added and not written is lost */

/* Adds an entry, later in its topic than those before; its texts are copied. Nothing is written yet. */
void changelog_writer_add(struct changelog_writer *w, const struct changelog_entry *entry);

/* Bytes that wait to be written. */
size_t changelog_writer_waiting(const struct changelog_writer *w);

/* Writes what waits as one block. ERROR_SYSTEM, as when the disk is full: then nothing more can be written
 * and the writer is to be closed; the file holds what it held before. */
int changelog_writer_write(struct changelog_writer *w, struct error *e);

/* Waits until what was written is on the disk. ERROR_SYSTEM. */
int changelog_writer_sync(struct changelog_writer *w, struct error *e);

/* Size of the file; it grows by what is written. */
int64_t changelog_writer_size(const struct changelog_writer *w);

/* Tips as of what was added. */
const struct changelog_tip *changelog_writer_tips(const struct changelog_writer *w);

/* --- Compacting --- */

/* Makes a copy with the latest entry of each key alone and puts it in the place of the file, all or nothing:
 * under the name with ".new" first. `writer` is the one the file has, with nothing that waits; it is to be
 * closed when there is a copy in its place. NULL: there is none. *kept: how many entries are left, *size: its
 * bytes. ERROR_SYSTEM: the file is as it was. ERROR_STOPPED, the same. ERROR_MALFORMED. ERROR_STATE: what has
 * that name is not what the writer wrote, or no more so: nothing that is added to it now would be found
 * again. */
int changelog_compact(int folder, const char *name, const struct changelog_writer *writer,
                      const struct changelog_stop *stop, uint64_t *kept, int64_t *size, struct error *e);

#define CHANGELOG_NEW ".new"

#endif
