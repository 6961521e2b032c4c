/* A port of its own for a command that serves nothing else: /metrics (OpenMetrics), /healthz (200 as long as
 * it is alive) and /readyz (200 as long as it can do its work; else 503, which says why not).
 *
 * What is asked runs on threads of the HTTP server. Few connections are taken, so that nobody who holds many
 * can take the files that the command itself needs. */
#ifndef CONSUMER_METRICS_PORT_H
#define CONSUMER_METRICS_PORT_H

#include "core/arena.h"
#include "core/buffer.h"
#include "edge/cli/settings.h"

struct metrics_port; /* opaque */

struct metrics_source {
    void *context; /* outlives the port */
    /* Writes all families but those of the process and of the program, and no end. */
    void (*write)(void *context, struct arena *a, struct buffer *b);
    /* Why it is not alive or not ready, as a sentence that may be made in the arena; NULL: it is. */
    const char *(*not_alive)(void *context, struct arena *a);
    const char *(*not_ready)(void *context, struct arena *a);
};

/* Listens at `listen` (with the token, the certificate and the key of the settings, where there are some),
 * and logs where. ERROR_USAGE, ERROR_SYSTEM. `source` is copied. *out: own. */
int metrics_port_open(const struct settings *s, const char *listen, const struct metrics_source *source,
                      struct metrics_port **out, struct error *e);

/* To be called now and then; does something about once a second. NULL allowed. */
void metrics_port_tick(struct metrics_port *p);

void metrics_port_close(struct metrics_port *p); /* take; NULL allowed */

#endif
