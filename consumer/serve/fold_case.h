/* Text made fit for being searched without regard to case.
 *
 * Covers the scripts that titles of the region come in: Latin (ASCII, Latin-1, Extended-A) and Cyrillic with
 * the letters of all its languages, by the rules of Unicode's simple case folding for these blocks. All else
 * stays as it is. Pure. */
#ifndef CONSUMER_SERVE_FOLD_CASE_H
#define CONSUMER_SERVE_FOLD_CASE_H

#include "core/buffer.h"

/* Appends the folded text; never longer than the text. Bytes that are not UTF-8 stay. */
void fold_case(struct text t, struct buffer *out);

#endif
