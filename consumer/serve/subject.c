/* One instrument, summit or commitment with all that belongs to it, and the events that it follows from. */
#include <stdio.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/item.h"
#include "consumer/serve/page_of.h"
#include "consumer/serve/parameters.h"
#include "core/instant.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"

#define RELATED_MOST 100
#define ALERTS_MOST 50

struct detail {
    struct serving *serving;
    struct http_exchange *x;
    struct reader *reader;
    const struct view *view;
    const struct subject_row *row;
    struct record record;
    struct day today;
};

/* The row of that id, if it is of the kind. */
static const struct subject_row *row_of(const struct view *v, struct text id, uint16_t kinds)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    const struct name_rows *known = view_name(v, names_find(view_names(v), id));
    if (!known || known->subject == 0 || known->subject > count)
        return NULL;
    const struct subject_row *row = &rows[known->subject - 1];
    return (unsigned)kinds >> row->kind & 1u ? row : NULL;
}

static void add_reference(struct detail *d, const struct subject_row *row)
{
    struct record r;
    reader_record(d->reader, row, &r);
    item_reference(&d->x->body, &r);
}

/* "name": {"total": N, "items": [references], "more": "/api/v1/..."} of what the question asks for. */
static void add_related(struct detail *d, const char *name, bool first, const char *list,
                        const char *parameter, struct question *q)
{
    struct buffer *b = &d->x->body;
    struct page page = {0};
    uint32_t count;
    const struct subject_row *rows = view_subjects(d->view, &count);
    q->order.key = SORT_ID;
    (void)page_of_subjects(q, d->view, RELATED_MOST, d->x->arena, &page, NULL);
    item_some_of(b, name, first, page.total);
    for (uint32_t i = 0; i < page.count; i++) {
        if (i)
            buffer_add_byte(b, ',');
        add_reference(d, &rows[page.at[i].row]);
    }
    json_add_text(b, TEXT_LITERAL("],\"list\":\"/api/v1/"));
    json_add_text(b, text_of(list));
    buffer_add_byte(b, '?');
    json_add_text(b, text_of(parameter));
    buffer_add_byte(b, '=');
    json_add_text(b, d->record.common.id);
    json_add_text(b, TEXT_LITERAL("\"}"));
    question_free(q);
}

static void add_all_related(struct detail *d)
{
    struct buffer *b = &d->x->body;
    struct text id = d->record.common.id;
    struct question q;
    item_member(b, "related", false);
    buffer_add_byte(b, '{');
    question_init(&q, d->today);
    switch (d->record.kind) {
    case SUBJECT_INSTRUMENT:
        q.kinds = 1u << SUBJECT_COMMITMENT;
        q.instrument = id;
        add_related(d, "commitments", true, "commitments", "instrument", &q);
        break;
    case SUBJECT_SUMMIT:
        q.kinds = 1u << SUBJECT_INSTRUMENT;
        q.summit = id;
        add_related(d, "instruments", true, "instruments", "summit", &q);
        question_init(&q, d->today);
        q.kinds = 1u << SUBJECT_COMMITMENT;
        q.summit = id;
        add_related(d, "commitments", false, "commitments", "summit", &q);
        break;
    default:
        q.part_of = id;
        add_related(d, "parts", true, "commitments", "part_of", &q);
        break;
    }
    buffer_add_byte(b, '}');
}

/* Those that it names, as far as they are known. */
static void add_named(struct detail *d)
{
    static const char *const names[] = {"instrument", "summit",        "part_of",
                                        "anchor",     "superseded_by", "pursuant_to"};
    struct buffer *b = &d->x->body;
    const struct fields *fields = record_fields[d->record.kind - 1];
    bool first = true;
    item_member(b, "links", false);
    buffer_add_byte(b, '{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct field *f = fields_find(fields, text_of(names[i]));
        if (!f)
            continue;
        const char *at = (const char *)&d->record.common + f->offset;
        const struct subject_row *row = row_of(d->view, *(const struct text *)(const void *)at, UINT16_MAX);
        if (!row)
            continue;
        item_member(b, names[i], first);
        add_reference(d, row);
        first = false;
    }
    const struct subject_row *dossier = row_of(d->view, d->record.common.dossier, UINT16_MAX);
    if (dossier && dossier != d->row) {
        item_member(b, "dossier", first);
        add_reference(d, dossier);
    }
    buffer_add_byte(b, '}');
}

static void add_alerts(struct detail *d, const struct name_rows *known)
{
    struct buffer *b = &d->x->body;
    uint32_t count, left = ALERTS_MOST;
    const struct alert_row *rows = view_alerts(d->view, &count);
    item_some_of(b, "alerts", false, known->alerts);
    for (uint32_t at = known->alert; at && left; at = rows[at - 1].previous, left--) {
        struct alert alert;
        reader_alert(d->reader, &rows[at - 1], &alert);
        if (left != ALERTS_MOST)
            buffer_add_byte(b, ',');
        item_alert(b, &alert, view_stands(d->view, at - 1));
    }
    json_add_text(b, TEXT_LITERAL("],\"list\":\"/api/v1/alerts?subject="));
    json_add_text(b, d->record.common.id);
    json_add_text(b, TEXT_LITERAL("\"}"));
}

static void add_record_place(struct detail *d)
{
    struct buffer *b = &d->x->body;
    item_member(b, "stands_at", false);
    json_add_text(b, TEXT_LITERAL("{\"topic\":"));
    json_write_string(b, d->serving->knowledge->names.all[topic_of_record(d->record.kind)]);
    json_add_text(b, TEXT_LITERAL(",\"partition\":"));
    json_write_integer(b, d->row->partition);
    json_add_text(b, TEXT_LITERAL(",\"offset\":"));
    json_write_integer(b, d->row->offset);
    buffer_add_byte(b, '}');
}

/* Register and events are different topics, and one may have been read further than the other: whether what
 * the record follows from was read too. */
static bool has_last_event(const struct detail *d)
{
    const struct last *last = d->record.common.last;
    const struct topic_names *names = &d->serving->knowledge->names;
    for (int t = TOPIC_SIGNINGS; last && t <= TOPIC_MILESTONES; t++)
        if (text_equal(last->topic, names->all[t]) && last->partition >= 0 &&
            last->partition < view_partitions(d->view))
            return view_partition_state(d->view, (int32_t)last->partition)->position[t] > last->offset;
    return true;
}

/* ,"history_as_of":...,"history_complete":...: when the newest event that is here became known, and whether
 * the last one that the record follows from is here. Takes the reader's arena. */
static void add_history_state(struct detail *d, const struct name_rows *known)
{
    struct buffer *b = &d->x->body;
    char text[INSTANT_TEXT_SIZE];
    uint32_t count;
    const struct event_row *rows = view_events(d->view, &count);
    bool complete = has_last_event(d);
    if (known->event) {
        struct event newest;
        reader_event(d->reader, &rows[known->event - 1], &newest);
        item_member(b, "history_as_of", false);
        json_write_string(b, (struct text){text, instant_format(newest.common.recorded_at, text)});
    }
    item_member(b, "history_complete", false);
    json_add_text(b, complete ? TEXT_LITERAL("true") : TEXT_LITERAL("false"));
}

static void write_detail(struct detail *d, const char *kinds)
{
    struct buffer *b = &d->x->body;
    const struct name_rows *known = view_name(d->view, d->row->id);
    reader_record(d->reader, d->row, &d->record);
    json_add_text(b, TEXT_LITERAL("{\"item\":"));
    item_subject(b, &d->record, d->row, d->today);
    add_record_place(d);
    add_named(d);
    add_all_related(d);
    add_alerts(d, known);
    if (d->serving->knowledge->keeps_events) {
        item_member(b, "events", false);
        json_add_text(b, TEXT_LITERAL("{\"total\":"));
        json_write_integer(b, known->events);
        json_add_text(b, TEXT_LITERAL(",\"list\":\"/api/v1/"));
        json_add_text(b, text_of(kinds));
        buffer_add_byte(b, '/');
        json_add_text(b, d->record.common.id);
        json_add_text(b, TEXT_LITERAL("/events\""));
        add_history_state(d, known);
        buffer_add_byte(b, '}');
    }
    answer_tail(d->serving, b, d->today);
    json_add_text(b, TEXT_LITERAL("}\n"));
    d->x->status = 200;
    d->x->type = "application/json";
}

/* Events come by topics of their own, which the position of the register says nothing of. */
static bool is_known(struct detail *d, const struct name_rows *known)
{
    char form[32];
    (void)snprintf(form, sizeof form, "json, %u events", known->events);
    return answer_is_known(d->serving, d->x, d->today, form);
}

static const char *kinds_name(enum subject_kind kind)
{
    static const char *const names[] = {"", "instruments", "summits", "commitments"};
    return names[kind];
}

static void not_there(struct http_exchange *x, struct text id)
{
    http_problem(x, 404, "id", "there is no %.*s here", (int)(id.len < 128 ? id.len : 128), id.at);
}

void answer_subject(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    struct question q;
    struct detail d = {.serving = s, .x = x};
    if (!answer_question(s, r, x, &q))
        return;
    d.today = q.today;
    d.reader = knowledge_reader(s->knowledge);
    knowledge_read(s->knowledge);
    d.view = s->knowledge->view;
    d.row = row_of(d.view, captured[0], r->kinds);
    if (!d.row)
        not_there(x, captured[0]);
    else if (!is_known(&d, view_name(d.view, d.row->id)))
        write_detail(&d, kinds_name(d.row->kind));
    knowledge_unlock(s->knowledge);
    knowledge_reader_back(s->knowledge, d.reader);
}

/* --- Events --- */

/* The newest first; the cursor is the event that the page before ended with. */
static int events_start(const struct view *v, const struct question *q, const struct name_rows *known,
                        uint32_t *at, struct error *e)
{
    struct cursor c;
    uint32_t count;
    const struct event_row *rows = view_events(v, &count);
    *at = known->event;
    if (text_is_null(q->cursor))
        return 0;
    int rc = cursor_read(q->cursor, question_fingerprint(q), &c, e);
    while (rc == 0 && *at && (uint64_t)rows[*at - 1].offset >= c.tie)
        *at = rows[*at - 1].previous;
    return rc;
}

static void write_events(struct detail *d, const struct question *q, const struct name_rows *known,
                         uint32_t at)
{
    struct buffer *b = &d->x->body;
    const struct topic_names *names = &d->serving->knowledge->names;
    uint32_t count, left = q->limit, last = 0;
    const struct event_row *rows = view_events(d->view, &count);
    json_add_text(b, TEXT_LITERAL("{\"items\":["));
    for (; at && left; at = rows[at - 1].previous, left--) {
        struct event event;
        const struct event_row *row = &rows[at - 1];
        reader_event(d->reader, row, &event);
        if (last)
            buffer_add_byte(b, ',');
        event_print(b, &event, names->all[row->kind], row->partition, row->offset);
        arena_reset(d->reader->arena);
        last = at;
    }
    json_add_text(b, TEXT_LITERAL("],\"total\":"));
    json_write_integer(b, known->events);
    if (at) {
        struct cursor c = {.fingerprint = question_fingerprint(q), .tie = (uint64_t)rows[last - 1].offset};
        json_add_text(b, TEXT_LITERAL(",\"next\":\""));
        cursor_write(&c, b);
        buffer_add_byte(b, '"');
    }
    reader_record(d->reader, d->row, &d->record);
    add_history_state(d, known);
    answer_tail(d->serving, b, d->today);
    json_add_text(b, TEXT_LITERAL("}\n"));
    d->x->status = 200;
    d->x->type = "application/json";
}

void answer_events(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured)
{
    struct question q;
    struct error e = {0};
    struct detail d = {.serving = s, .x = x};
    if (!answer_question(s, r, x, &q))
        return;
    if (!s->knowledge->keeps_events) {
        http_problem(x, 404, NULL, "this server keeps no events: it was started with --without-events");
        return;
    }
    q.subject = captured[0];
    d.today = q.today;
    d.reader = knowledge_reader(s->knowledge);
    knowledge_read(s->knowledge);
    d.view = s->knowledge->view;
    d.row = row_of(d.view, captured[0], r->kinds);
    uint32_t at = 0;
    const struct name_rows *known = d.row ? view_name(d.view, d.row->id) : NULL;
    if (!known)
        not_there(x, captured[0]);
    else if (events_start(d.view, &q, known, &at, &e) != 0)
        http_problem_of(x, &e);
    else if (!is_known(&d, known))
        write_events(&d, &q, known, at);
    knowledge_unlock(s->knowledge);
    knowledge_reader_back(s->knowledge, d.reader);
}
