/* One party: what it signed and ratified, where it takes part, what it undertook, what falls due for it, and
 * how it kept what it said. */
#include <stdlib.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/item.h"
#include "consumer/serve/page_of.h"
#include "consumer/serve/participation.h"
#include "core/memory.h"
#include "edge/json/json_write.h"

#define SHOWN_MOST 25 /* of each list; the rest is a list with pages of its own */

struct dossier {
    struct http_exchange *x;
    const struct view *view;
    struct reader *reader;
    struct text party;
    struct day today;
};

/* The lists, each with the address of the whole of it. */
static const struct {
    const char *name, *list, *sort;
    uint16_t kinds;
    enum preset preset;
    struct order order;
} lists[] = {
    {"instruments", "instruments", "-recorded", 1u << SUBJECT_INSTRUMENT, PRESET_ALL, {SORT_RECORDED, true}},
    {"summits", "summits", "-opens", 1u << SUBJECT_SUMMIT, PRESET_ALL, {SORT_OPENS, true}},
    {"commitments", "commitments", "closes", 1u << SUBJECT_COMMITMENT, PRESET_ALL, {SORT_CLOSES, false}},
    {"due", "due", "next", 0, PRESET_DUE, {SORT_NEXT, false}},
    {"overdue", "overdue", "closes", 0, PRESET_OVERDUE, {SORT_CLOSES, false}},
};

/* --- What it has to do with one of them --- */

static bool is_among(struct texts parties, struct text party)
{
    for (size_t i = 0; i < parties.count; i++)
        if (text_equal(parties.at[i], party))
            return true;
    return false;
}

static void add_text(struct buffer *b, const char *name, bool first, struct text value)
{
    item_member(b, name, first);
    json_write_string(b, value);
}

static void add_participation(struct buffer *b, const struct instrument_record *r, struct text party)
{
    struct participation done = participation_of(r, party);
    item_member(b, "participation", false);
    buffer_add_byte(b, '{');
    participation_print(b, &done);
    buffer_add_byte(b, '}');
}

/* The members go before the brace that closes the item. */
static void add_item(struct dossier *d, const struct subject_row *row)
{
    struct buffer *b = &d->x->body;
    struct record r;
    reader_record(d->reader, row, &r);
    item_subject(b, &r, row, d->today);
    b->len--;
    if (r.kind == SUBJECT_INSTRUMENT)
        add_participation(b, &r.instrument, d->party);
    else if (r.kind == SUBJECT_SUMMIT)
        add_text(b, "role", false,
                 is_among(r.summit.hosts, d->party) ? TEXT_LITERAL("HOST") : TEXT_LITERAL("PARTICIPANT"));
    buffer_add_byte(b, '}');
    arena_reset(d->reader->arena);
}

static void add_list(struct dossier *d, size_t which)
{
    struct buffer *b = &d->x->body;
    struct question q;
    struct page page = {0};
    uint32_t count;
    const struct subject_row *rows = view_subjects(d->view, &count);
    question_init(&q, d->today);
    q.party = d->party;
    q.kinds = lists[which].kinds ? lists[which].kinds : q.kinds;
    q.preset = (uint8_t)lists[which].preset;
    q.order = lists[which].order;
    (void)page_of_subjects(&q, d->view, SHOWN_MOST, d->x->arena, &page, NULL);
    item_some_of(b, lists[which].name, false, page.total);
    for (uint32_t i = 0; i < page.count; i++) {
        if (i)
            buffer_add_byte(b, ',');
        add_item(d, &rows[page.at[i].row]);
    }
    json_add_text(b, TEXT_LITERAL("],\"list\":\"/api/v1/"));
    json_add_text(b, text_of(lists[which].list));
    json_add_text(b, TEXT_LITERAL("?party="));
    http_encode(b, d->party);
    json_add_text(b, TEXT_LITERAL("&sort="));
    json_add_text(b, text_of(lists[which].sort));
    json_add_text(b, TEXT_LITERAL("\"}"));
    question_free(&q);
}

/* --- How it kept what it said --- */

struct record_kept {
    uint32_t commitments, proposed, open, overdue, ended;
    uint32_t fulfilled, in_time, late, undetermined, undated;
    int32_t *days_late; /* own: of the late ones, at least */
    uint32_t size;
};

static void keep_days(struct record_kept *k, int32_t days)
{
    if (k->late == k->size) {
        k->size = k->size ? 2 * k->size : 64;
        k->days_late = memory_resize(k->days_late, k->size * sizeof *k->days_late);
    }
    k->days_late[k->late++] = days;
}

static void count_fulfilled(struct record_kept *k, const struct subject_row *row)
{
    k->fulfilled++;
    switch (row->timeliness) {
    case TIMELINESS_MET: k->in_time++; break;
    case TIMELINESS_LATE: keep_days(k, item_lateness(row).least); break;
    case TIMELINESS_UNDETERMINED: k->undetermined++; break;
    default: k->undated++; break;
    }
}

static void count_commitment(struct record_kept *k, const struct subject_row *row, struct day today)
{
    struct deadline_in d = item_deadline(row);
    k->commitments++;
    if (row->status == DELIVERY_FULFILLED)
        count_fulfilled(k, row);
    else if (row->status == DELIVERY_PROPOSED)
        k->proposed++;
    else if (deadline_is_overdue(&d, today))
        k->overdue++;
    else if (row->open)
        k->open++;
    else
        k->ended++;
}

static int compare_days(const void *a, const void *b)
{
    int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return one < other ? -1 : one > other;
}

static void add_number(struct buffer *b, const char *name, bool first, int64_t value)
{
    item_member(b, name, first);
    json_write_integer(b, value);
}

static void add_kept(struct dossier *d)
{
    struct buffer *b = &d->x->body;
    struct record_kept k = {0};
    struct question q;
    uint32_t count;
    const struct subject_row *rows = view_subjects(d->view, &count);
    question_init(&q, d->today);
    q.kinds = 1u << SUBJECT_COMMITMENT;
    q.party = d->party;
    question_bind(&q, d->view);
    for (uint32_t i = 0; i < count; i++)
        if (question_takes_subject(&q, &rows[i]))
            count_commitment(&k, &rows[i], d->today);
    question_free(&q);
    item_member(b, "kept", false);
    buffer_add_byte(b, '{');
    add_number(b, "commitments", true, k.commitments);
    add_number(b, "proposed", false, k.proposed);
    add_number(b, "open", false, k.open);
    add_number(b, "overdue", false, k.overdue);
    add_number(b, "fulfilled", false, k.fulfilled);
    add_number(b, "in_time", false, k.in_time);
    add_number(b, "late", false, k.late);
    add_number(b, "undetermined", false, k.undetermined);
    add_number(b, "undated", false, k.undated);
    add_number(b, "ended", false, k.ended);
    if (k.late) {
        qsort(k.days_late, k.late, sizeof *k.days_late, compare_days);
        add_number(b, "days_late_median", false, k.days_late[(k.late - 1) / 2]);
        add_number(b, "days_late_most", false, k.days_late[k.late - 1]);
    }
    buffer_add_byte(b, '}');
    memory_give(k.days_late);
}

/* --- The answer --- */

static bool is_there(const struct view *v, struct text party)
{
    uint32_t count, name = names_find(view_names(v), party);
    const struct subject_row *rows = view_subjects(v, &count);
    if (name == NAME_UNKNOWN || name == NAME_NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t p = 0; p < rows[i].packed->party_count; p++)
            if (rows[i].packed->parties[p] == name)
                return true;
    return false;
}

static void write_party(struct serving *s, struct dossier *d)
{
    struct buffer *b = &d->x->body;
    json_add_text(b, TEXT_LITERAL("{\"party\":"));
    json_write_string(b, d->party);
    add_kept(d);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        add_list(d, i);
    answer_tail(s, b, d->today);
    json_add_text(b, TEXT_LITERAL("}\n"));
    d->x->status = 200;
    d->x->type = "application/json";
}

void answer_party(struct serving *s, const struct route *r, struct http_exchange *x,
                  const struct text *captured)
{
    struct question q;
    struct dossier d = {.x = x, .party = captured[0]};
    if (!answer_question(s, r, x, &q))
        return;
    d.today = q.today;
    d.reader = knowledge_reader(s->knowledge);
    knowledge_read(s->knowledge);
    d.view = s->knowledge->view;
    if (!is_there(d.view, d.party))
        http_problem(x, 404, "party", "the register names no %.*s",
                     (int)(d.party.len < 132 ? d.party.len : 132), d.party.at);
    else if (!answer_is_known(s, x, q.today, "json"))
        write_party(s, &d);
    knowledge_unlock(s->knowledge);
    knowledge_reader_back(s->knowledge, d.reader);
    question_free(&q);
}
