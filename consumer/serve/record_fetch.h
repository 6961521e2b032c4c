/* One record, as it lies in Kafka, fetched when somebody asks for it: with a client of its own, within a time
 * and a size. One thread. */
#ifndef CONSUMER_SERVE_RECORD_FETCH_H
#define CONSUMER_SERVE_RECORD_FETCH_H

#include <librdkafka/rdkafka.h>

#include "edge/avro/codec.h"
#include "edge/cli/settings.h"

#define RECORD_FETCH_MS 3000               /* for all of it */
#define RECORD_FETCH_BYTES (32 << 20)      /* of the batch that it lies in, unpacked */
#define RECORD_FETCH_BYTES_TEXT "33554432" /* the same */

struct record_fetch; /* opaque */

struct record_fetch *record_fetch_new(const struct settings *s); /* own; connects to nothing yet */
void record_fetch_free(struct record_fetch *f);                  /* take; NULL allowed */

/* The record of that place; committed ones alone. *out: own, rd_kafka_message_destroy. NULL: there is none
 * (any more), or it is a mark of a transaction. ERROR_KAFKA: it could not be had in time; ERROR_STOPPED. */
int record_fetch_get(struct record_fetch *f, const char *topic, int32_t partition, int64_t offset,
                     rd_kafka_message_t **out, struct error *e);

/* Gives the committed records among the last `most` offsets of a partition to `take`, in their order; *behind
 * is how many offsets are there before these. Read from where it ends when this is called; ERROR_KAFKA where
 * that is not done in time, ERROR_STOPPED. */
int record_fetch_tail(struct record_fetch *f, const char *topic, int32_t partition, int64_t most,
                      void (*take)(void *context, const rd_kafka_message_t *m), void *context,
                      int64_t *behind, struct error *e);

/* What reads values; with the registry, where there is one. NULL: not usable, as the error says. */
struct codec *record_fetch_codec(struct record_fetch *f, struct error *e);

#endif
