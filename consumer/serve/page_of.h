/* Picks the rows that a question asks for: one pass over all of them, which keeps the first of the page in a
 * heap. So any filter goes with any order, no index has to be kept, and the total is known. A page is stable
 * under change: it begins behind the row that the one before ended with, wherever that is now. */
#ifndef CONSUMER_SERVE_PAGE_OF_H
#define CONSUMER_SERVE_PAGE_OF_H

#include "consumer/serve/cursor.h"
#include "consumer/serve/parameters.h"
#include "consumer/serve/question.h"

#define PICKS_MOST 2000 /* of the calendar; lists have LIMIT_MOST */

struct pick {
    int64_t key;
    uint64_t tie;
    uint32_t row;
};

struct page {
    struct pick *at; /* of the arena; in order */
    uint32_t count;
    bool more;       /* there are rows behind these */
    uint64_t total;  /* rows that the question asks for, on all pages */
    uint64_t before; /* of them, those in front of this page */
};

/* The first `limit` of what is offered, for other lists: a heap with the last of them on top. */
struct picks {
    struct pick *at; /* of the arena */
    uint32_t count, most;
};
struct picks picks_new(struct arena *a, uint32_t limit);
void picks_offer(struct picks *h, const struct pick *p);
void picks_page(struct picks *h, uint32_t limit, uint64_t total, uint64_t before, struct page *out);

/* With the read lock. `limit` is at most PICKS_MOST. ERROR_INVALID: the cursor. */
int page_of_subjects(struct question *q, const struct view *v, uint32_t limit, struct arena *a,
                     struct page *out, struct error *e);
int page_of_alerts(struct question *q, const struct view *v, uint32_t limit, struct arena *a,
                   struct page *out, struct error *e);

/* Appends the cursor that leads on behind this pick. */
void page_cursor_subject(const struct question *q, const struct view *v, const struct pick *last,
                         struct buffer *out);
void page_cursor_alert(const struct question *q, const struct pick *last, struct buffer *out);

#endif
