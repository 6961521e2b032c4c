#include <malloc.h>

#include "edge/heap/heap.h"

struct heap heap_look(void)
{
    struct mallinfo2 info = mallinfo2();
    return (struct heap){info.arena + info.hblkhd, info.uordblks + info.hblkhd};
}

void heap_give_back(void)
{
    heap_give_back_all();
}

void heap_give_back_all(void)
{
    (void)malloc_trim(0);
}
