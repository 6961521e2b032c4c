/* The view and what goes with it, shared between the thread that follows the topics and those that answer.
 *
 * One lock. The following thread holds it to write, for a batch at a time; who answers holds it to read, for
 * as long as an answer takes to be written into memory. Waiting writers go before new readers. */
#ifndef CONSUMER_SERVE_KNOWLEDGE_H
#define CONSUMER_SERVE_KNOWLEDGE_H

#include <pthread.h>
#include <stdatomic.h>

#include "consumer/serve/view.h"
#include "edge/avro/codec.h"
#include "edge/cli/settings.h"

struct feed;

/* Decodes what the view keeps, for one answer at a time. */
struct reader {
    struct reader *next;
    struct codec *codec;
    struct arena *arena;
};

struct knowledge {
    const struct settings *settings;
    struct topic_names names;
    bool keeps_events;
    pthread_rwlock_t lock;

    /* under the lock */
    struct view *view;       /* own */
    uint64_t version;        /* rises with every batch that changes something */
    bool connected;          /* the brokers answered when they were asked last */
    struct instant heard_at; /* when the last record arrived (the machine's time); INSTANT_NONE: never */
    uint64_t unreadable;     /* records that are not ours, since the start */
    uint64_t records;        /* read since the start */
    uint64_t rebuilt;        /* how often everything was read anew */

    atomic_bool ready; /* has once had everything there was */
    struct feed *feed; /* own; has a lock of its own */

    pthread_mutex_t readers_lock;
    struct reader *readers; /* idle ones */
};

int knowledge_open(const struct settings *s, struct knowledge *k, struct error *e);
void knowledge_close(struct knowledge *k);

void knowledge_read(struct knowledge *k);
void knowledge_write(struct knowledge *k);
void knowledge_unlock(struct knowledge *k);

/* Take one, with its arena empty; give it back soon. */
struct reader *knowledge_reader(struct knowledge *k);
void knowledge_reader_back(struct knowledge *k, struct reader *r);

/* What a row stands for, decoded; texts live as long as the row and the reader's arena. With the read lock.
 */
void reader_record(struct reader *r, const struct subject_row *row, struct record *out);
void reader_alert(struct reader *r, const struct alert_row *row, struct alert *out);
void reader_event(struct reader *r, const struct event_row *row, struct event *out);

/* The day that it is for those who look: by --clock. With the read lock. */
struct day knowledge_today(const struct knowledge *k);
struct instant knowledge_now(const struct knowledge *k);

/* Positions in all topics as one opaque text: the same for all who have read the same. With the read lock. */
void knowledge_position(const struct knowledge *k, struct buffer *out);

#endif
