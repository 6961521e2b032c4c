/* Restores tasks side by side: by the calling thread and, where there are cores and tasks for them, by
 * helpers that live as long as that takes. Each restores one task at a time, and shares nothing with the
 * others but the client. */
#ifndef CONSUMER_PROCESS_RESTORATION_H
#define CONSUMER_PROCESS_RESTORATION_H

#include "consumer/process/restore_task.h"

enum restoration_state { RESTORATION_WAITING, RESTORATION_FINISHED, RESTORATION_TOLD };

struct restoration_task {
    struct restore_job job;
    void *context; /* the caller's */
    enum restoration_state state;
    int rc; /* as restorer_restore(), once it is done */
    struct error error;
    int64_t ms; /* what it takes is added */
};

/* Restores these tasks, each as restorer_restore(). `done`, which may be NULL, is called on the calling
 * thread for each of them not long after it was done, and tells by rc how it went. Those whose tips are stale
 * are for the caller to begin anew; any other error ends the restoring of the others soon, and is returned:
 * the first one. Blocks. */
int restoration_run(const struct settings *s, struct restorer *r, rd_kafka_t *watermarks,
                    struct restoration_task *tasks, size_t count, void (*done)(struct restoration_task *),
                    struct error *e);

#endif
