/* What `chapar serve` knows: the latest record of each subject, all alerts, and the events behind them.
 *
 * Of each there is a small row with what is filtered and sorted by, side by side with the others, so that a
 * question is answered by one pass over rows; and the whole of it as Avro bytes of our own schema, decoded
 * when it is shown. Rows never move to other numbers and none is taken away.
 *
 * Owner: the thread that follows the topics. It changes the view with the write lock held, everybody else
 * looks with the read lock held, and nobody holds one while waiting for anything. */
#ifndef CONSUMER_SERVE_VIEW_H
#define CONSUMER_SERVE_VIEW_H

#include "consumer/serve/names.h"
#include "core/record.h"
#include "edge/kafka/topics.h"

/* What belongs to a row and is not looked at in passing; own by the view. */
struct packed {
    uint32_t avro_len, search_len, party_count;
    uint32_t parties[]; /* names; then the bytes of Avro, then the text that is searched */
};

static inline struct text packed_avro(const struct packed *p)
{
    return (struct text){(const char *)(p->parties + p->party_count), p->avro_len};
}

static inline struct text packed_search(const struct packed *p)
{
    return (struct text){packed_avro(p).at + p->avro_len, p->search_len};
}

/* An instrument, summit or commitment. */
struct subject_row {
    struct packed *packed;
    uint32_t id;   /* name */
    uint32_t rank; /* place among all ids in byte order; 0 until view_settle */
    uint32_t dossier, instrument, summit, part_of; /* names */
    struct day opens, closes;                      /* DAY_NONE: none */
    struct day last_day;                           /* closes; of a summit the latest end; DAY_NONE: no end */
    int32_t slip_days;
    int32_t expected, identified;            /* signings of a summit; expected -1: not told */
    struct instant recorded_at;              /* of the last event */
    struct day fulfilled_from, fulfilled_to; /* of a fulfilled commitment: when it was; DAY_NONE: not known */
    int64_t offset;                          /* of the record */
    int32_t partition;
    uint8_t kind;   /* enum subject_kind */
    uint8_t status; /* enum instrument_status, summit_type or delivery, by kind; 0: none */
    uint8_t timeliness, clock;
    bool incomplete, contested;
    bool open;            /* its deadline stands */
    bool fulfilled_dated; /* the days are those that were reported, not that of the report */
};

struct alert_row {
    struct packed *packed;
    uint32_t subject, dossier; /* names */
    struct instant raised_at;
    int64_t offset;
    int32_t partition;
    uint32_t previous; /* the subject's alert before this one: its row + 1; 0: none */
    uint8_t kind, severity, subject_kind;
    bool stale;
};

/* An event, as it stands in its topic. Whether the register took it is not known here. */
struct event_row {
    struct packed *packed;
    int64_t offset;
    int32_t partition;
    struct instant recorded_at;
    uint32_t subject;  /* name */
    uint32_t previous; /* the subject's event that was read before this one: its row + 1; 0: none */
    uint8_t kind;      /* enum event_kind */
};

/* By name: what is known of an id. Numbers are rows + 1; 0: none. */
struct name_rows {
    uint32_t subject;
    uint32_t alert;          /* the latest */
    uint32_t standing;       /* the alert that still stands */
    uint32_t event;          /* the latest */
    uint32_t alerts, events; /* how many */
    uint32_t set;            /* of parties, by number, that the name was put into last */
};

struct partition_state {
    int64_t position[TOPIC_COUNT]; /* next offset to read, by topic */
    int64_t lag[TOPIC_COUNT];      /* committed records not read yet; -1: unknown */
    struct instant as_of;          /* the latest clock seen in it; INSTANT_NONE: none */
};

struct view; /* opaque */

struct view *view_new(int32_t partitions); /* own */
void view_free(struct view *v);            /* take; NULL allowed */

/* --- for the owner, with the write lock --- */

/* A record at its place; `avro` is it in our own framing and schema, without `resume`. Of the record's
 * `resume`, which may be NULL, only the days of fulfilment are taken: the record has no other place for them.
 * The row's number. */
uint32_t view_put_subject(struct view *v, const struct record *r, int32_t partition, int64_t offset,
                          struct text avro);
uint32_t view_put_alert(struct view *v, const struct alert *a, int32_t partition, int64_t offset,
                        struct text avro);
void view_put_event(struct view *v, const struct event *e, int32_t partition, int64_t offset,
                    struct text avro);

/* Gives new ids their ranks. To be called after a batch, before the lock is given back. */
void view_settle(struct view *v);

/* Anything that is to be told later; borrow: may be changed. */
struct partition_state *view_partition(struct view *v, int32_t partition);

/* --- for everybody, with the read lock --- */

int32_t view_partitions(const struct view *v);
const struct partition_state *view_partition_state(const struct view *v, int32_t partition);
const struct names *view_names(const struct view *v);
const struct subject_row *view_subjects(const struct view *v, uint32_t *count);
const struct alert_row *view_alerts(const struct view *v, uint32_t *count);
const struct event_row *view_events(const struct view *v, uint32_t *count);
const struct name_rows *view_name(const struct view *v, uint32_t name); /* NULL where there is no such name */

/* The latest clock of all partitions; INSTANT_NONE while there is none. */
struct instant view_as_of(const struct view *v);

/* Whether the alert is the one of its subject that still stands: raised with a stage, and neither followed by
 * another nor closed. */
bool view_stands(const struct view *v, uint32_t alert);

/* How many ids are before this one in byte order, and whether it is there itself. */
uint32_t view_rank(const struct view *v, struct text id, bool *found);

/* Bytes that the view takes, nearly. */
size_t view_bytes(const struct view *v);

#endif
