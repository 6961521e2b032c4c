#include "consumer/serve/page_of.h"

#include <assert.h>
#include <stdlib.h>

static inline bool is_before(const struct pick *a, const struct pick *b)
{
    return a->key < b->key || (a->key == b->key && a->tie < b->tie);
}

static void sift_down(struct picks *h, uint32_t i)
{
    struct pick moved = h->at[i];
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= h->count)
            break;
        if (child + 1 < h->count && is_before(&h->at[child], &h->at[child + 1]))
            child++;
        if (!is_before(&moved, &h->at[child]))
            break;
        h->at[i] = h->at[child];
        i = child;
    }
    h->at[i] = moved;
}

static void sift_up(struct picks *h, uint32_t i)
{
    struct pick moved = h->at[i];
    while (i > 0 && is_before(&h->at[(i - 1) / 2], &moved)) {
        h->at[i] = h->at[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->at[i] = moved;
}

void picks_offer(struct picks *h, const struct pick *p)
{
    if (h->count < h->most) {
        h->at[h->count] = *p;
        sift_up(h, h->count++);
    } else if (is_before(p, &h->at[0])) {
        h->at[0] = *p;
        sift_down(h, 0);
    }
}

static int compare_picks(const void *a, const void *b)
{
    return is_before(a, b) ? -1 : is_before(b, a);
}

/* One more than the page has is kept, to know whether there is more. */
struct picks picks_new(struct arena *a, uint32_t limit)
{
    return (struct picks){arena_take(a, ((size_t)limit + 1) * sizeof(struct pick)), 0, limit + 1};
}

void picks_page(struct picks *h, uint32_t limit, uint64_t total, uint64_t before, struct page *out)
{
    qsort(h->at, h->count, sizeof *h->at, compare_picks);
    *out = (struct page){h->at, h->count < limit ? h->count : limit, h->count > limit, total, before};
}

/* Everything from this key and tie on. */
struct start {
    int64_t key;
    uint64_t tie;
};
#define START_FIRST ((struct start){INT64_MIN, 0})

static inline bool is_behind(const struct pick *p, const struct start *s)
{
    return p->key > s->key || (p->key == s->key && p->tie >= s->tie);
}

/* Ids may have come and gone in between, so ranks do not outlive a question: the id does. */
static int start_of_subjects(const struct question *q, const struct view *v, struct start *out,
                             struct error *e)
{
    struct cursor c;
    bool there;
    *out = START_FIRST;
    if (text_is_null(q->cursor))
        return 0;
    int rc = cursor_read(q->cursor, question_fingerprint(q), &c, e);
    if (rc)
        return rc;
    uint32_t rank = view_rank(v, (struct text){c.id, c.id_len}, &there);
    if (q->order.key == SORT_ID) {
        int64_t after = q->order.descending ? 1 - (int64_t)rank : (int64_t)rank + there;
        *out = (struct start){after, 0};
    } else {
        *out = (struct start){c.key, (uint64_t)rank + there};
    }
    return 0;
}

int page_of_subjects(struct question *q, const struct view *v, uint32_t limit, struct arena *a,
                     struct page *out, struct error *e)
{
    struct start start;
    uint32_t count;
    uint64_t total = 0, before = 0;
    assert(limit <= PICKS_MOST);
    int rc = start_of_subjects(q, v, &start, e);
    if (rc)
        return rc;
    question_bind(q, v);
    const struct subject_row *rows = view_subjects(v, &count);
    struct picks heap = picks_new(a, limit);
    for (uint32_t i = 0; i < count; i++) {
        if (!question_takes_subject(q, &rows[i]))
            continue;
        struct pick p = {question_subject_key(q, &rows[i]), rows[i].rank, i};
        total++;
        if (is_behind(&p, &start))
            picks_offer(&heap, &p);
        else
            before++;
    }
    picks_page(&heap, limit, total, before, out);
    return 0;
}

/* Offsets of Kafka stay far below 2^48, and partitions below 2^15. */
static uint64_t tie_of_alert(const struct alert_row *row)
{
    return (uint64_t)row->partition << 48 | (uint64_t)row->offset;
}

int page_of_alerts(struct question *q, const struct view *v, uint32_t limit, struct arena *a,
                   struct page *out, struct error *e)
{
    struct start start = START_FIRST;
    struct cursor c;
    uint32_t count;
    uint64_t total = 0, before = 0;
    assert(limit <= PICKS_MOST);
    if (!text_is_null(q->cursor)) {
        int rc = cursor_read(q->cursor, question_fingerprint(q), &c, e);
        if (rc)
            return rc;
        start = (struct start){c.key, c.tie + 1};
    }
    question_bind(q, v);
    const struct alert_row *rows = view_alerts(v, &count);
    struct picks heap = picks_new(a, limit);
    for (uint32_t i = 0; i < count; i++) {
        if (!question_takes_alert(q, v, i))
            continue;
        struct pick p = {question_alert_key(q, &rows[i]), tie_of_alert(&rows[i]), i};
        total++;
        if (is_behind(&p, &start))
            picks_offer(&heap, &p);
        else
            before++;
    }
    picks_page(&heap, limit, total, before, out);
    return 0;
}

void page_cursor_subject(const struct question *q, const struct view *v, const struct pick *last,
                         struct buffer *out)
{
    uint32_t count;
    struct text id = names_text(view_names(v), view_subjects(v, &count)[last->row].id);
    struct cursor c = {.fingerprint = question_fingerprint(q), .key = last->key};
    c.id_len = id.len < CURSOR_ID_MOST ? id.len : CURSOR_ID_MOST;
    memcpy(c.id, id.at, c.id_len);
    cursor_write(&c, out);
}

void page_cursor_alert(const struct question *q, const struct pick *last, struct buffer *out)
{
    struct cursor c = {.fingerprint = question_fingerprint(q), .key = last->key, .tie = last->tie};
    cursor_write(&c, out);
}
