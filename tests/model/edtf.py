"""EDTF dates, intervals and sets (section 4), each resolved to its earliest and latest day."""
import re
from dataclasses import dataclass
from functools import lru_cache

import civil

DATE = re.compile(r"([0-9X]{4})(?:-([0-9X]{2})(?:-([0-9X]{2}))?)?[?~%]?", re.ASCII)
SPANS = {21: (3, 3), 22: (6, 3), 23: (9, 3), 24: (12, 3),  # seasons: first month, months
         33: (1, 3), 34: (4, 3), 35: (7, 3), 36: (10, 3),  # quarters
         40: (1, 6), 41: (7, 6)}                           # half-years


@dataclass(frozen=True)
class Span:
    """Days from earliest to latest; None where that side is open. `ending` are the bounds of the end alone."""
    earliest: int | None
    latest: int | None
    ending: tuple

    def alone(self):
        """The bounds, an open start counting as the end alone (sections 4 and 6)."""
        return self.ending if self.earliest is None else (self.earliest, self.latest)


def wrong(text):
    return ValueError(f"not a date of section 4: {text!r}")


def months(year, first, count):
    last = first + count - 1
    end_year, end_month = year + (last - 1) // 12, (last - 1) % 12 + 1
    return civil.day_of(year, first, 1), civil.day_of(end_year, end_month, civil.month_length(end_year, end_month))


def date(text):
    """(earliest, latest) of one date."""
    match = DATE.fullmatch(text)
    if not match:
        raise wrong(text)
    year, month, day = match.groups()
    if "X" in year:
        if month or not re.fullmatch(r"\d{3}X|\d\dXX", year):
            raise wrong(text)
        low, high = int(year.replace("X", "0")), int(year.replace("X", "9"))
        if low < 1:
            raise wrong(text)
        return civil.day_of(low, 1, 1), civil.day_of(high, 12, 31)
    year = int(year)
    if year < 1:
        raise wrong(text)
    if month is None:
        return months(year, 1, 12)
    if month == "XX" and day == "XX":
        return months(year, 1, 12)
    if "X" in month:
        raise wrong(text)
    month = int(month)
    if day is None and month in SPANS:
        return months(year, *SPANS[month])
    if not 1 <= month <= 12:
        raise wrong(text)
    if day is None or day == "XX":
        return months(year, month, 1)
    if "X" in day or not 1 <= int(day) <= civil.month_length(year, month):
        raise wrong(text)
    return (civil.day_of(year, month, int(day)),) * 2


@lru_cache(1 << 14)
def parse(text):
    if text.startswith("[") and text.endswith("]"):
        ends = text[1:-1].split("..")
        if len(ends) != 2 or not any(ends):
            raise wrong(text)
        start, end = (part or ".." for part in ends)
    elif "/" in text:
        start, _, end = text.partition("/")
    else:
        bounds = date(text)
        return Span(*bounds, bounds)
    if start == end == "..":
        raise wrong(text)
    earliest = None if start == ".." else date(start)[0]
    ending = (None, None) if end == ".." else date(end)
    if earliest is not None and ending[1] is not None and ending[1] < earliest:
        raise wrong(text)
    return Span(earliest, ending[1], ending)
