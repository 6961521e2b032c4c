/* The two kinds of time, as distinct types so that one cannot be taken for the other.
 *
 * An instant is a point on the UTC time line in milliseconds since 1970-01-01T00:00:00Z, leap seconds not
 * counted (as Kafka timestamps and Avro timestamp-millis). A civil day is a day of the proleptic Gregorian
 * calendar without time or zone, as the number of days since 1970-01-01 (as Avro's logical type date). */
#ifndef CORE_TIME_H
#define CORE_TIME_H

#include <stdbool.h>
#include <stdint.h>

struct instant {
    int64_t ms;
};

struct day {
    int32_t n;
};

#define INSTANT_NONE ((struct instant){INT64_MIN}) /* null */
#define DAY_NONE ((struct day){INT32_MIN})         /* null */
#define DAY_FIRST ((struct day){-719162})          /* 0001-01-01 */
#define DAY_LAST ((struct day){2932896})           /* 9999-12-31 */

static inline bool instant_is_none(struct instant t)
{
    return t.ms == INT64_MIN;
}

static inline bool day_is_none(struct day d)
{
    return d.n == INT32_MIN;
}

#endif
