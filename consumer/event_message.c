#include "consumer/event_message.h"

#include <inttypes.h>
#include <stdio.h>

#include "consumer/header_bound.h"

size_t event_message_bytes(const rd_kafka_message_t *message)
{
    return message->len + message->key_len + header_bytes(message);
}

/* Whether the message is surely not too long, told by the one that was fetched behind it. */
static bool message_fits(const rd_kafka_message_t *message, const rd_kafka_message_t *next)
{
    size_t bytes = message->len + message->key_len;
    return bytes <= EVENT_BYTES_MAX && header_bound(message, next) <= EVENT_BYTES_MAX - bytes;
}

struct instant event_message_time(const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    int64_t ms = rd_kafka_message_timestamp(message, &type);
    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || ms < 0 ? INSTANT_NONE : (struct instant){ms};
}

static int message_check(const rd_kafka_message_t *message, const struct event *event, struct error *e)
{
    struct text key = {message->key, message->key_len};
    struct instant time = event_message_time(message);
    if (!text_equal(key, event->common.dossier))
        return error_set(e, ERROR_INVALID, "dossier", "the key of the record is not the dossier %.*s",
                         (int)event->common.dossier.len, event->common.dossier.at);
    if (time.ms != event->common.recorded_at.ms)
        return error_set(e, ERROR_INVALID, "recorded_at",
                         "the timestamp of the record is %" PRId64 ", recorded_at is %" PRId64, time.ms,
                         event->common.recorded_at.ms);
    return 0;
}

int event_message_read(struct codec *codec, enum event_kind kind, const rd_kafka_message_t *message,
                       const rd_kafka_message_t *next, struct arena *a, struct event *out, struct error *e)
{
    struct event event;
    if (!message->payload)
        return error_set(e, ERROR_MALFORMED, "", "the record has no value");
    size_t bytes = message_fits(message, next) ? 0 : event_message_bytes(message);
    if (bytes > EVENT_BYTES_MAX)
        return error_set(e, ERROR_TOO_LARGE, "", "%zu bytes, expected at most %d", bytes, EVENT_BYTES_MAX);
    int rc = codec_decode_event(codec, kind, message->payload, message->len, a, &event, e);
    if (rc == 0)
        rc = event_check_read(&event, e);
    if (rc == 0)
        rc = message_check(message, &event, e);
    if (rc == 0)
        *out = event;
    return rc;
}

const char *const letter_reason_names[LETTER_REASONS] = {"malformed", "unknown-schema", "invalid",
                                                         "too-large"};

enum letter_reason event_message_reason(int code)
{
    switch (code) {
    case ERROR_MALFORMED: return LETTER_MALFORMED;
    case ERROR_UNKNOWN_SCHEMA: return LETTER_UNKNOWN_SCHEMA;
    case ERROR_TOO_LARGE: return LETTER_TOO_LARGE;
    default: return LETTER_INVALID;
    }
}

void event_message_detail(const struct error *e, char out[EVENT_DETAIL_SIZE])
{
    (void)snprintf(out, EVENT_DETAIL_SIZE, "%s%s%s", e->where, *e->where ? ": " : "", e->text);
}
