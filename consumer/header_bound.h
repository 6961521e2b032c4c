/* How long the headers of a message can be at most, told without taking them apart: librdkafka has no other
 * way to ask, and taking seven headers apart costs more than reading the event.
 *
 * A consumer's messages are views into what was fetched, where a record's headers lie right behind its value
 * (Kafka's record format 2). Wherever else in memory another message begins, if it begins behind that value
 * it begins behind those headers too: what is between them bounds the headers. That librdkafka keeps records
 * as they came is not promised by its interface, and is therefore made sure of by messages whose headers are
 * taken apart. Any thread. */
#ifndef CONSUMER_HEADER_BOUND_H
#define CONSUMER_HEADER_BOUND_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Bytes of names and values of the headers, taken apart. */
size_t header_bytes(const rd_kafka_message_t *m);

/* Whether the headers of `m` are seen to lie between it and `next`. */
bool header_bound_holds(const rd_kafka_message_t *m, const rd_kafka_message_t *next);

/* Names and values of the headers of `m` are no longer than this, where header_bound_holds() of messages that
 * were fetched with it; SIZE_MAX: that is not known, as always without a next message (NULL). */
size_t header_bound(const rd_kafka_message_t *m, const rd_kafka_message_t *next);

#endif
