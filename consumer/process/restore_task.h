/* Restores a task from its partition of the register topics, which are its changelog. */
#ifndef CONSUMER_PROCESS_RESTORE_TASK_H
#define CONSUMER_PROCESS_RESTORE_TASK_H

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>

#include "core/task.h"
#include "edge/avro/codec.h"
#include "edge/cli/settings.h"
#include "edge/file/changelog_file.h"
#include "edge/kafka/topics.h"

#define REGISTERS 3 /* topics of the register, in the order of enum topic and of enum subject_kind */

struct restorer; /* opaque: a client without a group that reads what is committed; one thread */

int restorer_open(const struct settings *s, struct codec *codec, const struct topic_names *names,
                  struct restorer **out, struct error *e);
void restorer_close(struct restorer *r); /* take; NULL allowed */

/* Takes a new client, so that nothing is left of what the old one has fetched: librdkafka 2.0.2 keeps for as
 * long as a client lives what comes in while its reader is being closed. No other thread may use `r` now.
 * ERROR_KAFKA, ERROR_SYSTEM: it has the old one still. */
int restorer_renew(struct restorer *r, const struct settings *s, struct error *e);

/* For another thread: it shares the client of `r`, which outlives it. */
int restorer_beside(const struct settings *s, const struct restorer *r, struct restorer **out,
                    struct error *e);

/* A task that is restored, and from what it was. */
struct restore_job {
    int32_t partition;
    struct task *task; /* borrow */
    /* Up to where the task holds the records already, one a topic; NULL: it holds none. borrow */
    const struct changelog_tip *tips;

    uint64_t records; /* read from the topics */
    bool stale; /* the topics do not go on from the tips: the error says why, and the task is of no use */
};

/* Reads the partition of the three register topics to where it ends right now (`watermarks` sees what is not
 * committed yet too: it waits until that is decided) and puts the records into the task: all of them, or
 * those that follow the tips. ERROR_KAFKA; ERROR_STOPPED, also soon after `*halt` is set; ERROR_STATE names
 * the record that is not one of ours, or says why the tips are stale. */
int restorer_restore(struct restorer *r, rd_kafka_t *watermarks, struct restore_job *job,
                     const atomic_bool *halt, struct error *e);

#endif
