/* The files of schemas/ as they were when the program was built. */
#ifndef EDGE_AVRO_SCHEMA_FILES_H
#define EDGE_AVRO_SCHEMA_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"

struct schema_file {
    const char *name; /* "signing"; an earlier version: "signing.1" */
    struct text text; /* the whole file: JSON */
    bool is_history;  /* from schemas/history/: records may still be read with it, none are written */
};

/* The current ones first, each group by name. Static, never changes. */
extern const struct schema_file schema_files[];
extern const size_t schema_file_count;

#endif
