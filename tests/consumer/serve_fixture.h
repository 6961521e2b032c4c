/* A view with subjects of a test's choice. */
#ifndef TESTS_CONSUMER_SERVE_FIXTURE_H
#define TESTS_CONSUMER_SERVE_FIXTURE_H

#include "consumer/serve/view.h"
#include "core/civil.h"
#include "core/memory.h"
#include "core/time.h"

static inline struct day on(int year, int month, int day)
{
    return day_of_civil(year, month, day);
}

/* A commitment UNDERTAKEN, without a deadline, of the dossier "d". */
static inline struct record commitment(const char *id)
{
    struct record r = {.kind = SUBJECT_COMMITMENT};
    fields_clear(&commitment_record_fields, &r.common);
    r.common.id = text_of(id);
    r.common.dossier = TEXT_LITERAL("d");
    r.common.opens = r.common.closes = DAY_NONE;
    r.common.revision = 1;
    r.common.as_of = (struct instant){0};
    r.commitment.delivery = DELIVERY_UNDERTAKEN;
    r.commitment.clock = CLOCK_NO_DEADLINE;
    r.commitment.timeliness = TIMELINESS_NONE;
    return r;
}

static inline struct record due_on(const char *id, struct day opens, struct day closes)
{
    struct record r = commitment(id);
    r.common.opens = opens;
    r.common.closes = closes;
    r.commitment.clock = CLOCK_RUNNING;
    r.commitment.timeliness = TIMELINESS_AHEAD;
    return r;
}

static inline struct record summit(const char *id, struct day opens, struct day latest_end)
{
    struct record r = {.kind = SUBJECT_SUMMIT};
    fields_clear(&summit_record_fields, &r.common);
    r.common.id = text_of(id);
    r.common.dossier = TEXT_LITERAL("d");
    r.common.opens = r.common.closes = opens;
    r.common.revision = 1;
    r.common.as_of = (struct instant){0};
    r.summit.status = SUMMIT_SCHEDULED;
    r.summit.latest_end = latest_end;
    return r;
}

static inline void put(struct view *v, const struct record *r)
{
    static int64_t offset;
    (void)view_put_subject(v, r, 0, offset++, TEXT_LITERAL("avro"));
    view_settle(v);
}

#endif
