/* What a pass over the input found: how much there is, and a running hash of it for each transaction, so that
 * the second pass can tell, before it commits, that it sends what the first one checked. No I/O. One thread.
 */
#ifndef PRODUCER_INVENTORY_H
#define PRODUCER_INVENTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

struct inventory {
    int64_t limit;  /* events a transaction; 0: all in one */
    int64_t events; /* of all transactions */
    uint64_t bytes; /* of the records: keys, values and headers */

    int64_t open_events; /* of the last transaction, which may not be full */
    uint64_t open_bytes;
    uint64_t open_hash;
    uint64_t most_bytes; /* of the largest transaction */

    uint64_t *hashes; /* own: of the closed transactions */
    size_t count, size;
};

void inventory_start(struct inventory *v, int64_t limit);
void inventory_free(struct inventory *v);

/* Adds a record. true: its transaction is now full, and closed. */
bool inventory_add(struct inventory *v, struct text value, uint64_t bytes);

/* Closes the last transaction. true: there was one that was not closed. */
bool inventory_end(struct inventory *v);

/* Whether the transaction that `v` closed last holds the same records as the one in its place in `other`. */
bool inventory_same(const struct inventory *v, const struct inventory *other);

#endif
