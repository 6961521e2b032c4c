/* Whether a register record is one that this program may have written: what it is restored from is held
 * against the ranges that the register keeps to, so that nothing in it can overflow what is computed from
 * it. Internal to the core. */
#ifndef CORE_RECORD_CHECK_H
#define CORE_RECORD_CHECK_H

#include "core/record.h"

/* What is checked of each kind of record: derived from the field tables once, and never changed. */
struct record_checks;                             /* opaque */
struct record_checks *record_checks_new(void);    /* own */
void record_checks_free(struct record_checks *c); /* take; NULL allowed */

/* 0, or ERROR_INVALID with the field's name in `where`. Does not allocate. */
int record_check(const struct record_checks *checks, const struct record *r, struct error *e);

#endif
