#include <stdio.h>

#include "consumer/merge.h"
#include "consumer/replay/history.h"
#include "core/memory.h"
#include "edge/file/event_file.h"

#define ARENA_BYTES (1 << 20)

/* Where an event stands. */
struct place {
    const char *file; /* borrow: as the history was given it */
    uint64_t line;
    int64_t offset;
    bool container;
};

struct queue {
    struct event *at;
    struct place *places;
    size_t count, size, next;
    int64_t seen; /* events of the kind read so far, passed over ones included */
};

struct file_history {
    struct history history; /* first */
    struct arena *arena;
    struct queue queues[EVENT_KINDS];
};

static void queue_add(struct queue *q, const struct event *event, const struct place *place)
{
    if (q->count == q->size) {
        q->size = q->size ? q->size * 2 : 64;
        q->at = memory_resize(q->at, q->size * sizeof *q->at);
        q->places = memory_resize(q->places, q->size * sizeof *q->places);
    }
    q->at[q->count] = *event;
    q->places[q->count++] = *place;
}

static int file_history_next(struct history *history, struct history_item *out, struct error *e)
{
    (void)e;
    struct file_history *h = (struct file_history *)(void *)history;
    struct merge_head heads[EVENT_KINDS];
    for (int k = 0; k < EVENT_KINDS; k++) {
        const struct queue *q = &h->queues[k];
        heads[k].there = q->next < q->count;
        heads[k].timestamp = heads[k].there ? q->at[q->next].common.recorded_at : INSTANT_NONE;
    }
    int kind = merge_pick(heads);
    if (kind < 0)
        return 0;
    struct queue *q = &h->queues[kind];
    out->partition = 0;
    out->kind = (enum event_kind)kind;
    const struct place *place = &q->places[q->next];
    out->offset = place->offset;
    out->file = place->file;
    out->line = place->line;
    out->container = place->container;
    out->timestamp = heads[kind].timestamp;
    out->event = &q->at[q->next++];
    out->refused.code = 0;
    return 1;
}

static void file_history_free(struct history *history)
{
    struct file_history *h = (struct file_history *)(void *)history;
    for (int k = 0; k < EVENT_KINDS; k++) {
        memory_give(h->queues[k].at);
        memory_give(h->queues[k].places);
    }
    arena_free(h->arena);
    memory_give(h);
}

/* Returns how many events of the file are wrong, or a negative error. */
static int64_t file_history_read(struct file_history *h, const char *path, struct instant now,
                                 struct instant as_of, struct error *e)
{
    struct event_file *f = NULL;
    int rc = event_file_open(path, now, &f, e);
    if (rc)
        return rc;
    int64_t wrong = 0;
    for (bool more = true; more;) {
        struct event event;
        struct event_json_errors errors;
        switch (event_file_next(f, h->arena, &event, &errors)) {
        case EVENT_FILE_END: more = false; break;
        case EVENT_FILE_EVENT: {
            struct queue *q = &h->queues[event.kind];
            struct place place = {path, event_file_line(f), q->seen++, event_file_is_container(f)};
            if (instant_is_none(as_of) || event.common.recorded_at.ms <= as_of.ms)
                queue_add(q, &event, &place);
            break;
        }
        case EVENT_FILE_BROKEN: more = false; /* fall through */
        case EVENT_FILE_INVALID:
            event_file_report(f, path, &errors, stderr);
            wrong++;
            break;
        }
    }
    event_file_close(f);
    return wrong;
}

int file_history_open(const char *const *paths, size_t count, struct instant now, struct instant as_of,
                      struct history **out, struct error *e)
{
    struct file_history *h = memory_zeroed(sizeof *h);
    h->history = (struct history){.partitions = 1, .next = file_history_next, .free = file_history_free};
    h->arena = arena_new(ARENA_BYTES);
    int64_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t rc = file_history_read(h, paths[i], now, as_of, e);
        if (rc < 0) {
            file_history_free(&h->history);
            return (int)rc;
        }
        wrong += rc;
    }
    if (wrong) {
        file_history_free(&h->history);
        return error_set(e, ERROR_INVALID, "", "%lld event%s wrong, nothing is replayed", (long long)wrong,
                         wrong == 1 ? " is" : "s are");
    }
    for (int k = 0; k < EVENT_KINDS; k++)
        h->history.total += (int64_t)h->queues[k].count;
    *out = &h->history;
    return 0;
}
