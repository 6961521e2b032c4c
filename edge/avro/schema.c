#include "edge/avro/schema.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/memory.h"
#include "edge/avro/canonical.h"
#include "edge/avro/type.h"

struct avro_schema {
    struct arena *arena; /* own: all nodes and names */
    json_t *json;        /* own: defaults point into it */
    const struct avro_type *root;
    size_t nodes;
    uint64_t fingerprint;
    uint64_t identity;
};

struct parser {
    struct arena *arena;
    struct error *e;
    size_t nodes;
    json_t *index;            /* full name -> index into named */
    struct avro_type **named; /* own */
    size_t named_count;
    char path[120]; /* where we are; cut when it is longer */
    size_t path_len;
};

const struct avro_type *avro_schema_root(const struct avro_schema *s)
{
    return s->root;
}

size_t avro_schema_nodes(const struct avro_schema *s)
{
    return s->nodes;
}

uint64_t avro_schema_fingerprint(const struct avro_schema *s)
{
    return s->fingerprint;
}

uint64_t avro_schema_identity(const struct avro_schema *s)
{
    return s->identity;
}

#define REFUSE(p, ...) error_set((p)->e, ERROR_INVALID, (p)->path, __VA_ARGS__)

/* Goes down to `step`; returns the length to go back to. */
static size_t path_push(struct parser *p, const char *step)
{
    size_t before = p->path_len;
    size_t room = sizeof p->path - 1 - before;
    size_t dot = before > 0 && step[0] != '[' && room > 0 ? 1 : 0;
    size_t n = strnlen(step, room - dot);
    if (dot)
        p->path[before] = '.';
    memcpy(p->path + before + dot, step, n);
    p->path_len = before + dot + n;
    p->path[p->path_len] = '\0';
    return before;
}

static void path_pop(struct parser *p, size_t before)
{
    p->path_len = before;
    p->path[before] = '\0';
}

static int count_node(struct parser *p)
{
    if (p->nodes >= AVRO_MAX_NODES)
        return REFUSE(p, "the schema has more than %d types, fields and symbols", AVRO_MAX_NODES);
    p->nodes++;
    return 0;
}

/* A string of the schema; NULL: it is none, or has a NUL in it, as only the defaults of bytes may. */
static const char *plain(const json_t *j)
{
    const char *s = json_string_value(j);
    return s && strlen(s) == json_string_length(j) ? s : NULL;
}

static bool is_name(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool letter = (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z') || s[i] == '_';
        bool digit = s[i] >= '0' && s[i] <= '9';
        if (!letter && !(digit && i > 0))
            return false;
    }
    return len > 0;
}

/* Names with dots between them. */
static bool is_full_name(const char *s)
{
    for (;;) {
        size_t n = strcspn(s, ".");
        if (!is_name(s, n))
            return false;
        if (s[n] == '\0')
            return true;
        s += n + 1;
    }
}

static const char *copy(struct parser *p, const char *s)
{
    return arena_copy(p->arena, text_of(s)).at;
}

/* The full name of `name` seen from `space`; NULL with the error set. */
static const char *full_name(struct parser *p, const char *name, const char *space)
{
    bool is_full = strchr(name, '.') || !space || space[0] == '\0';
    size_t n = strlen(name);
    size_t in = is_full ? 0 : strlen(space) + 1;
    if (n + in > AVRO_MAX_NAME) {
        REFUSE(p, "a name is longer than %d characters", AVRO_MAX_NAME);
        return NULL;
    }
    char *out = arena_take(p->arena, in + n + 1);
    if (in) {
        memcpy(out, space, in - 1);
        out[in - 1] = '.';
    }
    memcpy(out + in, name, n + 1);
    if (!is_full_name(out)) {
        REFUSE(p, "\"%s\" is no Avro name: letters, digits and _, not starting with a digit", out);
        return NULL;
    }
    return out;
}

static int parse_name(struct parser *p, const json_t *value, const char **out)
{
    const char *s = plain(value);
    if (!s || strlen(s) > AVRO_MAX_NAME || !is_name(s, strlen(s)))
        return REFUSE(p, "%s%s%s is no Avro name of at most %d letters, digits and _", s ? "\"" : "",
                      s ? s : "what stands there", s ? "\"" : "", AVRO_MAX_NAME);
    *out = copy(p, s);
    return 0;
}

static int parse_aliases(struct parser *p, const json_t *j, const char *space, bool full,
                         const char *const **out, size_t *count)
{
    const json_t *aliases = json_object_get(j, "aliases");
    if (!aliases)
        return 0;
    if (!json_is_array(aliases))
        return REFUSE(p, "\"aliases\" is no array of names");
    size_t n = json_array_size(aliases);
    const char **at = arena_array(p->arena, n, sizeof *at);
    for (size_t i = 0; i < n; i++) {
        int rc = count_node(p);
        if (rc)
            return rc;
        const json_t *alias = json_array_get(aliases, i);
        if (!full && (rc = parse_name(p, alias, &at[i])) != 0)
            return rc;
        if (!full)
            continue;
        if (!plain(alias))
            return REFUSE(p, "\"aliases\" is no array of names");
        if (!(at[i] = full_name(p, plain(alias), space)))
            return ERROR_INVALID;
    }
    *out = at;
    *count = n;
    return 0;
}

static struct avro_type *node_new(struct parser *p, enum avro_kind kind)
{
    size_t id = p->nodes;
    if (count_node(p))
        return NULL;
    struct avro_type *t = arena_array(p->arena, 1, sizeof *t);
    t->kind = kind;
    t->id = id;
    return t;
}

static const struct avro_type *parse_type(struct parser *p, const json_t *j, const char *space, size_t depth);

/* A type called by its name alone: a primitive, or one defined before. */
static const struct avro_type *parse_reference(struct parser *p, const char *name, const char *space)
{
    enum avro_kind kind;
    if (type_kind_of(name, KIND_STRING, &kind)) {
        struct avro_type *t = node_new(p, kind);
        if (t)
            t->min_bytes = type_min_bytes(t);
        return t;
    }
    const char *full = full_name(p, name, space);
    if (!full)
        return NULL;
    const json_t *found = json_object_get(p->index, full);
    if (!found) {
        REFUSE(p, "type \"%s\" is not defined before it is used", full);
        return NULL;
    }
    return p->named[json_integer_value(found)];
}

/* Name, namespace and aliases of a type that is defined here; returns its namespace, NULL with the error set.
 */
static const char *define(struct parser *p, const json_t *j, const char *space, struct avro_type *t)
{
    const char *name = plain(json_object_get(j, "name"));
    const json_t *own_space = json_object_get(j, "namespace");
    enum avro_kind primitive;
    if (!name || (own_space && !plain(own_space))) {
        REFUSE(p, name ? "\"namespace\" is no string" : "a named type has no \"name\"");
        return NULL;
    }
    t->name = full_name(p, name, own_space ? plain(own_space) : space);
    if (!t->name)
        return NULL;
    const char *dot = strrchr(t->name, '.');
    t->short_name = dot ? dot + 1 : t->name;
    if (type_kind_of(t->name, KIND_STRING, &primitive)) {
        REFUSE(p, "\"%s\" is the name of a primitive type", t->name);
        return NULL;
    }
    if (json_object_get(p->index, t->name)) {
        REFUSE(p, "type \"%s\" is defined twice", t->name);
        return NULL;
    }
    size_t in = dot ? (size_t)(dot - t->name) : 0;
    char *inner = arena_take(p->arena, in + 1);
    memcpy(inner, t->name, in);
    inner[in] = '\0';
    if (parse_aliases(p, j, inner, true, &t->aliases, &t->alias_count))
        return NULL;
    p->named[p->named_count] = t;
    if (json_object_set_new(p->index, t->name, json_integer((json_int_t)p->named_count)))
        memory_exhausted();
    p->named_count++;
    return inner;
}

static int parse_field(struct parser *p, const json_t *j, const char *space, size_t depth, json_t *seen,
                       struct avro_field *out)
{
    int rc = count_node(p);
    if (rc || (rc = parse_name(p, json_object_get(j, "name"), &out->name)) != 0)
        return rc;
    size_t before = path_push(p, out->name);
    const json_t *type = json_object_get(j, "type");
    if (json_object_get(seen, out->name))
        return REFUSE(p, "the record has two fields of this name");
    if (!type)
        return REFUSE(p, "the field has no \"type\"");
    if (json_object_set_new(seen, out->name, json_true()))
        memory_exhausted();
    rc = parse_aliases(p, j, NULL, false, &out->aliases, &out->alias_count);
    if (rc)
        return rc;
    out->type = parse_type(p, type, space, depth + 1);
    if (!out->type)
        return ERROR_INVALID;
    out->fallback = json_object_get(j, "default");
    path_pop(p, before);
    return 0;
}

static int parse_record(struct parser *p, const json_t *j, const char *space, size_t depth,
                        struct avro_type *t)
{
    const char *inner = define(p, j, space, t);
    if (!inner)
        return ERROR_INVALID;
    if (depth == 0)
        path_push(p, t->short_name);
    const json_t *fields = json_object_get(j, "fields");
    if (!json_is_array(fields))
        return REFUSE(p, "record \"%s\" has no array of \"fields\"", t->name);
    size_t n = json_array_size(fields);
    struct avro_field *at = arena_array(p->arena, n, sizeof *at);
    json_t *seen = json_object();
    if (!seen)
        memory_exhausted();
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = parse_field(p, json_array_get(fields, i), inner, depth, seen, &at[i]);
    json_decref(seen);
    if (rc)
        return rc;
    /* Only now: until all types are there, a cycle that comes back here must find no fields. */
    t->fields = at;
    t->count = n;
    return 0;
}

static int parse_enum(struct parser *p, const json_t *j, const char *space, struct avro_type *t)
{
    if (!define(p, j, space, t))
        return ERROR_INVALID;
    const json_t *symbols = json_object_get(j, "symbols");
    const json_t *fallback = json_object_get(j, "default");
    if (!json_is_array(symbols))
        return REFUSE(p, "enum \"%s\" has no array of \"symbols\"", t->name);
    size_t n = json_array_size(symbols);
    const char **at = arena_array(p->arena, n, sizeof *at);
    json_t *seen = json_object();
    if (!seen)
        memory_exhausted();
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        if ((rc = count_node(p)) != 0 || (rc = parse_name(p, json_array_get(symbols, i), &at[i])) != 0)
            break;
        if (json_object_get(seen, at[i]))
            rc = REFUSE(p, "enum \"%s\" has symbol \"%s\" twice", t->name, at[i]);
        else if (json_object_set_new(seen, at[i], json_true()))
            memory_exhausted();
        if (plain(fallback) && strcmp(plain(fallback), at[i]) == 0)
            t->symbol_fallback = at[i];
    }
    json_decref(seen);
    if (rc == 0 && fallback && !t->symbol_fallback)
        rc = REFUSE(p, "the \"default\" of enum \"%s\" is none of its symbols", t->name);
    t->symbols = at;
    t->count = n;
    return rc;
}

static int parse_fixed(struct parser *p, const json_t *j, const char *space, struct avro_type *t)
{
    if (!define(p, j, space, t))
        return ERROR_INVALID;
    const json_t *size = json_object_get(j, "size");
    if (!json_is_integer(size) || json_integer_value(size) < 0 || json_integer_value(size) > INT32_MAX)
        return REFUSE(p, "fixed \"%s\" has no usable \"size\"", t->name);
    t->count = (size_t)json_integer_value(size);
    return 0;
}

/* What two branches of a union must not share: the kind, or for named types the name. */
static bool same_branch(const struct avro_type *a, const struct avro_type *b)
{
    return a->kind == b->kind && (!a->name || strcmp(a->name, b->name) == 0);
}

static int parse_union(struct parser *p, const json_t *j, const char *space, size_t depth,
                       struct avro_type *t)
{
    size_t n = json_array_size(j);
    if (n > AVRO_MAX_NODES / 10)
        return REFUSE(p, "a union has more than %d branches", AVRO_MAX_NODES / 10);
    const struct avro_type **at = arena_array(p->arena, n, sizeof(struct avro_type *));
    for (size_t i = 0; i < n; i++) {
        at[i] = parse_type(p, json_array_get(j, i), space, depth + 1);
        if (!at[i])
            return ERROR_INVALID;
        if (at[i]->kind == KIND_UNION)
            return REFUSE(p, "a union stands directly within a union");
        for (size_t k = 0; k < i; k++)
            if (same_branch(at[k], at[i]))
                return REFUSE(p, "a union has the branch %s twice",
                              at[i]->name ? at[i]->name : avro_kind_name(at[i]->kind));
    }
    t->branches = at;
    t->count = n;
    return 0;
}

static int parse_items(struct parser *p, const json_t *j, const char *space, size_t depth,
                       struct avro_type *t)
{
    const char *key = t->kind == KIND_ARRAY ? "items" : "values";
    const json_t *items = json_object_get(j, key);
    if (!items)
        return REFUSE(p, "%s without \"%s\"", t->kind == KIND_ARRAY ? "an array" : "a map", key);
    size_t before = path_push(p, "[]");
    t->items = parse_type(p, items, space, depth + 1);
    if (!t->items)
        return ERROR_INVALID;
    path_pop(p, before);
    return 0;
}

static int parse_parts(struct parser *p, const json_t *j, const char *space, size_t depth,
                       struct avro_type *t)
{
    switch (t->kind) {
    case KIND_RECORD: return parse_record(p, j, space, depth, t);
    case KIND_ENUM: return parse_enum(p, j, space, t);
    case KIND_FIXED: return parse_fixed(p, j, space, t);
    case KIND_UNION: return parse_union(p, j, space, depth, t);
    case KIND_ARRAY:
    case KIND_MAP: return parse_items(p, j, space, depth, t);
    default: return 0;
    }
}

static const struct avro_type *parse_type(struct parser *p, const json_t *j, const char *space, size_t depth)
{
    if (depth > AVRO_MAX_DEPTH) {
        REFUSE(p, "the schema nests deeper than %d levels", AVRO_MAX_DEPTH);
        return NULL;
    }
    if (plain(j))
        return parse_reference(p, plain(j), space);
    const json_t *type = json_object_get(j, "type");
    if (json_is_object(type) || json_is_array(type))
        return parse_type(p, type, space, depth + 1);
    const char *name = plain(type);
    enum avro_kind kind = KIND_UNION;
    if (!json_is_array(j) && !name) {
        REFUSE(p, "a type is neither a name, nor a union, nor an object with a \"type\"");
        return NULL;
    }
    if (name && strcmp(name, "error") == 0)
        kind = KIND_RECORD;
    else if (name && (!type_kind_of(name, KIND_FIXED, &kind) || kind == KIND_UNION))
        return parse_reference(p, name, space);
    struct avro_type *t = node_new(p, kind);
    if (!t)
        return NULL;
    const char *logical = plain(json_object_get(j, "logicalType"));
    if (logical)
        t->logical = copy(p, logical);
    if (parse_parts(p, j, space, depth, t))
        return NULL;
    t->min_bytes = type_min_bytes(t);
    return t;
}

int avro_schema_parse(const char *text, size_t len, struct avro_schema **out, struct error *e)
{
    if (len > AVRO_MAX_TEXT)
        return error_set(e, ERROR_INVALID, "schema", "the schema is longer than %d bytes", AVRO_MAX_TEXT);
    json_error_t wrong;
    json_t *json =
        json_loadb(text ? text : "", len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &wrong);
    if (!json)
        return error_set_at(e, ERROR_INVALID, "schema", (size_t)(wrong.position < 0 ? 0 : wrong.position),
                            "the schema is no JSON: line %d column %d: %s", wrong.line, wrong.column,
                            wrong.text);
    struct parser p = {.arena = arena_new(4096), .e = e, .index = json_object()};
    p.named = malloc(AVRO_MAX_NODES * sizeof(struct avro_type *));
    if (!p.index || !p.named)
        memory_exhausted();
    int rc = 0;
    const struct avro_type *root = parse_type(&p, json, NULL, 0);
    if (root) {
        struct avro_schema *s = calloc(1, sizeof *s);
        if (!s)
            memory_exhausted();
        *s = (struct avro_schema){.arena = p.arena, .json = json, .root = root, .nodes = p.nodes};
        canonical_hash(s, &s->fingerprint, &s->identity);
        *out = s;
    } else {
        rc = ERROR_INVALID;
        arena_free(p.arena);
        json_decref(json);
    }
    json_decref(p.index);
    free(p.named);
    return rc;
}

void avro_schema_free(struct avro_schema *s)
{
    if (!s)
        return;
    arena_free(s->arena);
    json_decref(s->json);
    free(s);
}
