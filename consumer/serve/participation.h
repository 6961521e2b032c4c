/* What a party did with an instrument. */
#ifndef CONSUMER_SERVE_PARTICIPATION_H
#define CONSUMER_SERVE_PARTICIPATION_H

#include "core/buffer.h"
#include "core/record.h"

/* The status is null where the instrument does not name the party; "NAMED" where it is a party to it and the
 * register holds nothing that it did. Views into the record, or static. */
struct participation {
    struct text status, date;
};
struct participation participation_of(const struct instrument_record *r, struct text party);

/* "status":"RATIFIED","date":"2027" without braces. */
void participation_print(struct buffer *b, const struct participation *p);

#endif
