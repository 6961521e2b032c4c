"""A zone of section 4: which civil day an instant belongs to, and with which instant a day begins."""
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import civil
from instant import DAY

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# datetime knows the years 1..9999 only; beyond two days from its ends the offset there is used.
LOWEST = (civil.FIRST + 2 - civil.EPOCH) * 86_400
HIGHEST = (civil.LAST - 2 - civil.EPOCH) * 86_400
HOUR = 3600


class Zone:
    def __init__(self, name):
        self.name = name
        self.zone = ZoneInfo(name)
        self.begins = lru_cache(1 << 16)(self._begins)

    def offset(self, second):
        """Seconds to add to UTC at this second since 1970."""
        if self.name == "UTC":
            return 0
        at = EPOCH + timedelta(seconds=max(LOWEST, min(HIGHEST, second)))
        return int(at.astimezone(self.zone).utcoffset().total_seconds())

    def day(self, instant):
        second = instant // 1000
        return (second + self.offset(second)) // 86_400 + civil.EPOCH

    def _begins(self, day):
        """The first instant at which it is this civil day (or a later one, where the zone left the day out)."""
        midnight = (day - civil.EPOCH) * 86_400
        if self.name == "UTC":
            return midnight * 1000
        # Walk over the stretches around midnight UTC within which the offset is constant.
        for low, high in self._stretches(midnight - 26 * HOUR, midnight + 28 * HOUR):
            first = max(low, midnight - self.offset(low))
            if first < high:
                return first * 1000
        raise AssertionError("a day that never begins")

    def _stretches(self, start, end):
        """Hours, those in which the offset changes (once, it is taken) in two parts."""
        for low in range(start, end, HOUR):
            high = low + HOUR
            if self.offset(low) == self.offset(high):
                yield low, high
            else:
                change = self._change(low, high)
                yield low, change
                if change < high:
                    yield change, high

    def _change(self, low, high):
        """The second within (low, high] from which the offset is that of high."""
        before = self.offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset(middle) == before:
                low = middle
            else:
                high = middle
        return high


assert DAY == 86_400_000
