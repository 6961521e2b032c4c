/* Parsing canonical form and fingerprint of a schema: declared in edge/avro/schema.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/avro/schema.h"

static void add(struct buffer *out, const char *s)
{
    buffer_add(out, s, strlen(s));
}

/* Names and symbols are plain ASCII words: the reader of schemas takes no others, so nothing needs escaping.
 */
static void add_string(struct buffer *out, const char *s)
{
    add(out, "\"");
    add(out, s);
    add(out, "\"");
}

static void add_type(struct buffer *out, const struct avro_type *t, unsigned char *seen);

static void add_record(struct buffer *out, const struct avro_type *t, unsigned char *seen)
{
    add(out, ",\"fields\":[");
    for (size_t i = 0; i < t->count; i++) {
        add(out, i ? ",{\"name\":" : "{\"name\":");
        add_string(out, t->fields[i].name);
        add(out, ",\"type\":");
        add_type(out, t->fields[i].type, seen);
        add(out, "}");
    }
    add(out, "]");
}

static void add_named(struct buffer *out, const struct avro_type *t, unsigned char *seen)
{
    if (seen[t->id]) {
        add_string(out, t->name);
        return;
    }
    seen[t->id] = 1;
    add(out, "{\"name\":");
    add_string(out, t->name);
    add(out, ",\"type\":");
    add_string(out, avro_kind_name(t->kind));
    if (t->kind == KIND_RECORD) {
        add_record(out, t, seen);
    } else if (t->kind == KIND_ENUM) {
        add(out, ",\"symbols\":[");
        for (size_t i = 0; i < t->count; i++) {
            add(out, i ? "," : "");
            add_string(out, t->symbols[i]);
        }
        add(out, "]");
    } else {
        char size[32];
        (void)snprintf(size, sizeof size, ",\"size\":%zu", t->count);
        add(out, size);
    }
    add(out, "}");
}

static void add_type(struct buffer *out, const struct avro_type *t, unsigned char *seen)
{
    switch (t->kind) {
    case KIND_RECORD:
    case KIND_ENUM:
    case KIND_FIXED: add_named(out, t, seen); break;
    case KIND_ARRAY:
    case KIND_MAP:
        add(out, t->kind == KIND_ARRAY ? "{\"type\":\"array\",\"items\":" : "{\"type\":\"map\",\"values\":");
        add_type(out, t->items, seen);
        add(out, "}");
        break;
    case KIND_UNION:
        add(out, "[");
        for (size_t i = 0; i < t->count; i++) {
            add(out, i ? "," : "");
            add_type(out, t->branches[i], seen);
        }
        add(out, "]");
        break;
    default: add_string(out, avro_kind_name(t->kind)); break;
    }
}

void avro_schema_canonical(const struct avro_schema *s, struct buffer *out)
{
    unsigned char *seen = calloc(avro_schema_nodes(s) + 1, 1);
    if (!seen)
        abort();
    add_type(out, avro_schema_root(s), seen);
    free(seen);
}

uint64_t avro_crc64(const void *bytes, size_t n)
{
    const uint64_t empty = UINT64_C(0xc15d213aa4d7a795);
    const unsigned char *at = bytes;
    uint64_t crc = empty;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (empty & (0 - (crc & 1)));
    }
    return crc;
}
