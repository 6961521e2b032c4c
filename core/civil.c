#include "core/civil.h"

#include <stdbool.h>
#include <string.h>

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

/* In unsigned numbers of 32 bits, which are quick to divide by constants: as many eras are added as make all
 * that is defined positive. */
#define ERAS 82
#define ERAS_BACK 10000000
#define ERAS_AHEAD 10000000

struct day day_of_civil(int32_t year, int32_t month, int32_t day)
{
    uint32_t before = month <= 2;
    uint32_t y = (uint32_t)(year + ERAS * ERA_YEARS) - before;
    uint32_t m = (uint32_t)month + 12 * before; /* 3..14 */
    uint32_t century = y / 100;
    uint32_t days = 1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32 + (uint32_t)day - 1;
    return (struct day){(int32_t)(days - ((uint32_t)ERAS * ERA_DAYS + ERA_0_TO_1970))};
}

/* C. Neri and L. Schneider, "Euclidean affine functions and their application to calendar algorithms"
 * (2023): years and months are told from multiplications whose lower halves tell the days left. */
struct civil civil_of_day(struct day d)
{
    if (d.n < -ERAS_BACK || d.n > ERAS_AHEAD)
        return civil_of_days(d.n);
    uint32_t n = 4 * ((uint32_t)d.n + (uint32_t)ERAS * ERA_DAYS + ERA_0_TO_1970) + 3;
    uint32_t century = n / ERA_DAYS;
    uint64_t product = UINT64_C(2939745) * (n % ERA_DAYS | 3);
    uint32_t year_of_century = (uint32_t)(product >> 32);
    uint32_t day_of_year = (uint32_t)product / 2939745 / 4;
    uint32_t rest = 2141 * day_of_year + 197913;
    uint32_t next_year = day_of_year >= 306; /* January and February */
    uint32_t month = (rest >> 16) - 12 * next_year;
    return (struct civil){
        .year = (int32_t)(100 * century + year_of_century + next_year) - ERAS * ERA_YEARS,
        .month = (int32_t)month,
        .day = (int32_t)((rest & 0xFFFF) / 2141) + 1,
    };
}

struct civil civil_of_days(int64_t days)
{
    if (days >= -ERAS_BACK && days <= ERAS_AHEAD)
        return civil_of_day((struct day){(int32_t)days});
    int64_t n = days + ERA_0_TO_1970;
    int64_t era = floor_div(n, ERA_DAYS);
    struct civil c = civil_of_day((struct day){(int32_t)(n - era * ERA_DAYS - ERA_0_TO_1970)});
    return (struct civil){(int32_t)(c.year + era * ERA_YEARS), c.month, c.day};
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

#define TEN(d) #d "0" #d "1" #d "2" #d "3" #d "4" #d "5" #d "6" #d "7" #d "8" #d "9"
const char civil_two_digits[] = TEN(0) TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9);

static char *put_two(char *out, uint32_t value)
{
    memcpy(out, civil_two_digits + 2 * value, 2);
    return out + 2;
}

static char *put_year(char *out, uint32_t value)
{
    char reversed[10];
    size_t n = 0;
    for (; value > 0 || n < 4; value /= 10)
        reversed[n++] = (char)('0' + value % 10);
    while (n > 0)
        *out++ = reversed[--n];
    return out;
}

size_t civil_format(struct civil c, char *out)
{
    char *at = out;
    if (c.year >= 0 && c.year <= 9999) {
        at = put_two(at, (uint32_t)c.year / 100);
        at = put_two(at, (uint32_t)c.year % 100);
    } else {
        *at++ = c.year < 0 ? '-' : '+';
        at = put_year(at, (uint32_t)(c.year < 0 ? -c.year : c.year));
    }
    *at++ = '-';
    at = put_two(at, (uint32_t)c.month);
    *at++ = '-';
    at = put_two(at, (uint32_t)c.day);
    *at = '\0';
    return (size_t)(at - out);
}

size_t day_format(struct day d, char out[DAY_TEXT_SIZE])
{
    return civil_format(civil_of_day(d), out);
}
