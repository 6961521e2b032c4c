#include "consumer/verify/live_register.h"

#include "core/memory.h"
#include "core/siphash.h"

struct slot {
    uint64_t hash;
    size_t entry; /* + 1; 0: empty */
};

struct live_register {
    struct live_entry **entries; /* own, each */
    size_t count, size;
    struct slot *slots; /* a power of two of them, at most half full */
    size_t slot_count;
};

struct live_register *live_register_new(void)
{
    struct live_register *r = memory_zeroed(sizeof *r);
    r->slot_count = 1024;
    r->slots = memory_zeroed(r->slot_count * sizeof *r->slots);
    return r;
}

void live_register_free(struct live_register *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++) {
        memory_give_text(r->entries[i]->key);
        memory_give_text(r->entries[i]->value);
        memory_give(r->entries[i]);
    }
    memory_give(r->entries);
    memory_give(r->slots);
    memory_give(r);
}

static uint64_t place_hash(enum subject_kind kind, int32_t partition, struct text key)
{
    return siphash(key) ^ (((uint64_t)kind << 32 | (uint32_t)partition) * UINT64_C(0x9e3779b97f4a7c15));
}

/* The slot of that place, or the empty one where it belongs. */
static struct slot *slot_of(const struct live_register *r, uint64_t hash, enum subject_kind kind,
                            int32_t partition, struct text key)
{
    size_t i = hash & (r->slot_count - 1);
    for (; r->slots[i].entry; i = (i + 1) & (r->slot_count - 1)) {
        const struct live_entry *e = r->entries[r->slots[i].entry - 1];
        if (r->slots[i].hash == hash && e->kind == kind && e->partition == partition &&
            text_equal(e->key, key))
            break;
    }
    return &r->slots[i];
}

static void slots_grow(struct live_register *r)
{
    struct slot *old = r->slots;
    size_t count = r->slot_count;
    r->slot_count *= 2;
    r->slots = memory_zeroed(r->slot_count * sizeof *r->slots);
    for (size_t k = 0; k < count; k++) {
        if (!old[k].entry)
            continue;
        size_t i = old[k].hash & (r->slot_count - 1);
        while (r->slots[i].entry)
            i = (i + 1) & (r->slot_count - 1);
        r->slots[i] = old[k];
    }
    memory_give(old);
}

struct live_entry *live_register_entry(struct live_register *r, enum subject_kind kind, int32_t partition,
                                       struct text key)
{
    uint64_t hash = place_hash(kind, partition, key);
    struct slot *slot = slot_of(r, hash, kind, partition, key);
    if (slot->entry)
        return r->entries[slot->entry - 1];
    if (2 * (r->count + 1) > r->slot_count) {
        slots_grow(r);
        slot = slot_of(r, hash, kind, partition, key);
    }
    if (r->count == r->size) {
        r->size = r->size ? 2 * r->size : 256;
        r->entries = memory_resize(r->entries, r->size * sizeof(struct live_entry *));
    }
    struct live_entry *e = memory_zeroed(sizeof *e);
    *e = (struct live_entry){
        .kind = kind, .partition = partition, .offset = -1, .key = memory_copy_text(key), .value = TEXT_NULL};
    r->entries[r->count++] = e;
    *slot = (struct slot){hash, r->count};
    return e;
}

struct live_entry *live_register_put(struct live_register *r, enum subject_kind kind,
                                     const rd_kafka_message_t *m)
{
    struct text key = {m->key, m->key_len};
    struct live_entry *e = live_register_entry(r, kind, m->partition, key);
    memory_give_text(e->value);
    e->value = memory_copy_text((struct text){m->payload, m->len});
    e->offset = m->offset;
    return e;
}

struct live_entry *live_register_find(const struct live_register *r, enum subject_kind kind,
                                      int32_t partition, struct text key)
{
    const struct slot *slot = slot_of(r, place_hash(kind, partition, key), kind, partition, key);
    return slot->entry ? r->entries[slot->entry - 1] : NULL;
}

size_t live_register_count(const struct live_register *r)
{
    return r->count;
}

struct live_entry *live_register_at(const struct live_register *r, size_t i)
{
    return r->entries[i];
}
