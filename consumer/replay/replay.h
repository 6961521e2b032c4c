/* `chapar replay`: the history again, from topics or files, without joining a group or writing to Kafka. */
#ifndef CONSUMER_REPLAY_REPLAY_H
#define CONSUMER_REPLAY_REPLAY_H

#include "edge/cli/settings.h"

int replay_run(const struct settings *s); /* enum exit_code */

#endif
