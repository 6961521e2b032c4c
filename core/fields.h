/* Field tables: for each record that crosses an edge, one table that says which field of the C struct
 * carries which name, and how it is typed. The Avro plans, the JSON reader and printer and the tests that
 * hold schemas against structs are all derived from these tables.
 *
 * How a kind is laid out in its struct, and its null:
 *   FIELD_TEXT     struct text          at == NULL
 *   FIELD_BYTES    struct text          at == NULL                      (Avro bytes; not UTF-8)
 *   FIELD_ENUM     uint8_t              0; symbol i of the table is stored as i + 1
 *   FIELD_INSTANT  struct instant       INSTANT_NONE                    (Avro long, timestamp-millis)
 *   FIELD_DAY      struct day           DAY_NONE                        (Avro int, date)
 *   FIELD_LONG     int64_t              LONG_NULL                       (Avro int or long)
 *   FIELD_DOUBLE   struct number        set == false
 *   FIELD_BOOL     bool                 none (never nullable)
 *   FIELD_TEXTS    struct texts         count == 0 (array of string; nullable ones are null when empty)
 *   FIELD_RECORD   const struct X *     NULL
 *   FIELD_RECORDS  struct records       count == 0 (array of record; nullable ones are null when empty)
 */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

enum field_kind {
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_ENUM,
    FIELD_INSTANT,
    FIELD_DAY,
    FIELD_LONG,
    FIELD_DOUBLE,
    FIELD_BOOL,
    FIELD_TEXTS,
    FIELD_RECORD,
    FIELD_RECORDS,
};

struct records {
    const void *at; /* borrow; `count` structs of the element table's size, side by side */
    size_t count;
};

/* The symbols of an enum, in the order of the schema; the last is the default (UNKNOWN) where `has_default`.
 */
struct symbols {
    const char *name; /* Avro name without namespace, e.g. "SigningType" */
    const char *const *at;
    size_t count; /* at most 254 */
    bool has_default;
};

struct fields;

struct field {
    const char *name;
    enum field_kind kind;
    bool nullable; /* in Avro: a union ["null", T] with default null; FIELD_TEXTS etc. alike */
    size_t offset;
    const struct symbols *symbols; /* FIELD_ENUM */
    const struct fields *of;       /* FIELD_RECORD, FIELD_RECORDS */
};

struct fields {
    const char *name; /* Avro name without namespace, e.g. "Signing"; the namespace is org.chapar */
    size_t size;      /* bytes of the C struct */
    const struct field *at;
    size_t count;
};

/* 0: no such symbol, else its index + 1, as FIELD_ENUM stores it. */
uint8_t symbols_find(const struct symbols *s, struct text name);

/* The name of a stored value (1..count); "" for 0. */
const char *symbols_name(const struct symbols *s, uint8_t stored);

/* The field of that name, or NULL. */
const struct field *fields_find(const struct fields *f, struct text name);

/* Sets every field of the struct to its null (strings null, numbers unset, pointers NULL, bools false). */
void fields_clear(const struct fields *f, void *record);

#endif
