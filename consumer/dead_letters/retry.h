/* Dead letters go back into the event topics, each at most once.
 *
 * Exactly once, because: the events go out in one transaction, under a transactional id that all retries
 * share, so that one which begins ends every other that is still at work; and only after it has begun it
 * looks in the event topics for what was put back before. One thread; blocks for the round trips. */
#ifndef CONSUMER_DEAD_LETTERS_RETRY_H
#define CONSUMER_DEAD_LETTERS_RETRY_H

#include "consumer/dead_letters/letters.h"

struct retry; /* opaque */

/* From here on no other retry can commit. ERROR_USAGE, ERROR_KAFKA, ERROR_STOPPED. *out: own. */
int retry_open(const struct settings *s, const struct topic_names *names, struct retry **out,
               struct error *e);
void retry_close(struct retry *r); /* take; aborts what is not committed; NULL allowed */

/* Why the letter is not to be put back; NULL: it is. The text lives as long as the letter. */
const char *retry_hindrance(const struct letter *letter);

/* Puts these back, which were read after retry_open, in the order of their timestamps, topics and offsets,
 * and commits. `letters` is put into that order. *put_back: how many events that were, for an event with
 * several letters goes once. ERROR_KAFKA, ERROR_STOPPED: nothing was put back, unless the text says that this
 * is not known. */
int retry_put_back(struct retry *r, struct letter **letters, size_t count, size_t *put_back, struct error *e);

#endif
