/* Anchors: the dates of instruments and summits that relative dues count from. Internal to the core. */
#ifndef CORE_ANCHOR_H
#define CORE_ANCHOR_H

#include "core/edtf.h"
#include "core/entity.h"

/* The day a summit was held, its last; false: it was not, or nobody knows when, or the event is not HELD (0:
 * it is). */
bool anchor_of_summit(const struct summit_state *s, uint8_t anchor_event, struct edtf *out);

/* The days of the date that the commitment's due counts from: of `anchor`, else of its instrument, else of
 * its summit. false: not known, of another dossier, or of the wrong kind. */
bool anchor_of_commitment(const struct commitment *c, struct edtf *out);

/* The commitments whose relative due counts from this instrument or summit, by id; the array in the arena. */
struct entity **anchor_followers(const struct entity *anchor, struct arena *a, size_t *count);

#endif
