/* What the three kinds of subject have in common for their deadlines. Internal to the core. */
#ifndef CORE_SUBJECT_H
#define CORE_SUBJECT_H

#include "core/edtf.h"
#include "core/task_state.h"

/* Whether the subject is open, so that its deadline counts. */
bool subject_is_open(const struct entity *e);

/* The wording that the deadline follows from: due, date or period. */
struct text subject_wording(const struct entity *e);

/* The parties that an alert names. */
const struct blob *subject_parties(const struct entity *e);

/* The window that follows from the wording (all DAY_NONE: no deadline), and of a commitment its clock state.
 */
void subject_window(struct task *t, struct entity *e, struct window *out);

/* The repetition of the subject, or NULL where it has none. */
struct repetition *subject_repetition(struct entity *e);

/* The window of an occurrence (from 1) of a repeating subject. false: there is no such occurrence, or it
 * cannot be known. */
bool subject_occurrence(struct task *t, struct entity *e, uint32_t occurrence, struct window *out);

/* The day on which occurrence `k` gives way to the next if it is not fulfilled; DAY_NONE: never. */
struct day subject_takeover(struct task *t, struct entity *e, uint32_t k);

/* Moves on from occurrence `k` over those already succeeded by the event's time. */
void subject_pass_over(struct task *t, struct entity *e, uint32_t k, struct instant time);

/* Starts a repetition over, or ends it, as the wording changed. `recorded_on` is the day of recording. */
void subject_start_over(struct task *t, struct entity *e, struct day recorded_on, struct instant time);

/* --- instrument.c, summit.c, commitment.c --- */

/* The days of the entity's date that a commitment can be anchored to; false: not known. */
bool instrument_anchor(const struct instrument *i, uint8_t anchor_event, struct edtf *out);
bool summit_anchor(struct task *t, struct summit_state *s, uint8_t anchor_event, struct edtf *out);

/* The days of the commitment's anchor. */
bool commitment_anchor(struct task *t, struct commitment *c, struct edtf *out);

void instrument_apply(struct task *t, struct instrument *i, const struct application *a);
void summit_apply(struct task *t, struct summit_state *s, const struct application *a);
void commitment_apply(struct task *t, struct commitment *c, const struct application *a);

/* Brings what is counted of a commitment at its instrument, summit and parent up to date; `timeliness` first.
 */
void commitment_recount(struct task *t, struct commitment *c);

/* Takes back what is counted of it, before its references change. */
void commitment_uncount(struct task *t, struct commitment *c);

/* Timeliness at the clock's day; whether it changed. */
bool commitment_refresh(struct task *t, struct commitment *c);

/* The next day after `today` on which timeliness changes by itself; DAY_NONE: none. */
struct day commitment_next_change(struct task *t, struct commitment *c, struct day today);

/* An entity has just been made: those that named its id before are counted and settled. */
void commitment_count_waiting(struct task *t, struct entity *e);

/* The dates of an instrument or a summit changed: commitments that count from them follow. */
void commitment_follow_anchor(struct task *t, struct entity *anchor, const struct application *a);

#endif
