/* Questions about a single type of a schema, for those who read schemas and compile plans. */
#ifndef EDGE_AVRO_TYPE_H
#define EDGE_AVRO_TYPE_H

#include <stdbool.h>

#include "edge/avro/schema.h"

/* The kind of that name among those from null to `last`. */
bool type_kind_of(const char *name, enum avro_kind last, enum avro_kind *out);

/* See `min_bytes` of struct avro_type. Of a type whose parts are complete; one that is still being read (a
 * cycle) counts as 0. */
size_t type_min_bytes(const struct avro_type *t);

/* The type that a nullable type is made of: [null, T] gives T; anything else itself. NULL gives NULL. */
const struct avro_type *type_within(const struct avro_type *t);

#endif
