"""Civil days: days are whole numbers counted as date.toordinal() does (0001-01-01 is 1), without its bounds."""
from functools import lru_cache

MONTHS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year, month):
    return 29 if month == 2 and leap(year) else LENGTHS[month - 1]


def day_of(year, month, day):
    before = year - 1
    return (before * 365 + before // 4 - before // 100 + before // 400
            + MONTHS_BEFORE[month - 1] + (month > 2 and leap(year)) + day)


@lru_cache(1 << 16)
def civil(day):
    """The (year, month, day of the month) of a day."""
    year = (day - 1) * 400 // 146097 + 1
    while day_of(year + 1, 1, 1) <= day:
        year += 1
    while day_of(year, 1, 1) > day:
        year -= 1
    month = 12
    while day_of(year, month, 1) > day:
        month -= 1
    return year, month, day - day_of(year, month, 1) + 1


def text_of(day):
    return None if day is None else "%04d-%02d-%02d" % civil(day)


FIRST = day_of(1, 1, 1)
LAST = day_of(9999, 12, 31)
EPOCH = day_of(1970, 1, 1)
