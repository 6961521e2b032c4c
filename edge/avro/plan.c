#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

#include "edge/avro/program.h"

#define NULL_REFUSED "null, where a value is required"

struct compiler {
    struct arena *arena; /* the plan's */
    struct error *e;     /* the compiler's own: also filled for branches that only may fail */
    size_t steps;
    char path[120]; /* of the field, cut when it is longer */
};

static int compile_value(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                         const struct field *f, bool within, struct step *out);

#define REFUSE(c, ...) error_set((c)->e, ERROR_INVALID, (c)->path, __VA_ARGS__)

static struct step *steps_new(struct compiler *c, size_t count)
{
    if (count > PROGRAM_STEPS - c->steps) {
        error_set(c->e, ERROR_TOO_LARGE, c->path, "the schema takes more than %d steps to read",
                  PROGRAM_STEPS);
        return NULL;
    }
    c->steps += count;
    return arena_array(c->arena, count, sizeof(struct step));
}

static void step_init(struct compiler *c, struct step *s, enum step_code code, size_t offset)
{
    *s = (struct step){.code = (uint8_t)code, .null_branch = NO_NULL, .offset = (uint32_t)offset};
    s->where = arena_copy(c->arena, text_of(c->path)).at;
}

static int mismatch(struct compiler *c, const struct avro_type *w, const struct field *f)
{
    static const char *const wanted[] = {
        [FIELD_TEXT] = "a string",
        [FIELD_BYTES] = "bytes",
        [FIELD_ENUM] = "an enum",
        [FIELD_INSTANT] = "a timestamp-millis",
        [FIELD_DAY] = "a date",
        [FIELD_LONG] = "an int or long",
        [FIELD_DOUBLE] = "a number",
        [FIELD_BOOL] = "a boolean",
        [FIELD_TEXTS] = "an array of strings",
        [FIELD_RECORD] = "a record",
        [FIELD_RECORDS] = "an array of records",
    };
    return REFUSE(c, "the writer's type is %s%s%s, the field takes %s", w->logical ? w->logical : "",
                  w->logical ? " " : "", w->name ? w->name : avro_kind_name(w->kind), wanted[f->kind]);
}

static bool logical_is(const struct avro_type *w, const char *name)
{
    return !w->logical || strcmp(w->logical, name) == 0;
}

static int compile_enum(struct compiler *c, const struct avro_type *w, const struct field *f,
                        struct step *out)
{
    const struct symbols *s = f->symbols;
    if (strcmp(w->short_name, s->name) != 0)
        return REFUSE(c, "the writer's enum is %s, ours %s", w->name, s->name);
    uint8_t *stored = arena_array(c->arena, w->count, 1);
    for (size_t i = 0; i < w->count; i++) {
        stored[i] = symbols_find(s, text_of(w->symbols[i]));
        if (stored[i] == 0 && s->has_default)
            stored[i] = (uint8_t)s->count;
    }
    out->code = STEP_ENUM;
    out->count = (uint32_t)w->count;
    out->of.stored = stored;
    return 0;
}

static int compile_record(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                          const struct fields *table, const struct program **out);

/* An array's elements are fields of their own, without null, at offset 0 of each element. */
static int compile_array(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                         const struct field *f, struct step *out)
{
    bool texts = f->kind == FIELD_TEXTS;
    struct field element = {f->name, texts ? FIELD_TEXT : FIELD_RECORD, false, 0, NULL, f->of};
    struct step *one = steps_new(c, 1);
    if (!one)
        return ERROR_TOO_LARGE;
    int rc = compile_value(c, w->items, r ? r->items : NULL, &element, true, one);
    if (rc)
        return rc;
    out->code = texts ? STEP_TEXTS : STEP_RECORDS;
    out->size = (uint32_t)(texts ? sizeof(struct text) : f->of->size);
    out->min_bytes = (uint32_t)w->items->min_bytes;
    out->of.steps = one;
    return 0;
}

static int compile_number(struct compiler *c, const struct avro_type *w, const struct field *f,
                          struct step *out)
{
    bool integer = w->kind == KIND_INT || w->kind == KIND_LONG;
    if (f->kind == FIELD_DAY && w->kind == KIND_INT && logical_is(w, "date"))
        out->code = STEP_DAY;
    else if (f->kind == FIELD_INSTANT && integer && logical_is(w, "timestamp-millis"))
        out->code = w->kind == KIND_LONG ? STEP_LONG : STEP_INT;
    else if (f->kind == FIELD_LONG && integer && !w->logical)
        out->code = w->kind == KIND_LONG ? STEP_LONG : STEP_INT;
    else if (f->kind == FIELD_DOUBLE && integer && !w->logical)
        out->code = STEP_INTEGER;
    else if (f->kind == FIELD_DOUBLE && w->kind == KIND_FLOAT)
        out->code = STEP_FLOAT;
    else if (f->kind == FIELD_DOUBLE && w->kind == KIND_DOUBLE)
        out->code = STEP_DOUBLE;
    else
        return mismatch(c, w, f);
    return 0;
}

/* A type that is neither a union nor null. */
static int compile_plain(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                         const struct field *f, bool within, struct step *out)
{
    r = type_within(r);
    bool is_string = w->kind == KIND_STRING || w->kind == KIND_BYTES;
    if ((f->kind == FIELD_TEXT || f->kind == FIELD_BYTES) && is_string)
        out->code = f->kind == FIELD_TEXT ? STEP_TEXT : STEP_BYTES;
    else if (f->kind == FIELD_BOOL && w->kind == KIND_BOOLEAN)
        out->code = STEP_BOOL;
    else if (f->kind == FIELD_ENUM && w->kind == KIND_ENUM)
        return compile_enum(c, w, f, out);
    else if ((f->kind == FIELD_TEXTS || f->kind == FIELD_RECORDS) && w->kind == KIND_ARRAY)
        return compile_array(c, w, r && r->kind == KIND_ARRAY ? r : NULL, f, out);
    else if (f->kind == FIELD_RECORD && w->kind == KIND_RECORD) {
        out->code = within ? STEP_WITHIN : STEP_RECORD;
        return compile_record(c, w, r && r->kind == KIND_RECORD ? r : NULL, f->of, &out->of.program);
    } else
        return compile_number(c, w, f, out);
    return 0;
}

/* A branch that does not resolve is an error of the records that take it, not of the schema. */
static int compile_branch(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                          const struct field *f, bool within, struct step *out)
{
    step_init(c, out, STEP_NULL, f->offset);
    if (w->kind == KIND_NULL && f->nullable)
        return 0;
    size_t before = strlen(c->path);
    int rc = w->kind == KIND_NULL ? REFUSE(c, NULL_REFUSED) : compile_plain(c, w, r, f, within, out);
    if (rc == ERROR_INVALID) {
        out->code = STEP_FAIL;
        out->where = arena_copy(c->arena, text_of(c->e->where)).at;
        out->of.why = arena_copy(c->arena, text_of(c->e->text)).at;
        c->path[before] = '\0';
        rc = 0;
    }
    return rc;
}

static int compile_union(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                         const struct field *f, bool within, struct step *out)
{
    const struct avro_type *other = type_within(w);
    if (other != w) { /* the common case, read without a detour */
        int rc = compile_branch(c, other, r, f, within, out);
        out->null_branch = w->branches[0] == other ? 1 : 0;
        out->null_fails = !f->nullable;
        return rc;
    }
    struct step *branches = steps_new(c, w->count);
    if (!branches)
        return ERROR_TOO_LARGE;
    for (size_t i = 0; i < w->count; i++) {
        int rc = compile_branch(c, w->branches[i], r, f, within, &branches[i]);
        if (rc)
            return rc;
    }
    out->code = STEP_UNION;
    out->count = (uint32_t)w->count;
    out->of.steps = branches;
    return 0;
}

static int compile_value(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                         const struct field *f, bool within, struct step *out)
{
    step_init(c, out, STEP_NULL, f->offset);
    if (w->kind == KIND_UNION)
        return compile_union(c, w, r, f, within, out);
    if (w->kind == KIND_NULL)
        return f->nullable ? 0 : REFUSE(c, NULL_REFUSED);
    return compile_plain(c, w, r, f, within, out);
}

static void compile_skip(struct compiler *c, const struct avro_type *w, struct step *out)
{
    step_init(c, out, STEP_SKIP, 0);
    switch (w->kind) {
    case KIND_NULL: out->code = STEP_NULL; break;
    case KIND_INT:
    case KIND_LONG: out->code = STEP_SKIP_LONG; break;
    case KIND_STRING:
    case KIND_BYTES: out->code = STEP_SKIP_BYTES; break;
    case KIND_BOOLEAN:
    case KIND_FLOAT:
    case KIND_DOUBLE:
    case KIND_FIXED:
        out->code = STEP_SKIP_FIXED;
        out->count = (uint32_t)(w->kind == KIND_FIXED ? w->count : w->min_bytes);
        break;
    default: out->of.type = w; break;
    }
}

/* The writer's field that one of ours is read from: of that name, else of one of our aliases. */
static const struct avro_field *writer_field(const struct avro_type *w, const struct avro_type *r,
                                             const struct field *f)
{
    const struct avro_field *found = avro_type_field(w, f->name);
    const struct avro_field *ours = r ? avro_type_field(r, f->name) : NULL;
    for (size_t i = 0; !found && ours && i < ours->alias_count; i++)
        found = avro_type_field(w, ours->aliases[i]);
    return found;
}

static int compile_missing(struct compiler *c, const struct avro_type *r, const struct field *f, void *blank)
{
    const struct avro_field *ours = r ? avro_type_field(r, f->name) : NULL;
    if (ours && ours->fallback)
        return fallback_apply(f, ours->type, ours->fallback, c->arena, blank, c->e);
    if (!r && f->nullable)
        return 0;
    return REFUSE(c, "the writer's schema lacks the field, which has no default");
}

static void count_nulls(struct step *steps, size_t count)
{
    uint8_t nulls = 0;
    for (size_t i = count; i > 0; i--) {
        bool takes = steps[i - 1].null_branch == 0 && !steps[i - 1].null_fails;
        nulls = takes ? (uint8_t)(nulls + (nulls < UINT8_MAX)) : 0;
        steps[i - 1].nulls = nulls;
    }
}

static size_t path_push(struct compiler *c, const char *name)
{
    size_t before = strlen(c->path);
    (void)snprintf(c->path + before, sizeof c->path - before, "%s%s", before ? "." : "", name);
    return before;
}

static int compile_record(struct compiler *c, const struct avro_type *w, const struct avro_type *r,
                          const struct fields *table, const struct program **out)
{
    if (strcmp(w->short_name, table->name) != 0)
        return REFUSE(c, "the writer's record is %s, ours %s", w->name, table->name);
    if (table->size > PROGRAM_SCRATCH)
        return REFUSE(c, "the struct is larger than %d bytes", PROGRAM_SCRATCH);
    struct program *p = arena_array(c->arena, 1, sizeof *p);
    struct step *steps = steps_new(c, w->count);
    const struct field **reads = arena_array(c->arena, w->count, sizeof(struct field *));
    void *blank = arena_take(c->arena, table->size);
    if (!steps)
        return ERROR_TOO_LARGE;
    fields_clear(table, blank);
    for (size_t i = 0; i < table->count; i++) {
        const struct avro_field *from = writer_field(w, r, &table->at[i]);
        size_t before = path_push(c, table->at[i].name);
        int rc = from ? 0 : compile_missing(c, r, &table->at[i], blank);
        if (rc)
            return rc;
        if (from)
            reads[from - w->fields] = &table->at[i];
        c->path[before] = '\0';
    }
    for (size_t i = 0; i < w->count; i++) {
        const struct avro_field *ours = reads[i] && r ? avro_type_field(r, reads[i]->name) : NULL;
        size_t before = path_push(c, reads[i] ? reads[i]->name : w->fields[i].name);
        int rc = 0;
        if (reads[i])
            rc = compile_value(c, w->fields[i].type, ours ? ours->type : NULL, reads[i], false, &steps[i]);
        else
            compile_skip(c, w->fields[i].type, &steps[i]);
        if (rc)
            return rc;
        c->path[before] = '\0';
    }
    count_nulls(steps, w->count);
    *p = (struct program){.steps = steps, .count = w->count, .blank = blank, .size = table->size};
    *out = p;
    return 0;
}

int avro_plan_compile(const struct avro_schema *writer, const struct avro_schema *reader,
                      const struct fields *table, struct avro_plan **out, struct error *e)
{
    struct error own;
    struct compiler c = {.arena = arena_new(4096), .e = &own};
    const struct avro_type *w = avro_schema_root(writer);
    const struct avro_type *r = reader ? avro_schema_root(reader) : NULL;
    const struct program *program = NULL;
    int rc;
    if (w->kind != KIND_RECORD || (r && r->kind != KIND_RECORD))
        rc = REFUSE(&c, "the schema is no record");
    else
        rc = compile_record(&c, w, r, table, &program);
    if (rc) {
        arena_free(c.arena);
        if (e)
            *e = own;
        return rc;
    }
    struct avro_plan *p = malloc(sizeof *p);
    if (!p)
        memory_exhausted();
    *p = (struct avro_plan){c.arena, program};
    *out = p;
    return 0;
}

void avro_plan_free(struct avro_plan *p)
{
    if (!p)
        return;
    arena_free(p->arena);
    free(p);
}
