#include "consumer/serve/participation.h"

#include <stdlib.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/csv.h"
#include "consumer/serve/item.h"
#include "consumer/serve/page_of.h"
#include "core/memory.h"
#include "edge/json/json_write.h"

struct participation participation_of(const struct instrument_record *r, struct text party)
{
    const struct participant *p = r->participants.at;
    for (size_t i = 0; i < r->participants.count; i++)
        if (text_equal(p[i].party, party))
            return (struct participation){text_of(symbols_name(&participant_statuses, p[i].status)),
                                          p[i].date};
    for (size_t i = 0; i < r->parties.count; i++)
        if (text_equal(r->parties.at[i], party))
            return (struct participation){TEXT_LITERAL("NAMED"), TEXT_NULL};
    return (struct participation){TEXT_NULL, TEXT_NULL};
}

void participation_print(struct buffer *b, const struct participation *p)
{
    item_member(b, "status", true);
    json_write_string(b, p->status);
    if (text_is_null(p->date))
        return;
    item_member(b, "date", false);
    json_write_string(b, p->date);
}

/* --- The matrix: instruments downwards, parties across --- */

struct column {
    struct text party;
    uint32_t name, instruments;
};

struct matrix {
    struct serving *serving;
    struct http_exchange *x;
    struct question question;
    struct reader *reader;
    struct page page;
    struct column *columns;       /* own */
    uint32_t total, first, count; /* columns: all there are, and the stretch that is shown */
    bool is_csv;
};

/* The party that is asked for stands first, then the busiest. */
static int compare_columns(const void *a, const void *b, void *context)
{
    const uint32_t *asked = context;
    const struct column *one = a, *other = b;
    if ((one->name == *asked) != (other->name == *asked))
        return one->name == *asked ? -1 : 1;
    if (one->instruments != other->instruments)
        return one->instruments < other->instruments ? 1 : -1;
    return text_compare(one->party, other->party);
}

/* Columns are those of all rows that are asked for, on whatever page. */
static void find_columns(struct matrix *m, const struct view *v)
{
    uint32_t count;
    const struct names *names = view_names(v);
    const struct subject_row *rows = view_subjects(v, &count);
    m->columns = memory_zeroed(((size_t)names_count(names) + 1) * sizeof *m->columns);
    for (uint32_t i = 0; i < count; i++)
        if (question_takes_subject(&m->question, &rows[i]))
            for (uint32_t p = 0; p < rows[i].packed->party_count; p++)
                m->columns[rows[i].packed->parties[p]].instruments++;
    for (uint32_t name = 1; name <= names_count(names); name++)
        if (m->columns[name].instruments)
            m->columns[m->total++] =
                (struct column){names_text(names, name), name, m->columns[name].instruments};
    qsort_r(m->columns, m->total, sizeof *m->columns, compare_columns, &m->question.party_name);
    uint32_t most = m->question.party_limit ? m->question.party_limit
                    : m->is_csv             ? LIMIT_MOST
                                            : PARTICIPATION_INITIAL;
    m->first = m->question.first_party < m->total ? m->question.first_party : m->total;
    m->count = m->total - m->first < most ? m->total - m->first : most;
}

static void write_item(struct matrix *m, const struct record *r)
{
    struct buffer *b = &m->x->body;
    bool some = false;
    item_reference(b, r);
    b->len--;
    item_member(b, "participants", false);
    buffer_add_byte(b, '[');
    for (uint32_t i = m->first; i < m->first + m->count; i++) {
        struct participation done = participation_of(&r->instrument, m->columns[i].party);
        if (text_is_null(done.status))
            continue;
        json_add_text(b, some ? TEXT_LITERAL(",{\"party\":") : TEXT_LITERAL("{\"party\":"));
        json_write_string(b, m->columns[i].party);
        buffer_add_byte(b, ',');
        participation_print(b, &done);
        buffer_add_byte(b, '}');
        some = true;
    }
    json_add_text(b, TEXT_LITERAL("]}"));
}

/* A cell is "RATIFIED 2027-05-22", or empty. */
static void write_line(struct matrix *m, const struct record *r)
{
    struct buffer *b = &m->x->body, cell = BUFFER_EMPTY;
    csv_value(b, r->common.id, true);
    csv_value(b, r->common.title, true);
    csv_value(b, text_of(symbols_name(&instrument_statuses, r->instrument.status)), false);
    for (uint32_t i = m->first; i < m->first + m->count; i++) {
        struct participation done = participation_of(&r->instrument, m->columns[i].party);
        buffer_clear(&cell);
        json_add_text(&cell, done.status);
        if (!text_is_null(done.date)) {
            buffer_add_byte(&cell, ' ');
            json_add_text(&cell, done.date);
        }
        csv_value(b, buffer_text(&cell), true);
    }
    csv_end_line(b);
    buffer_free(&cell);
}

static void write_rows(struct matrix *m, const struct view *v)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    for (uint32_t i = 0; i < m->page.count; i++) {
        struct record r;
        reader_record(m->reader, &rows[m->page.at[i].row], &r);
        if (!m->is_csv && i)
            buffer_add_byte(&m->x->body, ',');
        if (m->is_csv)
            write_line(m, &r);
        else
            write_item(m, &r);
        arena_reset(m->reader->arena);
    }
}

static void write_csv(struct matrix *m, const struct view *v)
{
    struct buffer *b = &m->x->body;
    json_add_text(b, TEXT_LITERAL("id,title,status,"));
    for (uint32_t i = m->first; i < m->first + m->count; i++)
        csv_value(b, m->columns[i].party, true);
    csv_end_line(b);
    write_rows(m, v);
    m->x->type = "text/csv; charset=utf-8; header=present";
}

static void write_json(struct matrix *m, const struct view *v, struct text next)
{
    struct buffer *b = &m->x->body;
    json_add_text(b, TEXT_LITERAL("{\"parties\":["));
    for (uint32_t i = m->first; i < m->first + m->count; i++) {
        json_add_text(b, i > m->first ? TEXT_LITERAL(",{\"party\":") : TEXT_LITERAL("{\"party\":"));
        json_write_string(b, m->columns[i].party);
        item_member(b, "instruments", false);
        json_write_integer(b, m->columns[i].instruments);
        buffer_add_byte(b, '}');
    }
    json_add_text(b, TEXT_LITERAL("],\"first_party\":"));
    json_write_integer(b, m->first);
    item_member(b, "parties_total", false);
    json_write_integer(b, m->total);
    json_add_text(b, TEXT_LITERAL(",\"items\":["));
    write_rows(m, v);
    json_add_text(b, TEXT_LITERAL("],\"total\":"));
    json_write_integer(b, (int64_t)m->page.total);
    item_member(b, "before", false);
    json_write_integer(b, (int64_t)m->page.before);
    if (next.len) {
        item_member(b, "next", false);
        json_write_string(b, next);
    }
    answer_tail(m->serving, b, m->question.today);
    json_add_text(b, TEXT_LITERAL("}\n"));
    m->x->type = "application/json";
}

static void answer_with_lock(struct matrix *m)
{
    struct error e = {0};
    struct buffer next = BUFFER_EMPTY;
    const struct view *v = m->serving->knowledge->view;
    if (answer_is_known(m->serving, m->x, m->question.today, m->is_csv ? "csv" : "json"))
        return;
    if (page_of_subjects(&m->question, v, m->question.limit, m->x->arena, &m->page, &e) != 0) {
        http_problem_of(m->x, &e);
        return;
    }
    find_columns(m, v);
    if (m->page.more) {
        page_cursor_subject(&m->question, v, &m->page.at[m->page.count - 1], &next);
        answer_link_next(m->x, buffer_text(&next));
    }
    m->x->status = 200;
    if (m->is_csv)
        write_csv(m, v);
    else
        write_json(m, v, buffer_text(&next));
    buffer_free(&next);
}

void answer_participation(struct serving *s, const struct route *r, struct http_exchange *x,
                          const struct text *captured)
{
    struct matrix m = {.serving = s, .x = x};
    (void)captured;
    if (answer_question(s, r, x, &m.question)) {
        m.is_csv = answer_is_csv(x);
        m.reader = knowledge_reader(s->knowledge);
        knowledge_read(s->knowledge);
        answer_with_lock(&m);
        knowledge_unlock(s->knowledge);
        knowledge_reader_back(s->knowledge, m.reader);
    }
    memory_give(m.columns);
    question_free(&m.question);
}
