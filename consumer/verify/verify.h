/* `chapar verify`: the history again, and the live register and alerts held against what follows from it.
 * Joins no group and writes nothing to Kafka. */
#ifndef CONSUMER_VERIFY_VERIFY_H
#define CONSUMER_VERIFY_VERIFY_H

#include "edge/cli/settings.h"

int verify_run(const struct settings *s); /* enum exit_code */

#endif
