/* Who has to act, has signed, hosts or takes part, and in how much. */
#include <stdlib.h>

#include "consumer/deadline_words.h"
#include "consumer/serve/answers.h"
#include "consumer/serve/cursor.h"
#include "consumer/serve/item.h"
#include "core/memory.h"
#include "edge/json/json_write.h"

struct tally {
    struct text party;
    uint32_t by_kind[4]; /* enum subject_kind */
    uint32_t all, overdue;
    uint32_t fulfilled, late; /* commitments */
};

static void count_rows(struct tally *tallies, const struct view *v, struct day today)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct deadline_in d = item_deadline(&rows[i]);
        bool overdue = deadline_is_overdue(&d, today);
        bool is_fulfilled = rows[i].kind == SUBJECT_COMMITMENT && rows[i].status == DELIVERY_FULFILLED;
        for (uint32_t p = 0; p < rows[i].packed->party_count; p++) {
            struct tally *t = &tallies[rows[i].packed->parties[p]];
            t->by_kind[rows[i].kind % 4]++;
            t->all++;
            t->overdue += overdue;
            t->fulfilled += is_fulfilled;
            t->late += is_fulfilled && rows[i].timeliness == TIMELINESS_LATE;
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
    add_number(b, "fulfilled", t->fulfilled);
    add_number(b, "late", t->late);
    add_number(b, "overdue", t->overdue);
    buffer_add_byte(b, '}');
}

/* The first behind the one that the page before ended with, wherever that is now. */
static int start_of(const struct question *q, const struct tally *tallies, uint32_t count, uint32_t *start,
                    struct error *e)
{
    struct cursor c;
    *start = 0;
    if (text_is_null(q->cursor))
        return 0;
    int rc = cursor_read(q->cursor, question_fingerprint(q), &c, e);
    if (rc)
        return rc;
    const struct tally last = {.party = {c.id, c.id_len}, .all = (uint32_t)c.tie};
    while (*start < count && compare(&tallies[*start], &last) <= 0)
        ++*start;
    return 0;
}

static void add_next(struct buffer *b, const struct question *q, const struct tally *last)
{
    struct cursor c = {.fingerprint = question_fingerprint(q), .tie = last->all};
    c.id_len = last->party.len < CURSOR_ID_MOST ? last->party.len : CURSOR_ID_MOST;
    memcpy(c.id, last->party.at, c.id_len);
    json_add_text(b, TEXT_LITERAL(",\"next\":\""));
    cursor_write(&c, b);
    buffer_add_byte(b, '"');
}

static int add_parties(struct buffer *b, const struct question *q, const struct view *v, struct error *e)
{
    const struct names *names = view_names(v);
    struct tally *tallies = memory_zeroed(((size_t)names_count(names) + 1) * sizeof *tallies);
    uint32_t start, at;
    count_rows(tallies, v, q->today);
    uint32_t count = close_ranks(tallies, names);
    qsort(tallies, count, sizeof *tallies, compare);
    int rc = start_of(q, tallies, count, &start, e);
    if (rc == 0) {
        json_add_text(b, TEXT_LITERAL("{\"items\":["));
        for (at = start; at < count && at - start < q->limit; at++) {
            if (at > start)
                buffer_add_byte(b, ',');
            add_party(b, &tallies[at]);
        }
        json_add_text(b, TEXT_LITERAL("],\"total\":"));
        json_write_integer(b, count);
        add_number(b, "before", start);
        if (at < count)
            add_next(b, q, &tallies[at - 1]);
    }
    memory_give(tallies);
    return rc;
}

void answer_parties(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    struct question q;
    struct error e = {0};
    (void)captured;
    if (!answer_question(s, r, x, &q))
        return;
    knowledge_read(s->knowledge);
    if (answer_is_known(s, x, q.today, "json")) {
        /* the client has it */
    } else if (add_parties(&x->body, &q, s->knowledge->view, &e) != 0) {
        http_problem_of(x, &e);
    } else {
        answer_tail(s, &x->body, q.today);
        json_add_text(&x->body, TEXT_LITERAL("}\n"));
        x->status = 200;
        x->type = "application/json";
    }
    knowledge_unlock(s->knowledge);
    question_free(&q);
}
