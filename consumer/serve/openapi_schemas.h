/* The shapes of answers, for openapi.c: made from field tables, with the words of the Avro schemas. Running
 * out of memory ends the process, as everywhere. */
#ifndef CONSUMER_SERVE_OPENAPI_SCHEMAS_H
#define CONSUMER_SERVE_OPENAPI_SCHEMAS_H

#include <jansson.h>

#include "consumer/serve/answers.h"

#define OPENAPI_ID "^[a-z0-9][a-z0-9._-]{0,127}$"
#define OPENAPI_PARTY "^([A-Z]{3}|org:[a-z0-9][a-z0-9._-]{0,127})$"

void openapi_put(json_t *object, const char *name, json_t *value); /* take */
void openapi_append(json_t *array, json_t *value);                 /* take */
json_t *openapi_typed(const char *type);                           /* own: {"type": type} */
json_t *openapi_reference(const char *schema);                     /* own */

json_t *openapi_schemas(void);                        /* own: all named ones */
json_t *openapi_answer_schema(const struct route *r); /* own: of what the route answers as JSON */

#endif
