/* A record as it lies in Kafka: key, headers, timestamp, and its value decoded. Read when it is asked for;
 * what is in it only ever becomes JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "consumer/dead_letters/dead_letter.h"
#include "consumer/serve/answers.h"
#include "consumer/serve/cursor.h"
#include "consumer/serve/item.h"
#include "consumer/serve/record_fetch.h"
#include "core/memory.h"
#include "core/siphash.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"

#define HEADERS_MOST 100
#define HEADER_BYTES_MOST 4096
#define VALUE_BYTES_MOST (2 << 20) /* longer ones are not decoded */
#define RAW_BYTES_MOST 4096        /* shown of what does not decode */

struct place {
    struct serving *serving;
    enum topic topic;
    int32_t partition;
    int64_t offset;
};

/* --- What it holds --- */

static void add_integer(struct buffer *b, const char *name, int64_t value)
{
    item_member(b, name, false);
    json_write_integer(b, value);
}

static void add_bytes_as_text(struct buffer *b, const void *at, size_t len)
{
    json_write_string(b, (struct text){at, len < HEADER_BYTES_MOST ? len : HEADER_BYTES_MOST});
}

static void add_headers(struct buffer *b, const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL;
    const char *name;
    const void *value;
    size_t size;
    item_member(b, "headers", false);
    buffer_add_byte(b, '[');
    if (rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        for (size_t i = 0; i < HEADERS_MOST && rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
                                                   RD_KAFKA_RESP_ERR_NO_ERROR;
             i++) {
            json_add_text(b, i ? TEXT_LITERAL(",{\"name\":") : TEXT_LITERAL("{\"name\":"));
            add_bytes_as_text(b, name, strlen(name));
            if (value) {
                item_member(b, "value", false);
                add_bytes_as_text(b, value, size);
            }
            buffer_add_byte(b, '}');
        }
    buffer_add_byte(b, ']');
}

/* Of dead letters the topic that the event came from says what it should have been. */
static enum topic topic_of_value(const struct place *place, const rd_kafka_message_t *m)
{
    struct dead_letter letter;
    if (place->topic != TOPIC_DEAD_LETTERS)
        return place->topic;
    dead_letter_read(m, &place->serving->knowledge->names, &letter);
    return letter.placed ? topic_of_event(letter.kind) : TOPIC_DEAD_LETTERS;
}

static int decode(struct codec *codec, const struct place *place, enum topic topic,
                  const rd_kafka_message_t *m, struct arena *a, struct buffer *out, struct error *e)
{
    struct event event;
    struct record record;
    struct alert alert;
    int rc;
    if (m->len > VALUE_BYTES_MOST)
        return error_set(e, ERROR_TOO_LARGE, "", "longer than %d bytes", VALUE_BYTES_MOST);
    if (topic == TOPIC_DEAD_LETTERS)
        return error_set(e, ERROR_MALFORMED, "", "a dead letter that does not say which topic it came from");
    if (topic <= TOPIC_MILESTONES) {
        rc = codec_decode_event(codec, (enum event_kind)topic, m->payload, m->len, a, &event, e);
        if (rc == 0)
            event_print(out, &event, place->serving->knowledge->names.all[place->topic], place->partition,
                        place->offset);
    } else if (topic == TOPIC_ALERTS) {
        rc = codec_decode_alert(codec, m->payload, m->len, a, &alert, e);
        if (rc == 0)
            alert_print(out, &alert);
    } else {
        enum subject_kind kind = (enum subject_kind)(topic - TOPIC_INSTRUMENTS + SUBJECT_INSTRUMENT);
        rc = codec_decode_record(codec, kind, m->payload, m->len, a, &record, e);
        if (rc == 0)
            register_print(out, &record);
    }
    return rc;
}

/* 503 where nobody can say right now what it holds. */
static int add_value(struct buffer *b, struct record_fetch *fetch, const struct place *place,
                     const rd_kafka_message_t *m, struct arena *a, struct error *e)
{
    struct error wrong = {0};
    struct buffer decoded = BUFFER_EMPTY;
    if (!m->payload)
        return 0;
    add_integer(b, "value_bytes", (int64_t)m->len);
    struct codec *codec = record_fetch_codec(fetch, e);
    if (!codec)
        return e->code;
    int rc = decode(codec, place, topic_of_value(place, m), m, a, &decoded, &wrong);
    if (rc == 0) {
        item_member(b, "decoded", false);
        json_add_text(b, buffer_text(&decoded));
    } else if (rc == ERROR_REGISTRY) {
        *e = wrong;
    } else {
        item_member(b, "undecoded", false);
        json_write_string(b, text_of(wrong.text));
        item_member(b, "base64url", false);
        buffer_add_byte(b, '"');
        base64url_write(m->payload, m->len < RAW_BYTES_MOST ? m->len : RAW_BYTES_MOST, b);
        buffer_add_byte(b, '"');
    }
    buffer_free(&decoded);
    return rc == ERROR_REGISTRY ? rc : 0;
}

static int write_record(struct buffer *b, struct record_fetch *fetch, const struct place *place,
                        const rd_kafka_message_t *m, struct arena *a, struct error *e)
{
    rd_kafka_timestamp_type_t type;
    int64_t ms = rd_kafka_message_timestamp(m, &type);
    json_add_text(b, TEXT_LITERAL("{\"topic\":"));
    json_write_string(b, place->serving->knowledge->names.all[place->topic]);
    add_integer(b, "partition", place->partition);
    add_integer(b, "offset", place->offset);
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) {
        item_member(b, "timestamp", false);
        json_write_instant(b, (struct instant){ms});
    }
    if (m->key) {
        item_member(b, "key", false);
        add_bytes_as_text(b, m->key, m->key_len);
    }
    add_headers(b, m);
    int rc = add_value(b, fetch, place, m, a, e);
    json_add_text(b, TEXT_LITERAL("}\n"));
    return rc;
}

/* --- Asking Kafka --- */

static void not_there(struct http_exchange *x)
{
    http_problem(
        x, 404, "offset",
        "there is no record at this place: it was never written, was not committed, or is kept no longer");
}

static void not_now(struct http_exchange *x, const struct error *e)
{
    http_problem(x, 503, NULL, "%s", e->text);
    http_add_header(x, "Retry-After", "2");
}

/* Topics may be made anew, and then another record lies there: the tag follows from what was read. */
static void show(struct http_exchange *x)
{
    (void)snprintf(x->etag, sizeof x->etag, "%016" PRIx64, siphash(buffer_text(&x->body)));
    if (http_not_modified(x)) {
        buffer_clear(&x->body);
        return;
    }
    x->status = 200;
    x->type = "application/json";
}

/* On the thread that may wait. */
static void fetch_and_answer(void *state, struct http_exchange *x)
{
    const struct place *place = state;
    struct record_fetch *fetch = place->serving->fetch;
    const char *topic = place->serving->knowledge->names.all[place->topic].at;
    rd_kafka_message_t *m = NULL;
    struct error e = {0};
    int rc = record_fetch_get(fetch, topic, place->partition, place->offset, &m, &e);
    if (rc == 0 && m)
        rc = write_record(&x->body, fetch, place, m, x->arena, &e);
    if (rc)
        not_now(x, &e);
    else if (!m)
        not_there(x);
    else
        show(x);
    if (m)
        rd_kafka_message_destroy(m);
}

static bool place_read(struct serving *s, const struct text *captured, struct place *out)
{
    int64_t partition, offset;
    int topic = 0;
    while (topic < TOPIC_COUNT && !text_equal(captured[0], s->knowledge->names.all[topic]))
        topic++;
    if (topic == TOPIC_COUNT || !header_number(captured[1], INT32_MAX, &partition) ||
        !header_number(captured[2], INT64_MAX - 1, &offset))
        return false;
    knowledge_read(s->knowledge);
    bool known = partition < view_partitions(s->knowledge->view);
    knowledge_unlock(s->knowledge);
    *out = (struct place){s, (enum topic)topic, (int32_t)partition, offset};
    return known;
}

void answer_record(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured)
{
    struct place place;
    (void)r;
    if (!place_read(s, captured, &place)) {
        http_problem(x, 404, "topic",
                     "expected a topic of this register, one of its partitions and an offset");
        return;
    }
    struct place *kept = arena_array(x->arena, 1, sizeof *kept);
    *kept = place;
    http_defer(x, fetch_and_answer, kept);
}
