/* `chapar dead-letters`: shows what could not be applied, and puts back what can be by now. */
#ifndef CONSUMER_DEAD_LETTERS_DEAD_LETTERS_H
#define CONSUMER_DEAD_LETTERS_DEAD_LETTERS_H

#include "edge/cli/settings.h"

int dead_letters_run(const struct settings *s); /* enum exit_code */

#endif
