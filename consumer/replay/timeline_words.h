/* What the timeline says, in words: what happened, and when something is due, as precisely as it is known and
 * not more. Pure. */
#ifndef CONSUMER_REPLAY_TIMELINE_WORDS_H
#define CONSUMER_REPLAY_TIMELINE_WORDS_H

#include "core/buffer.h"
#include "core/record.h"

/* A stretch of days within which something is due, or lasts. */
struct timeline_window {
    enum subject_kind kind;
    struct day opens, last; /* last DAY_NONE: without an end */
    struct text wording;    /* as it was written: may say how sure it is, and that it repeats; may be null */
};

/* "by 2027-05-22", "by the end of Q3 2026" of a commitment; "on 2027-05-22", "in Q3 2026" of a summit, "until
 * the end of 2030" of an instrument; "2026-03-05 to 2026-04-02", "from 2030 on"; with
 * "(uncertain)" or "(approximate)" where the wording has a qualifier, and ", repeats" where it repeats. */
void timeline_when(const struct timeline_window *w, struct buffer *out);

/* The same of a wording alone that is a plain date; nothing where it is another. Whether it was. */
bool timeline_when_worded(enum subject_kind kind, struct text wording, struct buffer *out);

/* "signed", "reported 50 %", "disputed by KAZ". */
void timeline_event_words(const struct event *event, struct buffer *out);

/* "OVERDUE", "MOVED +30 days". */
void timeline_alert_words(const struct alert *alert, struct buffer *out);

#endif
