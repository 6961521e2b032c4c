"""ISO 8601 durations of whole years, months, weeks and days (section 4)."""
import re
from dataclasses import dataclass
from functools import lru_cache

import civil

SHAPE = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", re.ASCII)


@dataclass(frozen=True)
class Duration:
    months: int  # years and months as one sum
    days: int    # weeks and days

    def nothing(self):
        return self.months == 0 and self.days == 0

    def after(self, day, times=1):
        """The day this many times the duration later: months first, clamped once, then the days."""
        if day is None:
            return None
        year, month, of_month = civil.civil(day)
        months = year * 12 + month - 1 + self.months * times
        year, month = divmod(months, 12)
        month += 1
        return civil.day_of(year, month, min(of_month, civil.month_length(year, month))) + self.days * times


@lru_cache(4096)
def parse(text):
    match = SHAPE.fullmatch(text)
    if not match:
        raise ValueError(f"not a duration: {text!r}")
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    return Duration(years * 12 + months, weeks * 7 + days)
