#include "core/record_check.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/due.h"
#include "core/entity.h"
#include "core/instant.h"
#include "core/memory.h"
#include "core/policy.h"

#define ARENA_BYTES 4096
#define SLIP_DAYS_MAX INT64_C(4000000) /* more than lie between any two days */

static int out_of_range(const struct record *r, const char *where, struct error *e)
{
    return error_set(e, ERROR_INVALID, where, "%.*s has a value out of range", (int)r->common.id.len,
                     r->common.id.at);
}

/* Days of the calendar, and one more on either side: instants are days elsewhere. */
static bool day_in_range(struct day d)
{
    return day_is_none(d) || (d.n >= DAY_FIRST.n - 1 && d.n <= DAY_LAST.n + 1);
}

/* Times of events, and clocks that none of them is ahead of. A clock beyond would fire everything there is.
 */
static bool instant_in_range(struct instant t)
{
    return instant_is_none(t) || (t.ms > 0 && t.ms <= INSTANT_LAST.ms);
}

/* --- What is held to a range --- */

/* Of the longs of a record itself each counts something, all but the sum of slips; within its fields only a
 * slip's own days are taken over as they are. */
enum check_kind {
    CHECK_DAY,
    CHECK_INSTANT,
    CHECK_COUNTER,  /* 0, or more */
    CHECK_FROM_ONE, /* a counter that is never 0 */
    CHECK_SLIP_SUM,
    CHECK_SLIP,
    CHECK_RECORD,
    CHECK_RECORDS, /* also how many there are */
};

struct check {
    const struct field *field;
    enum check_kind kind;
    const struct check_list *of; /* record, records; NULL: nothing in it */
};

/* Those fields of a record that are checked at all. */
struct check_list {
    size_t count;
    struct check at[];
};

struct record_checks {
    struct arena *arena; /* own: the lists */
    const struct check_list *of[3];
};

static const struct check_list *checks_of(struct arena *a, const struct fields *table, bool inner);

/* Whether there is something to check. */
static bool check_of(struct arena *a, const struct field *f, bool inner, struct check *out)
{
    *out = (struct check){.field = f};
    switch (f->kind) {
    case FIELD_DAY: out->kind = CHECK_DAY; return true;
    case FIELD_INSTANT: out->kind = CHECK_INSTANT; return true;
    case FIELD_LONG:
        if (inner) {
            out->kind = CHECK_SLIP;
            return strcmp(f->name, "days") == 0;
        }
        out->kind = strcmp(f->name, "slip_days") == 0                                        ? CHECK_SLIP_SUM
                    : strcmp(f->name, "revision") == 0 || strcmp(f->name, "occurrence") == 0 ? CHECK_FROM_ONE
                                                                                             : CHECK_COUNTER;
        return true;
    case FIELD_RECORD:
        out->kind = CHECK_RECORD;
        out->of = checks_of(a, f->of, true);
        return out->of != NULL;
    case FIELD_RECORDS:
        out->kind = CHECK_RECORDS;
        out->of = checks_of(a, f->of, true);
        return true;
    default: return false;
    }
}

/* NULL: there is nothing to check. */
static const struct check_list *checks_of(struct arena *a, const struct fields *table, bool inner)
{
    struct check_list *list = arena_take(a, sizeof *list + table->count * sizeof *list->at);
    list->count = 0;
    for (size_t i = 0; i < table->count; i++)
        if (check_of(a, &table->at[i], inner, &list->at[list->count]))
            list->count++;
    return list->count ? list : NULL;
}

struct record_checks *record_checks_new(void)
{
    struct record_checks *c = memory_zeroed(sizeof *c);
    c->arena = arena_new(ARENA_BYTES);
    for (size_t k = 0; k < sizeof c->of / sizeof *c->of; k++)
        c->of[k] = checks_of(c->arena, record_fields[k], false);
    return c;
}

void record_checks_free(struct record_checks *c)
{
    if (!c)
        return;
    arena_free(c->arena);
    memory_give(c);
}

static bool counter_in_range(const struct check *c, int64_t n)
{
    return n == LONG_NULL ? c->field->nullable : n >= (c->kind == CHECK_FROM_ONE) && n <= UINT32_MAX;
}

static bool slip_sum_in_range(const struct check *c, int64_t n)
{
    return n == LONG_NULL ? c->field->nullable
                          : n >= -SLIP_DAYS_MAX * UINT32_MAX && n <= SLIP_DAYS_MAX * UINT32_MAX;
}

static int check_fields(const struct record *r, const struct check_list *list, const void *record,
                        struct error *e);

static int check_records(const struct record *r, const struct check *c, const struct records *list,
                         struct error *e)
{
    if (list->count > LIST_LATEST)
        return out_of_range(r, c->field->name, e);
    int rc = 0;
    for (size_t i = 0; c->of && rc == 0 && i < list->count; i++)
        rc = check_fields(r, c->of, (const char *)list->at + i * c->field->of->size, e);
    return rc;
}

static int check_fields(const struct record *r, const struct check_list *list, const void *record,
                        struct error *e)
{
    for (const struct check *c = list->at; c < list->at + list->count; c++) {
        const void *at = (const char *)record + c->field->offset, *inner;
        bool in_range = true;
        int rc = 0;
        switch (c->kind) {
        case CHECK_DAY: in_range = day_in_range(*(const struct day *)at); break;
        case CHECK_INSTANT: in_range = instant_in_range(*(const struct instant *)at); break;
        case CHECK_COUNTER:
        case CHECK_FROM_ONE: in_range = counter_in_range(c, *(const int64_t *)at); break;
        case CHECK_SLIP_SUM: in_range = slip_sum_in_range(c, *(const int64_t *)at); break;
        case CHECK_SLIP: in_range = llabs(*(const int64_t *)at) <= SLIP_DAYS_MAX; break;
        case CHECK_RECORD:
            if ((inner = *(const void *const *)at))
                rc = check_fields(r, c->of, inner, e);
            break;
        case CHECK_RECORDS: rc = check_records(r, c, at, e); break;
        }
        if (rc || !in_range)
            return rc ? rc : out_of_range(r, c->field->name, e);
    }
    return 0;
}

static int check_resume(const struct record_common *c, struct error *e)
{
    if (!c->resume || !c->last)
        return error_set(e, ERROR_INVALID, "resume", "%.*s has nothing to resume from", (int)c->id.len,
                         c->id.at);
    if (c->resume->generation != RESUME_GENERATION)
        return error_set(e, ERROR_INVALID, "resume.generation",
                         "%.*s was written in format %lld, expected %d", (int)c->id.len, c->id.at,
                         (long long)c->resume->generation, RESUME_GENERATION);
    if (c->resume->recent.len % sizeof(uint64_t) || c->resume->recent.len > RECENT_EVENTS * sizeof(uint64_t))
        return error_set(e, ERROR_INVALID, "resume.recent", "expected up to %d hashes of 8 bytes",
                         RECENT_EVENTS);
    if (c->resume->late.len % sizeof(struct late_event) ||
        c->resume->late.len > LATE_EVENTS * sizeof(struct late_event))
        return error_set(e, ERROR_INVALID, "resume.late", "expected up to %d times %zu bytes", LATE_EVENTS,
                         sizeof(struct late_event));
    return 0;
}

/* What the deadline follows from can be read, and counts occurrences only where it repeats: else it would
 * give way to itself without end. */
static int check_wording(const struct record *r, struct error *e)
{
    struct text wording = r->instrument.period;
    unsigned allowed = DUE_ALLOW_DATE;
    int64_t occurrence = LONG_NULL;
    const char *where = "period";
    struct due due = {.form = DUE_NONE};
    if (r->kind == SUBJECT_SUMMIT) {
        wording = r->summit.date;
        allowed = DUE_ALLOW_REPEAT;
        occurrence = r->summit.occurrence;
        where = "date";
    } else if (r->kind == SUBJECT_COMMITMENT) {
        wording = r->commitment.due;
        allowed = DUE_ALLOW_REPEAT | DUE_ALLOW_RELATIVE;
        occurrence = r->commitment.occurrence;
        where = "due";
    }
    struct error why = {0};
    if (due_parse(wording, allowed, &due, &why))
        return error_set_at(e, ERROR_INVALID, where, why.position, "%s", why.text);
    if ((occurrence != LONG_NULL) != due_repeats(&due))
        return out_of_range(r, "occurrence", e);
    return 0;
}

int record_check(const struct record_checks *checks, const struct record *r, struct error *e)
{
    const struct record_common *c = &r->common;
    int32_t offset = 0;
    if (!id_is_valid(c->id) || !id_is_valid(c->dossier))
        return error_set(e, ERROR_INVALID, "id", "the record has no usable id and dossier");
    int rc = check_resume(c, e);
    if (rc == 0 && !text_is_null(c->raised) && (rc = stage_parse(c->raised, &offset, e)) == 0 &&
        (offset < -POLICY_DAYS_MAX || offset > POLICY_DAYS_MAX))
        rc = out_of_range(r, "raised", e);
    if (rc == 0)
        rc = check_fields(r, checks->of[r->kind - 1], &r->common, e);
    return rc ? rc : check_wording(r, e);
}
