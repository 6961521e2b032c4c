#include "consumer/ahead.h"

#define ARENA_BYTES (1 << 14)

void ahead_free(struct ahead *a)
{
    arena_free(a->arena);
    a->arena = NULL;
    a->count = a->next = 0;
}

const struct event *ahead_find(struct ahead *a, const struct inbox *in)
{
    int64_t offset = in->batch[in->next]->offset;
    while (a->next < a->count && a->offsets[a->next] < offset)
        a->next++;
    return a->next < a->count && a->offsets[a->next] == offset ? &a->events[a->next] : NULL;
}

int ahead_fill(struct ahead *a, struct codec *codec, enum event_kind kind, const struct inbox *in,
               struct error *e)
{
    struct error why;
    if (!a->arena)
        a->arena = arena_new(ARENA_BYTES);
    arena_reset(a->arena);
    a->count = a->next = 0;
    for (size_t i = in->next; i < in->count && a->count < AHEAD_EVENTS; i++) {
        const rd_kafka_message_t *m = in->batch[i];
        int rc = m->err ? ERROR_KAFKA
                        : event_message_read(codec, kind, m, inbox_behind(in, i), a->arena,
                                             &a->events[a->count], a->count ? &why : e);
        if (rc && a->count == 0)
            return rc;
        if (rc)
            break;
        a->offsets[a->count++] = m->offset;
    }
    return 0;
}
