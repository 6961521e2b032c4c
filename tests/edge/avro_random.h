/* Random records of any field table, and whether two are the same: for tests that compare codecs. */
#ifndef TESTS_EDGE_AVRO_RANDOM_H
#define TESTS_EDGE_AVRO_RANDOM_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/arena.h"
#include "core/fields.h"
#include "core/number.h"
#include "core/time.h"
#include "edge/avro/schema.h"

struct random {
    uint64_t state;
    struct arena *arena;
};

/* The seed, any text, is printed: CHAPAR_SEED where that is set, else a fresh one. */
static inline struct random random_start(struct arena *a)
{
    char fresh[16];
    uint32_t bits = 0;
    const char *seed = getenv("CHAPAR_SEED");
    if (!seed || !*seed) {
        if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
            abort();
        (void)snprintf(fresh, sizeof fresh, "%08" PRIx32, bits);
        seed = fresh;
    }
    printf("CHAPAR_SEED=%s\n", seed);
    struct random r = {UINT64_C(0xcbf29ce484222325), a}; /* FNV-1a of the text */
    for (const char *c = seed; *c; c++)
        r.state = (r.state ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    return r;
}

/* SplitMix64. */
static inline uint64_t random_bits(struct random *r)
{
    uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline size_t random_below(struct random *r, size_t n)
{
    return (size_t)(random_bits(r) % n);
}

/* All magnitudes alike, so that numbers of every length occur; never INT64_MIN. */
static inline int64_t random_long(struct random *r)
{
    int64_t n = (int64_t)(random_bits(r) >> (1 + random_below(r, 63)));
    return random_below(r, 2) ? n : -n;
}

static inline struct text random_text(struct random *r, bool bytes)
{
    static const char *const words[] = {
        "KAZ", "org:ifas", "2027-05", "Қызылорда",  "a",  "Ashgabat declaration",
        "湖",  "🌊",        "/",       "R/2027/P1Y", "\n", "\"quoted\""};
    size_t n = random_below(r, 6);
    char *at = arena_take(r->arena, 200);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (bytes) {
            at[len++] = (char)random_below(r, 256);
            continue;
        }
        const char *word = words[random_below(r, sizeof words / sizeof words[0])];
        memcpy(at + len, word, strlen(word));
        len += strlen(word);
    }
    return (struct text){at, len};
}

static inline double random_double(struct random *r)
{
    double d = (double)random_long(r) / (double)(1 + random_below(r, 1000));
    return random_below(r, 8) ? d : 0.1 * (double)random_below(r, 11);
}

static inline const struct avro_type *random_within(const struct avro_type *t)
{
    return t->kind == KIND_UNION ? t->branches[t->branches[0]->kind == KIND_NULL] : t;
}

static inline void random_record(struct random *r, const struct fields *table, const struct avro_type *type,
                                 void *record);

static inline void random_field(struct random *r, const struct field *f, const struct avro_type *t, void *at)
{
    size_t count = random_below(r, 5);
    void *records;
    switch (f->kind) {
    case FIELD_TEXT: *(struct text *)at = random_text(r, false); break;
    case FIELD_BYTES: *(struct text *)at = random_text(r, true); break;
    case FIELD_ENUM: *(uint8_t *)at = (uint8_t)(1 + random_below(r, f->symbols->count)); break;
    case FIELD_INSTANT: ((struct instant *)at)->ms = random_long(r); break;
    case FIELD_DAY: ((struct day *)at)->n = (int32_t)(random_long(r) % INT32_MAX); break;
    case FIELD_LONG:
        *(int64_t *)at = t->kind == KIND_INT ? random_long(r) % INT32_MAX : random_long(r);
        break;
    case FIELD_DOUBLE: *(struct number *)at = (struct number){random_double(r), true}; break;
    case FIELD_BOOL: *(bool *)at = random_below(r, 2); break;
    case FIELD_TEXTS: {
        struct text *texts = arena_array(r->arena, count, sizeof *texts);
        for (size_t i = 0; i < count; i++)
            texts[i] = random_text(r, false);
        *(struct texts *)at = (struct texts){texts, count};
        break;
    }
    case FIELD_RECORD:
        records = arena_take(r->arena, f->of->size);
        random_record(r, f->of, t, records);
        *(const void **)at = records;
        break;
    case FIELD_RECORDS:
        records = arena_array(r->arena, count, f->of->size);
        for (size_t i = 0; i < count; i++)
            random_record(r, f->of, t->items, (char *)records + i * f->of->size);
        *(struct records *)at = (struct records){records, count};
        break;
    }
}

static inline void random_record(struct random *r, const struct fields *table, const struct avro_type *type,
                                 void *record)
{
    fields_clear(table, record);
    for (size_t i = 0; i < table->count; i++) {
        const struct field *f = &table->at[i];
        if (f->nullable && random_below(r, 3) == 0)
            continue;
        random_field(r, f, random_within(avro_type_field(type, f->name)->type), (char *)record + f->offset);
    }
}

/* The field in which the two differ, as a path; "" when they are the same. */
static inline const char *record_difference(const struct fields *table, const void *a, const void *b);

static inline bool field_same(const struct field *f, const void *a, const void *b)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: return text_equal(*(const struct text *)a, *(const struct text *)b);
    case FIELD_ENUM: return *(const uint8_t *)a == *(const uint8_t *)b;
    case FIELD_INSTANT: return ((const struct instant *)a)->ms == ((const struct instant *)b)->ms;
    case FIELD_DAY: return ((const struct day *)a)->n == ((const struct day *)b)->n;
    case FIELD_LONG: return *(const int64_t *)a == *(const int64_t *)b;
    case FIELD_DOUBLE: {
        const struct number *x = a, *y = b;
        return x->set == y->set && (!x->set || memcmp(&x->value, &y->value, sizeof x->value) == 0);
    }
    case FIELD_BOOL: return *(const bool *)a == *(const bool *)b;
    case FIELD_TEXTS: {
        const struct texts *x = a, *y = b;
        bool same = x->count == y->count;
        for (size_t i = 0; same && i < x->count; i++)
            same = text_equal(x->at[i], y->at[i]);
        return same;
    }
    case FIELD_RECORD: {
        const void *x = *(const void *const *)a, *y = *(const void *const *)b;
        return x && y ? record_difference(f->of, x, y)[0] == '\0' : x == y;
    }
    case FIELD_RECORDS: {
        const struct records *x = a, *y = b;
        bool same = x->count == y->count;
        for (size_t i = 0; same && i < x->count; i++)
            same = record_difference(f->of, (const char *)x->at + i * f->of->size,
                                     (const char *)y->at + i * f->of->size)[0] == '\0';
        return same;
    }
    }
    return false;
}

static inline const char *record_difference(const struct fields *table, const void *a, const void *b)
{
    for (size_t i = 0; i < table->count; i++)
        if (!field_same(&table->at[i], (const char *)a + table->at[i].offset,
                        (const char *)b + table->at[i].offset))
            return table->at[i].name;
    return "";
}

#endif
