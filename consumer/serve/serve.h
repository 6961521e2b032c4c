/* `chapar serve`: the register and the alerts over HTTP, read from their topics. */
#ifndef CONSUMER_SERVE_SERVE_H
#define CONSUMER_SERVE_SERVE_H

#include "edge/cli/settings.h"

/* Serves until SIGTERM or SIGINT; an enum exit_code. */
int serve_run(const struct settings *s);

#endif
