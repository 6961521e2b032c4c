#include "edge/cli/clock.h"

#include <assert.h>
#include <time.h>

static int64_t clock_read_ms(clockid_t which)
{
    struct timespec t;
    int rc = clock_gettime(which, &t);
    assert(rc == 0);
    (void)rc;
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct instant clock_wall(void)
{
    return (struct instant){clock_read_ms(CLOCK_REALTIME)};
}

int64_t clock_monotonic_us(void)
{
    struct timespec t;
    int rc = clock_gettime(CLOCK_MONOTONIC, &t);
    assert(rc == 0);
    (void)rc;
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_read_ms(CLOCK_MONOTONIC);
}
