/* A message of an event topic as an event: decoded, checked, and held against its key and timestamp. */
#ifndef CONSUMER_EVENT_MESSAGE_H
#define CONSUMER_EVENT_MESSAGE_H

#include <librdkafka/rdkafka.h>

#include "edge/avro/codec.h"

/* Value, key and headers of an event together are at most this long. */
#define EVENT_BYTES_MAX (1 << 20)

/* Bytes of key, value, names and values of headers together. */
size_t event_message_bytes(const rd_kafka_message_t *message);

/* Reads the message; texts of the event are views into it or live in the arena. `next` as inbox_behind()
 * gives it, or NULL. 0, or why it is no event: ERROR_MALFORMED, ERROR_UNKNOWN_SCHEMA, ERROR_INVALID,
 * ERROR_TOO_LARGE. */
int event_message_read(struct codec *codec, enum event_kind kind, const rd_kafka_message_t *message,
                       const rd_kafka_message_t *next, struct arena *a, struct event *out, struct error *e);

/* Its Kafka timestamp; INSTANT_NONE where it has none. */
struct instant event_message_time(const rd_kafka_message_t *message);

/* What a dead letter gives as its reason. */
enum letter_reason { LETTER_MALFORMED, LETTER_UNKNOWN_SCHEMA, LETTER_INVALID, LETTER_TOO_LARGE };
#define LETTER_REASONS 4
extern const char *const letter_reason_names[LETTER_REASONS];

/* The reason that such an error is. */
enum letter_reason event_message_reason(int code);

/* The error as one line. */
#define EVENT_DETAIL_SIZE 640
void event_message_detail(const struct error *e, char out[EVENT_DETAIL_SIZE]);

#endif
