#include "edge/avro/type.h"

#include <string.h>

static const char *const kind_names[] = {"null",   "boolean", "int",  "long",  "float", "double", "bytes",
                                         "string", "record",  "enum", "array", "map",   "union",  "fixed"};

const char *avro_kind_name(enum avro_kind kind)
{
    return kind_names[kind];
}

const struct avro_field *avro_type_field(const struct avro_type *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->fields[i].name, name) == 0)
            return &record->fields[i];
    return NULL;
}

bool type_kind_of(const char *name, enum avro_kind last, enum avro_kind *out)
{
    for (enum avro_kind k = KIND_NULL; k <= last; k++)
        if (strcmp(kind_names[k], name) == 0) {
            *out = k;
            return true;
        }
    return false;
}

static size_t saturate(size_t bytes)
{
    return bytes > AVRO_MAX_TEXT ? AVRO_MAX_TEXT : bytes;
}

size_t type_min_bytes(const struct avro_type *t)
{
    size_t sum = 0;
    switch (t->kind) {
    case KIND_NULL: return 0;
    case KIND_FLOAT: return 4;
    case KIND_DOUBLE: return 8;
    case KIND_FIXED: return saturate(t->count);
    case KIND_RECORD:
        for (size_t i = 0; i < t->count; i++)
            sum = saturate(sum + t->fields[i].type->min_bytes);
        return sum;
    case KIND_UNION:
        sum = t->count ? AVRO_MAX_TEXT : 0;
        for (size_t i = 0; i < t->count; i++)
            if (t->branches[i]->min_bytes < sum)
                sum = t->branches[i]->min_bytes;
        return saturate(sum + 1);
    default: return 1;
    }
}

const struct avro_type *type_within(const struct avro_type *t)
{
    if (t && t->kind == KIND_UNION && t->count == 2)
        for (size_t i = 0; i < 2; i++)
            if (t->branches[i]->kind == KIND_NULL)
                return t->branches[1 - i];
    return t;
}
