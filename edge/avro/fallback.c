/* Defaults of a schema, as values in a struct: what a plan puts where the writer has no such field. */
#include <string.h>

#include "core/number.h"
#include "core/time.h"
#include "edge/avro/program.h"

static int refuse(const struct field *f, struct error *e)
{
    return error_set(e, ERROR_INVALID, f->name, "the default in our schema does not fit the field");
}

static struct text copy_string(const json_t *value, struct arena *a)
{
    return arena_copy(a, (struct text){json_string_value(value), json_string_length(value)});
}

/* Bytes stand in JSON as characters U+0000 to U+00FF (Avro specification, "Complex Types", default). */
static int copy_bytes(const struct field *f, const json_t *value, struct arena *a, struct text *out,
                      struct error *e)
{
    const unsigned char *at = (const unsigned char *)json_string_value(value);
    size_t n = json_string_length(value), len = 0;
    char *bytes = arena_take(a, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (at[i] < 0x80) {
            bytes[len++] = (char)at[i];
        } else if (at[i] <= 0xc3 && i + 1 < n) {
            bytes[len++] = (char)(unsigned char)((at[i] << 6) | (at[i + 1] & 0x3f));
            i++;
        } else {
            return refuse(f, e);
        }
    }
    *out = (struct text){bytes, len};
    return 0;
}

static int fill(const struct fields *table, const struct avro_type *type, const json_t *value,
                struct arena *a, void *record, struct error *e)
{
    fields_clear(table, record);
    for (size_t i = 0; i < table->count; i++) {
        const struct field *f = &table->at[i];
        const struct avro_field *ours = avro_type_field(type, f->name);
        const json_t *part = json_object_get(value, f->name);
        if (!part && ours)
            part = ours->fallback;
        if (!part || !ours)
            return refuse(f, e);
        int rc = fallback_apply(f, ours->type, part, a, record, e);
        if (rc)
            return rc;
    }
    return 0;
}

static int apply_texts(const struct field *f, const json_t *value, struct arena *a, struct texts *out,
                       struct error *e)
{
    size_t n = json_array_size(value);
    struct text *at = arena_array(a, n, sizeof *at);
    for (size_t i = 0; i < n; i++) {
        if (!json_is_string(json_array_get(value, i)))
            return refuse(f, e);
        at[i] = copy_string(json_array_get(value, i), a);
    }
    *out = (struct texts){n ? at : NULL, n};
    return 0;
}

static int apply_records(const struct field *f, const struct avro_type *type, const json_t *value,
                         struct arena *a, struct records *out, struct error *e)
{
    size_t n = json_array_size(value);
    char *at = arena_array(a, n, f->of->size);
    for (size_t i = 0; i < n; i++) {
        int rc = fill(f->of, type->items, json_array_get(value, i), a, at + i * f->of->size, e);
        if (rc)
            return rc;
    }
    *out = (struct records){n ? at : NULL, n};
    return 0;
}

static int apply_integer(const struct field *f, const json_t *value, void *at, struct error *e)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || (f->kind == FIELD_DAY && (n <= INT32_MIN || n > INT32_MAX)))
        return refuse(f, e);
    if (f->kind == FIELD_DAY)
        *(struct day *)at = (struct day){(int32_t)n};
    else if (f->kind == FIELD_INSTANT)
        *(struct instant *)at = (struct instant){n};
    else
        *(int64_t *)at = n;
    return 0;
}

static int apply_enum(const struct field *f, const json_t *value, uint8_t *out, struct error *e)
{
    uint8_t stored = symbols_find(f->symbols, text_of(json_string_value(value)));
    if (stored == 0)
        return refuse(f, e);
    *out = stored;
    return 0;
}

static int apply_value(const struct field *f, const struct avro_type *type, const json_t *value,
                       struct arena *a, void *at, struct error *e)
{
    void *record;
    int rc;
    switch (f->kind) {
    case FIELD_TEXT:
        if (!json_is_string(value))
            return refuse(f, e);
        *(struct text *)at = copy_string(value, a);
        return 0;
    case FIELD_BYTES: return json_is_string(value) ? copy_bytes(f, value, a, at, e) : refuse(f, e);
    case FIELD_ENUM: return apply_enum(f, value, at, e);
    case FIELD_INSTANT:
    case FIELD_DAY:
    case FIELD_LONG: return apply_integer(f, value, at, e);
    case FIELD_DOUBLE:
        if (!json_is_number(value))
            return refuse(f, e);
        *(struct number *)at = (struct number){json_number_value(value), true};
        return 0;
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return refuse(f, e);
        *(bool *)at = json_is_true(value);
        return 0;
    case FIELD_TEXTS: return json_is_array(value) ? apply_texts(f, value, a, at, e) : refuse(f, e);
    case FIELD_RECORD:
        if (!json_is_object(value) || type->kind != KIND_RECORD)
            return refuse(f, e);
        record = arena_take(a, f->of->size);
        rc = fill(f->of, type, value, a, record, e);
        if (rc == 0)
            *(const void **)at = record;
        return rc;
    case FIELD_RECORDS:
        if (!json_is_array(value) || type->kind != KIND_ARRAY || type->items->kind != KIND_RECORD)
            return refuse(f, e);
        return apply_records(f, type, value, a, at, e);
    }
    return refuse(f, e);
}

int fallback_apply(const struct field *f, const struct avro_type *type, const json_t *value, struct arena *a,
                   void *record, struct error *e)
{
    if (json_is_null(value))
        return f->nullable ? 0 : refuse(f, e);
    return apply_value(f, type_within(type), value, a, (char *)record + f->offset, e);
}
