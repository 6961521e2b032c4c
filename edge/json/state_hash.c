#include "edge/json/state_hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "edge/json/canonical.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"

static const char *const excluded[] = {"as_of", "last.partition", "last.offset", "resume"};

#define KINDS 3
#define PATH_SIZE 128

/* A field table in canonical order, without what is excluded at its place; made once. */
struct step {
    struct text name;          /* "name": with quotes and colon, within the plan's own memory */
    const struct field *field; /* NULL: the member `record` */
    struct plan *of;           /* FIELD_RECORD, FIELD_RECORDS */
};

struct plan {
    const char *kind; /* value of `record`; NULL in nested records */
    size_t size;      /* bytes of the C struct */
    size_t count;
    struct step *steps;
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
    return json_canonical_compare(((const struct step *)a)->name, ((const struct step *)b)->name);
}

static void step_name(struct step *step, const char *name)
{
    char *text = NULL;
    int len = asprintf(&text, "\"%s\":", name);
    if (len < 0)
        memory_exhausted();
    step->name = (struct text){text, (size_t)len};
}

static struct plan *plan_new(const char *kind, const struct fields *fields, const char *path)
{
    struct plan *plan = need(calloc(1, sizeof *plan));
    plan->steps = need(calloc(fields->count + 1, sizeof *plan->steps));
    plan->kind = kind;
    plan->size = fields->size;
    if (kind)
        step_name(&plan->steps[plan->count++], "record");
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        char full[PATH_SIZE];
        (void)snprintf(full, sizeof full, "%s%s%s", path, *path ? "." : "", f->name);
        if (f->kind == FIELD_BYTES || is_excluded(full))
            continue;
        struct step *step = &plan->steps[plan->count++];
        step_name(step, f->name);
        step->field = f;
        if (f->of)
            step->of = plan_new(NULL, f->of, full);
    }
    qsort(plan->steps, plan->count, sizeof *plan->steps, step_compare);
    return plan;
}

static void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->count; i++) {
        free((char *)(uintptr_t)plan->steps[i].name.at);
        plan_free(plan->steps[i].of);
    }
    free(plan->steps);
    free(plan);
}

static void plan_print(const struct plan *plan, const void *record, struct buffer *b);

static void records_print(const struct plan *plan, const struct records *records, struct buffer *b)
{
    buffer_add_byte(b, '[');
    for (size_t i = 0; i < records->count; i++) {
        if (i)
            buffer_add_byte(b, ',');
        plan_print(plan, (const char *)records->at + i * plan->size, b);
    }
    buffer_add_byte(b, ']');
}

static void step_print(const struct step *step, const void *record, struct buffer *b)
{
    const void *at = (const char *)record + step->field->offset;
    if (step->field->kind == FIELD_RECORD)
        plan_print(step->of, *(const void *const *)at, b);
    else if (step->field->kind == FIELD_RECORDS)
        records_print(step->of, at, b);
    else if (step->field->kind == FIELD_LONG)
        json_write_number(b, (double)*(const int64_t *)at); /* RFC 8785 knows doubles only */
    else
        field_print(b, step->field, record);
}

static void plan_print(const struct plan *plan, const void *record, struct buffer *b)
{
    bool first = true;
    buffer_add_byte(b, '{');
    for (size_t i = 0; record && i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        if (step->field && field_is_left_out(step->field, record))
            continue;
        if (!first)
            buffer_add_byte(b, ',');
        first = false;
        json_add_text(b, step->name);
        if (step->field)
            step_print(step, record, b);
        else
            json_write_string(b, text_of(plan->kind));
    }
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

void state_hash_form(struct state_hash *h, const struct record *record, struct buffer *out)
{
    plan_print(h->plans[record->kind - 1], &record->common, out);
    buffer_add_byte(out, '\n');
}

void state_hash_add(struct state_hash *h, const struct record *record)
{
    buffer_clear(&h->line);
    state_hash_form(h, record, &h->line);
    if (!EVP_DigestUpdate(h->context, h->line.at, h->line.len))
        memory_exhausted();
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
