#include "core/event_check_all.h"

/* More fields than an event has, nested ones included. */
#define ROUNDS 64

/* A copy of the event in which fields that were found wrong are replaced, so that the next one comes to
 * light. */
struct trial {
    struct event event;
    struct source source;
    struct target target;
};

static void trial_start(struct trial *t, const struct event *e)
{
    t->event = *e;
    if (e->common.source) {
        t->source = *e->common.source;
        t->event.common.source = &t->source;
    }
    if (e->kind == EVENT_MILESTONE && e->milestone.target) {
        t->target = *e->milestone.target;
        t->event.milestone.target = &t->target;
    }
}

/* Null where the field may be, else something that no rule refuses. */
static void replace(const struct field *f, void *at)
{
    switch (f->kind) {
    case FIELD_TEXT: *(struct text *)at = f->nullable ? TEXT_NULL : TEXT_LITERAL("x"); break;
    case FIELD_ENUM: *(uint8_t *)at = f->nullable ? 0 : (uint8_t)f->symbols->count; break;
    case FIELD_INSTANT: *(struct instant *)at = f->nullable ? INSTANT_NONE : (struct instant){1}; break;
    case FIELD_LONG: *(int64_t *)at = LONG_NULL; break;
    case FIELD_DOUBLE: *(struct number *)at = NUMBER_NULL; break;
    case FIELD_TEXTS: *(struct texts *)at = (struct texts){NULL, 0}; break;
    case FIELD_RECORD: *(const void **)at = NULL; break;
    case FIELD_BYTES:
    case FIELD_DAY:
    case FIELD_BOOL:
    case FIELD_RECORDS: break; /* in no event */
    }
}

/* The field that `where` names: "due", "target.from", "parties[2]". false: none. */
static bool trial_replace(struct trial *t, const char *where)
{
    const struct fields *fields = event_fields[t->event.kind];
    char *record = (char *)&t->event.common;
    size_t n = strcspn(where, ".[");
    const struct field *f = fields_find(fields, (struct text){where, n});
    if (f && f->kind == FIELD_RECORD && where[n] == '.') {
        record = f->of == &source_fields ? (char *)&t->source : (char *)&t->target;
        f = fields_find(f->of, text_of(where + n + 1));
    }
    if (f)
        replace(f, record + f->offset);
    return f != NULL;
}

size_t event_check_all(const struct event *e, event_check_report *report, void *context)
{
    struct trial trial;
    struct error error, before = {.where = ""};
    size_t count = 0;
    trial_start(&trial, e);
    while (count < ROUNDS && event_check(&trial.event, &error) != 0) {
        /* What is still refused when replaced cannot be passed: a field that only this type of event
         * requires. */
        if (count && strcmp(error.where, before.where) == 0)
            break;
        report(context, &error);
        count++;
        before = error;
        if (!trial_replace(&trial, error.where))
            break;
    }
    return count;
}
