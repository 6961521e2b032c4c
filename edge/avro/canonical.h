/* For schema.c only: the numbers that a schema is known by. */
#ifndef EDGE_AVRO_CANONICAL_H
#define EDGE_AVRO_CANONICAL_H

#include "edge/avro/schema.h"

/* CRC-64-AVRO of the canonical form, and of the same with logical types in it. */
void canonical_hash(const struct avro_schema *s, uint64_t *fingerprint, uint64_t *identity);

#endif
