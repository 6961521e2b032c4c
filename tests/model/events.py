"""Events as lines of a file (sections 3 and 9): parsed, checked, and given their default id and dossier."""
import json
import math
import re
import uuid
from dataclasses import dataclass, field

import canonical
import due
import edtf
import instant

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}", re.ASCII)
PARTY = re.compile(r"[A-Z]{3}|org:[a-z0-9][a-z0-9._-]{0,127}", re.ASCII)
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "chapar.org")
TOPICS = {"signing": "chapar.signings", "summit": "chapar.summits", "milestone": "chapar.milestones"}

TYPES = {
    "signing": ("ANNOUNCED SIGNED ADOPTED RATIFIED IN_FORCE JOINED WITHDRAWN TERMINATED SUPERSEDED UNKNOWN"),
    "summit": "PROPOSED SCHEDULED HELD CANCELLED UNKNOWN",
    "milestone": "PROPOSED UNDERTAKEN REPORTED FULFILLED RESCHEDULED WITHDRAWN SUPERSEDED REOPENED DISPUTED UNKNOWN",
}
FORMS = "DECLARATION TREATY AGREEMENT MEMORANDUM PROGRAMME ACTION_PLAN STATEMENT ROAD_MAP CONTRACT RESOLUTION OTHER UNKNOWN"
KINDS = "SUMMIT CONFERENCE FORUM MEETING ASSEMBLY EXHIBITION OBSERVANCE UNKNOWN"


class Malformed(ValueError):
    pass


def need(condition, message):
    if not condition:
        raise Malformed(message)


# Each check takes a value that is neither null nor an empty string or array, and the event's type.
def string(value, _):
    need(isinstance(value, str), "not a string")


def pattern(shape):
    def check(value, _):
        need(isinstance(value, str) and shape.fullmatch(value), "malformed")
    return check


def one_of(names):
    names = frozenset(names.split())

    def check(value, _):
        need(isinstance(value, str) and value in names, "not one of the names")
    return check


def parties(value, _):
    need(isinstance(value, list), "not an array")
    for party in value:
        need(isinstance(party, str) and PARTY.fullmatch(party), "not a party")


def number(value, _):
    need(isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value), "not a number")


def share(value, _):
    number(value, _)
    need(0 <= value <= 1, "not within 0..1")


def integer(value, _):
    need(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31, "not a count")


def date(value, _):
    need(isinstance(value, str), "not a date")
    edtf.parse(value)


def summit_date(value, type_):
    need(isinstance(value, str), "not a date")
    if type_ in ("PROPOSED", "SCHEDULED"):  # section 4: only there it may repeat
        due.parse(value, relative=False)
    else:
        edtf.parse(value)


def due_text(value, _):
    need(isinstance(value, str), "not a due")
    due.parse(value)


def record(fields):
    def check(value, type_):
        need(isinstance(value, dict), "not an object")
        for name, item in value.items():
            need(name in fields, f"unknown field {name}")
            if item is not None and item != "":
                fields[name](item, type_)
    return check


identifier = pattern(ID)
SOURCE = record({"document": string, "locator": string, "sha256": pattern(re.compile("[0-9a-f]{64}")), "url": string})
TARGET = record({"unit": string, "baseline": number, "value": number, "from": date, "to": date})

EVERY = {"event_id": string, "recorded_at": string, "dossier": identifier, "initiated_by": parties,
         "pursuant_to": identifier, "source": SOURCE, "note": string, "title": string}
FIELDS = {
    "signing": EVERY | {"instrument": identifier, "type": one_of(TYPES["signing"]), "form": one_of(FORMS),
                        "binding": one_of("BINDING POLITICAL UNKNOWN"), "parties": parties, "date": date,
                        "period": date, "place": string, "summit": identifier, "superseded_by": identifier},
    "summit": EVERY | {"summit": identifier, "type": one_of(TYPES["summit"]), "kind": one_of(KINDS),
                       "date": summit_date, "place": string, "hosts": parties, "participants": parties,
                       "expected_signings": integer},
    "milestone": EVERY | {"commitment": identifier, "type": one_of(TYPES["milestone"]), "parties": parties,
                          "instrument": identifier, "summit": identifier, "part_of": identifier, "due": due_text,
                          "anchor": identifier, "anchor_event": one_of("SIGNED IN_FORCE HELD UNKNOWN"),
                          "date": date, "progress": share, "target": TARGET, "value": number,
                          "claimed_by": pattern(PARTY), "reason": string, "superseded_by": identifier},
}
SUBJECT = {"signing": "instrument", "summit": "summit", "milestone": "commitment"}
# What must be there; what an empty string cannot clear (an enum, a number, an array have no empty string).
REQUIRED = ("recorded_at", "type")
TEXTS = frozenset("event_id dossier pursuant_to note title date period place summit superseded_by instrument "
                  "part_of due anchor claimed_by reason".split())


@dataclass
class Event:
    kind: str          # INSTRUMENT, SUMMIT, COMMITMENT
    subject: str
    type: str
    dossier: str
    recorded_at: int
    event_id: str
    topic: str
    offset: int = 0
    fields: dict = field(default_factory=dict)  # what it carries; "" clears

    def get(self, name):
        """The value carried, None where there is none or it is empty."""
        return self.fields.get(name) or None


SUBJECT_KIND = {"signing": "INSTRUMENT", "summit": "SUMMIT", "milestone": "COMMITMENT"}


def parse(line):
    """The event of one line; Malformed (or another ValueError) says what is wrong with it."""
    given = json.loads(line)
    need(isinstance(given, dict), "not an object")
    what = given.get("event")
    need(isinstance(what, str) and what in FIELDS, "event: not one of signing, summit, milestone")
    known = FIELDS[what]
    carried = {}
    for name, value in given.items():
        if name == "event":
            continue
        need(name in known, f"{name}: unknown field")
        if value is None or value == []:
            continue
        if value == "" and name in TEXTS:
            carried[name] = ""
            continue
        try:
            known[name](value, given.get("type"))
        except ValueError as error:
            raise Malformed(f"{name}: {error}") from None
        carried[name] = value
    for name in (*REQUIRED, SUBJECT[what]):
        need(carried.get(name), f"{name}: missing")
    if carried["type"] == "DISPUTED":
        need(carried.get("claimed_by"), "claimed_by: missing")
    recorded_at = instant.parse(carried["recorded_at"])
    need(recorded_at >= 1, "recorded_at: not later than 1970")
    # Section 1: a dossier left out.
    dossier = carried.get("dossier") or (
        carried[SUBJECT[what]] if what != "milestone" else carried.get("instrument") or carried.get("summit"))
    need(dossier, "dossier: missing")
    event_id = carried.get("event_id")
    if event_id is None:
        event_id = str(uuid.uuid5(NAMESPACE, canonical.dumps({n: v for n, v in given.items() if n != "event_id"})))
    need(event_id, "event_id: empty")
    fields = {name: value for name, value in carried.items()
              if name not in ("event_id", "recorded_at", "dossier", "type", SUBJECT[what])}
    return Event(SUBJECT_KIND[what], carried[SUBJECT[what]], carried["type"], dossier, recorded_at, event_id,
                 TOPICS[what], fields=fields)


def read(lines):
    """(events, errors) of the lines of the files: errors as (line number from 1, message). Offsets from 0 a topic."""
    events, errors, ends = [], [], dict.fromkeys(TOPICS.values(), 0)
    for position, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = parse(line)
        except ValueError as error:
            errors.append((position, str(error)))
            continue
        event.offset = ends[event.topic]
        ends[event.topic] += 1
        events.append(event)
    return events, errors
