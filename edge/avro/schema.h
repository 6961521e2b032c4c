/* An Avro schema as a tree, read from its JSON (Avro 1.12 specification, "Schema Declaration").
 *
 * The tree keeps what resolution needs: full names, aliases, defaults, logical types. It may have cycles: a
 * named type that refers to itself is the same node again. A schema comes from outside (a registry, the
 * header of a file), so reading bounds its size: AVRO_MAX_DEPTH levels of nesting, AVRO_MAX_NODES types,
 * fields and symbols, names of AVRO_MAX_NAME characters, AVRO_MAX_TEXT bytes.
 *
 * A schema never changes once read, and may be shared by threads. */
#ifndef EDGE_AVRO_SCHEMA_H
#define EDGE_AVRO_SCHEMA_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/text.h"

#define AVRO_MAX_DEPTH 64
#define AVRO_MAX_NODES 10000
#define AVRO_MAX_NAME 255
#define AVRO_MAX_TEXT (1024 * 1024)

enum avro_kind {
    KIND_NULL,
    KIND_BOOLEAN,
    KIND_INT,
    KIND_LONG,
    KIND_FLOAT,
    KIND_DOUBLE,
    KIND_BYTES,
    KIND_STRING,
    KIND_RECORD, /* and error, which is read as a record */
    KIND_ENUM,
    KIND_ARRAY,
    KIND_MAP,
    KIND_UNION,
    KIND_FIXED,
};

struct avro_type;

struct avro_field {
    const char *name;
    const struct avro_type *type;
    const json_t *fallback; /* its "default"; NULL: none */
    const char *const *aliases;
    size_t alias_count;
};

struct avro_type {
    enum avro_kind kind;
    size_t id;                  /* its place among the nodes of the schema, from 0 */
    const char *name;           /* record, enum, fixed: full name, with its namespace; else NULL */
    const char *short_name;     /* the same without namespace */
    const char *logical;        /* "logicalType"; NULL: none */
    const char *const *aliases; /* full names */
    size_t alias_count;
    size_t min_bytes; /* no value takes fewer (at most AVRO_MAX_TEXT, also where there can be no value) */

    const struct avro_field *fields;   /* record */
    const char *const *symbols;        /* enum */
    const char *symbol_fallback;       /* enum: its "default"; NULL: none */
    const struct avro_type **branches; /* union */
    size_t count;                      /* of fields, symbols or branches; bytes of a fixed */
    const struct avro_type *items;     /* array; values of a map */
};

struct avro_schema; /* opaque */

/* Reads a schema. ERROR_INVALID with the path of the type or field in `where` ("Signing.source.url") when it
 * is no schema or exceeds a bound; the line in the text when it is no JSON. */
int avro_schema_parse(const char *text, size_t len, struct avro_schema **out, struct error *e); /* own */
void avro_schema_free(struct avro_schema *s); /* take; NULL allowed */

const struct avro_type *
avro_schema_root(const struct avro_schema *s);         /* borrow: lives as long as the schema */
size_t avro_schema_nodes(const struct avro_schema *s); /* ids of nodes are below this */

/* CRC-64-AVRO of the parsing canonical form. */
uint64_t avro_schema_fingerprint(const struct avro_schema *s);

/* The same over logical types too, which the canonical form leaves out: schemas that agree in this and in the
 * fingerprint read alike and mean alike (milliseconds are not microseconds). */
uint64_t avro_schema_identity(const struct avro_schema *s);

/* Appends the parsing canonical form ("Transforming into Parsing Canonical Form"): without what does not bear
 * on how bytes are read, so that schemas that read alike are the same text. */
void avro_schema_canonical(const struct avro_schema *s, struct buffer *out);

/* CRC-64-AVRO of any bytes; of none 0xc15d213aa4d7a795. */
uint64_t avro_crc64(const void *bytes, size_t n);

/* "int", "record"... */
const char *avro_kind_name(enum avro_kind kind);

/* The field of that name, else NULL. */
const struct avro_field *avro_type_field(const struct avro_type *record, const char *name);

#endif
