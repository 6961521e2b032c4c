/* The end of a batch: records and offsets go out in one transaction. Internal to the live processor. */
#ifndef CONSUMER_PROCESS_COMMIT_H
#define CONSUMER_PROCESS_COMMIT_H

#include "consumer/process/session_state.h"

/* Commits everything since the last commit; nothing where nothing happened. Control records alone are worth a
 * transaction only when it is `quiet`. 0, or an error that ends the session (in session->failed). Blocks for
 * the round trips. */
int commit_batch(struct session *s, bool quiet);

#endif
