#include "core/pack.h"

#include "core/memory.h"

/* Each text: its length, in one byte or in five, and its bytes; in the order of numbers. */
struct pack {
    uint32_t numbers; /* a bit each: there is one */
    uint32_t len;     /* bytes in use */
    uint32_t size;    /* bytes there are */
    unsigned char at[];
};

#define HEADER offsetof(struct pack, at)
#define LONG 255 /* the length follows in four bytes */

/* Of pieces. Long ones, which are the system's, are not to be asked for with each event that adds to them. */
#define STEP 8
#define STEP_LONG 256

/* Where a text stands. */
struct place {
    uint32_t at; /* its length */
    uint32_t head;
    uint32_t len;
};

static uint32_t bit(unsigned number)
{
    return (uint32_t)1 << number;
}

static uint32_t head_bytes(size_t len)
{
    return len < LONG ? 1 : 1 + (uint32_t)sizeof(uint32_t);
}

static struct place place_at(const struct pack *p, uint32_t at)
{
    struct place place = {at, 1, p->at[at]};
    if (place.len == LONG) {
        memcpy(&place.len, p->at + at + 1, sizeof place.len);
        place.head += (uint32_t)sizeof place.len;
    }
    return place;
}

/* Of the text, or where it would stand. */
static struct place place_of(const struct pack *p, unsigned number)
{
    if (p->numbers < bit(number))
        return (struct place){p->len, 0, 0};
    const unsigned char *at = p->at;
    for (uint32_t before = p->numbers & (bit(number) - 1); before; before &= before - 1) {
        uint32_t len = *at++;
        if (len == LONG) {
            memcpy(&len, at, sizeof len);
            at += sizeof len;
        }
        at += len;
    }
    uint32_t passed = (uint32_t)(at - p->at);
    return p->numbers & bit(number) ? place_at(p, passed) : (struct place){passed, 0, 0};
}

struct text pack_text(const struct pack *p, unsigned number)
{
    if (!p || !(p->numbers & bit(number)))
        return TEXT_NULL;
    struct place place = place_of(p, number);
    return (struct text){(const char *)p->at + place.at + place.head, place.len};
}

static size_t rounded(size_t bytes)
{
    size_t step = HEADER + bytes <= POOL_SHORT ? STEP : STEP_LONG;
    return ((HEADER + bytes + step - 1) & ~(step - 1)) - HEADER;
}

static struct pack *pack_new(struct pool *pool, size_t bytes)
{
    size_t size = rounded(bytes);
    struct pack *p = pool_take(pool, HEADER + size);
    p->numbers = p->len = 0;
    p->size = (uint32_t)size;
    return p;
}

/* There are fewer, or there is no pack. */
static void pack_reserve(struct pool *pool, struct pack **p, size_t bytes)
{
    if (bytes > UINT32_MAX / 2)
        memory_exhausted();
    if (!*p) {
        *p = pack_new(pool, bytes);
        return;
    }
    size_t size = rounded(bytes);
    *p = pool_resize(pool, *p, HEADER + (*p)->size, HEADER + size);
    (*p)->size = (uint32_t)size;
}

/* Gives the text that length, 0..2^31; what was behind `to` stands behind `from + bytes` then. */
static void pack_shift(struct pack *p, const struct place *old, struct place *place, size_t from, size_t to)
{
    unsigned char *text = p->at + old->at + old->head, *moved = p->at + place->at + place->head;
    size_t end = old->at + old->head + old->len, tail = old->len - to;
    size_t new_end = place->at + place->head + place->len;
    if (new_end > end) {
        memmove(p->at + new_end, p->at + end, p->len - end);
        memmove(p->at + new_end - tail, text + to, tail);
        memmove(moved, text, from);
    } else {
        memmove(moved, text, from);
        memmove(p->at + new_end - tail, text + to, tail);
        memmove(p->at + new_end, p->at + end, p->len - end);
    }
    p->len = (uint32_t)(p->len + new_end - end);
}

static void head_write(struct pack *p, const struct place *place)
{
    p->at[place->at] = place->head == 1 ? (unsigned char)place->len : LONG;
    if (place->head > 1)
        memcpy(p->at + place->at + 1, &place->len, sizeof place->len);
}

/* A text with a number above all others is put behind them, as a draft is filled. NULL: there is no room. */
static char *pack_add(struct pack *p, unsigned number, size_t bytes)
{
    struct place place = {p->len, head_bytes(bytes), (uint32_t)bytes};
    if (place.head + bytes > p->size - p->len)
        return NULL;
    head_write(p, &place);
    p->len += place.head + place.len;
    p->numbers |= bit(number);
    return (char *)p->at + place.at + place.head;
}

char *pack_splice(struct pool *pool, struct pack **p, unsigned number, size_t from, size_t to, size_t bytes)
{
    char *added = *p && (*p)->numbers < bit(number) ? pack_add(*p, number, bytes) : NULL;
    if (added)
        return added;
    struct place old = *p ? place_of(*p, number) : (struct place){0, 0, 0};
    from = from < old.len ? from : old.len;
    to = to < old.len ? to : old.len;
    size_t len = old.len - (to - from) + bytes;
    if (bytes > UINT32_MAX / 2 || len > UINT32_MAX / 2)
        memory_exhausted();
    struct place place = {old.at, head_bytes(len), (uint32_t)len};
    if (!old.head || place.len != old.len) {
        size_t wanted = (*p ? (*p)->len : 0) + (place.head + len) - (old.head + old.len);
        if (!*p || (*p)->size < wanted)
            pack_reserve(pool, p, wanted);
        pack_shift(*p, &old, &place, from, to);
        head_write(*p, &place);
        (*p)->numbers |= bit(number);
    }
    return (char *)(*p)->at + place.at + place.head + from;
}

static void pack_remove(struct pool *pool, struct pack **p, unsigned number)
{
    if (!*p || !((*p)->numbers & bit(number)))
        return;
    struct place place = place_of(*p, number);
    uint32_t end = place.at + place.head + place.len;
    memmove((*p)->at + place.at, (*p)->at + end, (*p)->len - end);
    (*p)->len -= end - place.at;
    (*p)->numbers &= ~bit(number);
    if (!(*p)->numbers)
        pack_free(pool, p);
}

void pack_set(struct pool *pool, struct pack **p, unsigned number, struct text t)
{
    if (text_is_null(t)) {
        pack_remove(pool, p, number);
        return;
    }
    char *to = pack_splice(pool, p, number, 0, PACK_END, t.len);
    if (t.len)
        memcpy(to, t.at, t.len);
}

void pack_apply(struct pool *pool, struct pack **p, unsigned number, struct text t)
{
    if (!text_is_null(t))
        pack_set(pool, p, number, t.len ? t : TEXT_NULL);
}

void pack_free(struct pool *pool, struct pack **p)
{
    if (*p)
        pool_give(pool, *p, HEADER + (*p)->size);
    *p = NULL;
}

static void pack_fill(struct pack *p, const struct pack *from)
{
    p->numbers = from->numbers;
    p->len = from->len;
    memcpy(p->at, from->at, from->len);
}

void pack_assign(struct pool *pool, struct pack **p, const struct pack *from)
{
    bool none = !from || !from->numbers;
    if (none || (*p && (*p)->size != rounded(from->len)))
        pack_free(pool, p);
    if (none)
        return;
    if (!*p)
        *p = pack_new(pool, from->len);
    pack_fill(*p, from);
}

void pack_draft(struct pool *pool, struct pack **p, const struct pack *from)
{
    if (!from) {
        if (*p)
            (*p)->numbers = (*p)->len = 0;
        return;
    }
    if (!*p || (*p)->size < from->len)
        pack_reserve(pool, p, from->len);
    pack_fill(*p, from);
}
