/* The history as a table for people: a line for each event and each alert, in the order of time, with the
 * years between them. Draws into a buffer, line by line, and keeps nothing of what it has drawn.
 *
 * On a narrow screen there are fewer columns, and what does not fit ends with "…". One thread; no I/O. */
#ifndef CONSUMER_REPLAY_TIMELINE_H
#define CONSUMER_REPLAY_TIMELINE_H

#include "core/buffer.h"
#include "core/record.h"
#include "core/zone.h"
#include "edge/cli/terminal.h"

struct timeline {
    const struct zone *zone; /* borrow: days and times are those of the zone */
    struct terminal screen;
    bool begun;                   /* the head was drawn */
    int32_t year;                 /* that the last line stands in */
    struct buffer words, parties; /* own: of one line */
};

void timeline_open(struct timeline *t, const struct zone *zone, struct terminal screen);
void timeline_close(struct timeline *t);

/* An event that was applied, and the record of its subject as it is then. */
void timeline_event(struct timeline *t, const struct event *event, const struct record *record,
                    struct buffer *out);

void timeline_alert(struct timeline *t, const struct alert *alert, struct buffer *out);

/* What comes next is of that time: the head before the first line, and a line with the year wherever another
 * begins. The others do that by themselves; for who draws lines apart to put them behind one still to come.
 */
void timeline_come_to(struct timeline *t, struct instant at, struct buffer *out);

/* A remark of the program's own, at that time. */
void timeline_remark(struct timeline *t, struct instant at, const char *text, struct buffer *out);

#endif
