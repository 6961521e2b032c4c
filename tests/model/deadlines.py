"""Stages of a deadline and the alerts (section 6)."""
import hashlib
from dataclasses import dataclass

LEADS = ((1, (30, 7, 1)), (31, (60, 30, 7)), (92, (90, 30, 7)), (366, (180, 90, 30)),
         (float("inf"), (365, 180, 90, 30)))
ESCALATIONS = (30, 90, 180, 365)


@dataclass(frozen=True)
class Stage:
    name: str
    kind: str
    severity: str
    day: int


def leads(opens, closes):
    width = 1 if closes is None else closes - opens + 1
    return next(days for widest, days in LEADS if width <= widest)


def first_lead_day(opens, closes):
    return (opens if closes is None else closes) - leads(opens, closes)[0]


def stages(kind, opens, closes, latest_end):
    """The stages of a deadline in order of their days."""
    table = []
    days = leads(opens, closes)
    towards = opens if closes is None else closes
    for lead in days:
        severity = "WARNING" if lead == days[-1] else "INFO"
        table.append(Stage(f"-P{lead}D", "UPCOMING", severity, towards - lead))
    if closes is None or opens < closes:
        table.append(Stage("P0D", "OPENED", "INFO", opens))
    if kind == "SUMMIT":
        if latest_end is not None:
            table.append(Stage("+P7D", "UNCONFIRMED", "WARNING", latest_end + 7))
    elif closes is not None:
        if kind == "INSTRUMENT":
            table.append(Stage("+P1D", "ENDED", "INFO", closes + 1))
        else:
            table.append(Stage("+P1D", "OVERDUE", "WARNING", closes + 1))
            for days_after in ESCALATIONS:
                table.append(Stage(f"+P{days_after}D", "OVERDUE", "CRITICAL", closes + days_after))
    # Of those on one day only the last of the table counts.
    by_day = {stage.day: stage for stage in table}
    return [by_day[day] for day in sorted(by_day)]


def first_after(kind, closes, latest_end):
    """The day of the first OVERDUE (UNCONFIRMED) stage, for which a move to the next occurrence waits."""
    if kind == "SUMMIT":
        return None if latest_end is None else latest_end + 7
    return None if closes is None else closes + 1


def slip(old, new):
    if old[1] is None or new[1] is None:
        return new[0] - old[0]
    return new[1] - old[1]


def within(new, old):
    """Whether the days of new lie within those of old, None being no end."""
    return new[0] >= old[0] and (old[1] is None or new[1] is not None and new[1] <= old[1])


def alert_id(subject, revision, kind, stage):
    return hashlib.sha256(f"{subject}\n{revision}\n{kind}\n{stage}".encode()).hexdigest()[:32]


SEVERITY = {"CANCELLED": "WARNING", "MOVED": "WARNING", "REFINED": "INFO", "CLOSED": "INFO"}


def timeliness_open(day, opens, closes):
    """Of an open commitment: the last that holds (section 5)."""
    answer = "AHEAD"
    if day >= first_lead_day(opens, closes):
        answer = "DUE_SOON"
    if opens <= day and (closes is None or opens < closes and day <= closes):
        answer = "IN_WINDOW"
    if closes is not None and day > closes:
        answer = "OVERDUE"
    return answer


def timeliness_fulfilled(earliest, latest, closes):
    """Of a fulfilled one: by the day it was fulfilled."""
    if closes is None or latest is not None and latest <= closes:
        return "MET"
    if earliest is not None and earliest > closes:
        return "LATE"
    return "UNDETERMINED"
