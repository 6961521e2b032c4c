#include "core/hex.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define ONES (UINT64_MAX / 0xFF) /* a one in each byte */
#define GROUP 4                  /* bytes to a word of digits */

/* Of sixteen values in the bytes of a word: a one for each that is a letter. */
static uint64_t letters_of(uint64_t values)
{
    return (values + ONES * 6) >> 4 & ONES;
}

static uint64_t digits_of(uint64_t values)
{
    return values + ONES * '0' + letters_of(values) * ('a' - '0' - 10);
}

/* The values of the digits, which printed again must give the same digits. */
static bool word_read(const char *at, unsigned char *out)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    word = le64toh(word); /* the first digit in the lowest byte */
    uint64_t values = (word & (ONES * 0x0F)) + (word >> 6 & ONES) * 9;
    if (values & (ONES * 0xF0) || digits_of(values) != word)
        return false;
    uint64_t pairs = (values << 4 | values >> 8) & UINT64_C(0x00FF00FF00FF00FF);
    pairs = (pairs | pairs >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    uint32_t bytes = htole32((uint32_t)(pairs | pairs >> 16));
    memcpy(out, &bytes, sizeof bytes);
    return true;
}

static void word_print(const unsigned char *bytes, char *out)
{
    uint32_t four;
    memcpy(&four, bytes, sizeof four);
    uint64_t spread = le32toh(four);
    spread = (spread | spread << 16) & UINT64_C(0x0000FFFF0000FFFF);
    spread = (spread | spread << 8) & UINT64_C(0x00FF00FF00FF00FF);
    uint64_t values = (spread >> 4 | spread << 8) & (ONES * 0x0F);
    uint64_t word = htole64(digits_of(values));
    memcpy(out, &word, sizeof word);
}

bool hex_read(const char *digits, unsigned char *out, size_t count)
{
    for (size_t i = 0; i < count; i += GROUP)
        if (!word_read(digits + 2 * i, out + i))
            return false;
    return true;
}

void hex_print(const unsigned char *bytes, char *out, size_t count)
{
    for (size_t i = 0; i < count; i += GROUP)
        word_print(bytes + i, out + 2 * i);
}
