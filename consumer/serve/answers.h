/* The resources of the API. Each answers one exchange from what is known; paths, and which of them answers,
 * stand in routes.c. */
#ifndef CONSUMER_SERVE_ANSWERS_H
#define CONSUMER_SERVE_ANSWERS_H

#include "consumer/serve/knowledge.h"
#include "consumer/serve/question.h"
#include "edge/http/exchange.h"
#include "edge/http/server.h"

struct metrics;
struct record_fetch;

/* What every answer is made with. */
struct serving {
    struct knowledge *knowledge;
    struct metrics *metrics;
    struct record_fetch *fetch; /* of the server's thread that may wait */
};

#define ROUTE_CAPTURES 3

struct route {
    const char *path;       /* pattern, http_path_matches(); at most ROUTE_CAPTURES names in braces */
    const char *suffix_csv; /* the same as CSV; NULL: there is none */
    void (*answer)(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured);
    unsigned on;         /* parameters that it takes (parameters.h); 0: none */
    uint16_t kinds;      /* of the subjects it is about */
    uint8_t preset;      /* enum preset */
    bool waits;          /* 503 until everything was read once */
    bool is_open;        /* without the token */
    const char *summary; /* for the description of the API; NULL: not part of it */
};

extern const struct route routes[];
extern const size_t route_count;

/* Answers whatever was asked for: routes, pages, problems. `context` is the struct serving. */
void routes_answer(void *context, struct http_exchange *x);
bool routes_are_open(struct text path);

void answer_list(struct serving *s, const struct route *r, struct http_exchange *x,
                 const struct text *captured);
void answer_subject(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured);
void answer_events(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured);
void answer_summary(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured);
void answer_current(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured);
void answer_parties(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured);
void answer_party(struct serving *s, const struct route *r, struct http_exchange *x,
                  const struct text *captured);
void answer_participation(struct serving *s, const struct route *r, struct http_exchange *x,
                          const struct text *captured);
void answer_changes(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured);
void answer_record(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured);
void answer_dead_letters(struct serving *s, const struct route *r, struct http_exchange *x,
                         const struct text *captured);
void answer_years(struct serving *s, const struct route *r, struct http_exchange *x,
                  const struct text *captured);
void answer_stream(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured);
void answer_calendar(struct serving *s, const struct route *r, struct http_exchange *x,
                     const struct text *captured);
void answer_openapi(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured);
void answer_health(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured);
void answer_ready(struct serving *s, const struct route *r, struct http_exchange *x,
                  const struct text *captured);
void answer_metrics(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured);

/* --- shared by them --- */

/* A question of the route, with its parameters read. False: the exchange has its problem. */
bool answer_question(struct serving *s, const struct route *r, struct http_exchange *x, struct question *q);

/* With the read lock: sets the entity tag, which follows from all that the answer follows from; `form` tells
 * apart what else it depends on ("json", "csv"). True: the client has it. */
bool answer_is_known(struct serving *s, struct http_exchange *x, struct day today, const char *form);

/* Whether CSV is asked for, by the path's end or by `Accept`. */
bool answer_is_csv(const struct http_exchange *x);

/* CSV has no place for it: the link to the next page (RFC 8288), which goes with JSON too. */
void answer_link_next(struct http_exchange *x, struct text cursor);

/* ,"total":N,"next":...,"today":...,"position":... */
void answer_tail(struct serving *s, struct buffer *b, struct day today);

#endif
