/* The folds: what each kind of event does to the entity that it is about. Internal to the core; the entity's
 * common fields were applied before (task.c). */
#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include "core/task_state.h"

void instrument_apply(struct task *t, struct instrument *i, const struct application *a);
void summit_apply(struct task *t, struct summit_state *s, const struct application *a);
void commitment_apply(struct task *t, struct commitment *c, const struct application *a);

#endif
