/* Follows the topics from the start and keeps the view: the only one who changes it.
 *
 * Reads what is committed, without a group. While the brokers are away it waits; what is known stays. When it
 * cannot go on where it was, as after topics were made anew, it reads everything again into a new view, which
 * takes the place of the old one once it is complete. */
#ifndef CONSUMER_SERVE_FOLLOW_H
#define CONSUMER_SERVE_FOLLOW_H

#include "consumer/serve/knowledge.h"
#include "edge/http/server.h"

/* Until a stop is asked for (0), or it can never work (ERROR_STATE: topics that are missing or differ;
 * ERROR_USAGE). `wake_fd` is an eventfd that ends waits. */
int follow_run(struct knowledge *k, struct http_server *server, int wake_fd, struct error *e);

#endif
