/* What has changed since a day: the events that became known and the alerts that were raised, the latest
 * first. Both are kept in memory from the first one on; where no events are kept, each subject counts once,
 * by its last. */
#include <stdio.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/item.h"
#include "consumer/serve/page_of.h"
#include "core/civil.h"
#include "core/instant.h"
#include "core/zone.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"

#define BODY_MOST (4 << 20) /* a page ends early where events are long */

struct changes {
    struct serving *serving;
    struct http_exchange *x;
    const struct view *view;
    struct reader *reader;
    struct question question;
    struct instant from, to; /* both included */
    struct picks picks;
    struct page page;
    uint64_t total, before;
    int64_t after_key; /* of the cursor: everything behind it */
    uint64_t after_tie;
    bool is_first;
    struct instant oldest;
};

/* --- Which --- */

/* The instant that the question begins or ends with; `none` where it says nothing. */
static struct instant resolve(const struct zone *zone, const struct moment *m, bool is_end, int64_t none)
{
    if (!instant_is_none(m->at))
        return m->at;
    if (day_is_none(m->day))
        return (struct instant){none};
    if (!is_end)
        return zone_day_start(zone, m->day);
    if (m->day.n == DAY_LAST.n)
        return (struct instant){none};
    return (struct instant){zone_day_start(zone, (struct day){m->day.n + 1}).ms - 1};
}

static bool asks(const struct changes *c, enum change_of of)
{
    return c->question.changes == 0 || ((unsigned)c->question.changes >> of & 1u) != 0;
}

/* Where a record stands tells apart what became known at the same time, and which list it is of. Offsets of
 * Kafka stay far below 2^45. */
static uint64_t tie_of(enum topic topic, int32_t partition, int64_t offset)
{
    return (uint64_t)topic << 60 | (uint64_t)partition << 45 | (uint64_t)offset;
}

static enum topic topic_of_tie(uint64_t tie)
{
    return (enum topic)(tie >> 60);
}

static void offer(struct changes *c, struct instant at, uint64_t tie, uint32_t row)
{
    struct pick p = {-at.ms, tie, row};
    c->total++;
    if (c->is_first || p.key > c->after_key || (p.key == c->after_key && p.tie > c->after_tie))
        picks_offer(&c->picks, &p);
    else
        c->before++;
}

static bool is_within(struct changes *c, struct instant at)
{
    if (instant_is_none(at))
        return false;
    if (instant_is_none(c->oldest) || at.ms < c->oldest.ms)
        c->oldest = at;
    return at.ms >= c->from.ms && at.ms <= c->to.ms;
}

static void pick_events(struct changes *c)
{
    uint32_t count;
    const struct event_row *rows = view_events(c->view, &count);
    for (uint32_t i = 0; i < count; i++)
        if (is_within(c, rows[i].recorded_at) && question_takes_event(&c->question, c->view, i))
            offer(c, rows[i].recorded_at,
                  tie_of(topic_of_event((enum event_kind)rows[i].kind), rows[i].partition, rows[i].offset),
                  i);
}

static void pick_alerts(struct changes *c)
{
    uint32_t count;
    const struct alert_row *rows = view_alerts(c->view, &count);
    for (uint32_t i = 0; i < count; i++)
        if (is_within(c, rows[i].raised_at) && question_takes_alert(&c->question, c->view, i))
            offer(c, rows[i].raised_at, tie_of(TOPIC_ALERTS, rows[i].partition, rows[i].offset), i);
}

static void pick_subjects(struct changes *c)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(c->view, &count);
    for (uint32_t i = 0; i < count; i++)
        if (is_within(c, rows[i].recorded_at) &&
            (c->question.subject_name == NAME_NULL || c->question.subject_name == rows[i].id) &&
            question_takes_subject(&c->question, &rows[i]))
            offer(c, rows[i].recorded_at,
                  tie_of(topic_of_record((enum subject_kind)rows[i].kind), rows[i].partition, rows[i].offset),
                  i);
}

static int pick(struct changes *c, struct error *e)
{
    struct question *q = &c->question;
    struct cursor cursor;
    c->is_first = text_is_null(q->cursor);
    if (!c->is_first) {
        int rc = cursor_read(q->cursor, question_fingerprint(q), &cursor, e);
        if (rc)
            return rc;
        c->after_key = cursor.key;
        c->after_tie = cursor.tie;
    }
    c->oldest = INSTANT_NONE;
    c->picks = picks_new(c->x->arena, q->limit);
    question_bind(q, c->view);
    if (asks(c, CHANGE_OF_EVENT) && c->serving->knowledge->keeps_events)
        pick_events(c);
    if (asks(c, CHANGE_OF_RECORD) && !c->serving->knowledge->keeps_events)
        pick_subjects(c);
    if (asks(c, CHANGE_OF_ALERT))
        pick_alerts(c);
    picks_page(&c->picks, q->limit, c->total, c->before, &c->page);
    return 0;
}

/* --- How each is shown --- */

/* As it stands now; an event that the register has not taken has only a name. */
static void add_subject(struct changes *c, uint32_t name, enum subject_kind kind)
{
    struct buffer *b = &c->x->body;
    uint32_t count;
    const struct name_rows *known = view_name(c->view, name);
    const struct subject_row *rows = view_subjects(c->view, &count);
    if (known && known->subject && known->subject <= count) {
        struct record r;
        reader_record(c->reader, &rows[known->subject - 1], &r);
        item_reference(b, &r);
        return;
    }
    json_add_text(b, TEXT_LITERAL("{\"record\":"));
    json_write_string(b, text_of(record_kind_names[kind - 1]));
    item_member(b, "id", false);
    json_write_string(b, names_text(view_names(c->view), name));
    buffer_add_byte(b, '}');
}

static void begin_item(struct changes *c, struct instant at, enum change_of of, uint32_t name,
                       enum subject_kind kind)
{
    struct buffer *b = &c->x->body;
    json_add_text(b, TEXT_LITERAL("{\"at\":"));
    json_write_instant(b, at);
    item_member(b, "change", false);
    json_write_string(b, text_of(symbols_name(&changes_of, (uint8_t)of)));
    item_member(b, "subject", false);
    add_subject(c, name, kind);
}

static void write_event(struct changes *c, uint32_t number)
{
    uint32_t count;
    const struct event_row *row = &view_events(c->view, &count)[number];
    const struct topic_names *names = &c->serving->knowledge->names;
    struct event event;
    begin_item(c, row->recorded_at, CHANGE_OF_EVENT, row->subject,
               (enum subject_kind)(row->kind + SUBJECT_INSTRUMENT));
    reader_event(c->reader, row, &event);
    item_member(&c->x->body, "event", false);
    event_print(&c->x->body, &event, names->all[row->kind], row->partition, row->offset);
}

static void write_alert(struct changes *c, uint32_t number)
{
    uint32_t count;
    const struct alert_row *row = &view_alerts(c->view, &count)[number];
    struct alert alert;
    begin_item(c, row->raised_at, CHANGE_OF_ALERT, row->subject, (enum subject_kind)row->subject_kind);
    reader_alert(c->reader, row, &alert);
    item_member(&c->x->body, "alert", false);
    item_alert(&c->x->body, &alert, view_stands(c->view, number));
}

static void write_item(struct changes *c, const struct pick *p)
{
    uint32_t count;
    enum topic topic = topic_of_tie(p->tie);
    if (topic == TOPIC_ALERTS) {
        write_alert(c, p->row);
    } else if (topic <= TOPIC_MILESTONES) {
        write_event(c, p->row);
    } else {
        const struct subject_row *row = &view_subjects(c->view, &count)[p->row];
        begin_item(c, row->recorded_at, CHANGE_OF_RECORD, row->id, (enum subject_kind)row->kind);
    }
    buffer_add_byte(&c->x->body, '}');
    arena_reset(c->reader->arena);
}

static void write_changes(struct changes *c)
{
    struct buffer *b = &c->x->body;
    uint32_t written = 0;
    json_add_text(b, TEXT_LITERAL("{\"items\":["));
    for (; written < c->page.count && b->len < BODY_MOST; written++) {
        if (written)
            buffer_add_byte(b, ',');
        write_item(c, &c->page.at[written]);
    }
    json_add_text(b, TEXT_LITERAL("],\"total\":"));
    json_write_integer(b, (int64_t)c->page.total);
    item_member(b, "before", false);
    json_write_integer(b, (int64_t)c->page.before);
    if (c->page.more || written < c->page.count) {
        const struct pick *last = &c->page.at[written - 1];
        const struct cursor cursor = {
            .fingerprint = question_fingerprint(&c->question), .key = last->key, .tie = last->tie};
        json_add_text(b, TEXT_LITERAL(",\"next\":\""));
        cursor_write(&cursor, b);
        buffer_add_byte(b, '"');
    }
    if (!instant_is_none(c->oldest)) {
        item_member(b, "oldest", false);
        json_write_instant(b, c->oldest);
    }
    answer_tail(c->serving, b, c->question.today);
    json_add_text(b, TEXT_LITERAL("}\n"));
    c->x->status = 200;
    c->x->type = "application/json";
}

/* Events that were dropped as known change nothing but this list: how many there are is part of its tag. */
static bool is_known(struct changes *c)
{
    uint32_t count;
    char form[32];
    (void)view_events(c->view, &count);
    (void)snprintf(form, sizeof form, "json, %u events", count);
    return answer_is_known(c->serving, c->x, c->question.today, form);
}

static void answer_with_lock(struct changes *c)
{
    struct error e = {0};
    if (is_known(c))
        return;
    if (c->to.ms < c->from.ms)
        (void)error_set(&e, ERROR_INVALID, "until", "expected a time that is not before `since`");
    else
        (void)pick(c, &e);
    if (e.code)
        http_problem_of(c->x, &e);
    else
        write_changes(c);
}

void answer_changes(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    struct changes c = {.serving = s, .x = x};
    const struct zone *zone = s->knowledge->settings->zone;
    (void)captured;
    if (answer_question(s, r, x, &c.question)) {
        c.from = resolve(zone, &c.question.after, false, -INT64_MAX);
        c.to = resolve(zone, &c.question.before, true, INT64_MAX);
        c.reader = knowledge_reader(s->knowledge);
        knowledge_read(s->knowledge);
        c.view = s->knowledge->view;
        answer_with_lock(&c);
        knowledge_unlock(s->knowledge);
        knowledge_reader_back(s->knowledge, c.reader);
    }
    question_free(&c.question);
}
