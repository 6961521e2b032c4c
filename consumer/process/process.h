/* `chapar process`: the live processor. */
#ifndef CONSUMER_PROCESS_PROCESS_H
#define CONSUMER_PROCESS_PROCESS_H

#include "edge/cli/settings.h"

int process_run(const struct settings *s); /* enum exit_code */

#endif
