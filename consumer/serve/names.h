/* Numbers for texts that come again and again: ids and parties. Comparing two is then comparing numbers.
 * A number, once given, stays. One owner at a time; see view.h. */
#ifndef CONSUMER_SERVE_NAMES_H
#define CONSUMER_SERVE_NAMES_H

#include <stdint.h>

#include "core/text.h"

struct names; /* opaque */

#define NAME_NULL 0u            /* of the null text and of the empty one */
#define NAME_UNKNOWN UINT32_MAX /* of a text that has none */

struct names *names_new(void);        /* own */
void names_free(struct names *names); /* take; NULL allowed */

uint32_t names_intern(struct names *names, struct text t);
uint32_t names_find(const struct names *names, struct text t); /* or NAME_UNKNOWN */
struct text names_text(const struct names *names,
                       uint32_t name);           /* null for NAME_NULL; lives as long as names */
uint32_t names_count(const struct names *names); /* numbers are 1..count */

#endif
