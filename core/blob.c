#include "core/blob.h"

#include "core/memory.h"

#define NULL_LENGTH UINT32_MAX

/* Room for `bytes`; what was there stays. */
static struct blob *blob_reserve(struct pool *pool, struct blob **b, size_t bytes)
{
    if (bytes > UINT32_MAX / 2)
        memory_exhausted();
    if (!*b || (*b)->size < bytes) {
        /* What grows once will grow again: a quarter more, so that lists do not creep. */
        size_t size = *b ? bytes + bytes / 4 : bytes;
        size = (size + 7) & ~(size_t)7;
        uint32_t len = *b ? (*b)->len : 0;
        *b = pool_resize(pool, *b, *b ? sizeof **b + (*b)->size : 0, sizeof **b + size);
        (*b)->len = len;
        (*b)->size = (uint32_t)size;
    }
    return *b;
}

void blob_set(struct pool *pool, struct blob **b, struct text t)
{
    if (text_is_null(t)) {
        blob_free(pool, b);
        return;
    }
    struct blob *to = blob_reserve(pool, b, t.len);
    if (t.len)
        memcpy(to->at, t.at, t.len);
    to->len = (uint32_t)t.len;
}

void blob_add(struct pool *pool, struct blob **b, const void *bytes, size_t n)
{
    size_t used = *b ? (*b)->len : 0;
    struct blob *to = blob_reserve(pool, b, used + n);
    memcpy(to->at + used, bytes, n);
    to->len = (uint32_t)(used + n);
}

void blob_apply(struct pool *pool, struct blob **b, struct text t)
{
    if (text_is_null(t))
        return;
    blob_set(pool, b, t.len ? t : TEXT_NULL);
}

void blob_free(struct pool *pool, struct blob **b)
{
    if (*b)
        pool_give(pool, *b, sizeof **b + (*b)->size);
    *b = NULL;
}

bool blob_next(const struct blob *b, uint32_t *position, struct text *out)
{
    uint32_t len;
    if (!b || *position >= b->len)
        return false;
    memcpy(&len, b->at + *position, sizeof len);
    *position += (uint32_t)sizeof len;
    if (len == NULL_LENGTH) {
        *out = TEXT_NULL;
        return true;
    }
    *out = (struct text){b->at + *position, len};
    *position += len;
    return true;
}

void blob_append_all(struct pool *pool, struct blob **b, const struct text *texts, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += sizeof(uint32_t) + texts[i].len;
    size_t used = *b ? (*b)->len : 0;
    struct blob *to = blob_reserve(pool, b, used + bytes);
    for (size_t i = 0; i < count; i++) {
        uint32_t len = text_is_null(texts[i]) ? NULL_LENGTH : (uint32_t)texts[i].len;
        memcpy(to->at + used, &len, sizeof len);
        used += sizeof len;
        if (texts[i].len)
            memcpy(to->at + used, texts[i].at, texts[i].len);
        used += texts[i].len;
    }
    to->len = (uint32_t)used;
}

void blob_append(struct pool *pool, struct blob **b, struct text t)
{
    blob_append_all(pool, b, &t, 1);
}

static void blob_cut(struct pool *pool, struct blob **b, uint32_t from, uint32_t to)
{
    memmove((*b)->at + from, (*b)->at + to, (*b)->len - to);
    (*b)->len -= to - from;
    if ((*b)->len == 0)
        blob_free(pool, b);
}

bool blob_remove(struct pool *pool, struct blob **b, struct text t)
{
    uint32_t position = 0;
    struct text each;
    for (uint32_t from = 0; blob_next(*b, &position, &each); from = position)
        if (text_equal(each, t)) {
            blob_cut(pool, b, from, position);
            return true;
        }
    return false;
}

bool blob_contains(const struct blob *b, struct text t)
{
    uint32_t position = 0;
    struct text each;
    while (blob_next(b, &position, &each))
        if (text_equal(each, t))
            return true;
    return false;
}

void blob_drop_first(struct pool *pool, struct blob **b, uint32_t count)
{
    uint32_t position = 0;
    struct text each;
    while (count-- && blob_next(*b, &position, &each))
        ;
    if (position)
        blob_cut(pool, b, 0, position);
}

uint32_t blob_count(const struct blob *b)
{
    uint32_t position = 0, count = 0;
    struct text each;
    while (blob_next(b, &position, &each))
        count++;
    return count;
}

void blob_apply_list(struct pool *pool, struct blob **b, struct texts list)
{
    if (list.count == 0)
        return;
    if (*b)
        (*b)->len = 0;
    size_t count = list.count > LIST_LATEST ? LIST_LATEST : list.count;
    blob_append_all(pool, b, list.at + (list.count - count), count);
}

struct texts blob_list(const struct blob *b, struct arena *a)
{
    struct texts list = {NULL, blob_count(b)};
    struct text *at = list.count ? arena_array(a, list.count, sizeof *at) : NULL;
    uint32_t position = 0;
    for (size_t i = 0; i < list.count; i++)
        (void)blob_next(b, &position, &at[i]);
    list.at = at;
    return list;
}

void *vec_add(struct pool *pool, struct vec *v, size_t element_bytes)
{
    if (v->count == v->size) {
        uint32_t size = v->size ? v->size * 2 : 1;
        v->at = pool_resize(pool, v->at, v->size * element_bytes, size * element_bytes);
        v->size = size;
    }
    void *at = (char *)v->at + v->count++ * element_bytes;
    memset(at, 0, element_bytes);
    return at;
}

void vec_drop_first(struct vec *v, size_t element_bytes)
{
    if (v->count == 0)
        return;
    v->count--;
    memmove(v->at, (char *)v->at + element_bytes, v->count * element_bytes);
}

void vec_free(struct pool *pool, struct vec *v, size_t element_bytes)
{
    pool_give(pool, v->at, v->size * element_bytes);
    *v = (struct vec){NULL, 0, 0};
}
