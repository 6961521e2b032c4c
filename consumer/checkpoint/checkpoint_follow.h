/* Keeps the files of a checkpoint: a thread of its own that reads the partitions of the register topics as
 * any other reader of committed records does, and writes what it reads into the files of their tasks.
 *
 * So a file never holds what Kafka has not committed, and nobody who processes events waits for a disk. What
 * goes wrong is logged once and tried again later; from then on the file goes on where it ended, for the
 * topics still have what it lacks. It shares nothing with the caller but the orders that are passed. */
#ifndef CONSUMER_CHECKPOINT_CHECKPOINT_FOLLOW_H
#define CONSUMER_CHECKPOINT_CHECKPOINT_FOLLOW_H

#include <librdkafka/rdkafka.h>

#include "core/text.h"
#include "edge/cli/settings.h"
#include "edge/file/changelog_file.h"
#include "edge/file/state_dir.h"
#include "edge/kafka/topics.h"

struct checkpoint_follower; /* opaque */

/* One task to keep a file of. */
struct checkpoint_order {
    int32_t partition;
    struct text identity;             /* of what the file is a copy */
    int64_t begins[CHANGELOG_TOPICS]; /* of the topics' partitions, as the identity has them */
    /* Where a file that was read and found to fit ends, so that it need not be read again; 0: not known. */
    int64_t end;
    uint64_t entries, subjects; /* up to there */
    struct changelog_tip tips[CHANGELOG_TOPICS];
};

/* Starts the thread. Takes `dir`; NULL: it could not be opened, and is tried again. ERROR_SYSTEM: there is no
 * thread left, and `dir` is closed. *out: own. */
int checkpoint_follower_start(const struct settings *s, const struct topic_names *names,
                              struct state_dir *dir, struct checkpoint_follower **out, struct error *e);

/* Ends the thread with what it has written, and frees it. Takes up to a second or two. NULL allowed. */
void checkpoint_follower_stop(struct checkpoint_follower *f);

/* From now on these tasks and no others; the orders are copied. Waits until the files of those before are let
 * go, not longer than `wait_ms`: false when that is over. */
bool checkpoint_follower_order(struct checkpoint_follower *f, const struct checkpoint_order *orders,
                               size_t count, int wait_ms);

/* Waits until the files hold what stands before these ends of the register topics, not longer than `wait_ms`.
 * Partitions that are not followed are passed over. */
void checkpoint_follower_finish(struct checkpoint_follower *f, const rd_kafka_topic_partition_list_t *ends,
                                int wait_ms);

/* The folder, once it is open; borrow, until the follower is stopped. NULL: it is not. */
const struct state_dir *checkpoint_follower_dir(struct checkpoint_follower *f);

#endif
