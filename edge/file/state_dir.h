/* The folder of a checkpoint: one file a task, and a lock that keeps a second process out of it. One thread;
 * blocks on the disk. */
#ifndef EDGE_FILE_STATE_DIR_H
#define EDGE_FILE_STATE_DIR_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct state_dir; /* opaque */

/* Makes the folder where it is missing (not those it lies in) and locks it until it is closed or the process
 * ends, however it ends. ERROR_SYSTEM with the path in `where`: it cannot be made or written to; ERROR_STATE:
 * another process has it. *out: own. */
int state_dir_open(const char *path, struct state_dir **out, struct error *e);
void state_dir_close(struct state_dir *d); /* take; NULL allowed */

/* A file descriptor to open files in; borrow. */
int state_dir_folder(const struct state_dir *d);

/* The name of a task's file: "task-3". */
#define STATE_DIR_NAME_SIZE 32
void state_dir_name(int32_t partition, char out[STATE_DIR_NAME_SIZE]);

/* The partitions whose tasks have files; files begun and not finished by a process that ended are removed.
 * Not more than `most`. How many there are. */
size_t state_dir_partitions(const struct state_dir *d, int32_t *out, size_t most);

/* Removes a task's file, where there is one. ERROR_SYSTEM. */
int state_dir_remove(const struct state_dir *d, int32_t partition, struct error *e);

#endif
