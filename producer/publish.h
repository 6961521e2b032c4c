/* `chapar publish`: event files to the event topics. */
#ifndef PRODUCER_PUBLISH_H
#define PRODUCER_PUBLISH_H

#include "edge/cli/settings.h"

int publish_run(const struct settings *s); /* enum exit_code */

#endif
