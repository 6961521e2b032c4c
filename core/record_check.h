/* Whether a register record is one that this program may have written: what it is restored from is held
 * against the ranges that the register keeps to, so that nothing in it can overflow what is computed from
 * it. Internal to the core. */
#ifndef CORE_RECORD_CHECK_H
#define CORE_RECORD_CHECK_H

#include "core/record.h"

/* 0, or ERROR_INVALID with the field's name in `where`. Does not allocate. */
int record_check(const struct record *r, struct error *e);

#endif
