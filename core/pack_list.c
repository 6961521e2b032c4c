#include "core/pack_list.h"

#include "core/memory.h"

/* What stands before each text. */
enum { LENGTH_LONG = 254, /* four bytes more have it */ LENGTH_NULL };

static size_t item_bytes(struct text t)
{
    return 1 + (t.len < LENGTH_LONG ? 0 : sizeof(uint32_t)) + t.len;
}

static char *item_write(char *to, struct text t)
{
    uint32_t len = (uint32_t)t.len;
    if (text_is_null(t)) {
        *to++ = (char)LENGTH_NULL;
        return to;
    }
    if (t.len < LENGTH_LONG) {
        *to++ = (char)len;
    } else {
        *to++ = (char)LENGTH_LONG;
        memcpy(to, &len, sizeof len);
        to += sizeof len;
    }
    if (len)
        memcpy(to, t.at, len);
    return to + len;
}

bool list_next(struct text list, size_t *position, struct text *out)
{
    if (*position >= list.len)
        return false;
    uint32_t len = (unsigned char)list.at[(*position)++];
    if (len == LENGTH_NULL) {
        *out = TEXT_NULL;
        return true;
    }
    if (len == LENGTH_LONG) {
        memcpy(&len, list.at + *position, sizeof len);
        *position += sizeof len;
    }
    *out = (struct text){list.at + *position, len};
    *position += len;
    return true;
}

size_t list_count(struct text list)
{
    size_t position = 0, count = 0;
    struct text each;
    while (list_next(list, &position, &each))
        count++;
    return count;
}

bool list_contains(struct text list, struct text t)
{
    size_t position = 0;
    struct text each;
    while (list_next(list, &position, &each))
        if (text_equal(each, t))
            return true;
    return false;
}

struct texts pack_list(const struct pack *p, unsigned number, struct arena *a)
{
    struct text packed = pack_text(p, number);
    struct texts list = {NULL, list_count(packed)};
    struct text *at = list.count ? arena_array(a, list.count, sizeof *at) : NULL;
    size_t position = 0;
    for (size_t i = 0; i < list.count; i++)
        (void)list_next(packed, &position, &at[i]);
    list.at = at;
    return list;
}

static size_t items_bytes(const struct text *texts, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (texts[i].len > UINT32_MAX / 2)
            memory_exhausted();
        bytes += item_bytes(texts[i]);
    }
    return bytes;
}

/* In the place of the bytes from..to. */
static void items_put(struct pool *pool, struct pack **p, unsigned number, size_t from, size_t to,
                      const struct text *texts, size_t count)
{
    char *at = pack_splice(pool, p, number, from, to, items_bytes(texts, count));
    for (size_t i = 0; i < count; i++)
        at = item_write(at, texts[i]);
}

void pack_append(struct pool *pool, struct pack **p, unsigned number, const struct text *texts, size_t count)
{
    if (count)
        items_put(pool, p, number, PACK_END, PACK_END, texts, count);
}

void pack_apply_list(struct pool *pool, struct pack **p, unsigned number, struct texts list)
{
    size_t count = list.count > LIST_LATEST ? LIST_LATEST : list.count;
    if (count)
        items_put(pool, p, number, 0, PACK_END, list.at + (list.count - count), count);
}

static void list_cut(struct pool *pool, struct pack **p, unsigned number, size_t from, size_t to)
{
    if (from == to)
        return;
    if (to - from == pack_text(*p, number).len)
        pack_set(pool, p, number, TEXT_NULL);
    else
        (void)pack_splice(pool, p, number, from, to, 0);
}

bool pack_list_remove(struct pool *pool, struct pack **p, unsigned number, struct text t)
{
    size_t position = 0;
    struct text list = pack_text(*p, number), each;
    for (size_t from = 0; list_next(list, &position, &each); from = position)
        if (text_equal(each, t)) {
            list_cut(pool, p, number, from, position);
            return true;
        }
    return false;
}

void pack_drop_first(struct pool *pool, struct pack **p, unsigned number, size_t count)
{
    size_t position = 0;
    struct text list = pack_text(*p, number), each;
    while (count-- && list_next(list, &position, &each))
        ;
    list_cut(pool, p, number, 0, position);
}

void pack_list_replace(struct pool *pool, struct pack **p, unsigned number, size_t from, size_t to,
                       struct text t)
{
    items_put(pool, p, number, from, to, &t, 1);
}
