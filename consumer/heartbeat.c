#include "consumer/heartbeat.h"

#include <stdatomic.h>

#include "edge/cli/clock.h"

static atomic_int_fast64_t last_ms; /* 0: none yet */

void heartbeat(void)
{
    atomic_store_explicit(&last_ms, clock_monotonic_ms(), memory_order_relaxed);
}

int64_t heartbeat_age_ms(void)
{
    int64_t now_ms = clock_monotonic_ms();
    int_fast64_t last = 0;
    if (atomic_compare_exchange_strong(&last_ms, &last, now_ms))
        return 0;
    return now_ms > last ? now_ms - last : 0;
}
