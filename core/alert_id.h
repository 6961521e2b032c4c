/* The identity of an alert: the first 32 lower-case hex digits of SHA-256 (FIPS 180-4) of
 * subject LF revision LF kind LF stage. */
#ifndef CORE_ALERT_ID_H
#define CORE_ALERT_ID_H

#include <stdint.h>

#include "core/text.h"

#define ALERT_ID_SIZE 33 /* with NUL */

struct alert_ids; /* opaque: a digest ready to be used again; one thread */

struct alert_ids *alert_ids_new(void);      /* own */
void alert_ids_free(struct alert_ids *ids); /* take; NULL allowed */

void alert_id(struct alert_ids *ids, struct text subject, int64_t revision, struct text kind,
              struct text stage, char out[ALERT_ID_SIZE]);

#endif
