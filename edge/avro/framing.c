#include "edge/avro/framing.h"

#define SINGLE_OBJECT_BYTES 10
#define CONFLUENT_BYTES 5

int framing_read(const void *bytes, size_t n, struct framing *out, struct error *e)
{
    const unsigned char *at = bytes;
    if (n >= SINGLE_OBJECT_BYTES && at[0] == 0xc3 && at[1] == 0x01) {
        uint64_t fingerprint = 0;
        for (int i = 0; i < 8; i++)
            fingerprint |= (uint64_t)at[2 + i] << (8 * i);
        *out = (struct framing){FRAMING_SINGLE_OBJECT, fingerprint, 0, SINGLE_OBJECT_BYTES};
        return 0;
    }
    if (n >= CONFLUENT_BYTES && at[0] == 0x00) {
        uint32_t id = (uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4];
        *out = (struct framing){FRAMING_CONFLUENT, 0, id, CONFLUENT_BYTES};
        return 0;
    }
    return error_set_at(e, ERROR_MALFORMED, "", 0,
                        "the %zu bytes start with neither C3 01 and a fingerprint nor 00 and a schema id", n);
}

void framing_write(const struct framing *f, struct buffer *out)
{
    if (f->kind == FRAMING_CONFLUENT) {
        unsigned char head[CONFLUENT_BYTES] = {0};
        for (int i = 0; i < 4; i++)
            head[1 + i] = (unsigned char)(f->schema_id >> (24 - 8 * i));
        buffer_add(out, head, sizeof head);
    } else {
        unsigned char head[SINGLE_OBJECT_BYTES] = {0xc3, 0x01};
        for (int i = 0; i < 8; i++)
            head[2 + i] = (unsigned char)(f->fingerprint >> (8 * i));
        buffer_add(out, head, sizeof head);
    }
}
