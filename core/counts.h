/* What is counted of commitments at their instrument, their summit and the commitment that they are part of,
 * and of instruments at their summit. Kept up to date as they change, never counted anew. Internal to the
 * core. */
#ifndef CORE_COUNTS_H
#define CORE_COUNTS_H

#include "core/task_state.h"

/* After delivery, timeliness or a reference of the commitment changed. */
void counts_update(struct task *t, struct commitment *c);

/* Before a reference of the commitment changes. */
void counts_take_back(struct task *t, struct commitment *c);

/* The commitment has just been put back: it is counted where it belongs. */
void counts_enter(struct task *t, struct commitment *c);

/* The entity has just been made: those that named its id before are counted at it. */
void counts_of_waiting(struct task *t, struct entity *e);

#endif
