#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/number.h"
#include "core/time.h"
#include "edge/avro/plan.h"

#define NO_UNION 2

struct encoding;

/* One field of the schema, in its order. */
struct put {
    enum field_kind kind;
    uint8_t null_branch; /* 0, 1: index of null in the union of two; NO_UNION: a value is required */
    bool narrow;         /* int, not long */
    size_t offset;
    const char *where;
    const int32_t *index;      /* enum: the schema's index of each stored value, from 1 */
    size_t symbols;            /* enum: count of index */
    const struct encoding *of; /* record, records */
};

struct encoding {
    const struct put *puts;
    size_t count;
    size_t size; /* of the struct */
};

struct avro_encoder {
    struct arena *arena; /* own: everything else */
    const struct encoding *encoding;
};

struct encoder_compiler {
    struct arena *arena;
    struct error *e;
    char path[120];
};

#define REFUSE(c, ...) error_set((c)->e, ERROR_INVALID, (c)->path, __VA_ARGS__)

static int compile_record(struct encoder_compiler *c, const struct avro_type *t, const struct fields *table,
                          const struct encoding **out);

static int compile_enum(struct encoder_compiler *c, const struct avro_type *t, const struct symbols *s,
                        struct put *out)
{
    int32_t *index = arena_array(c->arena, s->count, sizeof *index);
    for (size_t i = 0; i < s->count; i++) {
        index[i] = -1;
        for (size_t k = 0; k < t->count; k++)
            if (strcmp(t->symbols[k], s->at[i]) == 0)
                index[i] = (int32_t)k;
        if (index[i] < 0)
            return REFUSE(c, "the schema's enum lacks %s", s->at[i]);
    }
    out->index = index;
    out->symbols = s->count;
    return 0;
}

static bool kind_fits(enum field_kind kind, const struct avro_type *t)
{
    bool array = t->kind == KIND_ARRAY;
    switch (kind) {
    case FIELD_TEXT: return t->kind == KIND_STRING;
    case FIELD_BYTES: return t->kind == KIND_BYTES;
    case FIELD_ENUM: return t->kind == KIND_ENUM;
    case FIELD_INSTANT: return t->kind == KIND_LONG;
    case FIELD_DAY: return t->kind == KIND_INT;
    case FIELD_LONG: return t->kind == KIND_INT || t->kind == KIND_LONG;
    case FIELD_DOUBLE: return t->kind == KIND_DOUBLE;
    case FIELD_BOOL: return t->kind == KIND_BOOLEAN;
    case FIELD_TEXTS: return array && t->items->kind == KIND_STRING;
    case FIELD_RECORD: return t->kind == KIND_RECORD;
    case FIELD_RECORDS: return array && t->items->kind == KIND_RECORD;
    }
    return false;
}

static int compile_field(struct encoder_compiler *c, const struct avro_type *t, const struct field *f,
                         struct put *out)
{
    out->kind = f->kind;
    out->offset = f->offset;
    out->where = arena_copy(c->arena, text_of(c->path)).at;
    out->null_branch = NO_UNION;
    if (t->kind == KIND_UNION) {
        if (t->count != 2 || (t->branches[0]->kind != KIND_NULL && t->branches[1]->kind != KIND_NULL))
            return REFUSE(c, "the schema's union is not one of null and another type");
        out->null_branch = t->branches[0]->kind == KIND_NULL ? 0 : 1;
        t = t->branches[1 - out->null_branch];
    }
    if (f->nullable != (out->null_branch != NO_UNION) || !kind_fits(f->kind, t))
        return REFUSE(c, "the schema's type is not the field's");
    out->narrow = t->kind == KIND_INT;
    if (f->kind == FIELD_ENUM)
        return compile_enum(c, t, f->symbols, out);
    if (f->kind == FIELD_RECORD || f->kind == FIELD_RECORDS)
        return compile_record(c, f->kind == FIELD_RECORD ? t : t->items, f->of, &out->of);
    return 0;
}

static int compile_record(struct encoder_compiler *c, const struct avro_type *t, const struct fields *table,
                          const struct encoding **out)
{
    if (strcmp(t->short_name, table->name) != 0)
        return REFUSE(c, "the schema's record is %s, the table's %s", t->name, table->name);
    struct encoding *p = arena_array(c->arena, 1, sizeof *p);
    struct put *puts = arena_array(c->arena, t->count, sizeof *puts);
    if (t->count != table->count)
        return REFUSE(c, "the schema has %zu fields, the table %zu", t->count, table->count);
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = fields_find(table, text_of(t->fields[i].name));
        size_t before = strlen(c->path);
        (void)snprintf(c->path + before, sizeof c->path - before, "%s%s", before ? "." : "",
                       t->fields[i].name);
        int rc =
            f ? compile_field(c, t->fields[i].type, f, &puts[i]) : REFUSE(c, "the table lacks the field");
        if (rc)
            return rc;
        c->path[before] = '\0';
    }
    *p = (struct encoding){puts, t->count, table->size};
    *out = p;
    return 0;
}

int avro_encoder_compile(const struct avro_schema *schema, const struct fields *table,
                         struct avro_encoder **out, struct error *e)
{
    struct encoder_compiler c = {.arena = arena_new(4096), .e = e};
    const struct avro_type *root = avro_schema_root(schema);
    const struct encoding *encoding = NULL;
    int rc = root->kind == KIND_RECORD ? compile_record(&c, root, table, &encoding)
                                       : REFUSE(&c, "the schema is no record");
    if (rc) {
        arena_free(c.arena);
        return rc;
    }
    struct avro_encoder *p = malloc(sizeof *p);
    if (!p)
        memory_exhausted();
    *p = (struct avro_encoder){c.arena, encoding};
    *out = p;
    return 0;
}

void avro_encoder_free(struct avro_encoder *p)
{
    if (!p)
        return;
    arena_free(p->arena);
    free(p);
}

static inline void put_long(struct buffer *out, int64_t value)
{
    unsigned char *at = buffer_room(out, 10);
    uint64_t n = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    if (n < 0x80) {
        at[0] = (unsigned char)n;
        out->len++;
        return;
    }
    size_t len = 0;
    while (n >= 0x80) {
        at[len++] = (unsigned char)(n | 0x80);
        n >>= 7;
    }
    at[len++] = (unsigned char)n;
    out->len += len;
}

static void put_text(struct buffer *out, struct text t)
{
    put_long(out, (int64_t)t.len);
    buffer_add(out, t.at, t.len);
}

static void put_double(struct buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned char *at = buffer_room(out, 8);
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(bits >> (8 * i));
    out->len += 8;
}

static bool is_null(const struct put *p, const void *at)
{
    switch (p->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: return text_is_null(*(const struct text *)at);
    case FIELD_ENUM: return *(const uint8_t *)at == 0;
    case FIELD_INSTANT: return instant_is_none(*(const struct instant *)at);
    case FIELD_DAY: return day_is_none(*(const struct day *)at);
    case FIELD_LONG: return *(const int64_t *)at == LONG_NULL;
    case FIELD_DOUBLE: return !((const struct number *)at)->set;
    case FIELD_BOOL: return false;
    case FIELD_TEXTS: return p->null_branch != NO_UNION && ((const struct texts *)at)->count == 0;
    case FIELD_RECORD: return *(const void *const *)at == NULL;
    case FIELD_RECORDS: return p->null_branch != NO_UNION && ((const struct records *)at)->count == 0;
    }
    return false;
}

static int put_record(const struct encoding *p, const char *record, struct buffer *out, struct error *e);

static int put_texts(const struct put *p, const struct texts *t, struct buffer *out, struct error *e)
{
    if (t->count)
        put_long(out, (int64_t)t->count);
    for (size_t i = 0; i < t->count; i++) {
        if (text_is_null(t->at[i]))
            return error_set(e, ERROR_INVALID, p->where, "element %zu is null", i);
        put_text(out, t->at[i]);
    }
    put_long(out, 0);
    return 0;
}

static int put_records(const struct put *p, const struct records *r, struct buffer *out, struct error *e)
{
    int rc = 0;
    if (r->count)
        put_long(out, (int64_t)r->count);
    for (size_t i = 0; i < r->count && rc == 0; i++)
        rc = put_record(p->of, (const char *)r->at + i * p->of->size, out, e);
    put_long(out, 0);
    return rc;
}

static int put_value(const struct put *p, const void *at, struct buffer *out, struct error *e)
{
    int64_t n;
    uint8_t stored;
    switch (p->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: put_text(out, *(const struct text *)at); return 0;
    case FIELD_ENUM:
        stored = *(const uint8_t *)at;
        if (stored > p->symbols)
            return error_set(e, ERROR_INVALID, p->where, "%u is none of the %zu symbols", stored, p->symbols);
        put_long(out, p->index[stored - 1]);
        return 0;
    case FIELD_INSTANT: put_long(out, ((const struct instant *)at)->ms); return 0;
    case FIELD_DAY: put_long(out, ((const struct day *)at)->n); return 0;
    case FIELD_LONG:
        n = *(const int64_t *)at;
        if (p->narrow && (n < INT32_MIN || n > INT32_MAX))
            return error_set(e, ERROR_INVALID, p->where, "%lld does not fit 32 bits", (long long)n);
        put_long(out, n);
        return 0;
    case FIELD_DOUBLE: put_double(out, ((const struct number *)at)->value); return 0;
    case FIELD_BOOL: buffer_add_byte(out, *(const bool *)at ? 1 : 0); return 0;
    case FIELD_TEXTS: return put_texts(p, at, out, e);
    case FIELD_RECORD: return put_record(p->of, *(const char *const *)at, out, e);
    case FIELD_RECORDS: return put_records(p, at, out, e);
    }
    return error_set(e, ERROR_INVALID, p->where, "the field has no kind");
}

static int put_record(const struct encoding *p, const char *record, struct buffer *out, struct error *e)
{
    for (const struct put *put = p->puts; put < p->puts + p->count; put++) {
        const void *at = record + put->offset;
        bool null = is_null(put, at);
        if (put->null_branch != NO_UNION)
            put_long(out, null ? put->null_branch : 1 - put->null_branch);
        else if (null)
            return error_set(e, ERROR_INVALID, put->where, "null, where a value is required");
        int rc = null ? 0 : put_value(put, at, out, e);
        if (rc)
            return rc;
    }
    return 0;
}

int avro_encode(const struct avro_encoder *p, const void *record, struct buffer *out, struct error *e)
{
    size_t before = out->len;
    int rc = put_record(p->encoding, record, out, e);
    if (rc)
        out->len = before;
    return rc;
}
