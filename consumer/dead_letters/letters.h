/* The dead letters as they stand in their topic, with what became of the events since: whether they could be
 * applied by now, and whether they were put back already.
 *
 * An event that is put back says so itself, in the header RETRY_OF: the offset in the same partition from
 * which it was taken. So what was put back stands in the event topics for ever, committed together with it,
 * and needs no other memory. One thread. */
#ifndef CONSUMER_DEAD_LETTERS_LETTERS_H
#define CONSUMER_DEAD_LETTERS_LETTERS_H

#include <librdkafka/rdkafka.h>

#include "consumer/dead_letters/dead_letter.h"
#include "edge/avro/codec.h"
#include "edge/cli/settings.h"

#define RETRY_OF "chapar_retry_of"

struct letter {
    int32_t partition; /* where the letter itself stands */
    int64_t offset;
    struct instant written;
    struct dead_letter head;     /* its texts are own */
    struct text key, value;      /* own; null: none */
    rd_kafka_headers_t *headers; /* own: those that the event had */
    size_t bytes;                /* of key, value and these headers */

    bool found;               /* the event stands where the letter says */
    struct instant timestamp; /* of the event; INSTANT_NONE: not found */
    struct error refused;     /* why no processor could apply it, whatever the register is; code 0: nothing */
    bool retried;             /* it was put back, */
    int64_t retried_offset;   /* to here */
};

struct letters {
    struct letter *at; /* own; in the order of partitions and offsets */
    size_t count, size;
};

/* Reads those that the settings select, and the event topics from the first of their events on. `codec` and
 * `names` are borrowed during the call. ERROR_KAFKA and what topic_reader says. */
int letters_read(const struct settings *s, struct codec *codec, const struct topic_names *names,
                 struct letters *out, struct error *e);
void letters_free(struct letters *l);

#endif
