/* Who has to act, has signed, hosts or takes part, and in how much. */
#include <stdlib.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/deadline_words.h"
#include "consumer/serve/item.h"
#include "core/memory.h"
#include "edge/json/json_write.h"

#define PARTIES_MOST 500

struct tally {
    struct text party;
    uint32_t by_kind[4]; /* enum subject_kind */
    uint32_t all, overdue;
};

static void count_rows(struct tally *tallies, const struct view *v, struct day today)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct deadline_in d = item_deadline(&rows[i]);
        bool overdue = deadline_is_overdue(&d, today);
        for (uint32_t p = 0; p < rows[i].packed->party_count; p++) {
            struct tally *t = &tallies[rows[i].packed->parties[p]];
            t->by_kind[rows[i].kind % 4]++;
            t->all++;
            t->overdue += overdue;
        }
    }
}

/* The busiest first, then by name. */
static int compare(const void *a, const void *b)
{
    const struct tally *one = a, *other = b;
    if (one->all != other->all)
        return one->all < other->all ? 1 : -1;
    return text_compare(one->party, other->party);
}

/* Only those that have something, at the front; how many. */
static uint32_t close_ranks(struct tally *tallies, const struct names *names)
{
    uint32_t count = 0;
    for (uint32_t name = 1; name <= names_count(names); name++)
        if (tallies[name].all) {
            tallies[name].party = names_text(names, name);
            tallies[count++] = tallies[name];
        }
    return count;
}

static void add_number(struct buffer *b, const char *name, uint32_t value)
{
    item_member(b, name, false);
    json_write_integer(b, value);
}

static void add_party(struct buffer *b, const struct tally *t)
{
    json_add_text(b, TEXT_LITERAL("{\"party\":"));
    json_write_string(b, t->party);
    add_number(b, "instruments", t->by_kind[SUBJECT_INSTRUMENT]);
    add_number(b, "summits", t->by_kind[SUBJECT_SUMMIT]);
    add_number(b, "commitments", t->by_kind[SUBJECT_COMMITMENT]);
    add_number(b, "overdue", t->overdue);
    buffer_add_byte(b, '}');
}

static void add_parties(struct buffer *b, const struct view *v, struct day today)
{
    const struct names *names = view_names(v);
    struct tally *tallies = memory_zeroed(((size_t)names_count(names) + 1) * sizeof *tallies);
    count_rows(tallies, v, today);
    uint32_t count = close_ranks(tallies, names);
    qsort(tallies, count, sizeof *tallies, compare);
    json_add_text(b, TEXT_LITERAL("{\"items\":["));
    for (uint32_t i = 0; i < count && i < PARTIES_MOST; i++) {
        if (i)
            buffer_add_byte(b, ',');
        add_party(b, &tallies[i]);
    }
    json_add_text(b, TEXT_LITERAL("],\"total\":"));
    json_write_integer(b, count);
    memory_give(tallies);
}

void answer_parties(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    struct question q;
    (void)captured;
    if (!answer_question(s, r, x, &q))
        return;
    knowledge_read(s->knowledge);
    if (!answer_is_known(s, x, q.today, "json")) {
        add_parties(&x->body, s->knowledge->view, q.today);
        answer_tail(s, &x->body, q.today);
        json_add_text(&x->body, TEXT_LITERAL("}\n"));
        x->status = 200;
        x->type = "application/json";
    }
    knowledge_unlock(s->knowledge);
    question_free(&q);
}
