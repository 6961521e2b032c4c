/* The state hash: SHA-256 over the records of a register, each in canonical form (RFC 8785) with a line feed
 * behind it.
 *
 * What is hashed is the record as it is printed (record_printer.h), the member `record` included, without
 * what may differ between two ways to the same state: `as_of`, `last.partition`, `last.offset` and `resume`.
 * The order is the caller's: instruments, summits, commitments, each by id. */
#ifndef EDGE_JSON_STATE_HASH_H
#define EDGE_JSON_STATE_HASH_H

#include "core/buffer.h"
#include "core/record.h"

struct state_hash; /* opaque; one thread, but for state_hash_form() */

#define STATE_HASH_SIZE 65 /* 64 lower-case hex digits and NUL */

struct state_hash *state_hash_new(void); /* own; free with state_hash_free */
void state_hash_free(struct state_hash *h);

void state_hash_add(struct state_hash *h, const struct record *record);

/* The hash of what was added since state_hash_new or the last state_hash_final; starts anew. */
void state_hash_final(struct state_hash *h, char out[STATE_HASH_SIZE]);

/* The canonical form of the record by itself, as it is hashed (with its line feed), added to the buffer. Two
 * records with equal forms hold the same state. Any number of threads may make forms at once. */
void state_hash_form(const struct state_hash *h, const struct record *record, struct buffer *out);

/* Adds what state_hash_form() made of records, in their order. */
void state_hash_add_forms(struct state_hash *h, struct text forms);

#endif
