"""The register (section 5): what is known of every instrument, summit and commitment, and how an event changes it.

This file sets fields and status only. Revisions, stages and alerts follow in task.py from the state before and after.
"""
import math
from collections import deque

import civil
import deadlines
import due
import edtf
import instant

KEPT = 100   # entries of a list (section 2)
LAST = 32    # ids that are remembered (section 3)

INSTRUMENT_RANK = {None: -1, "ANNOUNCED": 0, "SIGNED": 1, "ADOPTED": 1, "IN_FORCE": 2, "TERMINATED": 3, "SUPERSEDED": 3}
DATE_OF = {"ANNOUNCED": "announced", "SIGNED": "signed", "ADOPTED": "adopted", "IN_FORCE": "in_force",
           "TERMINATED": "ended", "SUPERSEDED": "ended"}
DELIVERY_RANK = {None: -1, "PROPOSED": 0, "UNDERTAKEN": 1, "IN_PROGRESS": 2,
                 "FULFILLED": 3, "WITHDRAWN": 3, "SUPERSEDED": 3}


def bounds_alone(text):
    return edtf.parse(text).alone() if text else None


class Subject:
    """What the three records have in common."""
    kind = None
    copied = ()      # fields an event carries over into the record as they are
    worded_by = None  # the field whose text is the deadline

    def __init__(self, event):
        self.id, self.dossier = event.subject, event.dossier
        self.fields = {}
        self.introduced = False
        self.sources = []
        self.seen = deque(maxlen=LAST)
        self.events = self.duplicates = 0
        self.last = None
        # The deadline and what was raised on it (section 6).
        self.revision = 1
        self.had_deadline = False
        self.raised = None       # the last stage raised for this revision
        self.done = set()        # stages raised or skipped for this revision
        self.cause = None
        # A repetition (section 4).
        self.occurrence = 0
        self.any_year_start = None
        self.text_had_deadline = False
        self.missed = 0
        self.slippage, self.slip_days = [], 0
        # Kept by task.py: the deadline and its timers.
        self.deadline = None
        self.days = None
        self.pending = []
        self.move_at = None
        self.version = 0

    def carry(self, event):
        """Section 3: what an event carries replaces, null keeps, an empty string clears."""
        for name in ("title", "initiated_by", "pursuant_to", "note", *self.copied):
            if name in event.fields:
                self.put(name, event.fields[name])
        source = event.fields.get("source")
        if source is not None:
            source = {name: value for name, value in source.items() if value is not None}
            if source not in self.sources:
                self.sources = [*self.sources, source][-KEPT:]

    def put(self, name, value):
        if value == "":
            self.fields.pop(name, None)
        else:
            self.fields[name] = value[-KEPT:] if isinstance(value, list) else value

    def applied(self, event):
        self.seen.append(event.event_id)
        self.events += 1
        self.last = {"topic": event.topic, "partition": 0, "offset": event.offset, "event_id": event.event_id,
                     "recorded_at": instant.text_of(event.recorded_at)}

    # The wording of the deadline, and where a repetition stands.
    def wording(self):
        return self.fields.get(self.worded_by)

    def due(self):
        text = self.wording()
        return due.parse(text) if text else None

    def repeating(self):
        parsed = self.due()
        return parsed is not None and parsed.repeating

    def start_over(self, recorded_day):
        """Section 4: only a changed text starts over."""
        self.occurrence = 0
        self.text_had_deadline = False
        parsed = self.due()
        self.any_year_start = parsed.start_on(recorded_day) if parsed and parsed.any_year else None

    def bounds(self, register, occurrence=None):
        """The resolved text: (first, last day), due.UNBOUNDED, or None where there is none or its anchor is unknown."""
        parsed = self.due()
        if parsed is None:
            return None
        return parsed.bounds(self.occurrence if occurrence is None else occurrence, self.any_year_start,
                             register.anchor_date(self) if parsed.relative else None)

    def next_bounds(self, register):
        parsed = self.due()
        if parsed is None or not parsed.repeating:
            return None
        following = self.occurrence + 1
        if parsed.count is not None and following >= parsed.count:
            return None
        bounds = self.bounds(register, following)
        return None if bounds == due.UNBOUNDED else bounds

    def deadline_of(self, bounds):
        return bounds

    def latest_end(self):
        return None

    def common(self):
        """The fields of all three records."""
        opens, closes = self.deadline or (None, None)
        return {
            "record": self.kind.lower(), "id": self.id, "dossier": self.dossier, "title": self.fields.get("title"),
            "incomplete": not self.introduced, "opens": civil.text_of(opens), "closes": civil.text_of(closes),
            "revision": self.revision, "raised": self.raised, "initiated_by": self.fields.get("initiated_by"),
            "pursuant_to": self.fields.get("pursuant_to"), "note": self.fields.get("note"), "sources": self.sources,
            "events": self.events, "duplicates": self.duplicates, "last": self.last,
        }


class Instrument(Subject):
    kind = "INSTRUMENT"
    copied = ("form", "binding", "period", "place", "summit", "superseded_by")
    worded_by = "period"

    def __init__(self, event):
        super().__init__(event)
        self.status = None
        self.dates = {}
        self.participants = {}  # party: [status, date]

    def is_open(self):
        return self.status in ("SIGNED", "ADOPTED", "IN_FORCE")

    def has_deadline(self):
        return self.status not in (None, "ANNOUNCED")

    def due(self):
        text = self.wording()
        return due.Due(span=edtf.parse(text)) if text else None

    def parties(self):
        return self.fields.get("parties")

    def apply(self, event, register):
        self.carry(event)
        parties, date = event.fields.get("parties", []), event.fields.get("date")
        if event.type in ("RATIFIED", "JOINED", "WITHDRAWN"):
            for party in parties:
                status, since = self.participants.get(party, (None, None))
                if date is None and status == event.type:
                    date_now = since
                else:
                    date_now = date or None
                self.participants[party] = [event.type, date_now]
        elif parties:
            self.put("parties", parties)
            if event.type in ("SIGNED", "ADOPTED"):
                for party in parties:
                    entry = self.participants.setdefault(party, ["SIGNED", None])
                    if entry[0] == "SIGNED" and date is not None:
                        entry[1] = date or None
        name = DATE_OF.get(event.type)
        if name and date is not None:
            if date:
                self.dates[name] = date
            else:
                self.dates.pop(name, None)
        if event.type in INSTRUMENT_RANK and INSTRUMENT_RANK[event.type] >= INSTRUMENT_RANK[self.status]:
            self.status = event.type
        self.introduced |= event.type in ("SIGNED", "ADOPTED", "ANNOUNCED")

    def record(self, register, day):
        return self.common() | {
            "status": self.status, "form": self.fields.get("form"), "binding": self.fields.get("binding"),
            "parties": self.parties(),
            "participants": [{"party": party, "status": status, "date": date}
                             for party, (status, date) in self.participants.items()][-KEPT:],
            "dates": self.dates, "period": self.wording(), "place": self.fields.get("place"),
            "summit": self.fields.get("summit"), "superseded_by": self.fields.get("superseded_by"),
            "commitments": register.counts(self, "instrument", day),
        }


class Summit(Subject):
    kind = "SUMMIT"
    copied = ("kind", "place", "hosts", "participants", "expected_signings")
    worded_by = "date"

    def __init__(self, event):
        super().__init__(event)
        self.status = None
        self.held = False
        self.held_last = None  # last day of the date HELD fulfilled

    def is_open(self):
        return self.status in ("PROPOSED", "SCHEDULED")

    def has_deadline(self):
        return True

    def due(self):
        text = self.wording()
        return due.parse(text, relative=False) if text else None

    def parties(self):
        return self.fields.get("hosts")

    def deadline_of(self, bounds):
        return (bounds[0], bounds[0])

    def latest_end(self):
        return self.days[1] if self.days else None

    def apply(self, event, register):
        """Gives what else the event did: 'reopened', 'moved'."""
        did = set()
        before = self.wording()
        self.carry(event)
        if event.type in ("PROPOSED", "SCHEDULED") and "date" in event.fields:
            self.put("date", event.fields["date"])
        changed = self.wording() != before
        if changed:
            self.start_over(register.zone.day(event.recorded_at))
        if event.type in ("PROPOSED", "SCHEDULED"):
            if self.status in ("HELD", "CANCELLED"):
                did.add("reopened")
            self.status = event.type
            self.introduced = True
        register.pass_over(self, changed or "reopened" in did)
        if event.type == "CANCELLED":
            self.status = "CANCELLED"
        elif event.type == "HELD":
            if "date" in event.fields:
                self.put("held_on", event.fields["date"])
            bounds = self.bounds(register)
            known = isinstance(bounds, tuple)
            self.held = True
            self.held_last = bounds[1] if known else None
            if self.is_open() and known and self.next_bounds(register):
                self.occurrence += 1
                self.status = "SCHEDULED"
                did.add("moved")
            else:
                self.status = "HELD"
        if self.held and self.held_last is None:
            bounds = self.bounds(register)
            self.held_last = bounds[1] if isinstance(bounds, tuple) else None
        return did

    def record(self, register, day):
        return self.common() | {
            "status": self.status, "kind": self.fields.get("kind"), "date": self.wording(),
            "latest_end": civil.text_of(self.latest_end()), "place": self.fields.get("place"),
            "hosts": self.parties(), "participants": self.fields.get("participants"),
            "held_on": self.fields.get("held_on"), "slippage": self.slippage, "slip_days": self.slip_days,
            "expected_signings": self.fields.get("expected_signings"),
            "identified_signings": sum(i.fields.get("summit") == self.id
                                       for i in register.of_kind(self.dossier, "INSTRUMENT")),
            "missed": self.missed, "occurrence": self.occurrence + 1 if self.repeating() else None,
            "commitments": register.counts(self, "summit", day),
        }


class Commitment(Subject):
    kind = "COMMITMENT"
    copied = ("parties", "instrument", "summit", "part_of", "due", "anchor", "anchor_event", "progress", "target",
              "value", "reason", "superseded_by")
    worded_by = "due"

    def __init__(self, event):
        super().__init__(event)
        self.delivery = None
        self.claims = {}
        self.disputed_by = set()
        self.fulfilled = None   # (earliest, latest) day of the fulfilment
        self.fulfilled_occurrences = 0

    def is_open(self):
        return self.delivery in ("UNDERTAKEN", "IN_PROGRESS")

    def has_deadline(self):
        return self.delivery != "PROPOSED"

    def parties(self):
        return self.fields.get("parties")

    def apply(self, event, register):
        did = set()
        before, text_before = self.delivery, self.wording()
        self.carry(event)
        changed = self.wording() != text_before
        if changed:
            self.start_over(register.zone.day(event.recorded_at))
        # Delivery (section 5): the highest reached; between equals the later.
        if event.type == "REPORTED":
            reached = "IN_PROGRESS" if (event.fields.get("progress") or 0) > 0 or (event.fields.get("value") or 0) > 0 \
                else None
        elif event.type in ("PROPOSED", "UNDERTAKEN", "FULFILLED", "WITHDRAWN", "SUPERSEDED"):
            reached = event.type
        else:
            reached = None
        if before is None and event.type != "PROPOSED":
            self.delivery = "UNDERTAKEN"
        if DELIVERY_RANK[reached] >= DELIVERY_RANK[self.delivery]:
            self.delivery = reached
        if event.type == "REOPENED":
            self.delivery = "UNDERTAKEN"
            self.fulfilled = None
            did.add("reopened")
        self.introduced |= event.type in ("PROPOSED", "UNDERTAKEN")
        register.pass_over(self, changed or "reopened" in did)
        if event.type == "FULFILLED":
            self.fulfil(event, before, register, did)
        claimant = event.get("claimed_by")
        if claimant:
            self.claim(claimant, event)
        return did

    def fulfil(self, event, before, register, did):
        bounds = self.bounds(register)
        current = self.repeating() and isinstance(bounds, tuple)
        if current and before != "FULFILLED":
            self.fulfilled_occurrences += 1
        if current and DELIVERY_RANK[before] < DELIVERY_RANK["FULFILLED"] and self.next_bounds(register):
            self.occurrence += 1
            self.delivery = "UNDERTAKEN"
            did.add("moved")
            return
        date = event.get("date")
        if date:
            span = edtf.parse(date)
            self.fulfilled = (span.earliest, span.latest)
        elif before != "FULFILLED":
            self.fulfilled = (register.zone.day(event.recorded_at),) * 2

    def claim(self, claimant, event):
        self.claims[claimant] = {"claimed_by": claimant, "type": event.type, "progress": event.fields.get("progress"),
                                 "value": event.fields.get("value"),
                                 "recorded_at": instant.text_of(event.recorded_at)}
        if event.type == "DISPUTED":
            self.disputed_by.add(claimant)
        elif event.type == "FULFILLED":
            self.disputed_by.discard(claimant)

    def clock(self, register):
        if not self.wording():
            return "NO_DEADLINE"
        bounds = self.bounds(register)
        return "NO_DEADLINE" if bounds == due.UNBOUNDED else "NOT_STARTED" if bounds is None else "RUNNING"

    def timeliness(self, register, day):
        if self.deadline is None or self.delivery in ("PROPOSED", "WITHDRAWN", "SUPERSEDED"):
            return "NONE"
        if self.delivery == "FULFILLED":
            return deadlines.timeliness_fulfilled(*self.fulfilled, self.deadline[1])
        return register.policy.timeliness_open(day, *self.deadline)

    def pace(self, day):
        target = self.fields.get("target")
        if target is None:
            return None
        answer = {"expected": None, "reported": None}
        first = edtf.parse(target["from"]).earliest if target.get("from") else None
        last = edtf.parse(target["to"]).latest if target.get("to") else None
        if first is not None and last is not None and last >= first:
            answer["expected"] = min(1.0, max(0.0, (day - first) / (last - first + 1)))
        value, goal, baseline = self.fields.get("value"), target.get("value"), target.get("baseline") or 0
        if "progress" in self.fields:
            answer["reported"] = self.fields["progress"]
        elif value is not None and goal is not None and goal != baseline:
            part, whole = value - baseline, goal - baseline
            if not (math.isfinite(part) and math.isfinite(whole)):
                part, whole = value / 2 - baseline / 2, goal / 2 - baseline / 2
            answer["reported"] = min(1.0, max(0.0, part / whole))
        return answer

    def record(self, register, day):
        get = self.fields.get
        parts = [c for c in register.of_kind(self.dossier, "COMMITMENT") if c.fields.get("part_of") == self.id]
        return self.common() | {
            "delivery": self.delivery, "contested": bool(self.disputed_by),
            "claims": list(self.claims.values())[-KEPT:], "clock": self.clock(register),
            "timeliness": self.timeliness(register, day), "parties": self.parties(), "instrument": get("instrument"),
            "summit": get("summit"), "part_of": get("part_of"), "due": self.wording(), "anchor": get("anchor"),
            "anchor_event": get("anchor_event"), "slippage": self.slippage, "slip_days": self.slip_days,
            "progress": get("progress"), "target": get("target"), "value": get("value"), "pace": self.pace(day),
            "parts": len(parts), "parts_fulfilled": sum(c.delivery == "FULFILLED" for c in parts),
            "occurrence": self.occurrence + 1 if self.repeating() else None,
            "fulfilled_occurrences": self.fulfilled_occurrences, "missed": self.missed,
            "superseded_by": get("superseded_by"), "reason": get("reason"),
        }


CLASSES = {"INSTRUMENT": Instrument, "SUMMIT": Summit, "COMMITMENT": Commitment}


class Register:
    def __init__(self, zone, policy):
        self.zone = zone
        self.policy = policy
        self.subjects = {}   # id: Subject
        self.dossiers = {}   # dossier: [Subject]
        self.succeeded = None  # set by task.py: the occurrences succeeded by the event's time

    def add(self, event):
        subject = CLASSES[event.kind](event)
        self.subjects[subject.id] = subject
        self.dossiers.setdefault(subject.dossier, []).append(subject)
        return subject

    def of_kind(self, dossier, kind):
        return [s for s in self.dossiers.get(dossier, ()) if s.kind == kind]

    def refusal(self, event):
        """Why an event cannot be applied (section 8), or None."""
        subject = self.subjects.get(event.subject)
        if subject is None:
            return None
        if subject.kind != event.kind:
            return "an id known under another kind"
        if subject.dossier != event.dossier:
            return "an entity of another dossier"
        return None

    def anchor_of(self, commitment):
        """The instrument or summit a relative due counts from, within the dossier (sections 1 and 4)."""
        for name, kinds in (("anchor", ("INSTRUMENT", "SUMMIT")), ("instrument", ("INSTRUMENT",)),
                            ("summit", ("SUMMIT",))):
            wanted = commitment.fields.get(name)
            if wanted:
                found = self.subjects.get(wanted)
                return found if found and found.dossier == commitment.dossier and found.kind in kinds else None
        return None

    def anchor_date(self, commitment):
        """(first, last day) of the anchor's date, None while it is unknown."""
        anchor = self.anchor_of(commitment)
        if anchor is None:
            return None
        event = commitment.fields.get("anchor_event") or ("SIGNED" if anchor.kind == "INSTRUMENT" else "HELD")
        if anchor.kind == "INSTRUMENT":
            if event == "SIGNED":
                return bounds_alone(anchor.dates.get("signed") or anchor.dates.get("adopted"))
            return bounds_alone(anchor.dates.get("in_force")) if event == "IN_FORCE" else None
        if event != "HELD" or not anchor.held:
            return None
        day = edtf.parse(anchor.fields["held_on"]).latest if "held_on" in anchor.fields else None
        if day is None:
            day = anchor.held_last
        return None if day is None else (day, day)

    def pass_over(self, subject, anew):
        """Section 4: occurrences already succeeded when the text changes, its first deadline is set, or on reopening."""
        if not subject.repeating() or not isinstance(subject.bounds(self), tuple):
            return
        if anew or subject.has_deadline() and not subject.text_had_deadline:
            while self.succeeded(subject):
                subject.occurrence += 1

    def counts(self, subject, field, day):
        answer = dict.fromkeys(("proposed", "open", "fulfilled", "withdrawn", "superseded", "overdue"), 0)
        for commitment in self.of_kind(subject.dossier, "COMMITMENT"):
            if commitment.fields.get(field) == subject.id:
                answer["open" if commitment.is_open() else commitment.delivery.lower()] += 1
                answer["overdue"] += commitment.timeliness(self, day) == "OVERDUE"
        return answer
