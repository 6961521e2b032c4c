/* Events on their way into the event topics, in transactions.
 *
 * The first event after opening or committing begins a transaction. After an error the transaction can only
 * be aborted, which closing does: readers of committed records then never see any of it. One thread. Every
 * call may block for a bounded time: as long as a transaction may take, and COMMIT_SECONDS for its end. All
 * of them return ERROR_STOPPED soon after a signal (interrupt.h), except in the middle of a commit.
 *
 * The transactional id is new for every sender: two that run at once must not fence each other. That a killed
 * one holds readers up until its transaction times out is why the time-out is chosen to fit what is sent. */
#ifndef PRODUCER_SENDER_H
#define PRODUCER_SENDER_H

#include "core/event.h"
#include "edge/cli/settings.h"
#include "edge/kafka/cloud_events.h"
#include "edge/kafka/topics.h"

#define COMMIT_SECONDS 60

struct sender; /* opaque */

struct sender_plan {
    int32_t partitions;     /* of each event topic */
    int64_t transaction_ms; /* the time-out of a transaction */
};

/* Waits until the brokers take transactions. `names` is borrowed. ERROR_USAGE, ERROR_KAFKA, ERROR_STOPPED.
 * *out: own. */
int sender_open(const struct settings *s, const struct topic_names *names, struct sender_plan plan,
                struct sender **out, struct error *e);
void sender_close(struct sender *s); /* take; aborts what is not committed; NULL allowed */

/* What an event's headers say; the type's text is put into `type`. */
#define SENDER_TYPE_SIZE 64
struct cloud_event sender_headers(const struct event *event, char type[SENDER_TYPE_SIZE]);

/* Sends the event, encoded as `value`, in the order of calls; both may be used again at once. */
int sender_send(struct sender *s, const struct event *event, struct text value, struct error *e);

/* Waits for the deliveries and commits. 0: all that was sent is in the topics for good. */
int sender_commit(struct sender *s, struct error *e);

/* Whether sender_commit failed in a way that leaves open whether the brokers have committed. */
bool sender_in_doubt(const struct sender *s);

#endif
