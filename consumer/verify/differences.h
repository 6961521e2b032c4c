/* What `verify` finds: differences between what stands in the topics and what follows from the history, each
 * a line of JSON. One thread. */
#ifndef CONSUMER_VERIFY_DIFFERENCES_H
#define CONSUMER_VERIFY_DIFFERENCES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/text.h"

/* So many lines are kept; what is beyond is counted. */
#define DIFFERENCES_MOST 10000

struct differences {
    struct buffer lines;
    uint64_t count;
};

struct difference {
    const char *what;  /* "field", "missing", "unfounded", "twice", "unreadable", "tombstone" */
    struct text topic; /* full name */
    int32_t partition;
    int64_t offset;      /* of what stands there; -1: nothing does */
    struct text key;     /* null: none */
    struct text field;   /* null: the whole record */
    struct text stands;  /* JSON; null: left out */
    struct text follows; /* JSON; null: left out */
    const char *why;     /* in words; NULL: left out */
};

void differences_add(struct differences *d, const struct difference *one);
void differences_free(struct differences *d);

#endif
