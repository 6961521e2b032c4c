"""What a `due` (or a summit's `date`) says: an EDTF date, a duration after an anchor, or a repetition (section 4)."""
import re
from dataclasses import dataclass
from functools import lru_cache

import civil
import duration
import edtf

UNBOUNDED = "unbounded"
ANY_YEAR = re.compile(r"XXXX-(\d\d)-(\d\d)", re.ASCII)
REPEAT = re.compile(r"R(\d*)/(.+)", re.ASCII)


@dataclass(frozen=True)
class Due:
    span: edtf.Span | None = None             # the date, or the start of a repetition
    any_year: tuple | None = None             # (month, day) of XXXX-MM-DD
    delay: duration.Duration | None = None    # after the anchor's date
    step: duration.Duration | None = None     # from one occurrence to the next
    count: int | None = None                  # how many occurrences, None without end

    @property
    def repeating(self):
        return self.step is not None

    @property
    def relative(self):
        return self.delay is not None

    def start_on(self, day):
        """XXXX-MM-DD: the first such day on or after this one."""
        year = civil.civil(day)[0]
        month, of_month = self.any_year
        while of_month > civil.month_length(year, month) or civil.day_of(year, month, of_month) < day:
            year += 1
        return civil.day_of(year, month, of_month)

    def bounds(self, occurrence, any_year_start, anchor):
        """(opens, closes) of an occurrence counted from 0; UNBOUNDED; None while the anchor's date is unknown."""
        if self.relative:
            if anchor is None:
                return None
            first = tuple(self.delay.after(day) for day in anchor)
        elif self.any_year:
            first = (any_year_start,) * 2
        else:
            first = self.span.alone()
        if self.repeating and occurrence:
            first = tuple(self.step.after(day, occurrence) for day in first)
        if any(day is not None and day > civil.LAST for day in first):
            return UNBOUNDED
        return first


@lru_cache(1 << 14)
def parse(text, relative=True):
    """A `due`, or with relative=False the `date` of a summit PROPOSED or SCHEDULED."""
    if text.startswith("P") and relative:
        return Due(delay=duration.parse(text))
    if not text.startswith("R"):
        return Due(span=edtf.parse(text))
    match = REPEAT.fullmatch(text)
    if not match or match[1] and int(match[1]) < 1:
        raise ValueError(f"not a repetition: {text!r}")
    count = int(match[1]) if match[1] else None
    start, slash, step = match[2].rpartition("/")
    step = duration.parse(step)
    if step.nothing():
        raise ValueError(f"a repetition after nothing: {text!r}")
    if not slash:
        if not relative:
            raise ValueError(f"a repetition without a date: {text!r}")
        return Due(delay=step, step=step, count=count)
    any_year = ANY_YEAR.fullmatch(start)
    if any_year:
        month, day = int(any_year[1]), int(any_year[2])
        if not 1 <= month <= 12 or not 1 <= day <= civil.month_length(2000, month):
            raise ValueError(f"no such day: {text!r}")
        return Due(any_year=(month, day), step=step, count=count)
    span = edtf.parse(start)
    if span.earliest is None or span.latest is None:
        raise ValueError(f"a repetition needs both ends: {text!r}")
    return Due(span=span, step=step, count=count)
