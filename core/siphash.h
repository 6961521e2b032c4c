/* SipHash-2-4 (Aumasson, Bernstein 2012) of a text under a fixed key: the same value in every run and build,
 * since hashes of event ids are kept in the register's `resume`. */
#ifndef CORE_SIPHASH_H
#define CORE_SIPHASH_H

#include <stdint.h>

#include "core/text.h"

uint64_t siphash(struct text t);

#endif
