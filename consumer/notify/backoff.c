#include "consumer/notify/backoff.h"

int64_t backoff_next(struct backoff *b, uint32_t random, int64_t asked_ms)
{
    int64_t step = BACKOFF_FIRST_MS;
    for (unsigned i = 0; i < b->failures && step < BACKOFF_MOST_MS; i++)
        step *= 2;
    step = step < BACKOFF_MOST_MS ? step : BACKOFF_MOST_MS;
    b->failures += b->failures < UINT32_MAX;
    int64_t wait = step / 2 + (int64_t)random % (step / 2 + 1);
    asked_ms = asked_ms < BACKOFF_ASKED_MOST_MS ? asked_ms : BACKOFF_ASKED_MOST_MS;
    return wait > asked_ms ? wait : asked_ms;
}
