#include "core/entry.h"

/* --- Claims: a byte, when it was recorded, and the numbers that are set --- */

#define CLAIM_TYPE 0x3F
#define CLAIM_PROGRESS 0x40
#define CLAIM_VALUE 0x80

static char *number_write(char *to, struct number n)
{
    if (!n.set)
        return to;
    memcpy(to, &n.value, sizeof n.value);
    return to + sizeof n.value;
}

static const char *number_read(const char *from, bool set, struct number *out)
{
    *out = NUMBER_NULL;
    if (!set)
        return from;
    memcpy(&out->value, from, sizeof out->value);
    out->set = true;
    return from + sizeof out->value;
}

struct text claim_write(const struct claim *c, char out[ENTRY_MOST])
{
    char *to = out;
    *to++ = (char)(c->type | (c->progress.set ? CLAIM_PROGRESS : 0) | (c->value.set ? CLAIM_VALUE : 0));
    to = varint_write(to, c->recorded_at.ms);
    to = number_write(to, c->progress);
    to = number_write(to, c->value);
    return (struct text){out, (size_t)(to - out)};
}

void claim_read(struct text entry, struct claim *out)
{
    const char *from = entry.at;
    unsigned char head = (unsigned char)*from++;
    out->type = head & CLAIM_TYPE;
    from = varint_read(from, &out->recorded_at.ms);
    from = number_read(from, head & CLAIM_PROGRESS, &out->progress);
    (void)number_read(from, head & CLAIM_VALUE, &out->value);
}

/* --- Slips: days as they follow each other --- */

struct text slip_write(const struct slip *s, char out[ENTRY_MOST])
{
    const struct day days[] = {s->from_opens, s->from_closes, s->to_opens, s->to_closes};
    int64_t before = 0;
    char *to = out;
    for (size_t i = 0; i < sizeof days / sizeof *days; before = days[i++].n)
        to = varint_write(to, days[i].n - before);
    to = varint_write(to, s->days);
    to = varint_write(to, s->recorded_at.ms);
    return (struct text){out, (size_t)(to - out)};
}

void slip_read(struct text entry, struct slip *out)
{
    struct day *const days[] = {&out->from_opens, &out->from_closes, &out->to_opens, &out->to_closes};
    int64_t before = 0, step;
    const char *from = entry.at;
    for (size_t i = 0; i < sizeof days / sizeof *days; before = days[i++]->n) {
        from = varint_read(from, &step);
        days[i]->n = (int32_t)(before + step);
    }
    from = varint_read(from, &out->days);
    (void)varint_read(from, &out->recorded_at.ms);
}
