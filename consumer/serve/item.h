/* Records as the API shows them: as `chapar replay` prints them, and what they mean on the day of asking. */
#ifndef CONSUMER_SERVE_ITEM_H
#define CONSUMER_SERVE_ITEM_H

#include "consumer/deadline_words.h"
#include "consumer/serve/view.h"
#include "core/buffer.h"

/* What a deadline means to the row. */
struct deadline_in item_deadline(const struct subject_row *row);

/* The wording of its deadline: due, date or period; may be null. */
struct text item_wording(const struct record *r);

/* By how many days a fulfilled commitment was late. */
struct lateness {
    int32_t least; /* 0: it was in time, or may have been */
    int32_t most;  /* 0: it was in time, or nobody knows */
};
struct lateness item_lateness(const struct subject_row *row);

/* {"record":"commitment",...,"deadline":{...},"expected_today":0.25,"fulfilled":{...}}; the last three where
 * there is a deadline, a target with days, a day of fulfilment. */
void item_subject(struct buffer *b, const struct record *r, const struct subject_row *row, struct day today);

/* The few members by which others refer to it: record, id, title, status or delivery and timeliness, opens
 * and closes. */
void item_reference(struct buffer *b, const struct record *r);

/* {"record":"alert",...,"standing":true} */
void item_alert(struct buffer *b, const struct alert *a, bool stands);

/* "name": */
void item_member(struct buffer *b, const char *name, bool first);

/* "name":{"total":3,"items":[ of which the caller writes some, and what closes it. */
void item_some_of(struct buffer *b, const char *name, bool first, uint64_t total);

#endif
