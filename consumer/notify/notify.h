/* `chapar notify`: alerts to Alertmanagers and webhooks. */
#ifndef CONSUMER_NOTIFY_NOTIFY_H
#define CONSUMER_NOTIFY_NOTIFY_H

#include "edge/cli/settings.h"

/* Until SIGTERM or SIGINT; an enum exit_code. */
int notify_run(const struct settings *s);

#endif
