/* Where Kafka's Java producer puts a key: MurmurHash2, 32 bits, seed 0x9747b28c, over the key's bytes, its
 * sign bit cleared, modulo the number of partitions. librdkafka calls the same placement `murmur2_random`.
 * Whoever knows the key of an event thereby knows its partition without asking Kafka.
 *
 * Pure: no state, any thread, nothing to fail. */
#ifndef EDGE_KAFKA_MURMUR2_H
#define EDGE_KAFKA_MURMUR2_H

#include <stdint.h>

#include "core/text.h"

/* The hash of `key`, as Java's Utils.murmur2() has it (there as a signed int). Null hashes as empty does. */
uint32_t murmur2_hash(struct text key);

/* The partition of `key`, 0..count-1. `count` >= 1. `key` must not be null: Kafka places records without a
 * key at random. An empty key is a key. */
int32_t murmur2_partition(struct text key, int32_t count);

#endif
