/* How many deadlines and summits each year has: what a timeline of any register is drawn from. */
#include "consumer/deadline_words.h"
#include "consumer/serve/answers.h"
#include "consumer/serve/item.h"
#include "core/civil.h"
#include "core/memory.h"
#include "edge/json/json_write.h"

#define YEAR_MOST 9999

struct year {
    uint32_t by_kind[4]; /* enum subject_kind */
    uint32_t ahead, overdue, settled;
};

/* A deadline belongs to the year of its last day, one without an end and a summit to that of its first. */
static int32_t year_of(const struct subject_row *row)
{
    bool by_first = row->kind == SUBJECT_SUMMIT || day_is_none(row->last_day);
    return civil_of_day(by_first ? row->opens : row->last_day).year;
}

static void count_row(struct year *y, const struct subject_row *row, struct day today)
{
    struct deadline_in d = item_deadline(row);
    bool past = !day_is_none(d.last_day) && d.last_day.n < today.n;
    y->by_kind[row->kind % 4]++;
    if (deadline_is_overdue(&d, today))
        y->overdue++;
    else if (d.open && !past)
        y->ahead++;
    else
        y->settled++;
}

static void count_rows(struct year *years, const struct question *q, const struct view *v)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (day_is_none(rows[i].opens) || !question_takes_subject(q, &rows[i]))
            continue;
        int32_t year = year_of(&rows[i]);
        if (year >= 0 && year <= YEAR_MOST)
            count_row(&years[year], &rows[i], q->today);
    }
}

static void add_number(struct buffer *b, const char *name, bool first, uint32_t value)
{
    item_member(b, name, first);
    json_write_integer(b, value);
}

static void add_years(struct buffer *b, const struct year *years)
{
    uint32_t shown = 0;
    json_add_text(b, TEXT_LITERAL("{\"items\":["));
    for (uint32_t i = 0; i <= YEAR_MOST; i++) {
        const struct year *y = &years[i];
        if (y->ahead + y->overdue + y->settled == 0)
            continue;
        json_add_text(b, shown++ ? TEXT_LITERAL(",{") : TEXT_LITERAL("{"));
        add_number(b, "year", true, i);
        add_number(b, "instruments", false, y->by_kind[SUBJECT_INSTRUMENT]);
        add_number(b, "summits", false, y->by_kind[SUBJECT_SUMMIT]);
        add_number(b, "commitments", false, y->by_kind[SUBJECT_COMMITMENT]);
        add_number(b, "ahead", false, y->ahead);
        add_number(b, "overdue", false, y->overdue);
        add_number(b, "settled", false, y->settled);
        buffer_add_byte(b, '}');
    }
    json_add_text(b, TEXT_LITERAL("],\"total\":"));
    json_write_integer(b, shown);
}

void answer_years(struct serving *s, const struct route *r, struct http_exchange *x,
                  const struct text *captured)
{
    struct question q;
    (void)captured;
    if (!answer_question(s, r, x, &q))
        return;
    struct year *years = memory_zeroed((YEAR_MOST + 1) * sizeof *years);
    knowledge_read(s->knowledge);
    if (!answer_is_known(s, x, q.today, "json")) {
        question_bind(&q, s->knowledge->view);
        count_rows(years, &q, s->knowledge->view);
        add_years(&x->body, years);
        answer_tail(s, &x->body, q.today);
        json_add_text(&x->body, TEXT_LITERAL("}\n"));
        x->status = 200;
        x->type = "application/json";
    }
    knowledge_unlock(s->knowledge);
    question_free(&q);
    memory_give(years);
}
