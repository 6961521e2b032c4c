/* How a changelog file looks. For changelog_*.c only.
 *
 *   file     header block*
 *   header   magic[16] format:u32 length:u32 check:u64 identity[length]
 *            check = XXH3 of the identity, seeded with XXH3 of magic, format and length
 *   block    length:u32 count:u32 check:u64 entry*      the entries take `length` bytes and are `count`
 *            check = XXH3 of the entries, seeded with XXH3 of (the header's check, the block's place, length,
 * count) entry    offset:i64 timestamp:i64 topic:u32 key:u32 value:u32 zero:u32, then the bytes of key and
 * value value = UINT32_MAX: a tombstone */
#ifndef EDGE_FILE_CHANGELOG_FORMAT_H
#define EDGE_FILE_CHANGELOG_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xxhash.h>

#include "edge/file/changelog_file.h"

#define CHANGELOG_MAGIC "chapar changelog"
#define CHANGELOG_IDENTITY_MAX 4096
#define CHANGELOG_TOMBSTONE UINT32_MAX

/* Blocks are written when they are about as long. */
#define CHANGELOG_BLOCK (1 << 20)

struct changelog_header {
    char magic[16];
    uint32_t format;
    uint32_t length;
    uint64_t check;
};

struct changelog_block {
    uint32_t length;
    uint32_t count;
    uint64_t check;
};

struct changelog_head {
    int64_t offset;
    int64_t timestamp;
    uint32_t topic;
    uint32_t key;
    uint32_t value;
    uint32_t zero;
};

static inline uint64_t changelog_header_check(const struct changelog_header *h, const void *identity)
{
    return XXH3_64bits_withSeed(identity, h->length,
                                XXH3_64bits(h, offsetof(struct changelog_header, check)));
}

static inline uint64_t changelog_block_check(const struct changelog_block *b, uint64_t file, int64_t place,
                                             const void *entries)
{
    const uint64_t seed[] = {file, (uint64_t)place, b->length, b->count};
    return XXH3_64bits_withSeed(entries, b->length, XXH3_64bits(seed, sizeof seed));
}

static inline struct changelog_tip changelog_tip_of(const struct changelog_entry *e)
{
    uint64_t seed = XXH3_64bits_withSeed(e->key.at, e->key.len, text_is_null(e->value));
    return (struct changelog_tip){e->offset, e->timestamp,
                                  XXH3_64bits_withSeed(e->value.at, e->value.len, seed)};
}

#endif
