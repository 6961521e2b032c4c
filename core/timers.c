#include "core/timers.h"

#include "core/memory.h"
#include "core/pool.h"

#define PAGE_BITS 9
#define PAGE_DAYS (1 << PAGE_BITS)
#define PAGES ((2932896 + 719162) / PAGE_DAYS + 1)
#define FETCH_AHEAD 16 /* timers lie scattered in memory */
#define WORDS(bits) (((bits) + 63) / 64)

/* The timers of a day. */
struct list {
    struct timer **at; /* of the pool */
    uint32_t count, size;
};

struct page {
    uint64_t map[WORDS(PAGE_DAYS)]; /* days of the page that have a timer */
    struct list days[PAGE_DAYS];
};

struct timers {
    struct day first;           /* DAY_NONE: none is armed */
    uint64_t map[WORDS(PAGES)]; /* pages that have a timer */
    struct page *pages[PAGES];  /* own */
    struct list taken;          /* what timers_take gave out last */
    struct pool *pool;          /* own: days come and go, and lists as long as theirs are wanted again */
};

static size_t list_bytes(size_t size)
{
    return size * sizeof(struct timer *);
}

struct timers *timers_new(void)
{
    struct timers *t = memory_zeroed(sizeof *t);
    t->first = DAY_NONE;
    t->pool = pool_new();
    return t;
}

void timers_free(struct timers *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < PAGES; i++)
        memory_give(t->pages[i]);
    pool_free(t->pool);
    memory_give(t);
}

static size_t day_slot(struct day d)
{
    return (size_t)(d.n - DAY_FIRST.n);
}

static size_t first_bit(const uint64_t *map, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if (map[i])
            return i * 64 + (size_t)__builtin_ctzll(map[i]);
    return SIZE_MAX;
}

static struct day find_first(const struct timers *t)
{
    size_t page = first_bit(t->map, WORDS(PAGES));
    if (page == SIZE_MAX)
        return DAY_NONE;
    size_t slot = (page << PAGE_BITS) + first_bit(t->pages[page]->map, WORDS(PAGE_DAYS));
    return (struct day){DAY_FIRST.n + (int32_t)slot};
}

/* The day has lost its last timer. */
static void day_emptied(struct timers *t, struct day day)
{
    size_t slot = day_slot(day), number = slot >> PAGE_BITS, at = slot & (PAGE_DAYS - 1);
    struct page *page = t->pages[number];
    page->map[at / 64] &= ~(1ULL << (at % 64));
    if (first_bit(page->map, WORDS(PAGE_DAYS)) == SIZE_MAX)
        t->map[number / 64] &= ~(1ULL << (number % 64));
    if (day.n == t->first.n)
        t->first = find_first(t);
}

static struct list *day_list(struct timers *t, struct day day)
{
    size_t slot = day_slot(day);
    struct page *page = t->pages[slot >> PAGE_BITS];
    return page ? &page->days[slot & (PAGE_DAYS - 1)] : NULL;
}

/* The last timer of the day goes where this one was. */
static void timer_remove(struct timers *t, struct timer *timer)
{
    struct list *list = day_list(t, timer->day);
    struct timer *last = list->at[--list->count];
    list->at[timer->place - 1] = last;
    last->place = timer->place;
    timer->place = 0;
    if (list->count == 0)
        day_emptied(t, timer->day);
}

static void timer_add(struct timers *t, struct timer *timer, struct day day)
{
    size_t slot = day_slot(day), number = slot >> PAGE_BITS, at = slot & (PAGE_DAYS - 1);
    if (!t->pages[number])
        t->pages[number] = memory_zeroed(sizeof(struct page));
    struct list *list = &t->pages[number]->days[at];
    if (list->count == list->size) {
        uint32_t size = list->size ? list->size * 2 : 4;
        list->at = pool_resize(t->pool, list->at, list_bytes(list->size), list_bytes(size));
        list->size = size;
    }
    if (list->count == 0) {
        t->pages[number]->map[at / 64] |= 1ULL << (at % 64);
        t->map[number / 64] |= 1ULL << (number % 64);
        if (day_is_none(t->first) || day.n < t->first.n)
            t->first = day;
    }
    list->at[list->count++] = timer;
    timer->place = list->count;
    timer->day = day;
}

void timers_arm(struct timers *t, struct timer *timer, struct day day)
{
    if (!day_is_none(day) && day.n < DAY_FIRST.n)
        day = DAY_FIRST;
    if (timer->place) {
        if (day.n == timer->day.n)
            return;
        timer_remove(t, timer);
    }
    if (!day_is_none(day) && day.n <= DAY_LAST.n)
        timer_add(t, timer, day);
}

struct day timers_first(const struct timers *t)
{
    return t->first;
}

size_t timers_take(struct timers *t, struct day day, struct timer *const **out)
{
    struct list *list = day_list(t, day);
    if (!list || list->count == 0)
        return 0;
    pool_give(t->pool, t->taken.at, list_bytes(t->taken.size));
    t->taken = *list;
    *list = (struct list){NULL, 0, 0};
    for (size_t i = 0; i < t->taken.count; i++) {
        if (i + FETCH_AHEAD < t->taken.count)
            __builtin_prefetch(t->taken.at[i + FETCH_AHEAD], 1);
        t->taken.at[i]->place = 0;
    }
    day_emptied(t, day);
    *out = t->taken.at;
    return t->taken.count;
}
