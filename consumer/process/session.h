/* A session of the live processor: from joining the group to leaving it. Everything that it holds in memory
 * can be had again from Kafka, so whatever goes wrong in it ends it, and the next one begins from what is
 * committed.
 *
 * One thread runs it; librdkafka's own threads do the network. */
#ifndef CONSUMER_PROCESS_SESSION_H
#define CONSUMER_PROCESS_SESSION_H

#include "consumer/process/process_metrics.h"

enum session_end {
    SESSION_DONE,   /* everything asked for was done, or a stop was requested */
    SESSION_AGAIN,  /* it failed in a way that a new session may well not: the error says how */
    SESSION_FAILED, /* it cannot go on: the error says why */
};

/* Blocks until the session ends. `wake_fd` is an eventfd. What is done is counted in `metrics`. */
enum session_end session_run(const struct settings *s, int wake_fd, struct process_metrics *metrics,
                             struct error *e);

#endif
