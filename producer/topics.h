/* The command `topics`: makes the topics that are missing, or reports how existing ones differ. */
#ifndef PRODUCER_TOPICS_H
#define PRODUCER_TOPICS_H

#include "edge/cli/settings.h"

/* Prints a line for each topic and for each difference on standard output. Blocks until the brokers answered,
 * at most 10 s for the first. An enum exit_code: EXIT_FAILED where the broker is away or refuses, where an
 * existing topic differs or, for `check`, one is missing. Existing topics are never changed. */
int topics_run(const struct settings *s);

#endif
