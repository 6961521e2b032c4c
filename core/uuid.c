#include "core/uuid.h"

#include <endian.h>
#include <stdint.h>

static const char digits[] = "0123456789abcdef";

/* How many bytes there are between hyphens. */
static const uint8_t groups[] = {4, 2, 2, 2, 6};
#define GROUPS (sizeof groups / sizeof *groups)

/* In words of eight digits, a byte each: their values, which printed again must give the same digits. */
static bool word_read(const char *at, unsigned char *out)
{
    const uint64_t ones = UINT64_MAX / 0xFF;
    uint64_t word;
    memcpy(&word, at, sizeof word);
    word = le64toh(word); /* the first digit in the lowest byte */
    uint64_t values = (word & (ones * 0x0F)) + (word >> 6 & ones) * 9;
    uint64_t letters = (values + ones * 6) >> 4 & ones;
    if (values & (ones * 0xF0) || values + ones * '0' + letters * ('a' - '0' - 10) != word)
        return false;
    uint64_t pairs = (values << 4 | values >> 8) & UINT64_C(0x00FF00FF00FF00FF);
    pairs = (pairs | pairs >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    uint32_t bytes = htole32((uint32_t)(pairs | pairs >> 16));
    memcpy(out, &bytes, sizeof bytes);
    return true;
}

bool uuid_read(struct text t, unsigned char out[UUID_BYTES])
{
    if (t.len != UUID_LENGTH || t.at[8] != '-' || t.at[13] != '-' || t.at[18] != '-' || t.at[23] != '-')
        return false;
    char plain[2 * UUID_BYTES];
    memcpy(plain, t.at, 8);
    memcpy(plain + 8, t.at + 9, 4);
    memcpy(plain + 12, t.at + 14, 4);
    memcpy(plain + 16, t.at + 19, 4);
    memcpy(plain + 20, t.at + 24, 12);
    for (size_t i = 0; i < sizeof plain; i += 8)
        if (!word_read(plain + i, out + i / 2))
            return false;
    return true;
}

void uuid_print(const unsigned char bytes[UUID_BYTES], char out[UUID_LENGTH])
{
    for (size_t g = 0; g < GROUPS; g++) {
        if (g)
            *out++ = '-';
        for (unsigned i = 0; i < groups[g]; i++, bytes++) {
            *out++ = digits[*bytes >> 4];
            *out++ = digits[*bytes & 15];
        }
    }
}
