#include "consumer/process/outbox.h"

static struct text outbox_copy(struct outbox *b, struct text t)
{
    if (text_is_null(t))
        return t;
    char *at = b->bytes + b->used;
    if (t.len)
        memcpy(at, t.at, t.len);
    b->used += t.len;
    return (struct text){at, t.len};
}

bool outbox_put(struct outbox *b, const struct outgoing *m)
{
    size_t room = OUTBOX_BYTES - b->used;
    if (b->count == OUTBOX_MESSAGES || m->key.len > room || m->value.len > room - m->key.len)
        return false;
    struct outgoing *kept = &b->messages[b->count++];
    *kept = *m;
    kept->key = outbox_copy(b, m->key);
    kept->value = outbox_copy(b, m->value);
    return true;
}

void outbox_clear(struct outbox *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->messages[i].headers)
            rd_kafka_headers_destroy(b->messages[i].headers);
    b->count = b->used = 0;
}
