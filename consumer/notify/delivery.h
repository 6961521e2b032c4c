/* Getting a message to a receiver: again and again, with longer and longer pauses, until it answers that it
 * has it, or that it will never take it. */
#ifndef CONSUMER_NOTIFY_DELIVERY_H
#define CONSUMER_NOTIFY_DELIVERY_H

#include "core/buffer.h"
#include "edge/http/client.h"

struct receiver;

enum outcome {
    OUTCOME_DONE,
    OUTCOME_REFUSED, /* this message is at fault: no use in trying again */
    OUTCOME_FAILED,  /* to be tried again */
    OUTCOME_STOPPED,
};

/* What a status says. 2xx: done. 401, 403, 404, 405, 407, 408, 410, 421, 423, 425, 429 and 451 speak of
 * address, login or load, and not of the message: failed, as are redirects and 5xx. All other 4xx: refused.
 */
enum outcome outcome_of_status(long status);

#define DELIVERY_HEADER_SIZE 1024

/* An attempt, made anew for each: what is said may depend on the time. */
struct attempt {
    struct buffer body; /* empty at first */
    struct http_client_headers headers;
    char texts[HTTP_CLIENT_HEADERS_MAX][DELIVERY_HEADER_SIZE]; /* for headers to stand in */
};

/* Posts what `make` makes until it is done, refused (*why: by what), or a stop is asked for. Keeps the
 * receiver's numbers. Blocks. */
enum outcome delivery_post(struct receiver *r, void (*make)(void *context, struct attempt *a), void *context,
                           struct http_client_answer *why);

#endif
