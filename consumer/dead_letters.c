#include "consumer/dead_letters.h"

#include "edge/cli/exit.h"

int dead_letters_run(const struct settings *s)
{
    (void)s;
    return EXIT_FAILED;
}
