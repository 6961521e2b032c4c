/* Which tasks an instance has: what happens when the group gives partitions and takes them. */
#ifndef CONSUMER_PROCESS_ASSIGNMENT_H
#define CONSUMER_PROCESS_ASSIGNMENT_H

#include "consumer/process/session_state.h"

/* The consumer's rebalance callback; its opaque is the session. Restores the tasks before their events are
 * read. Blocks as long as that takes. */
void assignment_changed(rd_kafka_t *consumer, rd_kafka_resp_err_t what,
                        rd_kafka_topic_partition_list_t *partitions, void *session);

/* How the session's tasks are made, all but the partition. */
struct task_config assignment_task_config(struct session *s);

/* Gives up all tasks without committing anything. */
void assignment_drop(struct session *s);

#endif
