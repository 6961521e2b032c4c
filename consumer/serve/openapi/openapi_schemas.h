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
json_t *openapi_formatted(const char *format);                     /* own: a string of that format */
json_t *openapi_array(json_t *items);                              /* own; take */
json_t *openapi_symbols(const struct symbols *symbols);            /* own: one of them */
json_t *openapi_any_subject(void);                                 /* own: a record of any kind */

/* An object that has these members, some of them always, and no others. */
json_t *openapi_object(void);
void openapi_member(json_t *object, const char *name, bool required, json_t *schema); /* take the schema */

json_t *openapi_schemas(void);                        /* own: all named ones */
json_t *openapi_answer_schema(const struct route *r); /* own: of what the route answers as JSON */
void openapi_put_answers(json_t *all);                /* the named ones that only answers have */

#endif
