/* Deadline timers beside a binary heap of the same: arming, moving and cancelling each of N deadlines, and a
 * tick at which nothing is due, with N armed and with ten.
 *
 *   bench_timers [N]       10,000,000 unless told otherwise; a line of JSON for each measure */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/memory.h"
#include "core/timers.h"
#include "producer/chance.h"

#define FIRST_DAY 18628 /* 2021-01-01 */
#define DAYS 3650
#define TICKS 1000000

/* A deadline as the heap knows it: when, and where in the heap it stands. */
struct heap_timer {
    struct day day;
    uint32_t place; /* from 1; 0: not armed */
};

struct heap {
    struct heap_timer **at; /* from 1 */
    uint32_t count;
};

static void heap_put(struct heap *h, uint32_t i, struct heap_timer *t)
{
    h->at[i] = t;
    t->place = i;
}

static void heap_up(struct heap *h, uint32_t i, struct heap_timer *t)
{
    for (; i > 1 && h->at[i / 2]->day.n > t->day.n; i /= 2)
        heap_put(h, i, h->at[i / 2]);
    heap_put(h, i, t);
}

static void heap_down(struct heap *h, uint32_t i, struct heap_timer *t)
{
    for (uint32_t child; (child = 2 * i) <= h->count; i = child) {
        child += child < h->count && h->at[child + 1]->day.n < h->at[child]->day.n;
        if (h->at[child]->day.n >= t->day.n)
            break;
        heap_put(h, i, h->at[child]);
    }
    heap_put(h, i, t);
}

static void heap_settle(struct heap *h, uint32_t i, struct heap_timer *t)
{
    if (i > 1 && h->at[i / 2]->day.n > t->day.n)
        heap_up(h, i, t);
    else
        heap_down(h, i, t);
}

static void heap_arm(struct heap *h, struct heap_timer *t, struct day day)
{
    uint32_t place = t->place;
    t->day = day;
    if (!day_is_none(day)) {
        heap_settle(h, place ? place : ++h->count, t);
    } else if (place) {
        struct heap_timer *last = h->at[h->count--];
        t->place = 0;
        if (last != t)
            heap_settle(h, place, last);
    }
}

static double seconds(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Both sides get the same timers in the same order, and the same days. */
struct load {
    uint32_t count;
    uint32_t *order;
    struct timer *timers;
    struct heap_timer *heap_timers;
    struct timers *ours;
    struct heap heap;
    double all_ours, all_heap; /* seconds */
};

static void report(const char *what, uint32_t count, double ours, double heap)
{
    printf("{\"measure\":\"%s\",\"deadlines\":%u,\"ns\":%.1f,\"heap_ns\":%.1f,\"times_faster\":%.2f}\n", what,
           count, ours * 1e9 / count, heap * 1e9 / count, heap / ours);
}

enum action { ARM, MOVE, CANCEL };
static const char *const actions[] = {"arm", "move", "cancel"};

static struct day day_for(enum action action, uint64_t *state)
{
    return action == CANCEL ? DAY_NONE : (struct day){FIRST_DAY + (int32_t)below(state, DAYS)};
}

static void measure(struct load *l, enum action action)
{
    uint64_t state = action + 1U;
    double begin = seconds();
    for (uint32_t i = 0; i < l->count; i++)
        timers_arm(l->ours, &l->timers[l->order[i]], day_for(action, &state));
    double ours = seconds() - begin;
    state = action + 1U;
    begin = seconds();
    for (uint32_t i = 0; i < l->count; i++)
        heap_arm(&l->heap, &l->heap_timers[l->order[i]], day_for(action, &state));
    double heap = seconds() - begin;
    if (timers_first(l->ours).n != (l->heap.count ? l->heap.at[1]->day.n : DAY_NONE.n))
        abort();
    report(actions[action], l->count, ours, heap);
    l->all_ours += ours;
    l->all_heap += heap;
}

static void measure_tick(const struct timers *timers, uint32_t count)
{
    volatile int32_t first = 0;
    double begin = seconds();
    for (uint32_t i = 0; i < TICKS; i++)
        first = timers_first(timers).n;
    (void)first;
    printf("{\"measure\":\"tick\",\"deadlines\":%u,\"ns\":%.2f}\n", count, (seconds() - begin) * 1e9 / TICKS);
}

int main(int argc, char **argv)
{
    struct load l = {.count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000000};
    uint64_t state = 42;
    if (l.count < 10)
        l.count = 10;
    l.order = memory_take(l.count * sizeof *l.order);
    for (uint32_t i = 0; i < l.count; i++)
        l.order[i] = i;
    for (uint32_t i = l.count - 1; i > 0; i--) {
        uint32_t k = below(&state, i + 1), other = l.order[k];
        l.order[k] = l.order[i];
        l.order[i] = other;
    }
    l.timers = memory_zeroed(l.count * sizeof *l.timers);
    l.heap_timers = memory_zeroed(l.count * sizeof *l.heap_timers);
    l.heap.at = memory_take((l.count + 1) * sizeof(struct heap_timer *));
    l.ours = timers_new();
    struct timers *few = timers_new();
    struct timer ten[10] = {0};
    for (size_t i = 0; i < 10; i++)
        timers_arm(few, &ten[i], day_for(ARM, &state));
    measure(&l, ARM);
    measure_tick(few, 10);
    measure_tick(l.ours, l.count);
    measure(&l, MOVE);
    measure(&l, CANCEL);
    report("all three", l.count, l.all_ours, l.all_heap);
    timers_free(few);
    timers_free(l.ours);
    memory_give(l.heap.at);
    memory_give(l.heap_timers);
    memory_give(l.timers);
    memory_give(l.order);
    return 0;
}
