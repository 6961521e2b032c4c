/* Restores a task from its partition of the register topics, which are its changelog. */
#ifndef CONSUMER_RESTORE_TASK_H
#define CONSUMER_RESTORE_TASK_H

#include <librdkafka/rdkafka.h>

#include "core/task.h"
#include "edge/avro/codec.h"
#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"

struct restorer; /* opaque: a client without a group that reads what is committed; one thread */

int restorer_open(const struct settings *s, struct codec *codec, const struct topic_names *names,
                  struct restorer **out, struct error *e);
void restorer_close(struct restorer *r); /* take; NULL allowed */

/* Reads the partition of the three register topics from the beginning to where it ends right now
 * (`watermarks` sees what is not committed yet too: it waits until that is decided) and puts the records into
 * the task. *records: how many were read. ERROR_KAFKA, ERROR_STOPPED; ERROR_STATE names the record that is
 * not one of ours. */
int restorer_restore(struct restorer *r, rd_kafka_t *watermarks, struct task *task, int32_t partition,
                     uint64_t *records, struct error *e);

#endif
