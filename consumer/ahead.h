/* The next events of a partition, read some at a time before they are wanted, so that what they are about can
 * be fetched from memory meanwhile. Only what can be read without waiting and is right is kept; whatever is
 * wrong with a message is found out when it is its turn. One thread. */
#ifndef CONSUMER_AHEAD_H
#define CONSUMER_AHEAD_H

#include "consumer/event_message.h"
#include "consumer/inbox.h"

#define AHEAD_EVENTS 16

struct ahead {
    struct arena *arena; /* own; NULL until the first is read */
    size_t count, next;
    int64_t offsets[AHEAD_EVENTS];
    struct event events[AHEAD_EVENTS]; /* views into messages that the inbox still has */
};

void ahead_free(struct ahead *a);

/* The event of the inbox's head, read before; NULL: it was not. It lives until the head is taken. */
const struct event *ahead_find(struct ahead *a, const struct inbox *in);

/* Reads the head and what comes after it, after ahead_find() said NULL. 0: they are in a->events, the head
 * first; else why the head is no event, as event_message_read() says it. */
int ahead_fill(struct ahead *a, struct codec *codec, enum event_kind kind, const struct inbox *in,
               struct error *e);

#endif
