"""What `chapar process` must have written, told by the model of tests/model from what stands in the topics.

Nothing of chapar is asked: the events are read with another client, decoded with another Avro, merged, folded
and judged in Python, task by task.
"""

import collections
import concurrent.futures
import datetime
import json

from chapar_avro import Schemas
from chapar_history import SCHEMAS, TOPICS
from chapar_kafka import consume
from chapar_live import alerts, dead_letters, register, timeless

import events as model_events  # noqa: I001  (tests/model, whose path chapar_live sets)
import instant
import replay as model_replay
import task as model_task
from zone import Zone

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
KINDS = list(TOPICS)


class Expected:
    """Of one task: its alerts in order, its register, its dead letters as (topic, offset, reason)."""

    def __init__(self):
        self.alerts, self.register, self.dead = [], [], []


def _milliseconds(value):
    return value if isinstance(value, int) else (value - EPOCH) // datetime.timedelta(milliseconds=1)


def _read(schemas, kind, record):
    """(the model's event, None), or (None, the reason why it is no event)."""
    value = record.value or b""
    if value[:2] == b"\xc3\x01" and len(value) >= 10 and value[2:10] not in schemas.by_fingerprint:
        return None, "unknown-schema"
    if value[:1] == b"\x00" and len(value) >= 5:
        return None, "unknown-schema"
    try:
        name, fields = schemas.decode(value)
        assert name == SCHEMAS[kind]
        fields["recorded_at"] = _milliseconds(fields["recorded_at"])
    except Exception:
        return None, "malformed"
    at = fields["recorded_at"]
    line = {"event": kind} | {n: v for n, v in fields.items() if v is not None}
    try:
        line["recorded_at"] = instant.text_of(at)
        event = model_events.parse(json.dumps(line))
    except ValueError:
        return None, "invalid"
    if record.key != event.dossier.encode() or record.timestamp != at or not fields.get("dossier"):
        return None, "invalid"
    event.offset = record.offset
    return event, None


def _placed(value, prefix, partition):
    """A record of the model as it stands in these topics and this partition."""
    def place(at):
        return at | {"topic": prefix + at["topic"].removeprefix("chapar."), "partition": partition}
    return value | {name: place(value[name]) for name in ("cause", "last") if name in value}


def _task(prefix, partition, queues, clock, zone, schemas):
    made, expected = model_task.Task(Zone(zone)), Expected()
    heads = dict.fromkeys(KINDS, 0)
    while True:
        there = [k for k in KINDS if heads[k] < len(queues[k])]
        if not there:
            break
        kind = min(there, key=lambda k: (queues[k][heads[k]].timestamp, KINDS.index(k)))
        record = queues[kind][heads[kind]]
        heads[kind] += 1
        event, reason = _read(schemas, kind, record)
        if event:
            refused = len(made.refused)
            made.apply(event)
            reason = "invalid" if len(made.refused) > refused else None
        if reason:
            expected.dead.append((prefix + TOPICS[kind], record.offset, reason))
    if clock and made.clock is not None:
        made.step(instant.parse(clock))
    expected.alerts = [_placed(model_replay.without_nulls(a), prefix, partition) for a in made.alerts]
    expected.register = [_placed(r, prefix, partition) for r in model_replay.records(made)]
    return expected


def expect(prefix, clock=None, at=None, zone="UTC"):
    """{partition: Expected} of everything committed to the event topics now; `clock` is the INSTANT (RFC 3339)
    that the processor was given, None for stream time."""
    schemas, queues = Schemas(), {}
    for kind, records in zip(KINDS, _together(*[(consume, prefix + topic, at) for topic in TOPICS.values()])):
        for record in records:
            queues.setdefault(record.partition, {k: [] for k in KINDS})[kind].append(record)
    return {p: _task(prefix, p, queues[p], clock, zone, schemas) for p in sorted(queues)}


def _together(*calls):
    """Reads several topics at once: most of it is waiting."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(*call) for call in calls]]


# --- Comparing ---

def _same(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same(one.get(n) or None, other.get(n) or None) for n in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    numbers = (int, float)
    if isinstance(one, numbers) and isinstance(other, numbers) and not isinstance(one, bool):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return (one or None) == (other or None)


def _fields(name, ours, theirs):
    for field in sorted(ours.keys() | theirs.keys()):
        if not _same(ours.get(field), theirs.get(field)):
            yield f"{name}: {field}: {ours.get(field)!r}, the model has {theirs.get(field)!r}"


def _lists(what, ours, theirs, key):
    """How two lists differ, in which nothing stands twice and the order counts."""
    keys, wanted = [key(r) for r in ours], [key(r) for r in theirs]
    found, known = set(keys), dict(zip(wanted, theirs))
    yield from (f"{what} {k}: written twice" for k, n in collections.Counter(keys).items() if n > 1)
    yield from (f"{what} {k}: lost" for k in wanted if k not in found)
    yield from (f"{what} {k}: not of this history" for k in keys if k not in known)
    if keys != wanted and sorted(map(str, keys)) == sorted(map(str, wanted)):
        first = next(i for i, (a, b) in enumerate(zip(keys, wanted)) if a != b)
        yield f"{what}: out of order from {keys[first]}, the model has {wanted[first]} there"
    for k, mine in zip(keys, ours):
        if k in known:
            yield from _fields(f"{what} {k}", mine, known[k])


def _alert_key(alert):
    return alert["subject"], alert["revision"], alert["kind"], alert["stage"]


def _partition(record):
    return record["last"]["partition"] if "last" in record else record["cause"]["partition"]


def model_differences(prefix, clock=None, at=None, zone="UTC"):
    """Lines that say how the committed alerts (in their order), register and dead letters differ from what the
    model makes of the committed events. None: nothing was lost, doubled, or wrong."""
    lines = []
    expected, raised, kept, dead = _together((expect, prefix, clock, at, zone), (alerts, prefix, at),
                                             (register, prefix, at), (dead_letters, prefix, at))
    for p, wanted in expected.items():
        lines += _lists(f"partition {p}: alert", [a for a in raised if _partition(a) == p], wanted.alerts, _alert_key)
        lines += _lists(f"partition {p}: record", [timeless(r) for r in kept if _partition(r) == p],
                        [timeless(r) for r in wanted.register], lambda r: (r["record"], r["id"]))
        letters = [(r.header("chapar_topic"), int(r.header("chapar_offset")), r.header("chapar_reason"))
                   for r in dead if int(r.header("chapar_partition")) == p]
        lines += _lists(f"partition {p}: dead letter", [{"at": x} for x in sorted(letters)],
                        [{"at": x} for x in sorted(wanted.dead)], lambda r: r["at"])
    known = set(expected)
    lines += [f"from a partition without events: {r}" for r in (*raised, *kept) if _partition(r) not in known]
    lines += [f"in another partition: {r}" for r in dead if r.partition != int(r.header("chapar_partition"))]
    return lines


def unordered_differences(prefix, at=None, zone="UTC"):
    """The same as far as it does not depend on when an event arrived beside those of other topics: for late
    events of several topics."""
    own = ("record", "id", "dossier", "title", "note", "sources", "initiated_by", "pursuant_to", "events", "duplicates",
           "last")
    lines = []
    expected, raised, kept, dead = _together((expect, prefix, None, at, zone), (alerts, prefix, at),
                                             (register, prefix, at), (dead_letters, prefix, at))
    for p, wanted in expected.items():
        lines += _lists(f"partition {p}: record",
                        [{n: r.get(n) for n in own} for r in kept if _partition(r) == p],
                        [{n: r.get(n) for n in own} for r in wanted.register], lambda r: (r["record"], r["id"]))
        letters = sorted((r.header("chapar_topic"), int(r.header("chapar_offset"))) for r in dead if r.partition == p)
        if letters != sorted(x[:2] for x in wanted.dead):
            lines.append(f"partition {p}: dead letters {letters}, the model has {wanted.dead}")
    ids = collections.Counter(a["alert_id"] for a in raised)
    lines += [f"alert {i}: written twice" for i, n in ids.items() if n > 1]
    return lines


