/* Parsing canonical form and fingerprint of a schema: declared in edge/avro/schema.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

#include "edge/avro/canonical.h"

struct form {
    struct buffer *out;
    unsigned char *seen; /* by id of the type: whether it was written before */
    bool logical;        /* logical types too */
};

static void add(struct buffer *out, const char *s)
{
    buffer_add(out, s, strlen(s));
}

/* Names and symbols are plain words: the reader of schemas takes no others, so nothing needs escaping. */
static void add_string(struct buffer *out, const char *s)
{
    add(out, "\"");
    add(out, s);
    add(out, "\"");
}

static void add_type(const struct form *form, const struct avro_type *t);

static void add_record(const struct form *form, const struct avro_type *t)
{
    add(form->out, ",\"fields\":[");
    for (size_t i = 0; i < t->count; i++) {
        add(form->out, i ? ",{\"name\":" : "{\"name\":");
        add_string(form->out, t->fields[i].name);
        add(form->out, ",\"type\":");
        add_type(form, t->fields[i].type);
        add(form->out, "}");
    }
    add(form->out, "]");
}

static void add_named(const struct form *form, const struct avro_type *t)
{
    if (form->seen[t->id]) {
        add_string(form->out, t->name);
        return;
    }
    form->seen[t->id] = 1;
    add(form->out, "{\"name\":");
    add_string(form->out, t->name);
    add(form->out, ",\"type\":");
    add_string(form->out, avro_kind_name(t->kind));
    if (t->kind == KIND_RECORD) {
        add_record(form, t);
    } else if (t->kind == KIND_ENUM) {
        add(form->out, ",\"symbols\":[");
        for (size_t i = 0; i < t->count; i++) {
            add(form->out, i ? "," : "");
            add_string(form->out, t->symbols[i]);
        }
        add(form->out, "]");
    } else {
        char size[32];
        (void)snprintf(size, sizeof size, ",\"size\":%zu", t->count);
        add(form->out, size);
    }
    add(form->out, "}");
}

static void add_type(const struct form *form, const struct avro_type *t)
{
    if (form->logical && t->logical) {
        add(form->out, t->logical);
        add(form->out, ":");
    }
    switch (t->kind) {
    case KIND_RECORD:
    case KIND_ENUM:
    case KIND_FIXED: add_named(form, t); break;
    case KIND_ARRAY:
    case KIND_MAP:
        add(form->out,
            t->kind == KIND_ARRAY ? "{\"type\":\"array\",\"items\":" : "{\"type\":\"map\",\"values\":");
        add_type(form, t->items);
        add(form->out, "}");
        break;
    case KIND_UNION:
        add(form->out, "[");
        for (size_t i = 0; i < t->count; i++) {
            add(form->out, i ? "," : "");
            add_type(form, t->branches[i]);
        }
        add(form->out, "]");
        break;
    default: add_string(form->out, avro_kind_name(t->kind)); break;
    }
}

static void add_schema(const struct avro_schema *s, bool logical, struct buffer *out)
{
    struct form form = {out, calloc(avro_schema_nodes(s) + 1, 1), logical};
    if (!form.seen)
        memory_exhausted();
    add_type(&form, avro_schema_root(s));
    free(form.seen);
}

void avro_schema_canonical(const struct avro_schema *s, struct buffer *out)
{
    add_schema(s, false, out);
}

void canonical_hash(const struct avro_schema *s, uint64_t *fingerprint, uint64_t *identity)
{
    struct buffer form = BUFFER_EMPTY;
    add_schema(s, false, &form);
    *fingerprint = avro_crc64(form.at, form.len);
    buffer_clear(&form);
    add_schema(s, true, &form);
    *identity = avro_crc64(form.at, form.len);
    buffer_free(&form);
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
