/* What the three kinds of subject have in common for their deadlines. Internal to the core. */
#ifndef CORE_SUBJECT_H
#define CORE_SUBJECT_H

#include "core/edtf.h"
#include "core/task_state.h"

/* Whether the subject is open, so that its deadline counts. */
bool subject_is_open(const struct entity *e);

/* The wording that the deadline follows from: due, date or period. */
struct text subject_wording(const struct entity *e);

/* Reads the wording anew after its text changed. */
void subject_reword(struct pool *pool, struct entity *e);

/* The parties that an alert names, the array in the arena. */
struct texts subject_parties(const struct entity *e, struct arena *a);

/* The window that follows from the wording (all DAY_NONE: no deadline), and of a commitment its clock state.
 */
void subject_window(struct entity *e, struct window *out);

/* The repetition of the subject, or NULL where it never had one. */
struct repetition *subject_repetition(struct entity *e);

/* The window of an occurrence (from 1) of a repeating subject. false: there is no such occurrence, or it
 * cannot be known. */
bool subject_occurrence(struct entity *e, uint32_t occurrence, struct window *out);

/* The day on which occurrence `k` gives way to the next if it is not fulfilled; DAY_NONE: never. */
struct day subject_takeover(struct task *t, struct entity *e, uint32_t k);

/* Moves on from occurrence `k` over those already succeeded by the event's time. */
void subject_pass_over(struct task *t, struct entity *e, uint32_t k, struct instant time);

/* Starts a repetition over, or ends it, as the wording changed. `recorded_on` is the day of recording. */
void subject_start_over(struct task *t, struct entity *e, struct day recorded_on, struct instant time);

#endif
