#include "core/record_check.h"

#include <stdlib.h>

#include "core/due.h"
#include "core/entity.h"
#include "core/instant.h"
#include "core/policy.h"

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

static bool is_named(const struct field *f, const char *name)
{
    return *f->name == *name && strcmp(f->name, name) == 0;
}

/* Longs of the record itself are counters, all but the sum of slips. Names are looked at only where the value
 * is not one that any of them may have. */
static bool counter_in_range(const struct field *f, int64_t n)
{
    if (n == LONG_NULL)
        return f->nullable;
    if (n >= 1 && n <= UINT32_MAX)
        return true;
    if (n == 0)
        return !is_named(f, "revision") && !is_named(f, "occurrence");
    return is_named(f, "slip_days") && n >= -SLIP_DAYS_MAX * UINT32_MAX && n <= SLIP_DAYS_MAX * UINT32_MAX;
}

/* `inner`: within a field of the record. Of the longs there, only a slip's own days are taken over as they
 * are. */
static bool field_in_range(const struct field *f, const void *at, bool inner)
{
    switch (f->kind) {
    case FIELD_DAY: return day_in_range(*(const struct day *)at);
    case FIELD_INSTANT: return instant_in_range(*(const struct instant *)at);
    case FIELD_LONG:
        if (!inner)
            return counter_in_range(f, *(const int64_t *)at);
        return !is_named(f, "days") || llabs(*(const int64_t *)at) <= SLIP_DAYS_MAX;
    case FIELD_RECORDS: return ((const struct records *)at)->count <= LIST_LATEST;
    default: return true;
    }
}

/* Most fields are texts, of which any will do. */
#define CHECKED_KINDS                                                                                        \
    (1U << FIELD_DAY | 1U << FIELD_INSTANT | 1U << FIELD_LONG | 1U << FIELD_RECORDS | 1U << FIELD_RECORD)

static int check_fields(const struct record *r, const struct fields *table, const void *record, bool inner,
                        struct error *e)
{
    for (size_t i = 0; record && table->ranged && i < table->count; i++) {
        const struct field *f = &table->at[i];
        if (!(CHECKED_KINDS >> f->kind & 1))
            continue;
        const void *at = (const char *)record + f->offset;
        if (!field_in_range(f, at, inner))
            return out_of_range(r, f->name, e);
        const struct records *list = f->kind == FIELD_RECORDS ? at : NULL;
        int rc = f->kind == FIELD_RECORD ? check_fields(r, f->of, *(const void *const *)at, true, e) : 0;
        for (size_t k = 0; rc == 0 && list && k < list->count; k++)
            rc = check_fields(r, f->of, (const char *)list->at + k * f->of->size, true, e);
        if (rc)
            return rc;
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

int record_check(const struct record *r, struct error *e)
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
        rc = check_fields(r, record_fields[r->kind - 1], &r->common, false, e);
    return rc ? rc : check_wording(r, e);
}
