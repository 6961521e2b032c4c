/* The steps that a plan consists of: made by plan.c, run by decode.c, for nobody else. */
#ifndef EDGE_AVRO_PROGRAM_H
#define EDGE_AVRO_PROGRAM_H

#include "edge/avro/plan.h"
#include "edge/avro/type.h"

#define PROGRAM_SCRATCH                                                                                      \
    2048                     /* bytes of the largest record; it is built aside and copied when it is whole   \
                              */
#define PROGRAM_STEPS 100000 /* of all programs of a plan: unions of many records could multiply them */
#define PROGRAM_EMPTY 1000   /* elements without bytes in one array */

enum step_code {
    STEP_TEXT,
    STEP_BYTES,
    STEP_ENUM,
    STEP_LONG,    /* FIELD_LONG, FIELD_INSTANT from long */
    STEP_INT,     /* the same from int */
    STEP_DAY,     /* from int */
    STEP_DOUBLE,  /* FIELD_DOUBLE from double */
    STEP_FLOAT,   /* from float */
    STEP_INTEGER, /* from int or long */
    STEP_BOOL,
    STEP_TEXTS,
    STEP_RECORDS,
    STEP_RECORD, /* a pointer to a struct of its own */
    STEP_WITHIN, /* a struct in place: an element of an array */
    STEP_UNION,
    STEP_NULL, /* nothing to read: stays as it is */
    STEP_FAIL,
    STEP_SKIP_LONG,
    STEP_SKIP_BYTES,
    STEP_SKIP_FIXED,
    STEP_SKIP,
};

#define NO_NULL 2 /* no branch of a union of two */

struct step {
    uint8_t code;
    uint8_t
        null_branch; /* 0, 1: the union of null, which has this index, and what `code` reads; else NO_NULL */
    bool null_fails;
    uint8_t nulls;      /* so many steps from this one on, at most 255, take a null in one byte 0 */
    uint32_t offset;    /* in the struct */
    uint32_t count;     /* symbols, branches, bytes to skip */
    uint32_t size;      /* bytes of an element's struct */
    uint32_t min_bytes; /* an element takes at least that many */
    const char *where;  /* the field's path, for errors */
    union {
        const uint8_t *stored;         /* enum: what each of the writer's symbols is stored as, 0: nothing */
        const struct program *program; /* record, within */
        const struct step *steps;      /* union: branches; array: the one step of an element */
        const struct avro_type *type;  /* skip */
        const char *why;               /* fail */
    } of;
};

/* A record. */
struct program {
    const struct step *steps;
    size_t count;
    const void *blank; /* the struct with all nulls and defaults */
    size_t size;
};

struct avro_plan {
    struct arena *arena; /* own: everything else */
    const struct program *program;
};

/* Puts a default into a field of a struct; what it points to comes from the arena. `type` is the field's in
 * our schema. ERROR_INVALID when the default does not fit the field. */
int fallback_apply(const struct field *f, const struct avro_type *type, const json_t *value, struct arena *a,
                   void *record, struct error *e);

#endif
