/* All records of tasks in their order: instruments, summits, commitments, and each kind by id.
 *
 * Nothing in the tasks may change while there is a roll of them; until then any number of threads may look at
 * records, each with an arena of its own, which is reset with every look. Views live in the register and the
 * arena until either changes. */
#ifndef CORE_ROLL_H
#define CORE_ROLL_H

#include "core/task.h"

struct roll; /* opaque */

struct roll *roll_new(struct task *const *tasks, size_t count, enum record_purpose purpose); /* own */
void roll_free(struct roll *roll); /* take; NULL allowed */
size_t roll_count(const struct roll *roll);

/* Fills in the record of that number, from 0 and below the count. Quickest one after the other, for those
 * that follow are fetched from memory meanwhile. */
void roll_look(const struct roll *roll, size_t number, struct arena *a, struct record *out);

/* Visits all entities of one kind, in a roll of their own. `record` is filled anew for each. */
void tasks_each_record(struct task *const *tasks, size_t count, enum subject_kind kind,
                       enum record_purpose purpose, struct arena *a,
                       void (*visit)(void *context, const struct record *record), void *context);

#endif
