/* The address of somebody who is asked over HTTP, with what logs in there kept apart. */
#ifndef EDGE_HTTP_ADDRESS_H
#define EDGE_HTTP_ADDRESS_H

#include "core/error.h"

/* Takes user and password out of the URL, so that no message can show them, and gives them to the curl handle
 * (CURL *). *base: own (free); what is left. ERROR_USAGE at `where`. */
int http_address_take(void *curl, const char *url, const char *where, char **base, struct error *e);

/* Takes the slashes at its end away, so that a path can be put behind it. */
void http_address_trim(char *base);

#endif
