#include "core/uuid.h"

#include "core/hex.h"

/* Where the digits between hyphens stand in the text, and how many there are. */
static const struct {
    size_t at, len;
} groups[] = {{0, 8}, {9, 4}, {14, 4}, {19, 4}, {24, 12}};
#define GROUPS (sizeof groups / sizeof *groups)

bool uuid_read(struct text t, unsigned char out[UUID_BYTES])
{
    char plain[2 * UUID_BYTES], *to = plain;
    if (t.len != UUID_LENGTH || t.at[8] != '-' || t.at[13] != '-' || t.at[18] != '-' || t.at[23] != '-')
        return false;
    for (size_t g = 0; g < GROUPS; to += groups[g++].len)
        memcpy(to, t.at + groups[g].at, groups[g].len);
    return hex_read(plain, out, UUID_BYTES);
}

void uuid_print(const unsigned char bytes[UUID_BYTES], char out[UUID_LENGTH])
{
    char plain[2 * UUID_BYTES], *from = plain;
    hex_print(bytes, plain, UUID_BYTES);
    for (size_t g = 0; g < GROUPS; from += groups[g++].len) {
        if (g)
            out[groups[g].at - 1] = '-';
        memcpy(out + groups[g].at, from, groups[g].len);
    }
}
