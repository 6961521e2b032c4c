/* What `chapar notify` tells of itself. */
#ifndef CONSUMER_NOTIFY_METRICS_H
#define CONSUMER_NOTIFY_METRICS_H

#include "consumer/metrics_port.h"
#include "consumer/notify/receiver.h"

struct notifying {
    struct receiver **receivers; /* own */
    size_t count;
    int32_t partitions;  /* 0: not known yet */
    atomic_bool running; /* receivers are being told */
    pthread_mutex_t lock;
    int64_t *high; /* own; under the lock: where the topic ends, partition by partition; NULL: not known */
};

/* The source of a port; of the struct, which outlives it. Not alive: never. Not ready: a receiver has not
 * caught up yet with where it begins. Those that are away do not matter. */
struct metrics_source notify_metrics(struct notifying *n);

#endif
