#include "core/timers.h"

#include <stddef.h>

#include "core/memory.h"

#define PAGE_BITS 9
#define PAGE_DAYS (1 << PAGE_BITS)
#define PAGES ((2932896 + 719162) / PAGE_DAYS + 1)
#define WORDS(bits) (((bits) + 63) / 64)

struct page {
    uint64_t map[WORDS(PAGE_DAYS)]; /* days of the page that have a timer */
    struct timer *days[PAGE_DAYS];
};

struct timers {
    uint64_t map[WORDS(PAGES)]; /* pages that have a timer */
    struct page *pages[PAGES];
};

struct timers *timers_new(void)
{
    return memory_zeroed(sizeof(struct timers));
}

void timers_free(struct timers *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < PAGES; i++)
        memory_give(t->pages[i]);
    memory_give(t);
}

static size_t day_slot(struct day d)
{
    return (size_t)(d.n - DAY_FIRST.n);
}

static void slot_clear_if_empty(struct timers *t, size_t slot)
{
    size_t number = slot >> PAGE_BITS, at = slot & (PAGE_DAYS - 1);
    struct page *page = t->pages[number];
    if (page->days[at])
        return;
    page->map[at / 64] &= ~(1ULL << (at % 64));
    for (size_t i = 0; i < WORDS(PAGE_DAYS); i++)
        if (page->map[i])
            return;
    t->map[number / 64] &= ~(1ULL << (number % 64));
}

static void timer_unlink(struct timers *t, struct timer *timer)
{
    if (!timer->previous)
        return;
    *timer->previous = timer->next;
    if (timer->next)
        timer->next->previous = timer->previous;
    timer->previous = NULL;
    timer->next = NULL;
    slot_clear_if_empty(t, day_slot(timer->day));
}

static void timer_link(struct timers *t, struct timer *timer, size_t slot)
{
    size_t number = slot >> PAGE_BITS, at = slot & (PAGE_DAYS - 1);
    if (!t->pages[number])
        t->pages[number] = memory_zeroed(sizeof(struct page));
    struct timer **head = &t->pages[number]->days[at];
    timer->next = *head;
    timer->previous = head;
    if (*head)
        (*head)->previous = &timer->next;
    *head = timer;
    t->pages[number]->map[at / 64] |= 1ULL << (at % 64);
    t->map[number / 64] |= 1ULL << (number % 64);
}

void timers_arm(struct timers *t, struct timer *timer, struct day day)
{
    if (!day_is_none(day) && day.n < DAY_FIRST.n)
        day = DAY_FIRST;
    if (timer->previous && day.n == timer->day.n)
        return;
    timer_unlink(t, timer);
    timer->day = day;
    if (!day_is_none(day) && day.n <= DAY_LAST.n)
        timer_link(t, timer, day_slot(day));
}

static size_t first_bit(const uint64_t *map, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if (map[i])
            return i * 64 + (size_t)__builtin_ctzll(map[i]);
    return SIZE_MAX;
}

struct day timers_first(const struct timers *t)
{
    size_t page = first_bit(t->map, WORDS(PAGES));
    if (page == SIZE_MAX)
        return DAY_NONE;
    size_t slot = (page << PAGE_BITS) + first_bit(t->pages[page]->map, WORDS(PAGE_DAYS));
    return (struct day){DAY_FIRST.n + (int32_t)slot};
}

struct timer *timers_take(struct timers *t, struct day day)
{
    size_t slot = day_slot(day);
    struct page *page = t->pages[slot >> PAGE_BITS];
    if (!page)
        return NULL;
    struct timer *list = page->days[slot & (PAGE_DAYS - 1)];
    page->days[slot & (PAGE_DAYS - 1)] = NULL;
    for (struct timer *each = list; each; each = each->next)
        each->previous = NULL;
    if (list)
        slot_clear_if_empty(t, slot);
    return list;
}
