/* A batch: the events that one transaction takes, and what follows from them. Internal to the live processor.
 */
#ifndef CONSUMER_PROCESS_BATCH_H
#define CONSUMER_PROCESS_BATCH_H

#include "consumer/process/session_state.h"

/* Applies the events of the task that are there, until the batch is full. How the task stands then. */
enum live_step batch_work(struct session *s, struct live_task *t);

/* Looks up where the empty partitions end, for all tasks at once. What is fetched after this was seen in a
 * later round. false: Kafka did not say. Blocks for a round trip. */
bool batch_look_up(struct session *s);

#endif
