"""Instants: milliseconds since 1970-01-01T00:00:00Z, read and written as RFC 3339 (section 7)."""
import re

import civil

SHAPE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
DAY = 86_400_000


def parse(text):
    match = SHAPE.fullmatch(text)
    if not match:
        raise ValueError(f"not an RFC 3339 instant: {text!r}")
    year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
    if not (1 <= year and 1 <= month <= 12 and 1 <= day <= civil.month_length(year, month)
            and hour < 24 and minute < 60 and second < 60):
        raise ValueError(f"no such instant: {text!r}")
    digits = ((match[7] or "") + "000")[:3]  # section 7: what is beyond milliseconds is cut
    offset = 0
    if match[8]:
        if int(match[9]) > 23 or int(match[10]) > 59:
            raise ValueError(f"no such offset: {text!r}")
        offset = (int(match[9]) * 60 + int(match[10])) * (-1 if match[8] == "-" else 1)
    days = civil.day_of(year, month, day) - civil.EPOCH
    return days * DAY + ((hour * 60 + minute - offset) * 60 + second) * 1000 + int(digits)


def text_of(instant):
    days, rest = divmod(instant, DAY)
    seconds, millis = divmod(rest, 1000)
    return "%sT%02d:%02d:%02d.%03dZ" % (civil.text_of(days + civil.EPOCH), seconds // 3600,
                                        seconds // 60 % 60, seconds % 60, millis)
