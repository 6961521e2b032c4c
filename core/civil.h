/* Civil days of the proleptic Gregorian calendar (ISO 8601-1), years 0001 to 9999. No zone, no I/O. */
#ifndef CORE_CIVIL_H
#define CORE_CIVIL_H

#include <stddef.h>

#include "core/time.h"

struct civil {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

/* The day of a civil date. Defined for any year from -9999 to 19999 (so that leads before 0001-01-01 and
 * escalations after 9999-12-31 are days too); month and day must be valid for the year. */
struct day day_of_civil(int32_t year, int32_t month, int32_t day);
struct civil civil_of_day(struct day d);

/* The same for a count of days that need not fit a struct day: any day that an instant falls on. */
struct civil civil_of_days(int64_t days);

bool civil_is_leap(int32_t year);
int32_t civil_days_in_month(int32_t year, int32_t month);

/* `months` (may be negative) after the day, clamped once to the last day of the month reached.
 * DAY_NONE where that is before 0001-01-01 or after 9999-12-31. */
struct day day_add_months(struct day d, int64_t months);

/* "YYYY-MM-DD" with NUL. Years outside 0000..9999 are written with a sign and as many digits as they need. */
#define DAY_TEXT_SIZE 16
size_t day_format(struct day d, char out[DAY_TEXT_SIZE]); /* returns the length */

/* The same of a civil date, whose year may have up to 9 digits. */
#define CIVIL_TEXT_SIZE 20
size_t civil_format(struct civil c, char *out);

/* "000102...99": the digits of 0..99, two each. */
extern const char civil_two_digits[];

#endif
