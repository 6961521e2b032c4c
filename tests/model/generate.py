#!/usr/bin/env python3
"""Random event streams, small and dense, in which unlikely things meet often. The same seed gives the same case."""
import json
import random
import sys
from dataclasses import dataclass, field

import civil
import instant
from zone import Zone

ZONES = ("UTC", "UTC", "UTC", "Asia/Almaty", "Asia/Tashkent", "Europe/Vienna", "America/New_York", "Asia/Beirut",
         "Africa/Cairo", "America/Santiago", "Pacific/Apia", "Asia/Kathmandu", "America/Havana", "Asia/Tehran",
         "Atlantic/Azores", "Pacific/Kiritimati")
PARTIES = ("KAZ", "UZB", "TKM", "org:ifas")
DAY = instant.DAY
OFTEN = (1, 2, 6, 7, 8, 29, 30, 31, 59, 60, 89, 90, 91, 180, 364, 365, 366)


@dataclass
class Case:
    seed: str
    events: list = field(default_factory=list)    # dicts, one a line
    options: dict = field(default_factory=dict)   # as_of, until, clock, zone
    broken: str | None = None                     # a malformed line at the end

    def lines(self):
        lines = [json.dumps(event, ensure_ascii=False) for event in self.events]
        return lines + [self.broken] if self.broken is not None else lines


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.case = Case(seed)
        self.zone_name = self.random.choice(ZONES)
        self.zone = Zone(self.zone_name)
        draw = self.random
        self.dossiers = draw.choice((["d1", "d2", "d3"], ["i1", "s1", "d3"]))[:draw.choice((1, 1, 2, 3))]
        self.homes = {}
        together = self.chance(0.5)  # nearly all in one dossier
        for prefix, most in (("i", 2), ("s", 2), ("c", 3)):
            for number in range(1, draw.randint(1, most) + 1):
                lonely = together and self.chance(0.9)
                self.homes[f"{prefix}{number}"] = self.dossiers[0] if lonely else draw.choice(self.dossiers)
        self.homes.update((name, name) for name in self.dossiers if name in self.homes)
        # A case leans to some kinds, so that some have nothing but one commitment's troubles.
        self.weights = draw.choice(((1, 1, 1), (0, 0, 1), (3, 0, 2), (0, 3, 1), (0, 1, 0), (2, 0, 0), (1, 2, 4), (2, 1, 2),
                                    (1, 1, 3)))
        self.fancy = draw.choice((0, 0.3, 0.7, 1))   # how much is repeating or relative
        self.endings = draw.choice((0.2, 0.5, 1))  # how often subjects are closed for good
        self.now = civil.day_of(draw.choice((2026, 2026, 2026, 2023, 2000, 1972)), draw.randint(1, 12), 1) - civil.EPOCH
        self.now = self.now * DAY + draw.randint(0, DAY - 1)
        self.days = [self.today() + draw.choice(OFTEN) for _ in range(3)]  # what everything clusters around

    def today(self):
        return self.zone.day(self.now)

    def chance(self, share):
        return self.random.random() < share

    # Times.

    def walk(self):
        """The next recorded_at: mostly forward, often at the very edge of a day, sometimes back or the same."""
        draw = self.random
        what = draw.random()
        if what < 0.15:
            pass
        elif what < 0.35:
            self.now += draw.choice((1, 1000, 3_600_000, DAY))
        elif what < 0.6:
            edge = self.zone.begins(draw.choice(self.days) + draw.choice((-1, 1)) * draw.choice((0, 1, *OFTEN)))
            edge += draw.choice((-1, 0, 0, 1))
            if edge > 0 and abs(edge - self.now) < 900 * DAY and (edge > self.now or self.chance(0.2)):
                self.now = edge
        elif what < 0.92:
            self.now += draw.choice((1, 3, 10, 31, 90, 200, 400)) * DAY + draw.randint(0, DAY)
        else:
            return max(1, self.now - draw.choice((1, 40, 400)) * DAY)
        return self.now

    def offset_text(self, at):
        """An instant as a person may write it: any offset, any digits."""
        text = instant.text_of(at)
        if self.chance(0.1):
            shift = self.random.choice((5, -3, 14))
            text = instant.text_of(at + shift * 3_600_000)[:-1] + "%s%02d:00" % ("+" if shift > 0 else "-", abs(shift))
        elif text.endswith(".000Z") and self.chance(0.7):
            text = text[:-5] + "Z"
        elif self.chance(0.1):
            text = text[:-1] + "9Z"
        return text

    # Dates.

    def around(self):
        draw = self.random
        if self.chance(0.7):
            return draw.choice(self.days) + draw.choice((0, 0, 0, 1, -1, 5, 30))
        return self.today() + draw.choice((-400, -31, -1, 0, 1, 8, 31, 100, 366, 1000))

    def date(self, day=None):
        """One EDTF date near the day."""
        draw = self.random
        year, month, of_month = civil.civil(day if day is not None else self.around())
        text = draw.choice((
            f"{year:04}-{month:02}-{of_month:02}", f"{year:04}-{month:02}-{of_month:02}",
            f"{year:04}-{month:02}-{of_month:02}", f"{year:04}-{month:02}", f"{year:04}-{month:02}", f"{year:04}",
            f"{year:04}-{draw.choice((21, 22, 23, 24, 33, 34, 35, 36, 40, 41))}", f"{year:04}-{month:02}-XX",
            f"{year:04}-XX-XX", f"{year // 10:03}X", f"{year // 100:02}XX",
        ))
        return text + draw.choice("?~%") if self.chance(0.08) else text

    def span(self):
        """A date, an interval or a set."""
        draw = self.random
        if self.chance(0.55):
            return self.date()
        start = self.around()
        end = start + draw.choice((0, 1, 2, 29, 30, 31, 91, 92, 365, 366, 800))
        year, month, of_month = civil.civil(start)
        start_text = f"{year:04}-{month:02}-{of_month:02}" if self.chance(0.7) else f"{year:04}-{month:02}"
        year, month, of_month = civil.civil(end)
        end_text = f"{year:04}-{month:02}-{of_month:02}" if self.chance(0.7) else f"{year:04}-{month:02}"
        if self.chance(0.1):
            end_text = f"{year:04}"
        shape = draw.random()
        if shape < 0.6:
            text = f"{start_text}/{end_text}"
        elif shape < 0.75:
            text = f"{start_text}/.."
        elif shape < 0.9:
            text = f"../{end_text}"
        else:
            return draw.choice((f"[{start_text}..{end_text}]", f"[..{end_text}]", f"[{start_text}..]"))
        return text

    def closed_span(self):
        while True:
            text = self.span()
            if ".." not in text or text.startswith("[") and not text.startswith("[..") and not text.endswith("..]"):
                return text

    def duration(self):
        return self.random.choice(("P1Y", "P1Y", "P6M", "P1M", "P1M", "P90D", "P30D", "P1W", "P18M", "P1Y6M", "P1M1D",
                                   "P2W3D", "P31D", "P100D", "P2Y", "P5Y", "P1Y1M1W1D"))

    def repeat(self, relative):
        draw = self.random
        count = draw.choice(("", "", "1", "2", "3", "12"))
        step = self.duration()
        shape = draw.random()
        if shape < 0.25 and relative:
            return f"R{count}/{step}"
        if shape < 0.45:
            year, month, day = civil.civil(self.around())
            return f"R{count}/XXXX-{month:02}-{day:02}/{draw.choice(('P1Y', 'P1Y', 'P6M', 'P2Y', step))}"
        start = self.closed_span() if self.chance(0.5) else civil.text_of(self.around())
        return f"R{count}/{start}/{step}"

    def due(self):
        draw = self.random
        what = draw.random()
        if what < 0.03:
            return ""
        if what < 0.03 + 0.5 * self.fancy:
            return self.repeat(True)
        if what < 0.1 + 0.75 * self.fancy:
            return draw.choice(("P0D", "P1M", "P30D", "P31D", "P1Y", "P90D", "P7990Y", self.duration(), self.duration()))
        return draw.choice(("9999", "9999-24", "../2030", "2020/..")) if self.chance(0.03) else self.span()

    def summit_date(self):
        if self.chance(0.03):
            return ""
        if self.chance(0.2):   # a first day again and again, the end coming nearer, going further or getting lost
            start = self.days[0]
            end = self.random.choice(("..", civil.text_of(start + self.random.choice((0, 1, 20, 60)))))
            return f"{civil.text_of(start)}/{end}"
        return self.repeat(False) if self.chance(0.7 * self.fancy) else self.span()

    # Events.

    def sometimes(self, event, share, name, *values):
        if self.chance(share):
            event[name] = self.random.choice(values)

    def type(self, names):
        """One of the names, those that close a subject less often in some cases."""
        while True:
            name = self.random.choice(names.split())
            if name not in ("TERMINATED", "SUPERSEDED", "WITHDRAWN", "CANCELLED") or self.chance(self.endings):
                return name

    def parties(self):
        return self.random.sample(PARTIES, self.random.randint(0, 3))

    def signing(self, event):
        event["type"] = self.type("ANNOUNCED SIGNED SIGNED SIGNED ADOPTED RATIFIED IN_FORCE IN_FORCE JOINED WITHDRAWN "
                                  "TERMINATED SUPERSEDED UNKNOWN")
        self.sometimes(event, 0.5, "parties", self.parties(), self.parties())
        if self.chance(0.7):
            event["date"] = "" if self.chance(0.06) else self.span()
        if self.chance(0.4):
            event["period"] = "" if self.chance(0.06) else self.span()
        self.sometimes(event, 0.15, "form", "TREATY", "RESOLUTION", "UNKNOWN")
        self.sometimes(event, 0.15, "binding", "BINDING", "POLITICAL", "UNKNOWN")
        self.sometimes(event, 0.15, "place", "Aqtau", "Nukus", "")
        self.sometimes(event, 0.3, "summit", "s1", "s2", "i1", "")
        self.sometimes(event, 0.1, "superseded_by", "i1", "i2", "")

    def summit(self, event):
        event["type"] = self.type("PROPOSED SCHEDULED SCHEDULED SCHEDULED HELD HELD CANCELLED UNKNOWN")
        if event["type"] in ("PROPOSED", "SCHEDULED"):
            if self.chance(0.7):
                event["date"] = self.summit_date()
        elif self.chance(0.4):
            event["date"] = "" if self.chance(0.06) else self.span()
        self.sometimes(event, 0.15, "kind", "FORUM", "OBSERVANCE")
        self.sometimes(event, 0.15, "place", "Aqtau", "Nukus", "")
        self.sometimes(event, 0.2, "hosts", self.parties(), self.parties())
        self.sometimes(event, 0.2, "participants", self.parties(), self.parties())
        self.sometimes(event, 0.1, "expected_signings", 0, 22)

    def milestone(self, event):
        draw = self.random
        event["type"] = self.type("PROPOSED UNDERTAKEN UNDERTAKEN UNDERTAKEN REPORTED REPORTED FULFILLED FULFILLED "
                                  "RESCHEDULED RESCHEDULED WITHDRAWN SUPERSEDED REOPENED REOPENED DISPUTED UNKNOWN")
        share = 0.8 if event["type"] in ("PROPOSED", "UNDERTAKEN", "RESCHEDULED") else 0.12
        if self.chance(share):
            event["due"] = self.due()
        if event.get("due", "")[:1] in ("P", "R") and self.chance(0.6):
            self.anchored(event)
        self.sometimes(event, 0.25, "instrument", "i1", "i1", "i1", "i2", "s1", "")
        self.sometimes(event, 0.25, "summit", "s1", "s1", "s1", "s2", "i1", "")
        self.sometimes(event, 0.15, "part_of", *(name for name in ("c1", "c2", "c3") if name != event["commitment"]), "")
        self.sometimes(event, 0.2, "anchor", "i1", "i2", "s1", "s2", "c1", "nobody", "")
        self.sometimes(event, 0.2, "anchor_event", "SIGNED", "IN_FORCE", "HELD", "UNKNOWN")
        if self.chance(0.4):
            day = draw.choice(self.days) + draw.choice((-1, 0, 0, 1))
            event["date"] = civil.text_of(day) if self.chance(0.5) else self.span()
        self.sometimes(event, 0.25, "progress", 0, 0.25, 1, 0.1)
        self.sometimes(event, 0.2, "value", 0, 150, -3.5, 1e21, 99.25)
        if self.chance(0.12):
            event["target"] = {"unit": "ha", "baseline": draw.choice((0, 100, None)), "value": draw.choice((300, 0.5, 100)),
                               "from": draw.choice(("2025", "2026-02", None)), "to": draw.choice(("2027", "2026-12", None))}
        self.sometimes(event, 0.15, "reason", "floods", "")
        self.sometimes(event, 0.1, "superseded_by", "c1", "c2", "")
        if event["type"] == "DISPUTED" or self.chance(0.25):
            event["claimed_by"] = draw.choice(PARTIES)
        self.sometimes(event, 0.3, "parties", self.parties(), self.parties())

    def anchored(self, event):
        """Gives a relative due an anchor that can work: an instrument or summit of the same dossier."""
        home = self.homes[event["commitment"]]
        near = [name for name, dossier in self.homes.items() if dossier == home and name[0] != "c"]
        if near:
            name = self.random.choice(near)
            event[self.random.choice(("anchor", {"i": "instrument", "s": "summit"}[name[0]]))] = name

    def event(self):
        draw = self.random
        names = {prefix: [name for name in self.homes if name[0] == prefix] for prefix in "isc"}
        prefix = draw.choices("isc", self.weights)[0]
        name = draw.choice(names[prefix])
        what, subject = {"i": ("signing", "instrument"), "s": ("summit", "summit"), "c": ("milestone", "commitment")}[prefix]
        event = {"event": what, subject: name}
        {"i": self.signing, "s": self.summit, "c": self.milestone}[prefix](event)
        if self.chance(0.008):
            event[subject] = draw.choice(list(self.homes))   # an id that may be of another kind
        event["dossier"] = draw.choice(self.dossiers) if self.chance(0.02) else self.homes[name]
        default = event[subject] if prefix != "c" else event.get("instrument") or event.get("summit")
        if default == event["dossier"] and self.chance(0.5):
            del event["dossier"]   # which then follows from the event
        event["recorded_at"] = self.offset_text(self.walk())
        self.sometimes(event, 0.2, "title", "T", "Über \"x\"\t", "")
        self.sometimes(event, 0.08, "note", "n", "")
        self.sometimes(event, 0.08, "pursuant_to", "i9", "i1", "")
        self.sometimes(event, 0.08, "initiated_by", self.parties())
        self.sometimes(event, 0.15, "source", {"document": "A"}, {"document": "A", "locator": "3", "url": None},
                       {"document": "B", "sha256": "0" * 64})
        self.sometimes(event, 0.1, "event_id", "e1", "e2", f"x{draw.randint(0, 99)}")
        self.sometimes(event, 0.03, draw.choice(("title", "place", "note")) if what != "milestone" else "reason", None)
        return event

    def broken(self):
        good = {"event": "milestone", "commitment": "c1", "type": "UNDERTAKEN", "dossier": "d1",
                "recorded_at": "2026-01-01T00:00:00Z"}
        wrong = self.random.choice((
            {"due": "2027-13"}, {"due": "2027-XX"}, {"due": "R0/2027/P1Y"}, {"due": "../.."}, {"due": "2032/2026"},
            {"due": "R/../2030/P1Y"}, {"due": "R/2030/P0D"}, {"due": "PT1H"}, {"due": "P1D1Y"}, {"due": "2027-02-29"},
            {"due": "R/XXXX-02-30/P1Y"}, {"due": "XXXX-05-24"}, {"due": "R/XXXX-05-24/2030/P1Y"}, {"due": "2027-25"},
            {"due": "20XX-05"}, {"due": "0000"}, {"due": "2027-05-22??"}, {"due": "[2026,2028]"}, {"due": "P"},
            {"date": "P1Y"}, {"date": "R/2026/P1Y"}, {"progress": 1.5}, {"progress": "1"}, {"type": "DISPUTED"},
            {"type": "HELD"}, {"commitment": "C1"}, {"commitment": ""}, {"claimed_by": "Kaz"}, {"parties": ["kaz"]},
            {"parties": "KAZ"}, {"recorded_at": "2026-01-01"}, {"recorded_at": "2026-02-30T00:00:00Z"}, {"colour": "red"},
            {"hosts": ["KAZ"]}, {"event": "party"}, {"anchor_event": "SOON"}, {"target": {"goal": 1}}, {"value": "x"},
        ))
        return json.dumps(good | wrong)

    def options(self):
        draw, options = self.random, {}
        if self.zone_name != "UTC" or self.chance(0.2):
            options["zone"] = self.zone_name
        last = self.now

        def near():
            at = last + draw.choice((-100, -1, 0, 1, 40, 400)) * DAY
            if self.chance(0.4):
                at = self.zone.begins(draw.choice(self.days) + draw.choice((0, 1, 30, 7, -30, -60, -90, 365))) - draw.choice((0, 0, 1))
            return at if 0 < at - last + 2000 * DAY < 4000 * DAY and at > 0 else last
        if self.chance(0.35):
            options["as_of"] = instant.text_of(near())
        if self.chance(0.3):
            options["clock"] = instant.text_of(near() + draw.choice((0, 30, 200)) * DAY)
        elif self.chance(0.1):
            options["clock"] = "stream"
        if self.chance(0.4):
            latest = max([last] + [instant.parse(options[n]) for n in ("as_of", "clock")
                                   if options.get(n, "stream") != "stream"])
            options["until"] = instant.text_of(latest + draw.choice((0, 1, 35, 100, 400, 800)) * DAY)
        if self.chance(0.3):
            options["policy"] = self.policy()
        return options

    def policy(self):
        """A file of docs/policy.md, with some of its members."""
        draw, file = self.random, {}

        def duration(days):
            return draw.choice((f"P{days}D", f"P{days // 7}W" + (f"{days % 7}D" if days % 7 else "") if days > 6 else f"P{days}D"))

        def durations(most, falling):
            days = draw.sample((1, 2, 3, 7, 10, 14, 30, 31, 60, 90, 180, 365, 400), draw.randint(1, most))
            return [duration(d) for d in sorted(days, reverse=falling)]
        if self.chance(0.6):
            widths = sorted(draw.sample((1, 2, 7, 31, 92, 366, 1000), draw.randint(0, 4)))
            file["leads"] = [{"up_to_days": width, "stages": durations(5, True)} for width in widths]
            file["leads"].append({"stages": durations(5, True)})
        if self.chance(0.6):
            file["escalations"] = durations(6, False)
        for member in ("ended", "unconfirmed"):
            if self.chance(0.4):
                file[member] = duration(draw.choice((1, 2, 7, 30, 45)))
        if self.chance(0.6):
            kinds = ("upcoming", "last_lead", "opened", "overdue", "unconfirmed", "moved", "refined", "cancelled", "closed",
                     "ended")
            file["severities"] = {kind: draw.choice(("INFO", "WARNING", "CRITICAL"))
                                  for kind in draw.sample(kinds, draw.randint(1, len(kinds)))}
            if self.chance(0.5):
                file["severities"]["overdue_critical_from"] = duration(draw.choice((1, 2, 30, 90, 100)))
        return file

    def generate(self):
        draw = self.random
        for _ in range(draw.choice((3, 5, 8, 12, 20, 30, 40))):
            event = self.event()
            self.case.events.append(event)
            if self.chance(0.04):
                self.case.events.append(dict(event))  # published twice
            if self.chance(0.1):
                self.days.append(self.today() + draw.choice(OFTEN))
        if self.chance(0.15):
            draw.shuffle(self.case.events)
        self.case.options = self.options()
        if self.chance(0.04):
            self.case.broken = self.broken()
        return self.case


def case(seed):
    return Generator(seed).generate()


if __name__ == "__main__":
    made = case(sys.argv[1] if len(sys.argv) > 1 else "0")
    print("\n".join(made.lines()))
    print(made.options, file=sys.stderr)
