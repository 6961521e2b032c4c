/* Reads the events of container files on a thread of its own, some runs of each kind ahead of whoever applies
 * them: reading and checking an event takes a third of the time that a replay takes for it. */
#ifndef CONSUMER_REPLAY_RUN_READER_H
#define CONSUMER_REPLAY_RUN_READER_H

#include "core/buffer.h"
#include "core/event.h"
#include "edge/file/event_file.h"

#define RUN_EVENTS 64

/* Events of one kind that follow each other in a file. */
struct run {
    struct event events[RUN_EVENTS];
    uint64_t lines[RUN_EVENTS];
    int64_t offsets[RUN_EVENTS]; /* in the topic of their kind */
    size_t count;
    const char *path; /* borrow: as it was given */

    /* Why nothing follows it: 0, or what event_file_open() said; or an event is wrong. */
    int rc;
    struct error error;
    bool spoilt;

    struct arena *arena; /* what the events point to, but for their texts */
    struct buffer block; /* their texts, where the file has given them away */
};

struct run_reader; /* opaque; whoever made it calls all of these */

/* The files of one kind. */
struct run_files {
    const char **paths; /* own: the array; the strings are borrowed */
    size_t count;
};

/* Opens the reader of these files, all of them containers of the kind. Events recorded after `as_of`
 * (INSTANT_NONE: no limit) are passed over. The files are borrowed. ERROR_SYSTEM where there is no thread
 * left. */
int run_reader_new(const struct run_files files[EVENT_KINDS], struct instant now, struct instant as_of,
                   struct run_reader **out, struct error *e); /* own */
void run_reader_free(struct run_reader *r);                   /* take; NULL allowed */

/* The next run of the kind, which may be empty; NULL: that was all. It lives until the next one of its kind
 * is asked for. Blocks until it has been read. */
const struct run *run_reader_next(struct run_reader *r, enum event_kind kind);

#endif
