/* The state hash of a whole register. A second thread makes canonical forms of records while the first hashes
 * them, or makes others: the forms take twice the time of the digest. */
#ifndef CONSUMER_REPLAY_ROLL_HASH_H
#define CONSUMER_REPLAY_ROLL_HASH_H

#include "core/roll.h"
#include "edge/json/state_hash.h"

/* Adds all records of the roll, in its order. Blocks until it has. */
void roll_hash(const struct roll *roll, struct state_hash *hash);

#endif
