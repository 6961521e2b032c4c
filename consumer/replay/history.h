/* A history: events one by one in the order in which a task applies them (timestamp, topic, offset; never
 * overtaking within a topic). It comes from files or from topics; replay does not see the difference. One
 * thread calls it. */
#ifndef CONSUMER_REPLAY_HISTORY_H
#define CONSUMER_REPLAY_HISTORY_H

#include "consumer/merge.h"

struct history_item {
    int32_t partition;
    enum event_kind kind;
    int64_t offset;
    struct instant timestamp;
    const struct event *event; /* lives until the next call */
    struct error refused;      /* code 0: none. Otherwise the record is no event, and `event` is not set */
    const char *file;          /* where it was read from; borrow; NULL: from a topic */
    uint64_t line;             /* of the file, from 1; the number of the record where it is a container */
    bool container;
};

struct history {
    int32_t partitions;
    int (*next)(struct history *h, struct history_item *out, struct error *e);
    void (*free)(struct history *h);
    int64_t total;  /* events there are, -1: not known; for progress */
    bool unchecked; /* nothing must be printed before the end, for an event may yet turn out to be wrong */
    /* Set by whoever reads it, or NULL: told of events of that partition some time before they come. */
    void (*expect)(void *context, int32_t partition, const struct event *events, size_t count);
    void *context;
};

/* 1: an item; 0: the end; negative: an error. Blocks as its source does. */
static inline int history_next(struct history *h, struct history_item *out, struct error *e)
{
    return h->next(h, out, e);
}

static inline void history_free(struct history *h)
{
    if (h)
        h->free(h);
}

/* Events of the files, as one task: partition 0, offsets from 0 in each topic, in the order of files and
 * lines. All files are read and checked first; what is wrong is written to standard error, and then
 * ERROR_INVALID is returned. Events recorded after `as_of` (INSTANT_NONE: no limit) are passed over. *out:
 * own. */
int file_history_open(const char *const *paths, size_t count, struct instant now, struct instant as_of,
                      struct history **out, struct error *e);

/* The same of container files, which a thread reads as the history goes on instead of being kept. `check`:
 * all are read and checked first; otherwise what is wrong comes to light on the way (`unchecked`), is then
 * written to standard error, all of it, and history_next() returns ERROR_INVALID. 1: opened; 0: not all of
 * them are container files that can be read twice; else an error. `paths` are borrowed as long as the history
 * lives.
 */
int container_history_open(const char *const *paths, size_t count, struct instant now, struct instant as_of,
                           bool check, struct history **out, struct error *e);

struct settings;

/* Events of the topics, all partitions, up to where they end when this is called, read_committed and without
 * a group. ERROR_KAFKA when the broker does not answer or topics are missing or differ in partitions. *out:
 * own. */
int topic_history_open(const struct settings *s, struct instant as_of, struct history **out, struct error *e);

/* In which order the events of a partition go, for whoever knows better than their times. */
struct topic_order {
    /* Which head goes next; -1: none, the partition has ended. Called when whatever went before is done. */
    int (*pick)(void *context, int32_t partition, const struct merge_head heads[EVENT_KINDS]);
    void *context;
};

/* As topic_history_open, in that order. */
int topic_history_open_in(const struct settings *s, struct topic_order order, struct history **out,
                          struct error *e);

#endif
