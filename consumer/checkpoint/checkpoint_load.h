/* Tasks from their files, by threads of their own: while the client still connects, and two at once
 * where there are cores. A task belongs to the thread that loads it until it is taken, and then to whoever
 * took it.
 *
 * Knows files and tasks, nothing of Kafka: whether a file goes together with the topics is for others to see.
 */
#ifndef CONSUMER_CHECKPOINT_CHECKPOINT_LOAD_H
#define CONSUMER_CHECKPOINT_CHECKPOINT_LOAD_H

#include "core/task.h"
#include "edge/cli/settings.h"
#include "edge/file/changelog_file.h"

/* What a file gave. */
struct checkpoint_loaded {
    struct task *task;    /* own; NULL: nothing */
    struct text identity; /* own; what the file is a copy of; null: its header cannot be read */
    int64_t end;          /* bytes that are whole */
    uint64_t entries;     /* in them */
    uint64_t subjects;    /* keys in them */
    struct changelog_tip tips[CHANGELOG_TOPICS];
    int64_t ms;           /* how long it took */
    struct error refused; /* why the file, or what follows `end`, cannot be used; code 0: all of it can */
};

struct checkpoint_loads; /* opaque */

/* `config` is that of every task but for the partition; what it points to outlives the loads. `folder` is
 * borrowed. */
struct checkpoint_loads *checkpoint_loads_new(const struct settings *s, int folder, /* own */
                                              const struct task_config *config);

/* Waits for what is under way, and drops what nobody took. NULL allowed. */
void checkpoint_loads_free(struct checkpoint_loads *l);

/* Starts with that task, unless that was done before. Any number may be under way. Does not block. */
void checkpoint_loads_begin(struct checkpoint_loads *l, int32_t partition);

/* Waits until the task is loaded, and gives it away: the next begin starts from the file again. Without a
 * begin there is nothing. A stop that is requested ends it soon. */
void checkpoint_loads_take(struct checkpoint_loads *l, int32_t partition, struct checkpoint_loaded *out);

/* Drops what was loaded and not taken, and ends the threads until something is begun again. */
void checkpoint_loads_drop(struct checkpoint_loads *l);

/* Frees what is in it, and leaves it empty. */
void checkpoint_loaded_free(struct checkpoint_loaded *l);

#endif
