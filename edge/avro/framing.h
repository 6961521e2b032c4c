/* What stands before the Avro bytes of a message and names the schema that they were written with.
 *
 *   C3 01, 8 bytes little-endian fingerprint   Avro specification, "Single-object encoding"
 *   00, 4 bytes big-endian schema id           the wire format of Confluent's schema registry
 */
#ifndef EDGE_AVRO_FRAMING_H
#define EDGE_AVRO_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"

enum framing_kind { FRAMING_SINGLE_OBJECT, FRAMING_CONFLUENT };

struct framing {
    enum framing_kind kind;
    uint64_t fingerprint; /* FRAMING_SINGLE_OBJECT */
    uint32_t schema_id;   /* FRAMING_CONFLUENT */
    size_t payload; /* offset of the record's bytes; written by framing_read, ignored by framing_write */
};

/* ERROR_MALFORMED when the bytes start with neither. */
int framing_read(const void *bytes, size_t n, struct framing *out, struct error *e);

/* Appends the framing. */
void framing_write(const struct framing *f, struct buffer *out);

#endif
