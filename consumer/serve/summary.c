/* How things stand: counts, packages of documents, what is overdue, what comes next; and how current it is.
 */
#include <inttypes.h>
#include <time.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/item.h"
#include "consumer/serve/page_of.h"
#include "core/instant.h"
#include "edge/cli/clock.h"
#include "edge/json/json_write.h"

#define NEXT_MOST 10
#define PACKAGES_MOST 100
#define COUNTED 16 /* symbols of an enum */

struct counts {
    uint64_t by_kind[4];
    uint64_t instrument_status[COUNTED], summit_status[COUNTED], delivery[COUNTED], timeliness[COUNTED],
        clock[COUNTED];
    uint64_t contested, incomplete;
    uint64_t alerts, standing[COUNTED]; /* by severity */
};

static void count_subjects(const struct view *v, struct counts *c)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct subject_row *row = &rows[i];
        c->by_kind[row->kind % 4]++;
        c->incomplete += row->incomplete;
        switch (row->kind) {
        case SUBJECT_INSTRUMENT: c->instrument_status[row->status % COUNTED]++; break;
        case SUBJECT_SUMMIT: c->summit_status[row->status % COUNTED]++; break;
        default:
            c->delivery[row->status % COUNTED]++;
            c->timeliness[row->timeliness % COUNTED]++;
            c->clock[row->clock % COUNTED]++;
            c->contested += row->contested;
            break;
        }
    }
}

static void count_alerts(const struct view *v, struct counts *c)
{
    uint32_t count;
    const struct alert_row *rows = view_alerts(v, &count);
    c->alerts = count;
    for (uint32_t i = 0; i < count; i++)
        c->standing[rows[i].severity % COUNTED] += view_stands(v, i);
}

static void add_number(struct buffer *b, const char *name, bool first, uint64_t value)
{
    item_member(b, name, first);
    json_write_integer(b, (int64_t)value);
}

/* {"total":N,"status":{"SIGNED":3}}: symbols that nothing has are left out. */
static void add_symbols(struct buffer *b, const char *name, const struct symbols *symbols,
                        const uint64_t *counted)
{
    bool first = true;
    item_member(b, name, false);
    buffer_add_byte(b, '{');
    for (uint8_t i = 1; i <= symbols->count; i++)
        if (counted[i]) {
            add_number(b, symbols->at[i - 1], first, counted[i]);
            first = false;
        }
    buffer_add_byte(b, '}');
}

static void add_counts(struct buffer *b, const struct counts *c)
{
    item_member(b, "instruments", true);
    json_add_text(b, TEXT_LITERAL("{\"total\":"));
    json_write_integer(b, (int64_t)c->by_kind[SUBJECT_INSTRUMENT]);
    add_symbols(b, "status", &instrument_statuses, c->instrument_status);
    json_add_text(b, TEXT_LITERAL("},\"summits\":{\"total\":"));
    json_write_integer(b, (int64_t)c->by_kind[SUBJECT_SUMMIT]);
    add_symbols(b, "status", &summit_types, c->summit_status);
    json_add_text(b, TEXT_LITERAL("},\"commitments\":{\"total\":"));
    json_write_integer(b, (int64_t)c->by_kind[SUBJECT_COMMITMENT]);
    add_symbols(b, "delivery", &deliveries, c->delivery);
    add_symbols(b, "timeliness", &timelinesses, c->timeliness);
    add_symbols(b, "clock", &clock_states, c->clock);
    add_number(b, "contested", false, c->contested);
    json_add_text(b, TEXT_LITERAL("},\"alerts\":{\"total\":"));
    json_write_integer(b, (int64_t)c->alerts);
    add_symbols(b, "standing", &severities, c->standing);
    buffer_add_byte(b, '}');
    add_number(b, "incomplete", false, c->incomplete);
}

/* Summits of which it is known how many documents were signed there. */
static void add_packages(struct buffer *b, const struct view *v, struct reader *reader)
{
    uint32_t count, shown = 0;
    const struct subject_row *rows = view_subjects(v, &count);
    item_member(b, "packages", false);
    buffer_add_byte(b, '[');
    for (uint32_t i = 0; i < count && shown < PACKAGES_MOST; i++) {
        struct record r;
        if (rows[i].kind != SUBJECT_SUMMIT || rows[i].expected < 0)
            continue;
        reader_record(reader, &rows[i], &r);
        json_add_text(b, shown++ ? TEXT_LITERAL(",{\"id\":") : TEXT_LITERAL("{\"id\":"));
        json_write_string(b, r.common.id);
        if (!text_is_null(r.common.title)) {
            item_member(b, "title", false);
            json_write_string(b, r.common.title);
        }
        add_number(b, "expected", false, (uint64_t)rows[i].expected);
        add_number(b, "identified", false, (uint64_t)rows[i].identified);
        buffer_add_byte(b, '}');
    }
    buffer_add_byte(b, ']');
}

static void add_first(struct serving *s, struct http_exchange *x, struct reader *reader, const char *name,
                      enum preset preset, enum sort_key key, struct day today)
{
    struct buffer *b = &x->body;
    const struct view *v = s->knowledge->view;
    struct question q;
    struct page page = {0};
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    question_init(&q, today);
    q.preset = (uint8_t)preset;
    q.order.key = (uint8_t)key;
    (void)page_of_subjects(&q, v, NEXT_MOST, x->arena, &page, NULL);
    item_some_of(b, name, false, page.total);
    for (uint32_t i = 0; i < page.count; i++) {
        struct record r;
        if (i)
            buffer_add_byte(b, ',');
        reader_record(reader, &rows[page.at[i].row], &r);
        item_subject(b, &r, &rows[page.at[i].row], today);
    }
    json_add_text(b, TEXT_LITERAL("]}"));
    question_free(&q);
}

/* --- How current it is --- */

static void add_instant(struct buffer *b, const char *name, bool first, struct instant t)
{
    char text[INSTANT_TEXT_SIZE];
    item_member(b, name, first);
    if (instant_is_none(t)) {
        json_add_text(b, TEXT_LITERAL("null"));
        return;
    }
    (void)instant_format(t, text);
    json_write_string(b, text_of(text));
}

static void add_flag(struct buffer *b, const char *name, bool first, bool value)
{
    item_member(b, name, first);
    json_add_text(b, value ? TEXT_LITERAL("true") : TEXT_LITERAL("false"));
}

static void add_partition(struct buffer *b, const struct knowledge *k, int32_t partition)
{
    const struct partition_state *state = view_partition_state(k->view, partition);
    int64_t lag = 0;
    json_add_text(b, TEXT_LITERAL("{\"partition\":"));
    json_write_integer(b, partition);
    add_instant(b, "as_of", false, state->as_of);
    for (int t = k->keeps_events ? TOPIC_SIGNINGS : TOPIC_INSTRUMENTS; t <= TOPIC_ALERTS; t++)
        lag = lag < 0 || state->lag[t] < 0 ? -1 : lag + state->lag[t];
    item_member(b, "lag", false);
    if (!k->connected || lag < 0)
        json_add_text(b, TEXT_LITERAL("null"));
    else
        json_write_integer(b, lag);
    buffer_add_byte(b, '}');
}

static void add_current(struct buffer *b, struct knowledge *k)
{
    add_flag(b, "ready", true, atomic_load(&k->ready));
    add_flag(b, "connected", false, k->connected);
    add_instant(b, "heard_at", false, k->heard_at);
    add_instant(b, "as_of", false, view_as_of(k->view));
    add_instant(b, "now", false, knowledge_now(k));
    add_number(b, "unreadable", false, k->unreadable);
    item_member(b, "partitions", false);
    buffer_add_byte(b, '[');
    for (int32_t p = 0; p < view_partitions(k->view); p++) {
        if (p)
            buffer_add_byte(b, ',');
        add_partition(b, k, p);
    }
    buffer_add_byte(b, ']');
}

/* What changes without the view having changed has no entity tag. */
void answer_current(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    struct question q;
    (void)captured;
    if (!answer_question(s, r, x, &q))
        return;
    buffer_add_byte(&x->body, '{');
    knowledge_read(s->knowledge);
    add_current(&x->body, s->knowledge);
    answer_tail(s, &x->body, q.today);
    knowledge_unlock(s->knowledge);
    json_add_text(&x->body, TEXT_LITERAL("}\n"));
    x->status = 200;
    x->type = "application/json";
    x->cache = "no-store";
}

void answer_summary(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    struct question q;
    struct counts counts = {0};
    struct knowledge *k = s->knowledge;
    (void)captured;
    if (!answer_question(s, r, x, &q))
        return;
    struct reader *reader = knowledge_reader(k);
    knowledge_read(k);
    count_subjects(k->view, &counts);
    count_alerts(k->view, &counts);
    buffer_add_byte(&x->body, '{');
    add_counts(&x->body, &counts);
    add_packages(&x->body, k->view, reader);
    add_first(s, x, reader, "overdue", PRESET_OVERDUE, SORT_CLOSES, q.today);
    add_first(s, x, reader, "due", PRESET_DUE, SORT_NEXT, q.today);
    item_member(&x->body, "current", false);
    buffer_add_byte(&x->body, '{');
    add_current(&x->body, k);
    buffer_add_byte(&x->body, '}');
    answer_tail(s, &x->body, q.today);
    json_add_text(&x->body, TEXT_LITERAL("}\n"));
    knowledge_unlock(k);
    knowledge_reader_back(k, reader);
    x->status = 200;
    x->type = "application/json";
    x->cache = "no-store";
}
