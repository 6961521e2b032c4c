#include "consumer/serve/position.h"

#include <sys/types.h>

#include "consumer/serve/cursor.h"

#define VERSION 1
#define VARINT_MOST 9 /* of 63 bits */

static void put(struct buffer *b, uint64_t n)
{
    for (; n >= 0x80; n >>= 7)
        buffer_add_byte(b, (unsigned char)(n | 0x80));
    buffer_add_byte(b, (unsigned char)n);
}

void position_write(const struct view *v, struct buffer *out)
{
    struct buffer bytes = BUFFER_EMPTY;
    buffer_add_byte(&bytes, VERSION);
    put(&bytes, (uint64_t)view_partitions(v));
    for (int32_t p = 0; p < view_partitions(v) && view_partitions(v) <= POSITION_PARTITIONS_MOST; p++)
        for (int t = 0; t < POSITION_TOPICS; t++)
            put(&bytes, (uint64_t)view_partition_state(v, p)->position[POSITION_FIRST + t]);
    base64url_write(bytes.at, bytes.len, out);
    buffer_free(&bytes);
}

static bool get(const unsigned char *at, size_t len, size_t *i, uint64_t *out)
{
    uint64_t n = 0;
    for (unsigned shift = 0; *i < len && shift < 7 * VARINT_MOST; shift += 7) {
        unsigned char byte = at[(*i)++];
        n |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = n;
            return true;
        }
    }
    return false;
}

bool position_read(struct text t, int32_t partitions, struct position *out)
{
    unsigned char bytes[16 + POSITION_PARTITIONS_MOST * POSITION_TOPICS * VARINT_MOST];
    ssize_t len = base64url_read(t, bytes, sizeof bytes);
    size_t i = 1;
    uint64_t n = 0;
    if (len < 2 || bytes[0] != VERSION || !get(bytes, (size_t)len, &i, &n) || n != (uint64_t)partitions ||
        n > POSITION_PARTITIONS_MOST)
        return false;
    for (int32_t p = 0; p < partitions; p++)
        for (int k = 0; k < POSITION_TOPICS; k++) {
            if (!get(bytes, (size_t)len, &i, &n))
                return false;
            out->at[p][k] = (int64_t)n;
        }
    out->partitions = partitions;
    return i == (size_t)len;
}
