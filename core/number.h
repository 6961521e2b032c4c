/* A double that may be null. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct number {
    double value; /* 0 when not set */
    bool set;
};

#define NUMBER_NULL ((struct number){0, false})
#define LONG_NULL INT64_MIN /* the null of FIELD_LONG */

#endif
