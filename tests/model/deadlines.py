"""Stages of a deadline and the alerts (section 6)."""
import hashlib
import re
from dataclasses import dataclass

LEADS = ((1, (30, 7, 1)), (31, (60, 30, 7)), (92, (90, 30, 7)), (366, (180, 90, 30)),
         (float("inf"), (365, 180, 90, 30)))
SEVERITIES = {"upcoming": "INFO", "last_lead": "WARNING", "opened": "INFO", "overdue": "WARNING",
              "overdue_critical_from": "P30D", "unconfirmed": "WARNING", "moved": "WARNING", "refined": "INFO",
              "cancelled": "WARNING", "closed": "INFO", "ended": "INFO"}


def days_of(duration):
    """Of whole weeks and days, as docs/policy.md has them."""
    weeks, days = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?", duration).groups(default="0")
    return 7 * int(weeks) + int(days)


@dataclass(frozen=True)
class Stage:
    name: str
    kind: str
    severity: str
    day: int


class Policy:
    """When alerts are raised and how severe they are; `file` is what a policy file says, the rest is built in."""

    def __init__(self, file=None):
        file = file or {}
        self.bands = [(band.get("up_to_days", float("inf")), [days_of(lead) for lead in band["stages"]])
                      for band in file["leads"]] if "leads" in file else LEADS
        self.escalations = [days_of(d) for d in file.get("escalations", ("P1D", "P30D", "P90D", "P180D", "P365D"))]
        self.ended = days_of(file.get("ended", "P1D"))
        self.unconfirmed = days_of(file.get("unconfirmed", "P7D"))
        self.severities = SEVERITIES | file.get("severities", {})
        self.critical_from = days_of(self.severities["overdue_critical_from"])

    def leads(self, opens, closes):
        width = 1 if closes is None else closes - opens + 1
        return next(days for widest, days in self.bands if width <= widest)

    def first_lead_day(self, opens, closes):
        return (opens if closes is None else closes) - self.leads(opens, closes)[0]

    def stages(self, kind, opens, closes, latest_end):
        """The stages of a deadline in order of their days."""
        table, says = [], self.severities
        days = self.leads(opens, closes)
        towards = opens if closes is None else closes
        for lead in days:
            severity = says["last_lead"] if lead == days[-1] else says["upcoming"]
            table.append(Stage(f"-P{lead}D", "UPCOMING", severity, towards - lead))
        if closes is None or opens < closes:
            table.append(Stage("P0D", "OPENED", says["opened"], opens))
        if kind == "SUMMIT":
            if latest_end is not None:
                table.append(Stage(f"+P{self.unconfirmed}D", "UNCONFIRMED", says["unconfirmed"],
                                   latest_end + self.unconfirmed))
        elif closes is not None:
            if kind == "INSTRUMENT":
                table.append(Stage(f"+P{self.ended}D", "ENDED", says["ended"], closes + self.ended))
            else:
                for after in self.escalations:
                    severity = "CRITICAL" if after >= self.critical_from else says["overdue"]
                    table.append(Stage(f"+P{after}D", "OVERDUE", severity, closes + after))
        # Of those on one day only the last of the table counts.
        by_day = {stage.day: stage for stage in table}
        return [by_day[day] for day in sorted(by_day)]

    def first_after(self, kind, closes, latest_end):
        """The day of the first OVERDUE (UNCONFIRMED) stage, for which a move to the next occurrence waits."""
        if kind == "SUMMIT":
            return None if latest_end is None else latest_end + self.unconfirmed
        return None if closes is None else closes + self.escalations[0]

    def severity(self, kind):
        """Of an alert without a stage."""
        return self.severities[kind.lower()]

    def timeliness_open(self, day, opens, closes):
        """Of an open commitment: the last that holds (section 5)."""
        answer = "AHEAD"
        if day >= self.first_lead_day(opens, closes):
            answer = "DUE_SOON"
        if opens <= day and (closes is None or opens < closes and day <= closes):
            answer = "IN_WINDOW"
        if closes is not None and day > closes:
            answer = "OVERDUE"
        return answer


BUILT_IN = Policy()


def slip(old, new):
    if old[1] is None or new[1] is None:
        return new[0] - old[0]
    return new[1] - old[1]


def within(new, old):
    """Whether the days of new lie within those of old, None being no end."""
    return new[0] >= old[0] and (old[1] is None or new[1] is not None and new[1] <= old[1])


def alert_id(subject, revision, kind, stage):
    return hashlib.sha256(f"{subject}\n{revision}\n{kind}\n{stage}".encode()).hexdigest()[:32]


def timeliness_fulfilled(earliest, latest, closes):
    """Of a fulfilled one: by the day it was fulfilled."""
    if closes is None or latest is not None and latest <= closes:
        return "MET"
    if earliest is not None and earliest > closes:
        return "LATE"
    return "UNDETERMINED"
