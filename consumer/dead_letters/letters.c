#include "consumer/dead_letters/letters.h"

#include <stdlib.h>

#include "consumer/event_message.h"
#include "consumer/topic_reader.h"
#include "core/memory.h"
#include "edge/cli/progress.h"

#define ARENA_BYTES (1 << 16)

struct reading {
    const struct settings *settings;
    struct codec *codec;
    const struct topic_names *names;
    struct letters *letters;
    struct letter **by_event; /* own: those whose event's place is known, in the order of places */
    size_t placed;
    struct arena *arena;
    struct progress progress;
};

/* --- The letters --- */

static bool is_selected(const struct reading *r, const struct dead_letter *head)
{
    static const char *const reasons[] = {"malformed", "unknown-schema", "invalid", "too-large"};
    const struct settings *s = r->settings;
    bool reason = s->reasons == 0, topic = s->letter_topic == NULL;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if ((s->reasons & (1u << i)) && text_equal(head->reason, text_of(reasons[i])))
            reason = true;
    for (int k = 0; !topic && k < EVENT_KINDS; k++)
        topic =
            strcmp(s->letter_topic, topic_table[k].suffix) == 0 && text_equal(head->topic, r->names->all[k]);
    return reason && topic;
}

/* What was added when it became a letter, or was put back before, is not the event's. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {DEAD_LETTER_REASON,    DEAD_LETTER_DETAIL, DEAD_LETTER_TOPIC,
                                        DEAD_LETTER_PARTITION, DEAD_LETTER_OFFSET, RETRY_OF};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static rd_kafka_headers_t *own_headers(const rd_kafka_message_t *m, size_t *bytes)
{
    rd_kafka_headers_t *headers = NULL, *out = rd_kafka_headers_new(8);
    const char *name;
    const void *value;
    size_t size;
    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return out;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        if (is_ours(name))
            continue;
        (void)rd_kafka_header_add(out, name, -1, value, (ssize_t)size);
        *bytes += strlen(name) + size;
    }
    return out;
}

static int visit_letter(void *context, const struct topic_span *span, const rd_kafka_message_t *m,
                        struct error *e)
{
    struct reading *r = context;
    struct letters *l = r->letters;
    struct dead_letter head;
    (void)span;
    (void)e;
    dead_letter_read(m, r->names, &head);
    if (!is_selected(r, &head))
        return 0;
    if (l->count == l->size) {
        l->size = l->size ? 2 * l->size : 64;
        l->at = memory_resize(l->at, l->size * sizeof *l->at);
    }
    struct letter *letter = &l->at[l->count++];
    *letter = (struct letter){
        .partition = m->partition,
        .offset = m->offset,
        .written = event_message_time(m),
        .head = head,
        .key = memory_copy_text((struct text){m->key, m->key_len}),
        .value = memory_copy_text((struct text){m->payload, m->len}),
        .bytes = m->key_len + m->len,
        .timestamp = INSTANT_NONE,
        .retried_offset = -1,
    };
    letter->head.reason = memory_copy_text(head.reason);
    letter->head.detail = memory_copy_text(head.detail);
    letter->head.topic = memory_copy_text(head.topic);
    letter->headers = own_headers(m, &letter->bytes);
    return 0;
}

/* --- Their events --- */

static int place_compare(const struct letter *x, enum event_kind kind, int32_t partition, int64_t offset)
{
    if (x->head.kind != kind)
        return x->head.kind < kind ? -1 : 1;
    if (x->head.partition != partition)
        return x->head.partition < partition ? -1 : 1;
    return (x->head.offset > offset) - (x->head.offset < offset);
}

static int by_event(const void *a, const void *b)
{
    const struct letter *x = *(struct letter *const *)a, *y = *(struct letter *const *)b;
    int order = place_compare(x, y->head.kind, y->head.partition, y->head.offset);
    return order ? order : x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The first letter about the event of that place, or the first behind it; their count is the end. */
static size_t place_find(const struct reading *r, enum event_kind kind, int32_t partition, int64_t offset)
{
    size_t from = 0, to = r->placed;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (place_compare(r->by_event[middle], kind, partition, offset) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool same_bytes(const struct letter *letter, const rd_kafka_message_t *m)
{
    return text_equal(letter->key, (struct text){m->key, m->key_len}) &&
           text_equal(letter->value, (struct text){m->payload, m->len});
}

/* ERROR_REGISTRY: nobody can say right now. */
static int event_found(struct reading *r, struct letter *letter, const rd_kafka_message_t *m, struct error *e)
{
    struct event event;
    if (!same_bytes(letter, m))
        return 0;
    letter->found = true;
    letter->timestamp = event_message_time(m);
    arena_reset(r->arena);
    int rc = event_message_read(r->codec, letter->head.kind, m, NULL, r->arena, &event, &letter->refused);
    if (rc == 0)
        letter->refused.code = 0;
    if (rc == ERROR_REGISTRY && e)
        *e = letter->refused;
    return rc == ERROR_REGISTRY ? rc : 0;
}

static int visit_event(void *context, const struct topic_span *span, const rd_kafka_message_t *m,
                       struct error *e)
{
    struct reading *r = context;
    enum event_kind kind = (enum event_kind)span->topic;
    int64_t of;
    progress_add(&r->progress, 1);
    for (size_t i = place_find(r, kind, m->partition, m->offset);
         i < r->placed && place_compare(r->by_event[i], kind, m->partition, m->offset) == 0; i++) {
        int rc = event_found(r, r->by_event[i], m, e);
        if (rc)
            return rc;
    }
    if (!header_number(message_header(m, RETRY_OF), INT64_MAX, &of) || of >= m->offset)
        return 0;
    for (size_t i = place_find(r, kind, m->partition, of);
         i < r->placed && place_compare(r->by_event[i], kind, m->partition, of) == 0; i++)
        if (same_bytes(r->by_event[i], m)) {
            r->by_event[i]->retried = true;
            r->by_event[i]->retried_offset = m->offset;
        }
    return 0;
}

/* What was put back stands behind where it was taken from. */
static int read_events(struct reading *r, struct topic_reader *reader, struct error *e)
{
    int32_t partitions = topic_reader_partitions(reader);
    struct topic_span *spans = memory_zeroed((size_t)(EVENT_KINDS * partitions) * sizeof *spans);
    size_t count = 0;
    for (size_t i = 0; i < r->placed; i++) {
        const struct dead_letter *head = &r->by_event[i]->head;
        const struct topic_span *last = count ? &spans[count - 1] : NULL;
        if (head->partition >= partitions ||
            (last && last->topic == (enum topic)head->kind && last->partition == head->partition))
            continue;
        spans[count++] = (struct topic_span){topic_of_event(head->kind), head->partition, head->offset, 0};
    }
    int rc = topic_reader_ends(reader, spans, count, e);
    int64_t total = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        total += spans[i].to > spans[i].from ? spans[i].to - spans[i].from : 0;
    progress_start(&r->progress, "looking for what was put back", total);
    if (rc == 0)
        rc = topic_reader_read(reader, spans, count, visit_event, r, e);
    progress_end(&r->progress);
    memory_give(spans);
    return rc;
}

static int read_letters(struct reading *r, struct topic_reader *reader, struct error *e)
{
    int32_t partitions = topic_reader_partitions(reader);
    struct topic_span *spans = memory_zeroed((size_t)partitions * sizeof *spans);
    for (int32_t p = 0; p < partitions; p++)
        spans[p] = (struct topic_span){TOPIC_DEAD_LETTERS, p, 0, 0};
    int rc = topic_reader_ends(reader, spans, (size_t)partitions, e);
    if (rc == 0)
        rc = topic_reader_read(reader, spans, (size_t)partitions, visit_letter, r, e);
    memory_give(spans);
    return rc;
}

int letters_read(const struct settings *s, struct codec *codec, const struct topic_names *names,
                 struct letters *out, struct error *e)
{
    struct letters letters = {NULL, 0, 0};
    struct reading r = {.settings = s, .codec = codec, .names = names, .letters = &letters};
    struct topic_reader *reader = NULL;
    int rc = topic_reader_open(s, names, &reader, e);
    if (rc)
        return rc;
    r.arena = arena_new(ARENA_BYTES);
    rc = read_letters(&r, reader, e);
    r.by_event = memory_zeroed(letters.count * sizeof(struct letter *));
    for (size_t i = 0; i < letters.count; i++)
        if (letters.at[i].head.placed)
            r.by_event[r.placed++] = &letters.at[i];
    if (r.placed)
        qsort(r.by_event, r.placed, sizeof(struct letter *), by_event);
    if (rc == 0)
        rc = read_events(&r, reader, e);
    memory_give(r.by_event);
    arena_free(r.arena);
    topic_reader_close(reader);
    if (rc)
        letters_free(&letters);
    else
        *out = letters;
    return rc;
}

void letters_free(struct letters *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct letter *letter = &l->at[i];
        memory_give_text(letter->head.reason);
        memory_give_text(letter->head.detail);
        memory_give_text(letter->head.topic);
        memory_give_text(letter->key);
        memory_give_text(letter->value);
        if (letter->headers)
            rd_kafka_headers_destroy(letter->headers);
    }
    memory_give(l->at);
    *l = (struct letters){NULL, 0, 0};
}
