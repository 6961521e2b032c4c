#include "producer/kept.h"

#include "core/buffer.h"
#include "core/memory.h"

struct kept {
    struct buffer bytes; /* own: a head and the texts of each event, one after the other */
    size_t most_bytes;
    bool lost; /* there was too much */
};

struct head {
    struct instant recorded_at;
    uint32_t id, dossier, subject, value; /* bytes, in this order */
    uint8_t kind, type;
};

struct kept *kept_new(size_t most_bytes)
{
    struct kept *k = memory_zeroed(sizeof *k);
    k->most_bytes = most_bytes;
    return k;
}

void kept_free(struct kept *k)
{
    if (!k)
        return;
    buffer_free(&k->bytes);
    memory_give(k);
}

static void add_text(struct buffer *b, struct text t)
{
    buffer_add(b, t.at, t.len);
}

void kept_add(struct kept *k, const struct event *event, struct text value)
{
    struct text subject = event_subject(event);
    const struct event_common *c = &event->common;
    size_t bytes = sizeof(struct head) + c->event_id.len + c->dossier.len + subject.len + value.len;
    if (k->lost || bytes > k->most_bytes - k->bytes.len) {
        buffer_free(&k->bytes);
        k->lost = true;
        return;
    }
    struct head head;
    memset(&head, 0, sizeof head);
    head.recorded_at = c->recorded_at;
    head.id = (uint32_t)c->event_id.len;
    head.dossier = (uint32_t)c->dossier.len;
    head.subject = (uint32_t)subject.len;
    head.value = (uint32_t)value.len;
    head.kind = (uint8_t)event->kind;
    head.type = c->type;
    buffer_add(&k->bytes, &head, sizeof head);
    add_text(&k->bytes, c->event_id);
    add_text(&k->bytes, c->dossier);
    add_text(&k->bytes, subject);
    add_text(&k->bytes, value);
}

bool kept_all(const struct kept *k)
{
    return !k->lost;
}

static struct text take_text(const struct kept *k, size_t *position, uint32_t len)
{
    struct text t = {(const char *)k->bytes.at + *position, len};
    *position += len;
    return t;
}

bool kept_next(const struct kept *k, size_t *position, struct event *out, struct text *value)
{
    struct head head;
    if (*position >= k->bytes.len)
        return false;
    memcpy(&head, k->bytes.at + *position, sizeof head);
    *position += sizeof head;
    event_clear(out, (enum event_kind)head.kind);
    out->common.recorded_at = head.recorded_at;
    out->common.type = head.type;
    out->common.event_id = take_text(k, position, head.id);
    out->common.dossier = take_text(k, position, head.dossier);
    struct text subject = take_text(k, position, head.subject);
    switch (out->kind) {
    case EVENT_SIGNING: out->signing.instrument = subject; break;
    case EVENT_SUMMIT: out->summit.summit = subject; break;
    case EVENT_MILESTONE: out->milestone.commitment = subject; break;
    }
    *value = take_text(k, position, head.value);
    return true;
}
