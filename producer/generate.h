/* `chapar generate`: synthetic events (producer/synthetic.h) to files or standard output. */
#ifndef PRODUCER_GENERATE_H
#define PRODUCER_GENERATE_H

#include "edge/cli/settings.h"

int generate_run(const struct settings *s); /* enum exit_code */

#endif
