/* A session as its metrics show it. Internal to the live processor. */
#ifndef CONSUMER_SESSION_METRICS_H
#define CONSUMER_SESSION_METRICS_H

#include "consumer/session_state.h"

/* Shows how the session stands: at once, or, where nothing changed but counts, ten times a second at most. */
void session_metrics_show(struct session *s);
void session_metrics_turn(struct session *s);

#endif
