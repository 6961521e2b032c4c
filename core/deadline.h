/* The deadline of a subject: revisions, alerts, and the move of a repetition to its next occurrence. Internal
 * to the core; instrument.c, summit.c and commitment.c call it around each change. */
#ifndef CORE_DEADLINE_H
#define CORE_DEADLINE_H

#include "core/task_state.h"

/* How a subject stood before a change. */
struct before {
    bool open;
    struct window window;
    uint32_t occurrence;
    struct text wording; /* copied into the task's scratch arena; null where nobody hears of alerts */
};

struct before deadline_before(struct task *t, struct entity *e);

/* What a change did besides changing days. */
enum deadline_change {
    CHANGE_REOPENED = 1,   /* the revision rises */
    CHANGE_OCCURRENCE = 2, /* moved to another occurrence: the revision rises, and it is no slippage */
};

/* After the fields of the subject changed: takes its deadline over, raises what follows from it (CLOSED,
 * CANCELLED, MOVED, REFINED, the latest stage begun) and arms the timer. */
void deadline_settle(struct task *t, struct entity *e, const struct before *before, unsigned changes,
                     const struct application *a);

/* The clock stands at the beginning of `day` or after it: does what is due. */
void deadline_due(struct task *t, struct entity *e, struct day day);

/* Whether the subject moves to its next occurrence on that day: it then comes before other subjects, together
 * with the stage that the move waits for. */
bool deadline_moves(struct task *t, struct entity *e, struct day day);

/* Arms the timer anew, e.g. after a restore. */
void deadline_arm(struct task *t, struct entity *e);

#endif
