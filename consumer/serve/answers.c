#include "consumer/serve/answers.h"

#include <inttypes.h>
#include <stdio.h>

#include "consumer/serve/item.h"
#include "consumer/serve/parameters.h"
#include "core/civil.h"
#include "core/policy.h"
#include "core/siphash.h"
#include "core/zone.h"
#include "edge/json/json_write.h"

bool answer_question(struct serving *s, const struct route *r, struct http_exchange *x, struct question *q)
{
    struct error e = {0};
    knowledge_read(s->knowledge);
    struct day today = knowledge_today(s->knowledge);
    knowledge_unlock(s->knowledge);
    question_init(q, today);
    q->preset = r->preset;
    if (r->kinds)
        q->kinds = r->kinds;
    q->limit = LIMIT_INITIAL;
    if (r->preset == PRESET_DUE)
        q->order.key = SORT_NEXT;
    else if (r->preset == PRESET_OVERDUE)
        q->order.key = SORT_CLOSES;
    else if (r->on == ON_ALERTS)
        q->order = (struct order){SORT_RECORDED, true};
    if (parameters_read(&x->target, r->on, q, &e) == 0)
        return true;
    http_problem_of(x, &e);
    return false;
}

/* Answers follow from these too, and whoever keeps one may ask again after a restart with others. */
static void add_options(const struct knowledge *k, struct buffer *b)
{
    const struct settings *s = k->settings;
    uint64_t policy = policy_fingerprint(s->policy);
    buffer_add(b, &policy, sizeof policy);
    buffer_add(b, s->prefix, strlen(s->prefix) + 1);
    json_add_text(b, text_of(zone_name(s->zone)));
    buffer_add_byte(b, k->keeps_events);
}

bool answer_is_known(struct serving *s, struct http_exchange *x, struct day today, const char *form)
{
    struct buffer b = BUFFER_EMPTY;
    json_add_text(&b, TEXT_LITERAL(CHAPAR_VERSION " "));
    knowledge_position(s->knowledge, &b);
    add_options(s->knowledge, &b);
    json_write_integer(&b, today.n);
    json_add_text(&b, text_of(form));
    json_add_text(&b, x->raw_target);
    uint64_t hash = siphash(buffer_text(&b));
    buffer_free(&b);
    (void)snprintf(x->etag, sizeof x->etag, "%016" PRIx64, hash);
    return http_not_modified(x);
}

bool answer_is_csv(const struct http_exchange *x)
{
    struct text path = x->target.path;
    bool suffix = path.len > 4 && memcmp(path.at + path.len - 4, ".csv", 4) == 0;
    return suffix || http_accepts(x, "text/csv");
}

void answer_link_next(struct http_exchange *x, struct text cursor)
{
    struct buffer b = BUFFER_EMPTY;
    const struct http_target *t = &x->target;
    buffer_add_byte(&b, '<');
    json_add_text(&b, t->path);
    buffer_add_byte(&b, '?');
    for (size_t i = 0; i < t->count; i++) {
        if (text_equal(t->parameters[i].name, TEXT_LITERAL("cursor")))
            continue;
        http_encode(&b, t->parameters[i].name);
        buffer_add_byte(&b, '=');
        http_encode(&b, t->parameters[i].value);
        buffer_add_byte(&b, '&');
    }
    json_add_text(&b, TEXT_LITERAL("cursor="));
    json_add_text(&b, cursor);
    json_add_text(&b, TEXT_LITERAL(">; rel=\"next\""));
    http_add_header(x, "Link", arena_copy(x->arena, buffer_text(&b)).at);
    buffer_free(&b);
}

void answer_tail(struct serving *s, struct buffer *b, struct day today)
{
    char day[DAY_TEXT_SIZE];
    struct buffer position = BUFFER_EMPTY;
    (void)day_format(today, day);
    item_member(b, "today", false);
    json_write_string(b, text_of(day));
    item_member(b, "position", false);
    knowledge_position(s->knowledge, &position);
    json_write_string(b, buffer_text(&position));
    buffer_free(&position);
}
