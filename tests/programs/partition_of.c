/* Reads keys, one a line, as hexadecimal digits, and prints the partition of each. Usage: partition_of COUNT
 */
#include <stdio.h>
#include <stdlib.h>

#include "edge/kafka/murmur2.h"

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Turns hexadecimal digits into bytes in place. Returns their number, or -1. */
static int unhex(char *line)
{
    int n = 0;
    for (char *in = line; *in && *in != '\n'; in += 2, n++) {
        int high = digit(in[0]);
        int low = high < 0 ? -1 : digit(in[1]);
        if (low < 0)
            return -1;
        line[n] = (char)(high << 4 | low);
    }
    return n;
}

int main(int argc, char **argv)
{
    long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (count < 1 || count > INT32_MAX) {
        fprintf(stderr, "usage: partition_of COUNT < KEYS\n");
        return 2;
    }
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        int len = unhex(line);
        if (len < 0) {
            fprintf(stderr, "partition_of: no hexadecimal digits\n");
            return 3;
        }
        printf("%d\n", (int)murmur2_partition((struct text){line, (size_t)len}, (int32_t)count));
    }
    return 0;
}
