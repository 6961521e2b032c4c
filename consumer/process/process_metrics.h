/* What `process` tells about itself at --metrics-listen. */
#ifndef CONSUMER_PROCESS_PROCESS_METRICS_H
#define CONSUMER_PROCESS_PROCESS_METRICS_H

#include "consumer/metrics_port.h"
#include "consumer/process/meter.h"
#include "edge/kafka/topics.h"

struct process_metrics {
    const struct settings *settings; /* borrow */
    struct topic_names names;        /* own */
    struct meter meter;
    struct metrics_port *port; /* own; NULL: nobody asks */
};

/* Opens the port, where one is wanted. ERROR_USAGE, ERROR_SYSTEM. */
int process_metrics_open(const struct settings *s, struct process_metrics *out, struct error *e);
void process_metrics_close(struct process_metrics *m); /* also when it was not opened */

/* After so long without a turn the loop counts as dead. */
#define PROCESS_ALIVE_SECONDS 30

/* How far behind the time that the clock follows the task is, in seconds: how long ago the next threshold
 * was, where it has passed; else 0. `now` is wall time. */
double process_metrics_clock_lag(struct clock_choice clock, struct instant threshold, struct instant now);

#endif
