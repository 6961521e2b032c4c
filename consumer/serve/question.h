/* A question about the view: which rows, in which order, from where on. */
#ifndef CONSUMER_SERVE_QUESTION_H
#define CONSUMER_SERVE_QUESTION_H

#include "consumer/serve/view.h"
#include "core/buffer.h"

/* What rows are sorted by. */
enum sort_key {
    SORT_ID,
    SORT_NEXT, /* the next day that counts; what has none comes last */
    SORT_OPENS,
    SORT_CLOSES,   /* last day */
    SORT_RECORDED, /* when its last event became known; of alerts, when they were raised */
    SORT_SLIP,     /* days by which it slipped */
};

struct order {
    uint8_t key; /* enum sort_key */
    bool descending;
};

/* Which rows are there at all, before the parameters. */
enum preset {
    PRESET_ALL,
    PRESET_DUE,     /* something is to come */
    PRESET_OVERDUE, /* deadline_is_overdue() */
};

/* A day, which is all of it in the zone, or an instant; neither: not told. */
struct moment {
    struct day day;
    struct instant at;
};

/* What has changed: by an event, by the clock, or nobody knows by what. */
enum change_of { CHANGE_OF_EVENT = 1, CHANGE_OF_ALERT, CHANGE_OF_RECORD };
extern const struct symbols changes_of;

struct question {
    uint8_t preset; /* enum preset */
    struct day today;
    uint16_t kinds; /* bit n: enum subject_kind n */

    /* Parameters. Null, -1 and 0 bits: not asked. */
    struct text party, dossier, instrument, summit, part_of, subject, text;
    uint16_t instrument_statuses, summit_statuses, deliveries, timelinesses, clocks;
    uint16_t alert_kinds, severities;
    int8_t contested, incomplete, open, dated, stale, standing;
    struct day from, to;
    struct order order;
    uint32_t limit;
    uint32_t party_limit, first_party; /* of participation; party_limit 0: not told */
    struct text cursor;                /* as given */
    struct text since;
    uint16_t changes;            /* enum change_of */
    struct moment after, before; /* of changes: both included */

    /* By question_bind(), good for as long as the lock is held. */
    uint32_t party_name, dossier_name, instrument_name, summit_name, part_of_name, subject_name;
    struct buffer folded; /* own: the text to search, its case folded */
};

/* A question that asks for everything, of all kinds. */
void question_init(struct question *q, struct day today);
void question_free(struct question *q);

/* Looks the names up and folds the text. */
void question_bind(struct question *q, const struct view *v);

/* Whether the row is asked for; `q` is bound. */
bool question_takes_subject(const struct question *q, const struct subject_row *row);
bool question_takes_event(const struct question *q, const struct view *v, uint32_t number);
bool question_takes_alert(const struct question *q, const struct view *v, uint32_t number);

/* What the row is sorted by: ascending in any order asked for, what has no value last. */
int64_t question_subject_key(const struct question *q, const struct subject_row *row);
int64_t question_alert_key(const struct question *q, const struct alert_row *row);

/* A number that differs between questions with other rows or order, whatever their cursor and limit. */
uint64_t question_fingerprint(const struct question *q);

#endif
