/* The description of the API (OpenAPI 3.1), made from the tables that it works by: routes, parameters, fields
 * of records, enums. */
#ifndef CONSUMER_SERVE_OPENAPI_H
#define CONSUMER_SERVE_OPENAPI_H

#include "core/buffer.h"

/* Appends the whole document, indented, always the same. */
void openapi_write(struct buffer *out);

#endif
