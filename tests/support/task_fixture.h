/* A task for tests: what it raises is kept as text, records are shown and copied by their field tables.
 *
 * Days are given as whole days of UTC, events as structs (see fixture_event()); offsets count up by
 * themselves. Everything here is made for one test program and one thread. */
#ifndef TESTS_TASK_FIXTURE_H
#define TESTS_TASK_FIXTURE_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/civil.h"
#include "core/instant.h"
#include "core/task.h"

/* --- Showing and copying by field tables --- */

__attribute__((format(printf, 2, 3))) static inline void show(struct buffer *b, const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    buffer_add(b, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

static inline void show_day(struct buffer *b, struct day d)
{
    char text[DAY_TEXT_SIZE];
    (void)day_format(d, text);
    show(b, "%s", text);
}

static inline void show_instant(struct buffer *b, struct instant t)
{
    char text[INSTANT_TEXT_SIZE];
    (void)instant_format(t, text);
    show(b, "%s", text);
}

static inline void show_record(struct buffer *b, const struct fields *f, const void *record,
                               const char *const *without);

static inline void show_text(struct buffer *b, struct text t, bool bytes)
{
    if (!bytes)
        buffer_add(b, t.at, t.len);
    for (size_t i = 0; bytes && i < t.len; i++) {
        buffer_add_byte(b, (unsigned char)("0123456789abcdef"[(unsigned char)t.at[i] >> 4]));
        buffer_add_byte(b, (unsigned char)("0123456789abcdef"[t.at[i] & 15]));
    }
}

/* false: it is null and nothing was shown. */
static inline bool show_value(struct buffer *b, const struct field *f, const void *at,
                              const char *const *without)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: {
        const struct text *t = at;
        show_text(b, *t, f->kind == FIELD_BYTES);
        return !text_is_null(*t);
    }
    case FIELD_ENUM:
        show(b, "%s", symbols_name(f->symbols, *(const uint8_t *)at));
        return *(const uint8_t *)at != 0;
    case FIELD_INSTANT:
        if (instant_is_none(*(const struct instant *)at))
            return false;
        show_instant(b, *(const struct instant *)at);
        return true;
    case FIELD_DAY:
        if (day_is_none(*(const struct day *)at))
            return false;
        show_day(b, *(const struct day *)at);
        return true;
    case FIELD_LONG: show(b, "%" PRId64, *(const int64_t *)at); return *(const int64_t *)at != LONG_NULL;
    case FIELD_DOUBLE:
        show(b, "%.17g", ((const struct number *)at)->value);
        return ((const struct number *)at)->set;
    case FIELD_BOOL: show(b, "%s", *(const bool *)at ? "true" : "false"); return true;
    case FIELD_TEXTS: {
        const struct texts *list = at;
        for (size_t i = 0; i < list->count; i++) {
            show(b, "%s", i ? "," : "");
            show_text(b, list->at[i], false);
        }
        return list->count > 0;
    }
    case FIELD_RECORD:
        if (!*(const void *const *)at)
            return false;
        show_record(b, f->of, *(const void *const *)at, without);
        return true;
    case FIELD_RECORDS: {
        const struct records *list = at;
        for (size_t i = 0; i < list->count; i++)
            show_record(b, f->of, (const char *)list->at + i * f->of->size, without);
        return list->count > 0;
    }
    }
    return false;
}

/* {name=value name=value}: nulls and the fields named in `without` (ended by NULL) are left out. */
static inline void show_record(struct buffer *b, const struct fields *f, const void *record,
                               const char *const *without)
{
    show(b, "{");
    for (size_t i = 0; i < f->count; i++) {
        const char *const *each = without;
        while (each && *each && strcmp(*each, f->at[i].name) != 0)
            each++;
        if (each && *each)
            continue;
        size_t before = b->len;
        buffer_add(b, f->at[i].name, strlen(f->at[i].name));
        buffer_add_byte(b, '=');
        if (show_value(b, &f->at[i], (const char *)record + f->at[i].offset, without))
            buffer_add_byte(b, ' ');
        else
            b->len = before;
    }
    show(b, "}");
}

/* A copy that lives as long as the arena. */
static inline void copy_record(struct arena *a, const struct fields *f, const void *from, void *to)
{
    memcpy(to, from, f->size);
    for (size_t i = 0; i < f->count; i++) {
        const struct field *field = &f->at[i];
        char *at = (char *)to + field->offset;
        if (field->kind == FIELD_TEXT || field->kind == FIELD_BYTES) {
            struct text *t = (struct text *)(void *)at;
            *t = arena_copy(a, *t);
        } else if (field->kind == FIELD_TEXTS) {
            struct texts *list = (struct texts *)(void *)at;
            struct text *texts = arena_array(a, list->count, sizeof *texts);
            for (size_t k = 0; k < list->count; k++)
                texts[k] = arena_copy(a, list->at[k]);
            list->at = texts;
        } else if (field->kind == FIELD_RECORD) {
            const void **record = (const void **)(void *)at;
            if (*record) {
                void *copy = arena_take(a, field->of->size);
                copy_record(a, field->of, *record, copy);
                *record = copy;
            }
        } else if (field->kind == FIELD_RECORDS) {
            struct records *list = (struct records *)(void *)at;
            char *copies = arena_array(a, list->count, field->of->size);
            for (size_t k = 0; k < list->count; k++)
                copy_record(a, field->of, (const char *)list->at + k * field->of->size,
                            copies + k * field->of->size);
            list->at = copies;
        }
    }
}

/* --- A task and what it says --- */

struct fixture {
    struct task *task;
    struct zone *zone;
    struct policy policy;
    struct arena *arena;
    struct buffer alerts;          /* a line an alert */
    const struct fields *alert_as; /* NULL: short lines, else all fields */
    int64_t offsets[EVENT_KINDS];
    int events; /* for event ids */
};

static inline void fixture_alert(void *context, const struct alert *alert)
{
    struct fixture *f = context;
    struct buffer *b = &f->alerts;
    if (f->alert_as) {
        show_record(b, f->alert_as, alert, NULL);
    } else {
        show(b, "%.*s r%" PRId64 " %s", (int)alert->subject.len, alert->subject.at, alert->revision,
             symbols_name(&alert_kinds, alert->kind));
        if (alert->stage.len)
            show(b, " %.*s", (int)alert->stage.len, alert->stage.at);
        show(b, alert->stale ? " stale @" : " @");
        show_day(b, zone_day_of(f->zone, alert->raised_at));
    }
    show(b, "\n");
}

static inline struct task *fixture_task(struct fixture *f)
{
    struct task_config config = {
        .zone = f->zone,
        .policy = &f->policy,
        .partition = 3,
        .topics = {TEXT_LITERAL("t.signings"), TEXT_LITERAL("t.summits"), TEXT_LITERAL("t.milestones")},
        .alert = fixture_alert,
        .context = f,
    };
    return task_new(&config);
}

static inline void fixture_start(struct fixture *f)
{
    *f = (struct fixture){.zone = zone_new_utc(), .policy = policy_builtin, .arena = arena_new(1 << 14)};
    f->task = fixture_task(f);
}

static inline void fixture_end(struct fixture *f)
{
    task_free(f->task);
    zone_free(f->zone);
    arena_free(f->arena);
    buffer_free(&f->alerts);
}

/* What was raised since the last call, as text. Lives until the next alert. */
static inline const char *fixture_alerts(struct fixture *f)
{
    buffer_add_byte(&f->alerts, '\0');
    f->alerts.len = 0;
    return (const char *)f->alerts.at;
}

/* Noon of a day, and other instants. */
static inline struct instant instant_of(const char *text)
{
    struct instant at = INSTANT_NONE;
    char noon[40];
    (void)snprintf(noon, sizeof noon, "%s%s", text, strlen(text) == 10 ? "T12:00:00Z" : "");
    if (instant_parse(text_of(noon), &at, NULL))
        abort();
    return at;
}

/* An event with its kind, type, subject and time set, and an id of its own; the rest is null. `id` must live
 * as long as the event. */
static inline struct event fixture_event(struct fixture *f, enum event_kind kind, uint8_t type,
                                         const char *subject, struct instant at)
{
    struct event e;
    char id[24];
    event_clear(&e, kind);
    int n = snprintf(id, sizeof id, "e%d", ++f->events);
    e.common.event_id = arena_copy(f->arena, (struct text){id, (size_t)n});
    e.common.recorded_at = at;
    e.common.dossier = TEXT_LITERAL("d");
    e.common.type = type;
    struct text *texts[EVENT_KINDS] = {&e.signing.instrument, &e.summit.summit, &e.milestone.commitment};
    *texts[kind] = text_of(subject);
    return e;
}

static inline enum task_outcome fixture_apply(struct fixture *f, const struct event *e)
{
    int64_t offset = f->offsets[e->kind]++;
    enum task_outcome outcome = task_apply(f->task, e, offset, NULL);
    task_set_position(f->task, e->kind, offset + 1);
    return outcome;
}

/* A milestone with a due (NULL: none), applied. */
static inline void fixture_milestone(struct fixture *f, uint8_t type, const char *id, const char *day,
                                     const char *due)
{
    struct event e = fixture_event(f, EVENT_MILESTONE, type, id, instant_of(day));
    e.milestone.due = text_of(due);
    if (fixture_apply(f, &e) != TASK_APPLIED)
        abort();
}

#endif
