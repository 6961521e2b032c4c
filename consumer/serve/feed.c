#include "consumer/serve/feed.h"

#include <pthread.h>

#include "core/memory.h"

struct entry {
    enum change_kind kind;
    uint32_t row;
    char *at; /* own */
    size_t len;
};

struct feed {
    pthread_mutex_t lock;
    struct entry ring[FEED_CHANGES];
    uint64_t first, next, epoch; /* entries first..next-1 are there, each at its number modulo the size */
    size_t bytes;
};

struct feed *feed_new(void)
{
    struct feed *f = memory_zeroed(sizeof *f);
    (void)pthread_mutex_init(&f->lock, NULL);
    return f;
}

static void drop_first(struct feed *f)
{
    struct entry *entry = &f->ring[f->first++ % FEED_CHANGES];
    f->bytes -= entry->len;
    memory_give(entry->at);
    entry->at = NULL;
}

void feed_free(struct feed *f)
{
    if (!f)
        return;
    while (f->first < f->next)
        drop_first(f);
    (void)pthread_mutex_destroy(&f->lock);
    memory_give(f);
}

static void add(struct feed *f, const struct change *c, const char *at, size_t len)
{
    while (f->first < f->next && (f->next - f->first == FEED_CHANGES || f->bytes + len > FEED_BYTES))
        drop_first(f);
    struct entry *entry = &f->ring[f->next++ % FEED_CHANGES];
    *entry = (struct entry){c->kind, c->row, memory_take(len + 1), len};
    memcpy(entry->at, at, len);
    f->bytes += len;
}

void feed_publish(struct feed *f, const struct change *changes, size_t count, struct text text)
{
    size_t from = 0;
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < count; i++) {
        add(f, &changes[i], text.at + from, changes[i].text - from);
        from = changes[i].text;
    }
    (void)pthread_mutex_unlock(&f->lock);
}

void feed_restart(struct feed *f)
{
    (void)pthread_mutex_lock(&f->lock);
    while (f->first < f->next)
        drop_first(f);
    f->epoch++;
    (void)pthread_mutex_unlock(&f->lock);
}

struct feed_place feed_end(struct feed *f)
{
    (void)pthread_mutex_lock(&f->lock);
    struct feed_place place = {f->next, f->epoch};
    (void)pthread_mutex_unlock(&f->lock);
    return place;
}

bool feed_read(struct feed *f, struct feed_place *place, size_t most,
               bool (*takes)(void *context, enum change_kind kind, uint32_t row), void *context,
               struct buffer *out)
{
    size_t until = out->len + most;
    (void)pthread_mutex_lock(&f->lock);
    bool there = place->epoch == f->epoch && place->next >= f->first;
    while (there && place->next < f->next && out->len < until) {
        const struct entry *entry = &f->ring[place->next++ % FEED_CHANGES];
        if (entry->kind == CHANGE_MARK || takes(context, entry->kind, entry->row))
            buffer_add(out, entry->at, entry->len);
    }
    (void)pthread_mutex_unlock(&f->lock);
    return there;
}
