/* A session as its metrics show it. Internal to the live processor. */
#ifndef CONSUMER_PROCESS_SESSION_METRICS_H
#define CONSUMER_PROCESS_SESSION_METRICS_H

#include "consumer/process/session_state.h"

/* Shows how the session stands: at once, or, where nothing changed but counts, ten times a second at most. */
void session_metrics_show(struct session *s);
void session_metrics_turn(struct session *s);

#endif
