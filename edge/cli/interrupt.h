/* SIGINT and SIGTERM for commands that do one thing and end: they are asked to stop, and can then leave
 * things as they were. A second signal ends the process at once, in case that takes too long. */
#ifndef EDGE_CLI_INTERRUPT_H
#define EDGE_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on the signals are noted. Call before other threads start. */
void interrupt_listen(void);

bool interrupt_asked(void); /* any thread */

/* Waits until a read of `fd` would not block. false: a signal came, now or before. Only on the thread that
 * called interrupt_listen. */
bool interrupt_wait(int fd);

#endif
