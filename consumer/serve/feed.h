/* What has changed lately, written out once for all who listen: a ring of server-sent events (HTML Standard,
 * 9.2), bounded in bytes. Who reads too slowly finds the oldest gone, and is told so; nobody waits for
 * anybody.
 *
 * Any thread; a lock of its own, which may be taken while the lock of knowledge is held, not the other way
 * round. */
#ifndef CONSUMER_SERVE_FEED_H
#define CONSUMER_SERVE_FEED_H

#include <stdbool.h>

#include "consumer/serve/view.h"
#include "core/buffer.h"

#define FEED_BYTES (4 << 20)
#define FEED_CHANGES 8192

enum change_kind {
    CHANGE_SUBJECT,
    CHANGE_ALERT,
    CHANGE_MARK, /* the id up to which everything was told; goes to everybody */
};

struct change {
    enum change_kind kind;
    uint32_t row; /* of the view */
    size_t text;  /* where its event ends within the batch's text */
};

struct feed; /* opaque */

struct feed *feed_new(void);
void feed_free(struct feed *f);

/* Adds a batch: events behind each other in `text`. */
void feed_publish(struct feed *f, const struct change *changes, size_t count, struct text text);

/* All who listen are to begin anew: rows have other numbers now, or something was not told. */
void feed_restart(struct feed *f);

/* Where the next change will stand, and which beginning (feed_restart) that counts from. */
struct feed_place {
    uint64_t next, epoch;
};
struct feed_place feed_end(struct feed *f);

/* Appends what has come since, at most about `most` bytes of what `takes` wants, and moves the place on.
 * False: it is gone. */
bool feed_read(struct feed *f, struct feed_place *place, size_t most,
               bool (*takes)(void *context, enum change_kind kind, uint32_t row), void *context,
               struct buffer *out);

#endif
