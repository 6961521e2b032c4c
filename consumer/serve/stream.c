#include "consumer/serve/stream.h"

#include "consumer/serve/answers.h"
#include "consumer/serve/feed.h"
#include "consumer/serve/item.h"
#include "consumer/serve/position.h"
#include "core/civil.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/json/json_write.h"

#define PIECE_BYTES 16384
#define CATCH_UP_MOST 5000 /* changes; who has missed more reads everything anew */
#define ROWS_AT_ONCE 50000 /* looked at in one go */

/* --- Events --- */

static void begin(struct buffer *b, const char *event)
{
    json_add_text(b, TEXT_LITERAL("event: "));
    json_add_text(b, text_of(event));
    json_add_text(b, TEXT_LITERAL("\ndata: "));
}

/* JSON as we write it has no line feeds: it is one line of data. */
static void end(struct buffer *b)
{
    json_add_text(b, TEXT_LITERAL("\n\n"));
}

void stream_subject(struct buffer *b, const struct record *r, const struct subject_row *row, struct day today)
{
    begin(b, record_kind_names[r->kind - 1]);
    item_subject(b, r, row, today);
    end(b);
}

void stream_alert(struct buffer *b, const struct alert *a, bool stands)
{
    begin(b, "alert");
    item_alert(b, a, stands);
    end(b);
}

void stream_mark(struct buffer *b, const struct knowledge *k)
{
    json_add_text(b, TEXT_LITERAL("id: "));
    knowledge_position(k, b);
    end(b);
}

/* --- One who listens --- */

enum phase { CATCH_UP_SUBJECTS, CATCH_UP_ALERTS, LIVE };

struct listener {
    struct serving *serving;
    struct arena *arena; /* own: the texts of the question */
    struct question question;
    bool is_filtered;
    enum phase phase;
    struct position *since; /* own; while catching up */
    uint32_t row;           /* the next one to look at, while catching up */
    struct feed_place place;
    struct buffer pending;
    size_t sent;       /* bytes of pending */
    struct text hello; /* of the arena: what is said once all before the place was told */
    int64_t sent_ms;
};

static void listener_close(void *state)
{
    struct listener *l = state;
    question_free(&l->question);
    buffer_free(&l->pending);
    arena_free(l->arena);
    memory_give(l->since);
    memory_give(l);
}

/* An alert is wanted when its subject is. With the read lock, unless everything is wanted. */
static bool wants_alert(const struct listener *l, const struct view *v, uint32_t number)
{
    uint32_t count;
    if (!l->is_filtered)
        return true;
    const struct alert_row *alerts = view_alerts(v, &count);
    const struct name_rows *known = number < count ? view_name(v, alerts[number].subject) : NULL;
    const struct subject_row *rows = view_subjects(v, &count);
    return known && known->subject && known->subject <= count &&
           question_takes_subject(&l->question, &rows[known->subject - 1]);
}

static bool wants_subject(const struct listener *l, const struct view *v, uint32_t number)
{
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    return !l->is_filtered || (number < count && question_takes_subject(&l->question, &rows[number]));
}

static bool wants(void *context, enum change_kind kind, uint32_t row)
{
    const struct listener *l = context;
    if (!l->is_filtered)
        return true; /* and no lock is held: the view is not to be looked at */
    const struct view *v = l->serving->knowledge->view;
    return kind == CHANGE_ALERT ? wants_alert(l, v, row) : wants_subject(l, v, row);
}

/* --- Catching up: what stands behind the position that the listener has --- */

static bool is_new_subject(const struct listener *l, const struct subject_row *row)
{
    return position_is_before(l->since, topic_of_record(row->kind), row->partition, row->offset);
}

static bool is_new_alert(const struct listener *l, const struct alert_row *row)
{
    return position_is_before(l->since, TOPIC_ALERTS, row->partition, row->offset);
}

static uint64_t count_missed(const struct listener *l, const struct view *v)
{
    uint32_t count;
    uint64_t missed = 0;
    const struct subject_row *subjects = view_subjects(v, &count);
    for (uint32_t i = 0; i < count; i++)
        missed += is_new_subject(l, &subjects[i]);
    const struct alert_row *alerts = view_alerts(v, &count);
    for (uint32_t i = 0; i < count; i++)
        missed += is_new_alert(l, &alerts[i]);
    return missed;
}

static void catch_up_subjects(struct listener *l, const struct view *v, struct reader *reader)
{
    uint32_t count, until;
    const struct subject_row *rows = view_subjects(v, &count);
    until = count - l->row < ROWS_AT_ONCE ? count : l->row + ROWS_AT_ONCE;
    for (; l->row < until && l->pending.len < PIECE_BYTES; l->row++) {
        struct record r;
        if (!is_new_subject(l, &rows[l->row]) || !wants_subject(l, v, l->row))
            continue;
        reader_record(reader, &rows[l->row], &r);
        stream_subject(&l->pending, &r, &rows[l->row], l->question.today);
        arena_reset(reader->arena);
    }
    if (l->row >= count) {
        l->phase = CATCH_UP_ALERTS;
        l->row = 0;
    }
}

static void catch_up_alerts(struct listener *l, const struct view *v, struct reader *reader)
{
    uint32_t count, until;
    const struct alert_row *rows = view_alerts(v, &count);
    until = count - l->row < ROWS_AT_ONCE ? count : l->row + ROWS_AT_ONCE;
    for (; l->row < until && l->pending.len < PIECE_BYTES; l->row++) {
        struct alert alert;
        if (!is_new_alert(l, &rows[l->row]) || !wants_alert(l, v, l->row))
            continue;
        reader_alert(reader, &rows[l->row], &alert);
        stream_alert(&l->pending, &alert, view_stands(v, l->row));
        arena_reset(reader->arena);
    }
    if (l->row >= count) {
        /* What came meanwhile is in the feed, some of it for the second time. */
        memory_give(l->since);
        l->since = NULL;
        l->phase = LIVE;
        json_add_text(&l->pending, l->hello);
    }
}

static bool is_of_this_view(const struct listener *l)
{
    return l->place.epoch == feed_end(l->serving->knowledge->feed).epoch;
}

/* False: this listener is to begin anew. */
static bool catch_up(struct listener *l)
{
    struct knowledge *k = l->serving->knowledge;
    struct reader *reader = knowledge_reader(k);
    knowledge_read(k);
    bool good = is_of_this_view(l);
    question_bind(&l->question, k->view);
    while (good && l->phase != LIVE && l->pending.len < PIECE_BYTES) {
        if (l->phase == CATCH_UP_SUBJECTS)
            catch_up_subjects(l, k->view, reader);
        else
            catch_up_alerts(l, k->view, reader);
    }
    knowledge_unlock(k);
    knowledge_reader_back(k, reader);
    return good;
}

static bool listen_live(struct listener *l)
{
    struct knowledge *k = l->serving->knowledge;
    if (l->is_filtered) {
        knowledge_read(k);
        question_bind(&l->question, k->view);
    }
    bool there = feed_read(k->feed, &l->place, PIECE_BYTES, wants, l, &l->pending);
    if (l->is_filtered)
        knowledge_unlock(k);
    return there;
}

static ssize_t listener_read(void *state, char *to, size_t most)
{
    struct listener *l = state;
    int64_t now = clock_monotonic_ms();
    if (l->sent == l->pending.len) {
        buffer_clear(&l->pending);
        l->sent = 0;
        if (!(l->phase == LIVE ? listen_live(l) : catch_up(l)))
            return -1;
        if (l->pending.len == 0 && now - l->sent_ms >= STREAM_HEARTBEAT_MS)
            json_add_text(&l->pending, TEXT_LITERAL(": still here\n\n"));
        if (l->pending.len == 0)
            return 0;
    }
    size_t n = l->pending.len - l->sent < most ? l->pending.len - l->sent : most;
    memcpy(to, l->pending.at + l->sent, n);
    l->sent += n;
    l->sent_ms = now;
    /* A great piece is not kept for those that listen and hear nothing. */
    if (l->sent == l->pending.len && l->pending.size > PIECE_BYTES) {
        buffer_free(&l->pending);
        l->sent = 0;
    }
    return (ssize_t)n;
}

/* --- Beginning --- */

static void copy_texts(struct question *q, struct arena *a)
{
    struct text *const texts[] = {&q->party, &q->dossier, &q->instrument, &q->summit, &q->part_of, &q->since};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_copy(a, *texts[i]);
}

/* With the read lock. */
static struct text hello(struct listener *l, const char *event)
{
    struct buffer b = BUFFER_EMPTY;
    char day[DAY_TEXT_SIZE];
    (void)day_format(l->question.today, day);
    json_add_text(&b, TEXT_LITERAL("id: "));
    knowledge_position(l->serving->knowledge, &b);
    buffer_add_byte(&b, '\n');
    begin(&b, event);
    json_add_text(&b, TEXT_LITERAL("{\"today\":"));
    json_write_string(&b, text_of(day));
    buffer_add_byte(&b, '}');
    end(&b);
    struct text kept = arena_copy(l->arena, buffer_text(&b));
    buffer_free(&b);
    return kept;
}

/* The first words: how long to wait before coming back, where we stand, and whether the listener must read
 * everything anew. With the read lock. */
static void greet(struct listener *l, struct text since)
{
    struct knowledge *k = l->serving->knowledge;
    struct buffer *b = &l->pending;
    bool told = since.len > 0, known = false;
    l->phase = LIVE;
    l->place = feed_end(k->feed);
    if (told) {
        l->since = memory_take(sizeof *l->since);
        known = position_read(since, view_partitions(k->view), l->since) &&
                count_missed(l, k->view) <= CATCH_UP_MOST;
    }
    json_add_text(b, TEXT_LITERAL("retry: 3000\n\n"));
    l->hello = hello(l, told && !known ? "reset" : "hello");
    if (known) {
        l->phase = CATCH_UP_SUBJECTS;
        return;
    }
    memory_give(l->since);
    l->since = NULL;
    json_add_text(b, l->hello);
}

void answer_stream(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured)
{
    struct question q;
    (void)captured;
    if (!answer_question(s, r, x, &q) || !http_server_has_room(x->server, x))
        return;
    struct text since = http_header(x, "Last-Event-ID");
    struct listener *l = memory_zeroed(sizeof *l);
    l->serving = s;
    l->arena = arena_new(1024);
    l->question = q;
    l->is_filtered = x->target.count > (text_is_null(q.since) ? 0 : 1);
    l->sent_ms = clock_monotonic_ms();
    copy_texts(&l->question, l->arena);
    knowledge_read(s->knowledge);
    greet(l, since.len ? since : l->question.since);
    knowledge_unlock(s->knowledge);
    x->status = 200;
    x->type = "text/event-stream";
    x->cache = "no-store";
    http_add_header(x, "X-Accel-Buffering", "no"); /* proxies that would wait for the end */
    x->source = (struct http_source){listener_read, listener_close, l};
}
