#include "consumer/serve/knowledge.h"

#include <assert.h>

#include "consumer/serve/feed.h"
#include "consumer/serve/position.h"
#include "core/memory.h"
#include "core/zone.h"
#include "edge/cli/clock.h"

#define ARENA_BYTES (1 << 16)

int knowledge_open(const struct settings *s, struct knowledge *k, struct error *e)
{
    struct codec *codec = NULL;
    pthread_rwlockattr_t kind;
    (void)e;
    *k = (struct knowledge){.settings = s, .heard_at = INSTANT_NONE, .keeps_events = !s->without_events};
    int rc = codec_new(&codec, e);
    if (rc)
        return rc;
    codec_free(codec);
    topic_names_make(&k->names, s->prefix);
    (void)pthread_rwlockattr_init(&kind);
    (void)pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&k->lock, &kind);
    (void)pthread_rwlockattr_destroy(&kind);
    (void)pthread_mutex_init(&k->readers_lock, NULL);
    k->feed = feed_new();
    k->view = view_new(0);
    return 0;
}

static void reader_free(struct reader *r)
{
    codec_free(r->codec);
    arena_free(r->arena);
    memory_give(r);
}

void knowledge_close(struct knowledge *k)
{
    for (struct reader *r = k->readers, *next; r; r = next) {
        next = r->next;
        reader_free(r);
    }
    view_free(k->view);
    feed_free(k->feed);
    topic_names_free(&k->names);
    (void)pthread_rwlock_destroy(&k->lock);
    (void)pthread_mutex_destroy(&k->readers_lock);
}

void knowledge_read(struct knowledge *k)
{
    int rc = pthread_rwlock_rdlock(&k->lock);
    assert(rc == 0);
}

void knowledge_write(struct knowledge *k)
{
    int rc = pthread_rwlock_wrlock(&k->lock);
    assert(rc == 0);
}

void knowledge_unlock(struct knowledge *k)
{
    int rc = pthread_rwlock_unlock(&k->lock);
    assert(rc == 0);
}

struct reader *knowledge_reader(struct knowledge *k)
{
    (void)pthread_mutex_lock(&k->readers_lock);
    struct reader *r = k->readers;
    if (r)
        k->readers = r->next;
    (void)pthread_mutex_unlock(&k->readers_lock);
    if (!r) {
        r = memory_zeroed(sizeof *r);
        r->arena = arena_new(ARENA_BYTES);
        int rc = codec_new(&r->codec, NULL);
        assert(rc == 0); /* knowledge_open has tried */
    }
    arena_reset(r->arena);
    return r;
}

void knowledge_reader_back(struct knowledge *k, struct reader *r)
{
    (void)pthread_mutex_lock(&k->readers_lock);
    r->next = k->readers;
    k->readers = r;
    (void)pthread_mutex_unlock(&k->readers_lock);
}

/* What the view keeps was encoded by us: it decodes. */
void reader_record(struct reader *r, const struct subject_row *row, struct record *out)
{
    struct text avro = packed_avro(row->packed);
    int rc = codec_decode_record(r->codec, row->kind, avro.at, avro.len, r->arena, out, NULL);
    assert(rc == 0);
}

void reader_alert(struct reader *r, const struct alert_row *row, struct alert *out)
{
    struct text avro = packed_avro(row->packed);
    int rc = codec_decode_alert(r->codec, avro.at, avro.len, r->arena, out, NULL);
    assert(rc == 0);
}

void reader_event(struct reader *r, const struct event_row *row, struct event *out)
{
    struct text avro = packed_avro(row->packed);
    int rc = codec_decode_event(r->codec, row->kind, avro.at, avro.len, r->arena, out, NULL);
    assert(rc == 0);
}

struct instant knowledge_now(const struct knowledge *k)
{
    const struct clock_choice *clock = &k->settings->clock;
    if (clock->kind == CLOCK_INSTANT)
        return clock->at;
    struct instant seen = view_as_of(k->view);
    return clock->kind == CLOCK_STREAM && !instant_is_none(seen) ? seen : clock_wall();
}

struct day knowledge_today(const struct knowledge *k)
{
    return zone_day_of(k->settings->zone, knowledge_now(k));
}

void knowledge_position(const struct knowledge *k, struct buffer *out)
{
    position_write(k->view, out);
}
