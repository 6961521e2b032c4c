#include <jemalloc/jemalloc.h>
#include <stdint.h>

#include "edge/heap/heap.h"

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

/* jemalloc reads this when it begins. Else there are four arenas a core, and each keeps what its busiest
 * moment took: docs/performance.md, "Memory that is given back". */
extern const char *malloc_conf;
const char *malloc_conf = "narenas:2";

static size_t heap_number(const char *name)
{
    size_t found = 0, size = sizeof found;
    return mallctl(name, &found, &size, NULL, 0) == 0 ? found : 0;
}

struct heap heap_look(void)
{
    uint64_t epoch = 1;
    (void)mallctl("epoch", NULL, NULL, &epoch, sizeof epoch); /* what is told is as old as this */
    return (struct heap){heap_number("stats.resident"), heap_number("stats.allocated")};
}

#define EVERY_ARENA "arena." TEXT_OF(MALLCTL_ARENAS_ALL)

void heap_give_back(void)
{
    (void)mallctl(EVERY_ARENA ".decay", NULL, NULL, NULL, 0);
}

void heap_give_back_all(void)
{
    (void)mallctl(EVERY_ARENA ".purge", NULL, NULL, NULL, 0);
}
