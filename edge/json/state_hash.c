#include "edge/json/state_hash.h"

#include <assert.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "edge/json/canonical.h"
#include "edge/json/json_write.h"

static const char *const excluded[] = {"as_of", "last.partition", "last.offset", "resume"};

#define KINDS 3
#define PATH_SIZE 128

#define NAME_BYTES 48

/* A field table in canonical order, without what is excluded at its place; made once. */
struct step {
    char name[NAME_BYTES]; /* ,"name": padded, so that all of it can be copied at once */
    uint8_t name_bytes;
    uint8_t kind; /* enum field_kind */
    bool nullable;
    uint32_t offset;
    const struct text *symbols; /* FIELD_ENUM: by stored value, in quotes; own */
    struct plan *of;            /* FIELD_RECORD, FIELD_RECORDS; own */
};

struct plan {
    size_t size; /* bytes of the C struct */
    size_t count;
    struct step *steps; /* own */
    const char *kind;   /* value of the member `record`; NULL in nested records */
    size_t kind_at;     /* before which step that member stands */
};

struct state_hash {
    struct plan *plans[KINDS];
    EVP_MD_CTX *context;
    struct buffer line;
};

static void *need(void *memory)
{
    if (!memory)
        memory_exhausted();
    return memory;
}

static bool is_excluded(const char *path)
{
    for (size_t i = 0; i < sizeof excluded / sizeof excluded[0]; i++)
        if (strcmp(excluded[i], path) == 0)
            return true;
    return false;
}

static int step_compare(const void *a, const void *b)
{
    /* The closing quote sorts before every character of a name, as the end of a shorter name does. */
    return json_canonical_compare(text_of(((const struct step *)a)->name),
                                  text_of(((const struct step *)b)->name));
}

static void step_name(struct step *step, const char *name)
{
    int n = snprintf(step->name, sizeof step->name, ",\"%s\":", name);
    assert(n > 0 && (size_t)n < sizeof step->name);
    step->name_bytes = (uint8_t)n;
}

#define STORED 256 /* values of an enum's byte */

/* By stored value, in quotes. Names of symbols need no escapes. */
static struct text *symbols_quoted(const struct symbols *symbols)
{
    size_t bytes = 0;
    for (size_t i = 0; i < symbols->count; i++)
        bytes += strlen(symbols->at[i]) + 2;
    struct text *quoted = need(malloc(STORED * sizeof *quoted + bytes));
    char *at = (char *)(quoted + STORED);
    for (size_t i = 0; i < STORED; i++) {
        quoted[i] = TEXT_LITERAL("\"\"");
        if (i < 1 || i > symbols->count)
            continue;
        size_t len = strlen(symbols->at[i - 1]);
        quoted[i] = (struct text){at, len + 2};
        at[0] = at[len + 1] = '"';
        memcpy(at + 1, symbols->at[i - 1], len);
        at += len + 2;
    }
    return quoted;
}

static struct plan *plan_new(const char *kind, const struct fields *fields, const char *path)
{
    struct plan *plan = need(calloc(1, sizeof *plan));
    plan->steps = need(calloc(fields->count + 1, sizeof *plan->steps));
    plan->kind = kind;
    plan->size = fields->size;
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        char full[PATH_SIZE];
        (void)snprintf(full, sizeof full, "%s%s%s", path, *path ? "." : "", f->name);
        if (f->kind == FIELD_BYTES || is_excluded(full))
            continue;
        struct step *step = &plan->steps[plan->count++];
        *step = (struct step){.kind = (uint8_t)f->kind,
                              .nullable = f->nullable,
                              .offset = (uint32_t)f->offset,
                              .symbols = f->kind == FIELD_ENUM ? symbols_quoted(f->symbols) : NULL,
                              .of = f->of ? plan_new(NULL, f->of, full) : NULL};
        step_name(step, f->name);
    }
    qsort(plan->steps, plan->count, sizeof *plan->steps, step_compare);
    struct step record;
    step_name(&record, "record");
    while (plan->kind_at < plan->count && step_compare(&plan->steps[plan->kind_at], &record) < 0)
        plan->kind_at++;
    assert(!kind || plan->kind_at < plan->count);
    return plan;
}

static void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->count; i++) {
        plan_free(plan->steps[i].of);
        free((void *)plan->steps[i].symbols);
    }
    free(plan->steps);
    free(plan);
}

/* --- Printing --- */

/* What the step's field holds, as the type that its kind has in the struct (core/fields.h). */
#define VALUE(type, step, record) (*(type const *)(const void *)((const char *)(record) + (step)->offset))

/* The name, and room for a short value behind it. The first member's comma takes the place of the bracket
 * that opens the object, which plan_print() puts there. */
static inline void print_name(struct buffer *b, const struct step *step)
{
    memcpy(buffer_room(b, NAME_BYTES), step->name, NAME_BYTES);
    b->len += step->name_bytes;
}

static void print_long(struct buffer *b, int64_t value)
{
    const int64_t exact = INT64_C(1) << 53;
    if (value <= exact && value >= -exact)
        json_write_integer(b, value);
    else
        json_write_number(b, (double)value); /* RFC 8785 knows doubles only */
}

static void print_texts(struct buffer *b, const struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        buffer_add_byte(b, i ? ',' : '[');
        json_write_string(b, texts->at[i]);
    }
    if (texts->count == 0)
        buffer_add_byte(b, '[');
    buffer_add_byte(b, ']');
}

static void plan_print(const struct plan *plan, const void *record, struct buffer *b);

static void print_records(struct buffer *b, const struct plan *plan, const struct records *records)
{
    buffer_add_byte(b, '[');
    for (size_t i = 0; i < records->count; i++) {
        if (i)
            buffer_add_byte(b, ',');
        plan_print(plan, (const char *)records->at + i * plan->size, b);
    }
    buffer_add_byte(b, ']');
}

/* Member by member what record_printer.h prints. */
static inline void step_print(const struct step *step, const void *record, struct buffer *b)
{
    switch ((enum field_kind)step->kind) {
    case FIELD_TEXT:
        if (text_is_null(VALUE(struct text, step, record)))
            return;
        print_name(b, step);
        json_write_string(b, VALUE(struct text, step, record));
        return;
    case FIELD_ENUM:
        if (VALUE(uint8_t, step, record) == 0)
            return;
        print_name(b, step);
        json_add_text(b, step->symbols[VALUE(uint8_t, step, record)]);
        return;
    case FIELD_INSTANT:
        if (instant_is_none(VALUE(struct instant, step, record)))
            return;
        print_name(b, step);
        json_write_instant(b, VALUE(struct instant, step, record));
        return;
    case FIELD_DAY:
        if (day_is_none(VALUE(struct day, step, record)))
            return;
        print_name(b, step);
        json_write_day(b, VALUE(struct day, step, record));
        return;
    case FIELD_LONG:
        if (VALUE(int64_t, step, record) == LONG_NULL)
            return;
        print_name(b, step);
        print_long(b, VALUE(int64_t, step, record));
        return;
    case FIELD_DOUBLE:
        if (!VALUE(struct number, step, record).set || !isfinite(VALUE(struct number, step, record).value))
            return;
        print_name(b, step);
        json_write_number(b, VALUE(struct number, step, record).value);
        return;
    case FIELD_BOOL:
        print_name(b, step);
        json_add_text(b, VALUE(bool, step, record) ? TEXT_LITERAL("true") : TEXT_LITERAL("false"));
        return;
    case FIELD_TEXTS:
        if (step->nullable && VALUE(struct texts, step, record).count == 0)
            return;
        print_name(b, step);
        print_texts(b, &VALUE(struct texts, step, record));
        return;
    case FIELD_RECORD:
        if (step->nullable && !VALUE(const void *, step, record))
            return;
        print_name(b, step);
        plan_print(step->of, VALUE(const void *, step, record), b);
        return;
    case FIELD_RECORDS:
        if (step->nullable && VALUE(struct records, step, record).count == 0)
            return;
        print_name(b, step);
        print_records(b, step->of, &VALUE(struct records, step, record));
        return;
    case FIELD_BYTES: return; /* no plan has one */
    }
}

static void plan_print(const struct plan *plan, const void *record, struct buffer *b)
{
    size_t start = b->len;
    for (size_t i = 0; record && i < plan->count; i++) {
        if (plan->kind && i == plan->kind_at) {
            json_add_text(b, TEXT_LITERAL(",\"record\":"));
            json_write_plain(b, text_of(plan->kind));
        }
        step_print(&plan->steps[i], record, b);
    }
    if (b->len == start)
        buffer_add_byte(b, '{');
    else
        b->at[start] = '{';
    buffer_add_byte(b, '}');
}

static void digest_start(struct state_hash *h)
{
    if (!EVP_DigestInit_ex(h->context, EVP_sha256(), NULL))
        memory_exhausted();
}

struct state_hash *state_hash_new(void)
{
    struct state_hash *h = need(calloc(1, sizeof *h));
    for (size_t i = 0; i < KINDS; i++)
        h->plans[i] = plan_new(record_kind_names[i], record_fields[i], "");
    h->context = need(EVP_MD_CTX_new());
    digest_start(h);
    return h;
}

void state_hash_free(struct state_hash *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < KINDS; i++)
        plan_free(h->plans[i]);
    EVP_MD_CTX_free(h->context);
    buffer_free(&h->line);
    free(h);
}

void state_hash_form(const struct state_hash *h, const struct record *record, struct buffer *out)
{
    plan_print(h->plans[record->kind - 1], &record->common, out);
    buffer_add_byte(out, '\n');
}

void state_hash_add_forms(struct state_hash *h, struct text forms)
{
    if (!EVP_DigestUpdate(h->context, forms.at, forms.len))
        memory_exhausted();
}

void state_hash_add(struct state_hash *h, const struct record *record)
{
    buffer_clear(&h->line);
    state_hash_form(h, record, &h->line);
    state_hash_add_forms(h, buffer_text(&h->line));
}

void state_hash_final(struct state_hash *h, char out[STATE_HASH_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (!EVP_DigestFinal_ex(h->context, digest, NULL))
        memory_exhausted();
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    digest_start(h);
}
