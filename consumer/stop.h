/* SIGTERM and SIGINT: a request to stop that every wait listens to, and a limit on how long stopping may
 * take.
 *
 * librdkafka has calls that do not return while a coordinator is away. What is not committed then is not
 * lost, it is processed again: so when an orderly end takes longer than STOP_SECONDS the process ends at
 * once, whatever its threads wait for, a standard error that takes no bytes (a paused pager, a collector of
 * logs that hangs) included.
 *
 * A reader of the log who goes away does not end the process either: SIGPIPE is ignored. */
#ifndef CONSUMER_STOP_H
#define CONSUMER_STOP_H

#include <stdbool.h>

#define STOP_SECONDS 8

/* Starts to listen; once, before other threads are started. `wake_fd` is an eventfd that is written to when a
 * signal comes; from then on lines of the log that cannot be written soon are left out. SIGALRM is used too.
 * 0 or ERROR_SYSTEM. */
int stop_listen(int wake_fd);

bool stop_requested(void); /* any thread */

/* The orderly end was reached: the limit no longer counts. */
void stop_reached(void);

#endif
