/* What the process tells its caller when it ends. */
#ifndef EDGE_CLI_EXIT_H
#define EDGE_CLI_EXIT_H

#include "core/error.h"

enum exit_code {
    EXIT_DONE = 0,   /* everything asked for was done */
    EXIT_FAILED = 1, /* failed while running: broker, file, memory; or a check found differences */
    EXIT_USAGE = 2,  /* wrong usage or configuration: nothing was begun */
    EXIT_DATA = 3,   /* the input data is wrong */
};

/* The exit code that fits an error a command ends with. */
static inline int exit_of_error(int code)
{
    switch ((enum error_code)code) {
    case ERROR_INVALID:
    case ERROR_MALFORMED:
    case ERROR_UNKNOWN_SCHEMA:
    case ERROR_TOO_LARGE: return EXIT_DATA;
    case ERROR_USAGE: return EXIT_USAGE;
    case ERROR_SYSTEM:
    case ERROR_KAFKA:
    case ERROR_STOPPED:
    case ERROR_STATE:
    case ERROR_REGISTRY: return EXIT_FAILED;
    }
    return code == 0 ? EXIT_DONE : EXIT_FAILED;
}

#endif
