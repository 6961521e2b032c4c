/* The checkpoint: a copy, in --state-dir, of what the register topics hold of each task, so that a restart
 * need not read it from Kafka again.
 *
 * It is never needed. A task is restored from its file and from the records that follow it in the topics,
 * which together are what the topics alone would give; a file that is missing, damaged, older or of something
 * else only means that more is read from Kafka, and is said in the log. All functions take NULL for "there is
 * none" and are the event loop's; behind them are the threads of checkpoint_load.h and checkpoint_follow.h.
 */
#ifndef CONSUMER_CHECKPOINT_CHECKPOINT_H
#define CONSUMER_CHECKPOINT_CHECKPOINT_H

#include "consumer/checkpoint/checkpoint_load.h"
#include "consumer/process/restore_task.h"

struct checkpoint; /* opaque */

/* Opens the folder and begins to load what is in it. `config` is that of every task but for the partition.
 * Never fails: where the folder cannot be used that is logged, and tried again. NULL where no --state-dir is
 * given. own */
struct checkpoint *checkpoint_open(const struct settings *s, const struct topic_names *names,
                                   const struct task_config *config);
void checkpoint_close(struct checkpoint *c); /* take */

/* Begins to load the tasks of these partitions, where that was not begun before. */
void checkpoint_expect(struct checkpoint *c, const int32_t *partitions, size_t count);

/* The task as far as its file goes, and the tips to go on from: the caller restores it from there.
 * `watermarks` is asked which topics these are. false: there is nothing that can be used. Blocks until it is
 * loaded. */
bool checkpoint_take(struct checkpoint *c, rd_kafka_t *watermarks, int32_t partition,
                     struct checkpoint_loaded *out);

/* The topics do not go on from the tips that were taken, for the reason in the error: the file is of no use.
 */
void checkpoint_discard(struct checkpoint *c, int32_t partition, const struct error *e);

/* From now on the files of these tasks are kept, which were taken (or not found) before; of no others. */
void checkpoint_keep(struct checkpoint *c, const int32_t *partitions, size_t count);

/* Waits, a moment at most, until the files hold what is in the topics now. Keeping goes on. */
void checkpoint_finish(struct checkpoint *c, rd_kafka_t *watermarks, const int32_t *partitions, size_t count);

/* Lets go of all files. */
void checkpoint_release(struct checkpoint *c);

#endif
