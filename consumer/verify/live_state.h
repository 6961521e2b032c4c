/* What a live processor has left in the topics: register, alerts and dead letters, and how far each of its
 * tasks had come.
 *
 * A processor may be at work meanwhile. The register is looked at as it was at one cut of each task: the last
 * one that is found at first. What belongs to it and was not there yet, as the topics are not read at one
 * instant, is read after that; what is newer is left aside. One thread. */
#ifndef CONSUMER_VERIFY_LIVE_STATE_H
#define CONSUMER_VERIFY_LIVE_STATE_H

#include "consumer/topic_reader.h"
#include "consumer/verify/live_alerts.h"
#include "consumer/verify/live_order.h"
#include "consumer/verify/live_register.h"
#include "edge/cli/progress.h"

/* An event that stands among the dead letters. */
struct refused_event {
    int32_t partition;
    enum event_kind kind;
    int64_t offset;
};

/* What is known of a task. */
struct live_place {
    struct live_cut end;      /* up to here the register is looked at; clock INSTANT_NONE: nothing is known */
    struct live_cut end_late; /* up to here alerts may have been read */
    int64_t ends[EVENT_KINDS];      /* where its event topics end */
    int64_t committed[EVENT_KINDS]; /* how far its group has read them; -1: not known */
    int64_t rules;                  /* those that its records were written by last; LONG_NULL: not known */
    bool rules_changed;             /* others were in force before */
    struct live_order *order;       /* own: superseded records, not settled */
};

struct live_state {
    const struct topic_names *names;
    struct codec *codec;
    struct arena *arena;
    int32_t partitions;
    struct live_register *records;
    struct live_alerts *alerts;
    struct live_place *places;     /* own: one a partition */
    struct refused_event *refused; /* own: sorted */
    size_t refused_count, refused_size;
    bool looking_late;        /* while reading */
    struct progress progress; /* of reading */
};

/* Reads all of it. `codec` and `names` are borrowed, by `l` too. ERROR_KAFKA and what topic_reader says. */
int live_state_read(struct live_state *l, const struct settings *s, struct codec *codec,
                    const struct topic_names *names, struct error *e);
void live_state_free(struct live_state *l);

/* Whether that event is among the dead letters. */
bool live_state_refused(const struct live_state *l, int32_t partition, enum event_kind kind, int64_t offset);

/* What the last records and the alerts say about the order of events in the partitions, those that are
 * suspect left out; settled, with an end. Sets `end` and `end_late` of the places anew. `out`: one a
 * partition, own. */
void live_state_orders(struct live_state *l, struct live_order **out);

/* The cut that the record was written at. false: it says none that can be. */
bool live_state_cut(const struct live_state *l, int32_t partition, const struct record_common *record,
                    struct live_cut *out);

#endif
