/* A receiver of alerts: where it is, how it is doing, and the thread that tells it. */
#ifndef CONSUMER_NOTIFY_RECEIVER_H
#define CONSUMER_NOTIFY_RECEIVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "consumer/notify/alert_source.h"
#include "consumer/notify/backoff.h"
#include "consumer/notify/offsets.h"
#include "consumer/notify/signature.h"
#include "edge/cli/settings.h"
#include "edge/http/client.h"
#include "edge/metrics/openmetrics.h"

enum receiver_kind {
    RECEIVER_ALERTMANAGER,
    RECEIVER_WEBHOOK,
};

#define RECEIVER_NAME_SIZE 72

struct receiver {
    const struct settings *settings;         /* borrow */
    const struct signature_secrets *secrets; /* borrow; NULL: not signed */
    const char *topic;                       /* borrow: that of the alerts */
    enum receiver_kind kind;
    char name[RECEIVER_NAME_SIZE];
    char group[RECEIVER_NAME_SIZE + 136];
    int stop_fd; /* becomes readable when a stop is asked for */
    pthread_t thread;

    /* the thread's */
    struct http_client *client; /* own */
    struct backoff backoff;
    struct alert_source *source; /* own: of this session */
    struct offsets *offsets;     /* own: of this session */
    int32_t partitions;
    int64_t said_ms; /* when it was said last that something does not work */
    bool failing;    /* the receiver is away */

    /* numbers for everybody */
    atomic_bool ready;                    /* it has caught up with where it begins */
    atomic_uint_fast64_t sent;            /* alerts that were taken, again and again included */
    atomic_uint_fast64_t refused;         /* alerts that will never be taken */
    atomic_uint_fast64_t retries;         /* attempts that failed */
    atomic_uint_fast64_t unreadable;      /* records that are no alerts */
    atomic_uint_fast64_t standing;        /* alerts that stand now (Alertmanager) */
    atomic_int_fast64_t failing_since_ms; /* 0: it answers. Monotonic */
    atomic_int_fast64_t answered_at_ms;   /* the last 2xx; 0: never. The machine's time */
    atomic_int_fast64_t *positions;       /* own: next offsets; -1: not known yet */
    pthread_mutex_t lock;
    struct openmetrics_histogram seconds; /* under the lock */
};

/* From [NAME=]URL. Without a name: its kind, host and the beginning of a hash of the URL, so that nothing
 * secret in it can be seen. ERROR_USAGE. Main thread; connects to nothing. own */
int receiver_new(const struct settings *s, enum receiver_kind kind, const char *given, struct receiver **out,
                 struct error *e);
void receiver_free(struct receiver *r); /* take; NULL allowed; its thread has ended */

/* Starts the thread. ERROR_SYSTEM. It ends soon after stop_fd has become readable. */
int receiver_start(struct receiver *r, int32_t partitions, struct error *e);

/* --- for the thread --- */

/* One session each: until a stop is asked for (0), or something can no longer go on. */
int alertmanager_session(struct receiver *r, struct error *e);
int webhook_session(struct receiver *r, struct error *e);

/* Waits for so long, for new alerts too where it `listens`, and looks after the commits. */
void receiver_wait(struct receiver *r, int64_t ms, bool listens);

/* Where the session begins: `low` and `high` are the bounds of the topic, `committed` what was committed
 * within them, -1: nothing. All have as many elements as there are partitions. */
int receiver_places(struct receiver *r, int64_t *low, int64_t *high, int64_t *committed, struct error *e);

/* Tells the others, and wants it committed, that everything before the source's positions was dealt with. */
void receiver_commit(struct receiver *r, bool commit);

/* Whether it is time to say again that something does not work. */
bool receiver_may_say(struct receiver *r);

#endif
