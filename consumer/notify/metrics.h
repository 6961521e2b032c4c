/* Metrics and health of `chapar notify`, over HTTP. */
#ifndef CONSUMER_NOTIFY_METRICS_H
#define CONSUMER_NOTIFY_METRICS_H

#include "consumer/notify/receiver.h"
#include "edge/http/exchange.h"

struct notifying {
    struct receiver **receivers; /* own */
    size_t count;
    int32_t partitions;  /* 0: not known yet */
    atomic_bool running; /* receivers are being told */
    pthread_mutex_t lock;
    int64_t *high; /* own; under the lock: where the topic ends, partition by partition; NULL: not known */
};

/* Answers /metrics, /healthz and /readyz; `context` is the struct notifying. */
void notify_answer(void *context, struct http_exchange *x);
bool notify_is_open(struct text path); /* without the token */

#endif
