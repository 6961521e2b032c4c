/* A message of a register topic as an entry of a checkpoint. */
#ifndef CONSUMER_CHECKPOINT_CHECKPOINT_MESSAGE_H
#define CONSUMER_CHECKPOINT_CHECKPOINT_MESSAGE_H

#include <librdkafka/rdkafka.h>

#include "edge/file/changelog_file.h"

/* Its texts are views into the message. */
static inline struct changelog_entry checkpoint_message(const rd_kafka_message_t *m, uint32_t topic)
{
    return (struct changelog_entry){topic, m->offset, rd_kafka_message_timestamp(m, NULL),
                                    (struct text){m->key, m->key_len}, (struct text){m->payload, m->len}};
}

#endif
