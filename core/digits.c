#include "core/digits.h"

#include "core/hex.h"
#include "core/uuid.h"

#define DIGEST_BYTES 32
#define DIGEST_LENGTH (2 * DIGEST_BYTES)

enum { PLAIN, UUID, DIGEST };

static bool is_digest(struct text t, unsigned char *out)
{
    return t.len == DIGEST_LENGTH && hex_read(t.at, out, DIGEST_BYTES);
}

struct text digits_write(struct text t, struct arena *a)
{
    if (text_is_null(t))
        return t;
    unsigned char *out = arena_take(a, 1 + (t.len > DIGEST_BYTES ? t.len : DIGEST_BYTES));
    if (uuid_read(t, out + 1)) {
        out[0] = UUID;
        return (struct text){(const char *)out, 1 + UUID_BYTES};
    }
    if (is_digest(t, out + 1)) {
        out[0] = DIGEST;
        return (struct text){(const char *)out, 1 + DIGEST_BYTES};
    }
    out[0] = PLAIN;
    memcpy(out + 1, t.at, t.len);
    return (struct text){(const char *)out, 1 + t.len};
}

struct text digits_read(struct text packed, struct arena *a)
{
    if (text_is_null(packed))
        return packed;
    if (*packed.at == PLAIN)
        return (struct text){packed.at + 1, packed.len - 1};
    const unsigned char *bytes = (const unsigned char *)packed.at + 1;
    char *out = arena_take(a, DIGEST_LENGTH);
    if (*packed.at == UUID) {
        uuid_print(bytes, out);
        return (struct text){out, UUID_LENGTH};
    }
    hex_print(bytes, out, DIGEST_BYTES);
    return (struct text){out, DIGEST_LENGTH};
}
