#include "edge/file/changelog_latest.h"

#include <string.h>

#include <xxhash.h>

#include "core/fetch.h"
#include "core/memory.h"

#define FIRST_SLOTS 1024
#define WORD 64
#define STOP_EVERY 16384

struct slot {
    XXH128_hash_t key;
    uint64_t number; /* of the latest entry, plus 1; 0: the slot is free */
};

/* Places in a large table come from far away: keys are put there some time after they were seen. */
#define AHEAD 8

struct changelog_latest {
    struct slot *slots; /* own */
    size_t size;        /* a power of two */
    uint64_t keys;
    uint64_t entries;
    uint64_t *passed; /* own: a bit an entry, set when a later one has its key */
    size_t words;
    struct slot ahead[AHEAD]; /* a ring, by number */
};

struct changelog_latest *changelog_latest_new(void)
{
    struct changelog_latest *l = memory_zeroed(sizeof *l);
    l->size = FIRST_SLOTS;
    l->slots = memory_zeroed(l->size * sizeof *l->slots);
    return l;
}

void changelog_latest_free(struct changelog_latest *l)
{
    if (!l)
        return;
    memory_give(l->slots);
    memory_give(l->passed);
    memory_give(l);
}

static struct slot *slot_of(struct slot *slots, size_t size, XXH128_hash_t key)
{
    size_t i = key.low64 & (size - 1);
    while (slots[i].number && !XXH128_isEqual(slots[i].key, key))
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static void grow(struct changelog_latest *l)
{
    size_t size = l->size * 2;
    struct slot *slots = memory_zeroed(size * sizeof *slots);
    for (size_t i = 0; i < l->size; i++)
        if (l->slots[i].number)
            *slot_of(slots, size, l->slots[i].key) = l->slots[i];
    memory_give(l->slots);
    l->slots = slots;
    l->size = size;
}

static void passed_grow(struct changelog_latest *l)
{
    size_t words = l->words ? l->words * 2 : FIRST_SLOTS / WORD;
    l->passed = memory_resize(l->passed, words * sizeof *l->passed);
    memset(l->passed + l->words, 0, (words - l->words) * sizeof *l->passed);
    l->words = words;
}

static void latest_put(struct changelog_latest *l, const struct slot *entry)
{
    if (l->keys * 4 >= l->size * 3)
        grow(l);
    struct slot *s = slot_of(l->slots, l->size, entry->key);
    if (s->number)
        l->passed[(s->number - 1) / WORD] |= UINT64_C(1) << ((s->number - 1) % WORD);
    else
        l->keys++;
    *s = *entry;
}

void changelog_latest_add(struct changelog_latest *l, const struct changelog_entry *e)
{
    struct slot *entry = &l->ahead[l->entries % AHEAD];
    if (entry->number)
        latest_put(l, entry);
    if (l->entries == l->words * WORD)
        passed_grow(l);
    *entry = (struct slot){XXH3_128bits_withSeed(e->key.at, e->key.len, e->topic), ++l->entries};
    fetch(&l->slots[entry->key.low64 & (l->size - 1)], 1);
}

void changelog_latest_end(struct changelog_latest *l)
{
    for (uint64_t i = 0; i < AHEAD; i++) {
        struct slot *entry = &l->ahead[(l->entries + i) % AHEAD];
        if (entry->number)
            latest_put(l, entry);
        entry->number = 0;
    }
}

bool changelog_latest_is(const struct changelog_latest *l, uint64_t number)
{
    return !(l->passed[number / WORD] >> (number % WORD) & 1);
}

uint64_t changelog_latest_count(const struct changelog_latest *l)
{
    return l->keys;
}

uint64_t changelog_latest_entries(const struct changelog_latest *l)
{
    return l->entries;
}

int changelog_latest_read(struct changelog_reader *r, const struct changelog_stop *stop,
                          struct changelog_latest **out, struct error *e)
{
    struct changelog_latest *l = changelog_latest_new();
    struct changelog_entry each;
    int rc;
    while ((rc = changelog_reader_next(r, &each, e)) > 0) {
        changelog_latest_add(l, &each);
        if (l->entries % STOP_EVERY == 0 && stop && stop->asked(stop->context)) {
            rc = error_set(e, ERROR_STOPPED, "", "stopped while reading");
            break;
        }
    }
    changelog_latest_end(l);
    if (rc == 0 || rc == ERROR_MALFORMED)
        *out = l;
    else
        changelog_latest_free(l);
    return rc;
}
