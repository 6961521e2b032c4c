#include "core/civil.h"

#include <stdbool.h>

/* The arithmetic runs in eras of 400 years (146097 days), in years that begin in March, so that the leap day
 * is the last of its year. Era 0 begins on 0000-03-01, 719468 days before 1970-01-01. */
#define ERA_YEARS 400
#define ERA_DAYS 146097
#define ERA_0_TO_1970 719468

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

bool civil_is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t civil_days_in_month(int32_t year, int32_t month)
{
    static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && civil_is_leap(year));
}

struct day day_of_civil(int32_t year, int32_t month, int32_t day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = floor_div(y, ERA_YEARS);
    int64_t year_of_era = y - era * ERA_YEARS;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (struct day){(int32_t)(era * ERA_DAYS + day_of_era - ERA_0_TO_1970)};
}

struct civil civil_of_days(int64_t days)
{
    int64_t n = days + ERA_0_TO_1970;
    int64_t era = floor_div(n, ERA_DAYS);
    int64_t day_of_era = n - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = era * ERA_YEARS + year_of_era + (month <= 2);
    return (struct civil){(int32_t)year, (int32_t)month, (int32_t)day};
}

struct civil civil_of_day(struct day d)
{
    return civil_of_days(d.n);
}

struct day day_add_months(struct day d, int64_t months)
{
    const int64_t too_many = INT64_C(1) << 32; /* more than lie between any two days */
    if (day_is_none(d) || months > too_many || months < -too_many)
        return DAY_NONE;
    struct civil c = civil_of_day(d);
    int64_t sum = (int64_t)c.year * 12 + (c.month - 1) + months;
    int64_t year = floor_div(sum, 12);
    if (year < 1 || year > 9999)
        return DAY_NONE;
    int32_t month = (int32_t)(sum - year * 12) + 1;
    int32_t last = civil_days_in_month((int32_t)year, month);
    return day_of_civil((int32_t)year, month, c.day < last ? c.day : last);
}

static char *put_digits(char *out, uint32_t value, size_t at_least)
{
    char reversed[10];
    size_t n = 0;
    for (; value > 0 || n < at_least; value /= 10)
        reversed[n++] = (char)('0' + value % 10);
    while (n > 0)
        *out++ = reversed[--n];
    return out;
}

size_t civil_format(struct civil c, char *out)
{
    char *at = out;
    if (c.year < 0 || c.year > 9999)
        *at++ = c.year < 0 ? '-' : '+';
    at = put_digits(at, (uint32_t)(c.year < 0 ? -c.year : c.year), 4);
    *at++ = '-';
    at = put_digits(at, (uint32_t)c.month, 2);
    *at++ = '-';
    at = put_digits(at, (uint32_t)c.day, 2);
    *at = '\0';
    return (size_t)(at - out);
}

size_t day_format(struct day d, char out[DAY_TEXT_SIZE])
{
    return civil_format(civil_of_day(d), out);
}
