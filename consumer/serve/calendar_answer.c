/* GET /calendar.ics */
#include <stdio.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/calendar.h"
#include "consumer/serve/page_of.h"

#define DESCRIPTION_SIZE 160

/* A calendar has no pages. What comes next comes first, so what is left out is furthest away, or over. */
static void write_calendar(struct serving *s, struct http_exchange *x, struct question *q,
                           struct reader *reader)
{
    const struct settings *settings = s->knowledge->settings;
    const struct view *v = s->knowledge->view;
    struct page page = {0};
    struct calendar calendar;
    char description[DESCRIPTION_SIZE];
    struct buffer name = BUFFER_EMPTY;
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    (void)page_of_subjects(q, v, PICKS_MOST, x->arena, &page, NULL);
    (void)snprintf(description, sizeof description,
                   page.more ? "Summits and deadlines: the first %u of %llu; narrow it down to see the others"
                             : "Summits and deadlines: %u of %llu",
                   page.count, (unsigned long long)page.total);
    calendar_name(q, &name);
    buffer_add_byte(&name, '\0');
    calendar_begin(&calendar, (const char *)name.at, description, settings->policy, settings->zone, q->today);
    buffer_free(&name);
    for (uint32_t i = 0; i < page.count; i++) {
        struct record r;
        const struct subject_row *row = &rows[page.at[i].row];
        reader_record(reader, row, &r);
        calendar_add(&calendar, &r, row);
        arena_reset(reader->arena);
    }
    calendar_end(&calendar, &x->body);
    x->status = 200;
    x->type = "text/calendar; charset=utf-8";
    http_add_header(x, "Content-Disposition", "inline; filename=\"chapar.ics\"");
}

void answer_calendar(struct serving *s, const struct route *r, struct http_exchange *x,
                     const struct text *captured)
{
    struct question q;
    (void)captured;
    if (!answer_question(s, r, x, &q))
        return;
    q.order.key = SORT_NEXT;
    if (day_is_none(q.from) && day_is_none(q.to))
        q.from = DAY_FIRST; /* only what has days */
    struct reader *reader = knowledge_reader(s->knowledge);
    knowledge_read(s->knowledge);
    if (!answer_is_known(s, x, q.today, "ics"))
        write_calendar(s, x, &q, reader);
    knowledge_unlock(s->knowledge);
    knowledge_reader_back(s->knowledge, reader);
    question_free(&q);
}
