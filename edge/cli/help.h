/* Help, made from the tables of commands and options; at most 80 columns wide. */
#ifndef EDGE_CLI_HELP_H
#define EDGE_CLI_HELP_H

#include <stdio.h>

#include "edge/cli/command.h"

#define HELP_WIDTH 80 /* columns */

/* All commands, and where to read on. */
void help_print(FILE *out);

/* One command with all its options. */
void help_print_command(FILE *out, enum command c);

/* The lines that show how the executable is called. */
void help_print_usage(FILE *out);

#endif
