#include "edge/json/canonical.h"

#include <stdlib.h>

#include "core/memory.h"
#include "edge/json/json_write.h"

/* Objects up to this many members are sorted on the stack. */
#define MEMBERS 32

struct member {
    struct text name;
    const json_t *value;
};

/* UTF-8 keeps the order of code points. UTF-16 differs only in that surrogates (lead bytes F0..F4) sort below
 * U+E000..U+FFFF (lead bytes EE, EF). */
static int unit_order(unsigned char c)
{
    return c == 0xEE || c == 0xEF ? c + 0x100 : c;
}

int json_canonical_compare(struct text a, struct text b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < n; i++)
        if (a.at[i] != b.at[i])
            return unit_order((unsigned char)a.at[i]) - unit_order((unsigned char)b.at[i]);
    return (a.len > b.len) - (a.len < b.len);
}

static int member_compare(const void *a, const void *b)
{
    return json_canonical_compare(((const struct member *)a)->name, ((const struct member *)b)->name);
}

/* Small objects are the rule, and files often hold their members in order already: insertion sort. */
static void members_sort(struct member *at, size_t count)
{
    if (count > MEMBERS) {
        qsort(at, count, sizeof *at, member_compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct member m = at[i];
        size_t j = i;
        for (; j > 0 && json_canonical_compare(m.name, at[j - 1].name) < 0; j--)
            at[j] = at[j - 1];
        at[j] = m;
    }
}

static int add_value(struct buffer *b, const json_t *value, const char *without, int depth, struct error *e);

static int add_object(struct buffer *b, const json_t *object, const char *without, int depth, struct error *e)
{
    struct member few[MEMBERS], *members = few;
    size_t count = json_object_size(object);
    if (count > MEMBERS && !(members = malloc(count * sizeof *members)))
        memory_exhausted();
    /* jansson's iterators take no const, but change nothing. */
    json_t *o = (json_t *)(uintptr_t)object;
    count = 0;
    for (void *i = json_object_iter(o); i; i = json_object_iter_next(o, i)) {
        struct text name = {json_object_iter_key(i), json_object_iter_key_len(i)};
        if (!without || !text_equal(name, text_of(without)))
            members[count++] = (struct member){name, json_object_iter_value(i)};
    }
    members_sort(members, count);

    int rc = 0;
    buffer_add_byte(b, '{');
    for (size_t i = 0; i < count && rc == 0; i++) {
        if (i)
            buffer_add_byte(b, ',');
        json_write_string(b, members[i].name);
        buffer_add_byte(b, ':');
        rc = add_value(b, members[i].value, NULL, depth + 1, e);
    }
    buffer_add_byte(b, '}');
    if (members != few)
        free(members);
    return rc;
}

static int add_array(struct buffer *b, const json_t *array, int depth, struct error *e)
{
    int rc = 0;
    buffer_add_byte(b, '[');
    for (size_t i = 0; i < json_array_size(array) && rc == 0; i++) {
        if (i)
            buffer_add_byte(b, ',');
        rc = add_value(b, json_array_get(array, i), NULL, depth + 1, e);
    }
    buffer_add_byte(b, ']');
    return rc;
}

static int add_value(struct buffer *b, const json_t *value, const char *without, int depth, struct error *e)
{
    if (depth > CANONICAL_DEPTH)
        return error_set(e, ERROR_INVALID, "", "nested deeper than %d levels", CANONICAL_DEPTH);
    switch (json_typeof(value)) {
    case JSON_OBJECT: return add_object(b, value, without, depth, e);
    case JSON_ARRAY: return add_array(b, value, depth, e);
    case JSON_STRING:
        json_write_string(b, (struct text){json_string_value(value), json_string_length(value)});
        break;
    case JSON_INTEGER: json_write_number(b, (double)json_integer_value(value)); break;
    case JSON_REAL: json_write_number(b, json_real_value(value)); break;
    case JSON_TRUE: buffer_add(b, "true", 4); break;
    case JSON_FALSE: buffer_add(b, "false", 5); break;
    case JSON_NULL: buffer_add(b, "null", 4); break;
    }
    return 0;
}

int json_canonical_add_without(struct buffer *b, const json_t *value, const char *member, struct error *e)
{
    size_t before = b->len;
    int rc = add_value(b, value, member, 0, e);
    if (rc)
        b->len = before;
    return rc;
}

int json_canonical_add(struct buffer *b, const json_t *value, struct error *e)
{
    return json_canonical_add_without(b, value, NULL, e);
}
