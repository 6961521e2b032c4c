/* A dead letter: an event that could not be applied, with headers that say why and where it stands. What
 * writes them is output.h. */
#ifndef CONSUMER_DEAD_LETTERS_DEAD_LETTER_H
#define CONSUMER_DEAD_LETTERS_DEAD_LETTER_H

#include <librdkafka/rdkafka.h>

#include "edge/kafka/topics.h"

#define DEAD_LETTER_REASON "chapar_reason"
#define DEAD_LETTER_DETAIL "chapar_detail"
#define DEAD_LETTER_TOPIC "chapar_topic"
#define DEAD_LETTER_PARTITION "chapar_partition"
#define DEAD_LETTER_OFFSET "chapar_offset"

struct dead_letter {
    struct text reason; /* null: the header is missing */
    struct text detail;
    struct text topic;
    bool placed;          /* where the event stands is known, and one of our event topics */
    enum event_kind kind; /* where `placed` */
    int32_t partition;
    int64_t offset;
};

/* The headers of a record of the topic; anybody may have written it, so any may be missing. Texts are views
 * into the message. */
void dead_letter_read(const rd_kafka_message_t *message, const struct topic_names *names,
                      struct dead_letter *out);

/* The value of the last header of that name; null: there is none. */
struct text message_header(const rd_kafka_message_t *message, const char *name);

/* A number as these headers have it, 0..most. */
bool header_number(struct text value, int64_t most, int64_t *out);

#endif
