#include "edge/cli/nearest.h"

#include <string.h>

#define LONGEST 64

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, three rows of the table at a time. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smaller(replace, smaller(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_len];
}

void nearest_offer(struct nearest *n, const char *wanted, size_t wanted_len, const char *candidate)
{
    size_t candidate_len = strlen(candidate);
    if (wanted_len == 0 || wanted_len > LONGEST || candidate_len > LONGEST)
        return;
    size_t d = distance(wanted, wanted_len, candidate, candidate_len);
    size_t allowed = smaller(3, (wanted_len + 2) / 3);
    if (d > 1 && wanted_len >= 3 && wanted_len < candidate_len && memcmp(wanted, candidate, wanted_len) == 0)
        d = 1;
    if (d <= allowed && (!n->name || d < n->distance)) {
        n->name = candidate;
        n->distance = d;
    }
}
