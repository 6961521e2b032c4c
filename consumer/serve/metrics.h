/* What serve counts about itself, as OpenMetrics. Any thread; a lock of its own, never held while another is
 * taken. */
#ifndef CONSUMER_SERVE_METRICS_H
#define CONSUMER_SERVE_METRICS_H

#include "edge/http/exchange.h"

struct metrics; /* opaque */

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m); /* take; NULL allowed */

/* One request more; `route` must be static. */
void metrics_request(struct metrics *m, const char *route, unsigned status, double seconds);

#endif
