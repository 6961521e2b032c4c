#include <endian.h>
#include <string.h>

#include "core/number.h"
#include "core/text_check.h"
#include "core/time.h"
#include "edge/avro/cursor.h"
#include "edge/avro/program.h"

static int run(struct cursor *c, const struct step *steps, size_t count, struct arena *a, char *base);

static int run_program(struct cursor *c, const struct program *p, struct arena *a, void *record)
{
    memcpy(record, p->blank, p->size);
    return run(c, p->steps, p->count, a, record);
}

static int read_text(struct cursor *c, const struct step *s, struct text *out)
{
    size_t n;
    int rc = cursor_length(c, s->where, &n);
    if (rc)
        return rc;
    if (s->code == STEP_TEXT && !text_is_utf8((struct text){(const char *)c->at, n}))
        return cursor_refuse(c, s->where, "a string is not UTF-8");
    *out = (struct text){(const char *)c->at, n};
    c->at += n;
    return 0;
}

/* The smallest number of a kind is our null, and stands for no value. */
static int refuse_smallest(struct cursor *c, const struct step *s)
{
    return error_set_at(c->e, ERROR_INVALID, s->where, (size_t)(c->at - c->start),
                        "the number is the smallest of its type, which is reserved");
}

static int read_long(struct cursor *c, const struct step *s, char *at)
{
    int64_t n;
    int rc = s->code == STEP_LONG ? cursor_long(c, s->where, &n) : cursor_int(c, s->where, &n);
    if (rc)
        return rc;
    if (n == LONG_NULL)
        return refuse_smallest(c, s);
    memcpy(at, &n, sizeof n); /* an int64_t, or the only member of a struct instant */
    return 0;
}

static int read_day(struct cursor *c, const struct step *s, struct day *out)
{
    int64_t n;
    int rc = cursor_int(c, s->where, &n);
    if (rc)
        return rc;
    if (n == DAY_NONE.n)
        return refuse_smallest(c, s);
    out->n = (int32_t)n;
    return 0;
}

static int read_number(struct cursor *c, const struct step *s, struct number *out)
{
    int64_t integer = 0;
    double value = 0;
    int rc = s->code == STEP_DOUBLE  ? cursor_double(c, s->where, &value)
             : s->code == STEP_FLOAT ? cursor_float(c, s->where, &value)
                                     : cursor_long(c, s->where, &integer);
    if (rc)
        return rc;
    out->value = s->code == STEP_INTEGER ? (double)integer : value;
    out->set = true;
    return 0;
}

static int read_enum(struct cursor *c, const struct step *s, uint8_t *out)
{
    size_t i;
    int rc = cursor_index(c, s->where, s->count, &i);
    if (rc)
        return rc;
    if (s->of.stored[i] == 0)
        return error_set_at(c->e, ERROR_INVALID, s->where, (size_t)(c->at - c->start),
                            "the enum's symbol is unknown and there is no default");
    *out = s->of.stored[i];
    return 0;
}

/* Reads all blocks into one array. It grows by doubling, so that many small blocks cost no more than a large
 * one. */
static int read_array(struct cursor *c, const struct step *s, struct arena *a, const void **out,
                      size_t *out_count)
{
    bool plain_texts = s->of.steps->code == STEP_TEXT && s->of.steps->null_branch == NO_NULL;
    char *at = NULL;
    size_t total = 0, room = 0;
    for (;;) {
        size_t count;
        const unsigned char *block_end;
        int rc = cursor_block(c, s->where, s->min_bytes, &count, &block_end);
        if (rc)
            return rc;
        if (count == 0)
            break;
        if (s->min_bytes == 0 && total + count > PROGRAM_EMPTY)
            return cursor_refuse(c, s->where, "an array has too many elements without bytes");
        if (total + count > room) {
            room = total ? 2 * (total + count) : count;
            char *grown = arena_take(a, room * s->size);
            if (total)
                memcpy(grown, at, total * s->size);
            at = grown;
        }
        for (size_t i = 0; i < count && rc == 0; i++, total++) {
            void *element = at + total * s->size;
            rc = plain_texts ? read_text(c, s->of.steps, element) : run(c, s->of.steps, 1, a, element);
        }
        if (rc || (rc = cursor_block_end(c, s->where, block_end)) != 0)
            return rc;
    }
    *out = at;
    *out_count = total;
    return 0;
}

static int read_texts(struct cursor *c, const struct step *s, struct arena *a, struct texts *out)
{
    const void *at;
    size_t count;
    int rc = read_array(c, s, a, &at, &count);
    if (rc == 0)
        *out = (struct texts){at, count};
    return rc;
}

static int read_records(struct cursor *c, const struct step *s, struct arena *a, struct records *out)
{
    const void *at;
    size_t count;
    int rc = read_array(c, s, a, &at, &count);
    if (rc == 0)
        *out = (struct records){at, count};
    return rc;
}

static int read_record(struct cursor *c, const struct step *s, struct arena *a, const void **out)
{
    void *record = arena_take(a, s->of.program->size);
    int rc = run_program(c, s->of.program, a, record);
    if (rc == 0)
        *out = record;
    return rc;
}

static int refuse_null(struct cursor *c, const struct step *s)
{
    return error_set_at(c->e, ERROR_INVALID, s->where, (size_t)(c->at - c->start),
                        "null, where a value is required");
}

static int skip_bytes(struct cursor *c, const struct step *s)
{
    size_t n = s->count;
    int rc = s->code == STEP_SKIP_BYTES ? cursor_length(c, s->where, &n) : 0;
    if (rc)
        return rc;
    if (n > cursor_left(c))
        return cursor_refuse(c, s->where, "the bytes end within a value");
    c->at += n;
    return 0;
}

/* One step whose union, if any, is behind us. A call for each would cost as much as most of them do. */
__attribute__((always_inline)) static inline int run_step(struct cursor *c, const struct step *s,
                                                          struct arena *a, char *base)
{
    void *at = base + s->offset;
    int64_t number;
    size_t i;
    int rc;
    switch ((enum step_code)s->code) {
    case STEP_TEXT:
    case STEP_BYTES: return read_text(c, s, at);
    case STEP_ENUM: return read_enum(c, s, at);
    case STEP_LONG:
    case STEP_INT: return read_long(c, s, at);
    case STEP_DAY: return read_day(c, s, at);
    case STEP_DOUBLE:
    case STEP_FLOAT:
    case STEP_INTEGER: return read_number(c, s, at);
    case STEP_BOOL: return cursor_bool(c, s->where, at);
    case STEP_TEXTS: return read_texts(c, s, a, at);
    case STEP_RECORDS: return read_records(c, s, a, at);
    case STEP_RECORD: return read_record(c, s, a, at);
    case STEP_WITHIN: return run_program(c, s->of.program, a, at);
    case STEP_UNION:
        rc = cursor_index(c, s->where, s->count, &i);
        return rc ? rc : run(c, s->of.steps + i, 1, a, base);
    case STEP_NULL: return 0;
    case STEP_FAIL:
        return error_set_at(c->e, ERROR_INVALID, s->where, (size_t)(c->at - c->start), "%s", s->of.why);
    case STEP_SKIP_LONG: return cursor_long(c, s->where, &number);
    case STEP_SKIP_BYTES:
    case STEP_SKIP_FIXED: return skip_bytes(c, s);
    case STEP_SKIP: return cursor_skip(c, s->where, s->of.type);
    }
    return 0;
}

/* How many bytes 0 come next, up to `most`. Most fields of most events are null: eight at a time. */
static inline size_t leading_nulls(const struct cursor *c, size_t most)
{
    uint64_t word;
    size_t n = 0, left = cursor_left(c);
    most = most < left ? most : left;
    for (; left - n >= sizeof word && n < most; n += sizeof word) {
        memcpy(&word, c->at + n, sizeof word);
        word = le64toh(word);
        if (word) {
            n += (size_t)__builtin_ctzll(word) / 8;
            return n < most ? n : most;
        }
    }
    while (n < most && c->at[n] == 0)
        n++;
    return n < most ? n : most;
}

static int run(struct cursor *c, const struct step *steps, size_t count, struct arena *a, char *base)
{
    for (const struct step *s = steps; s < steps + count; s++) {
        if (s->null_branch != NO_NULL) {
            size_t nulls = leading_nulls(c, s->nulls);
            if (nulls) {
                c->at += nulls;
                s += nulls - 1;
                continue;
            }
            size_t branch;
            int rc = cursor_index(c, s->where, 2, &branch);
            if (rc)
                return rc;
            if (branch == s->null_branch) {
                if (s->null_fails)
                    return refuse_null(c, s);
                continue;
            }
        }
        int rc = run_step(c, s, a, base);
        if (rc)
            return rc;
    }
    return 0;
}

int avro_decode(const struct avro_plan *p, const void *bytes, size_t n, struct arena *a, void *record,
                struct error *e)
{
    _Alignas(max_align_t) char scratch[PROGRAM_SCRATCH];
    struct cursor c = cursor_at(bytes, n, e);
    int rc = run_program(&c, p->program, a, scratch);
    if (rc)
        return rc;
    if (c.at != c.end)
        return cursor_refuse(&c, "", "bytes are left over after the record");
    memcpy(record, scratch, p->program->size);
    return 0;
}

int avro_decode_first(const struct avro_plan *p, const void *bytes, size_t n, struct arena *a, void *record,
                      size_t *used, struct error *e)
{
    struct cursor c = cursor_at(bytes, n, e);
    int rc = run_program(&c, p->program, a, record);
    if (rc == 0)
        *used = (size_t)(c.at - c.start);
    return rc;
}
