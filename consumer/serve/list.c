/* Lists of subjects and of alerts, as JSON and as CSV. */
#include "consumer/serve/answers.h"
#include "consumer/serve/csv.h"
#include "consumer/serve/item.h"
#include "consumer/serve/page_of.h"
#include "edge/json/json_write.h"

/* A page ends early when its body has become so long: records quote what events said, so a page of 500 could
 * be of any size. */
#define BODY_MOST (4 << 20)

struct list {
    struct serving *serving;
    const struct route *route;
    struct http_exchange *x;
    struct question question;
    struct page page;
    struct reader *reader;
    bool is_csv;
    uint32_t written; /* rows of the page */
};

static bool is_alerts(const struct list *l)
{
    return l->route->on == ON_ALERTS;
}

/* Of one kind, or of several? */
static enum subject_kind kind_of(const struct route *r)
{
    for (unsigned kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        if (r->kinds == 1u << kind)
            return (enum subject_kind)kind;
    return SUBJECT_UNKNOWN;
}

static void write_row(struct list *l, uint32_t number)
{
    struct buffer *b = &l->x->body;
    const struct view *v = l->serving->knowledge->view;
    struct day today = l->question.today;
    enum subject_kind kind = kind_of(l->route);
    uint32_t count;
    if (is_alerts(l)) {
        struct alert alert;
        reader_alert(l->reader, &view_alerts(v, &count)[number], &alert);
        if (l->is_csv)
            csv_record(b, &alert_fields, &alert);
        else
            item_alert(b, &alert, view_stands(v, number));
        return;
    }
    struct record record;
    const struct subject_row *row = &view_subjects(v, &count)[number];
    reader_record(l->reader, row, &record);
    if (!l->is_csv) {
        item_subject(b, &record, row, today);
    } else if (kind == SUBJECT_UNKNOWN) {
        csv_mixed(b, &record, row, today);
    } else {
        csv_record(b, record_fields[kind - 1], &record.common);
        csv_deadline(b, &record, row, today);
    }
}

static void write_rows(struct list *l)
{
    struct buffer *b = &l->x->body;
    for (l->written = 0; l->written < l->page.count && b->len < BODY_MOST; l->written++) {
        if (!l->is_csv && l->written)
            buffer_add_byte(b, ',');
        write_row(l, l->page.at[l->written].row);
        if (l->is_csv)
            csv_end_line(b);
        arena_reset(l->reader->arena);
    }
}

static bool has_more(const struct list *l)
{
    return l->page.more || l->written < l->page.count;
}

static void add_cursor(struct list *l, struct buffer *b)
{
    const struct pick *last = &l->page.at[l->written - 1];
    if (is_alerts(l))
        page_cursor_alert(&l->question, last, b);
    else
        page_cursor_subject(&l->question, l->serving->knowledge->view, last, b);
}

static void write_json(struct list *l)
{
    struct buffer *b = &l->x->body;
    json_add_text(b, TEXT_LITERAL("{\"items\":["));
    write_rows(l);
    json_add_text(b, TEXT_LITERAL("],\"total\":"));
    json_write_integer(b, (int64_t)l->page.total);
    json_add_text(b, TEXT_LITERAL(",\"before\":"));
    json_write_integer(b, (int64_t)l->page.before);
    if (has_more(l)) {
        json_add_text(b, TEXT_LITERAL(",\"next\":\""));
        add_cursor(l, b);
        buffer_add_byte(b, '"');
    }
    answer_tail(l->serving, b, l->question.today);
    json_add_text(b, TEXT_LITERAL("}\n"));
    l->x->type = "application/json";
}

static void write_csv(struct list *l)
{
    struct buffer *b = &l->x->body;
    enum subject_kind kind = kind_of(l->route);
    csv_begin(b);
    if (is_alerts(l)) {
        csv_names(b, &alert_fields);
    } else if (kind == SUBJECT_UNKNOWN) {
        csv_mixed_names(b);
    } else {
        csv_names(b, record_fields[kind - 1]);
        csv_deadline_names(b);
    }
    csv_end_line(b);
    write_rows(l);
    l->x->type = "text/csv; charset=utf-8; header=present";
}

static void add_link(struct list *l)
{
    struct buffer cursor = BUFFER_EMPTY;
    add_cursor(l, &cursor);
    answer_link_next(l->x, buffer_text(&cursor));
    buffer_free(&cursor);
}

static int pick(struct list *l, struct error *e)
{
    const struct view *v = l->serving->knowledge->view;
    uint32_t limit = l->question.limit;
    if (is_alerts(l))
        return page_of_alerts(&l->question, v, limit, l->x->arena, &l->page, e);
    return page_of_subjects(&l->question, v, limit, l->x->arena, &l->page, e);
}

static void answer_with_lock(struct list *l)
{
    struct error e = {0};
    if (answer_is_known(l->serving, l->x, l->question.today, l->is_csv ? "csv" : "json"))
        return;
    if (pick(l, &e) != 0) {
        http_problem_of(l->x, &e);
        return;
    }
    l->x->status = 200;
    if (l->is_csv)
        write_csv(l);
    else
        write_json(l);
    if (has_more(l))
        add_link(l);
}

void answer_list(struct serving *s, const struct route *r, struct http_exchange *x,
                 const struct text *captured)
{
    struct list l = {.serving = s, .route = r, .x = x};
    (void)captured;
    if (answer_question(s, r, x, &l.question)) {
        l.is_csv = answer_is_csv(x);
        l.reader = knowledge_reader(s->knowledge);
        knowledge_read(s->knowledge);
        answer_with_lock(&l);
        knowledge_unlock(s->knowledge);
        knowledge_reader_back(s->knowledge, l.reader);
    }
    question_free(&l.question);
}
