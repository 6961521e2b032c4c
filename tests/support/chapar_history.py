"""Whole histories of events for the tests of the processor: dense, and repeatable from a seed.

They are those of tests/model/generate.py, in which unlikely things meet often: repeating and relative dues,
reschedules, fulfilments, duplicates, ids known under another kind, days that are the edge of a stage.
"""

import json
import pathlib
import random
import sys
import uuid

from chapar_avro import Schemas
from chapar_kafka import connection
from confluent_kafka import Producer

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "model"))

import generate  # noqa: E402
import instant  # noqa: E402

TOPICS = {"signing": "signings", "summit": "summits", "milestone": "milestones"}
SCHEMAS = {"signing": "Signing", "summit": "Summit", "milestone": "Milestone"}
SUBJECTS = {"signing": "instrument", "summit": "summit", "milestone": "commitment"}
REFERENCES = ("instrument", "summit", "commitment", "dossier", "part_of", "anchor", "superseded_by", "pursuant_to")


def event(kind, subject, type_, at, **fields):
    """An event as a line of a file would have it; `at` is RFC 3339, the dossier by default the subject."""
    made = {"event": kind, SUBJECTS[kind]: subject, "type": type_, "recorded_at": at, "dossier": subject} | fields
    return {"event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(made, sort_keys=True)))} | made


def history(seed, cases, tag="k", in_order=True, unique=False, kinds_apart=False):
    """Events of that many small cases, each with dossiers of its own, as one history: in the order in which
    they became known, or else only roughly so. With `unique`, none has the id of another. With `kinds_apart`, no
    id is used for two kinds of subject: which of them is refused depends on the order. No id is used in two
    dossiers: whether that is noticed depends on their partitions."""
    numbered = [[_of_case(given, f"{tag}{number}-", unique and f"{seed} {number} {position}")
                 for position, given in enumerate(generate.case(f"{seed}:{number}").events)]
                for number in range(cases)]
    if in_order:
        events = sorted((e for mine in numbered for e in mine), key=order)
    else:
        draw, events = random.Random(seed), []
        while any(numbered):
            events.append(draw.choice([mine for mine in numbered if mine]).pop(0))
    homes = {}

    def is_at_home(e):
        home = (e["dossier"], e["event"] if kinds_apart else None)
        return homes.setdefault(e[SUBJECTS[e["event"]]], home) == home
    return [e for e in events if is_at_home(e)]


def order(event):
    """By time; at the same time in the order of topics, as a task applies them."""
    return event["recorded_at"], list(TOPICS).index(event["event"])


def _of_case(given, tag, salt):
    made = dict(given)
    made.setdefault("dossier", made[SUBJECTS[made["event"]]] if made["event"] != "milestone"
                    else made.get("instrument") or made.get("summit"))
    for name in REFERENCES:
        if made.get(name):
            made[name] = tag + made[name]
    made["recorded_at"] = instant.text_of(instant.parse(made["recorded_at"]))
    if salt or "event_id" not in made:
        made["event_id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(made, sort_keys=True) + (salt or "")))
    return made


def milliseconds(event):
    return instant.parse(event["recorded_at"])


class Writer:
    """Makes Kafka records of events."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.schemas = Schemas()

    def record(self, event, **other):
        """The record of an event, to be given to publish(); `other` replaces parts of it."""
        at = milliseconds(event)
        fields = {name: value for name, value in event.items() if name != "event"} | {"recorded_at": at}
        return {"topic": self.prefix + TOPICS[event["event"]], "key": event["dossier"], "timestamp": at,
                "value": self.schemas.encode(SCHEMAS[event["event"]], fields)} | other


class Publisher:
    """Publishes records in transactions, one after the other. Not to be used by two threads at once."""

    def __init__(self, at=None):
        self.producer = Producer(connection(at) | {"transactional.id": str(uuid.uuid4()), "linger.ms": 1,
                                                   "partitioner": "murmur2_random", "retry.backoff.ms": 5})
        self.producer.init_transactions(60)

    def publish(self, records, abort=False):
        """All of them in one transaction; returns once it is committed (or aborted)."""
        self.begin(records, flush=abort)
        self.end(abort)

    def begin(self, records, flush=True):
        """The transaction stays open. With `flush`, returns once the broker has them all."""
        self.producer.begin_transaction()
        for record in records:
            self.producer.produce(**record)
        if flush:
            self.producer.flush(60)

    def end(self, abort=False):
        if abort:
            self.producer.abort_transaction(60)
        else:
            self.producer.commit_transaction(60)


def publish(records, at=None, transaction=None):
    """Publishes all records, in transactions of that many (None: one)."""
    publisher, size = Publisher(at), transaction or max(1, len(records))
    for start in range(0, len(records), size):
        publisher.publish(records[start:start + size])


def write_lines(path, events):
    """An event file."""
    path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events), encoding="utf-8")
    return path
