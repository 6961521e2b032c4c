/* The newest dead letters: events that could not be applied, with why and where from. Read when they are
 * asked for, from the ends of their partitions: nobody needs them in memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "consumer/dead_letters/dead_letter.h"
#include "consumer/serve/answers.h"
#include "consumer/serve/item.h"
#include "consumer/serve/record_fetch.h"
#include "core/memory.h"
#include "core/siphash.h"
#include "edge/cli/clock.h"
#include "edge/json/json_write.h"

#define SPAN_MOST 1000       /* offsets looked at from the end of a partition, those of marks included */
#define ALL_MS 8000          /* for all partitions */
#define TEXT_BYTES_MOST 1024 /* of a key, a reason, a detail */

struct letter_row {
    struct instant written;
    int32_t partition;
    int64_t offset;
    struct buffer json; /* own */
};

struct letters_page {
    struct serving *serving;
    struct question question;
    int32_t partitions;
    struct letter_row *rows; /* of the arena; room for all that is looked at */
    size_t count;
    int64_t behind; /* offsets that were not looked at: older ones */
};

static void add_text(struct buffer *b, const char *name, bool first, struct text value)
{
    if (text_is_null(value))
        return;
    item_member(b, name, first);
    json_write_string(b, (struct text){value.at, value.len < TEXT_BYTES_MOST ? value.len : TEXT_BYTES_MOST});
}

static void add_integer(struct buffer *b, const char *name, bool first, int64_t value)
{
    item_member(b, name, first);
    json_write_integer(b, value);
}

/* Anybody may have written it, so anything may be missing. */
static void print(struct buffer *b, const struct topic_names *names, const rd_kafka_message_t *m,
                  struct instant written)
{
    struct dead_letter head;
    dead_letter_read(m, names, &head);
    buffer_add_byte(b, '{');
    add_integer(b, "partition", true, m->partition);
    add_integer(b, "offset", false, m->offset);
    item_member(b, "written", false);
    json_write_instant(b, written);
    add_text(b, "reason", false, head.reason);
    add_text(b, "detail", false, head.detail);
    if (m->key)
        add_text(b, "key", false, (struct text){m->key, m->key_len});
    add_integer(b, "value_bytes", false, (int64_t)m->len);
    if (head.placed) {
        item_member(b, "from", false);
        buffer_add_byte(b, '{');
        add_text(b, "topic", true, names->all[head.kind]);
        add_integer(b, "partition", false, head.partition);
        add_integer(b, "offset", false, head.offset);
        buffer_add_byte(b, '}');
    }
    buffer_add_byte(b, '}');
}

static void take(void *context, const rd_kafka_message_t *m)
{
    struct letters_page *p = context;
    rd_kafka_timestamp_type_t type;
    if (p->count == (size_t)p->partitions * SPAN_MOST)
        return;
    struct letter_row *row = &p->rows[p->count++];
    *row = (struct letter_row){{rd_kafka_message_timestamp(m, &type)}, m->partition, m->offset, BUFFER_EMPTY};
    print(&row->json, &p->serving->knowledge->names, m, row->written);
}

/* The newest first. */
static int compare(const void *a, const void *b)
{
    const struct letter_row *one = a, *other = b;
    if (one->written.ms != other->written.ms)
        return one->written.ms < other->written.ms ? 1 : -1;
    if (one->partition != other->partition)
        return one->partition < other->partition ? -1 : 1;
    return one->offset < other->offset ? 1 : -(one->offset > other->offset);
}

static void write_letters(struct letters_page *p, struct buffer *b)
{
    const struct text topic = p->serving->knowledge->names.all[TOPIC_DEAD_LETTERS];
    qsort(p->rows, p->count, sizeof *p->rows, compare);
    json_add_text(b, TEXT_LITERAL("{\"topic\":"));
    json_write_string(b, topic);
    json_add_text(b, TEXT_LITERAL(",\"items\":["));
    for (size_t i = 0; i < p->count && i < p->question.limit; i++) {
        if (i)
            buffer_add_byte(b, ',');
        json_add_text(b, buffer_text(&p->rows[i].json));
    }
    buffer_add_byte(b, ']');
    item_member(b, "more", false);
    bool more = p->count > p->question.limit || p->behind > 0;
    json_add_text(b, more ? TEXT_LITERAL("true}\n") : TEXT_LITERAL("false}\n"));
}

/* On the thread that may wait. */
static void read_and_answer(void *state, struct http_exchange *x)
{
    struct letters_page *p = state;
    struct error e = {0};
    const char *topic = p->serving->knowledge->names.all[TOPIC_DEAD_LETTERS].at;
    int rc = 0;
    int64_t limit = clock_monotonic_ms() + ALL_MS;
    for (int32_t partition = 0; rc == 0 && partition < p->partitions; partition++) {
        int64_t behind = 0;
        rc = record_fetch_tail(p->serving->fetch, topic, partition, SPAN_MOST, take, p, &behind, &e);
        p->behind += behind;
        if (rc == 0 && partition + 1 < p->partitions && clock_monotonic_ms() >= limit)
            rc = error_set(&e, ERROR_KAFKA, topic, "was not read within %d seconds", ALL_MS / 1000);
    }
    if (rc) {
        http_problem(x, 503, NULL, "%s", e.text);
        http_add_header(x, "Retry-After", "2");
    } else {
        write_letters(p, &x->body);
        (void)snprintf(x->etag, sizeof x->etag, "%016" PRIx64, siphash(buffer_text(&x->body)));
        if (http_not_modified(x)) {
            buffer_clear(&x->body);
        } else {
            x->status = 200;
            x->type = "application/json";
        }
    }
    for (size_t i = 0; i < p->count; i++)
        buffer_free(&p->rows[i].json);
}

void answer_dead_letters(struct serving *s, const struct route *r, struct http_exchange *x,
                         const struct text *captured)
{
    struct letters_page *p = arena_array(x->arena, 1, sizeof *p);
    (void)captured;
    *p = (struct letters_page){.serving = s};
    if (!answer_question(s, r, x, &p->question))
        return;
    knowledge_read(s->knowledge);
    p->partitions = view_partitions(s->knowledge->view);
    knowledge_unlock(s->knowledge);
    p->rows = arena_array(x->arena, (size_t)p->partitions * SPAN_MOST, sizeof *p->rows);
    http_defer(x, read_and_answer, p);
}
