/* What the processor writes, in transactions: register records, alerts, dead letters, and with them the
 * offsets of the events they follow from. One thread.
 *
 * What is written is kept back until it is committed, and sent behind its offsets
 * (consumer/process/outbox.h); once it is much, a transaction begins and takes it as it comes, its offsets
 * last. Errors are kept: after one, everything else is refused until the whole session is begun anew, for
 * what is in memory is then ahead of what is committed. */
#ifndef CONSUMER_PROCESS_OUTPUT_H
#define CONSUMER_PROCESS_OUTPUT_H

#include <librdkafka/rdkafka.h>

#include "core/record.h"
#include "edge/avro/codec.h"
#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"

struct output; /* opaque */

/* Makes the transactional producer and waits until Kafka lets it begin (fencing whoever had the same
 * transactional id); says once that it waits. ERROR_KAFKA, ERROR_USAGE, ERROR_STOPPED. `codec` and `names`
 * are borrowed. */
int output_open(const struct settings *s, struct codec *codec, const struct topic_names *names,
                struct output **out, struct error *e);
void output_close(struct output *o); /* take; aborts what is not committed; NULL allowed */

void output_record(struct output *o, int32_t partition, const struct record *record);
void output_alert(struct output *o, int32_t partition, const struct alert *alert);

/* The message unchanged, with headers that say why and where from. One that was compressed well can be larger
 * than a batch may be, and would stop everything behind it: then only those headers are written. */
void output_dead_letter(struct output *o, const rd_kafka_message_t *message, const char *reason,
                        const char *detail);

/* The producer, to be polled for its callbacks. borrow */
rd_kafka_t *output_client(const struct output *o);

/* How many records wait to be committed. */
uint64_t output_pending(const struct output *o);

/* Commits what was written together with these offsets (next to read; may be with nothing written). There
 * must be one at least: it is with the offsets that Kafka checks whether `group`, the membership under which
 * the tasks were assigned, still holds. Blocks for the transaction's round trips. 0, or ERROR_KAFKA: the
 * session must end. */
int output_commit(struct output *o, const rd_kafka_topic_partition_list_t *offsets,
                  const rd_kafka_consumer_group_metadata_t *group, struct error *e);

/* The first error since it was opened; 0: none. */
int output_error(const struct output *o, struct error *e);

#endif
