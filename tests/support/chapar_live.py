"""The live processor, and what it wrote, as a consumer of the topics sees it."""

import contextlib
import datetime
import hashlib
import pathlib
import sys

from chapar_avro import Schemas
from chapar_kafka import admin, brokers, connection, consume, delete_topics, end_offsets, topics
from chapar_run import run, start, wait_for
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "model"))

import canonical  # noqa: E402
import civil  # noqa: E402
import edtf  # noqa: E402

EVENTS = ("signings", "summits", "milestones")
REGISTERS = {"instruments": "instrument", "summits": "summit", "commitments": "commitment"}
# A dead member is noticed, and a dead producer's transaction given up, soon.
QUICK = ("-X", "session.timeout.ms=1500", "-X", "heartbeat.interval.ms=300",
         "-X", "transaction.timeout.ms=3000", "-X", "message.timeout.ms=2900")


def make_topics(prefix, partitions=4, at=None):
    run("topics", "create", "--brokers", at or brokers(), "--prefix", prefix, "--partitions", partitions, expect=0)


def group_of(prefix):
    return prefix + "group"


def options(prefix, at=None):
    return ("--brokers", at or brokers(), "--prefix", prefix)


def process(prefix, *more, at=None, env=None):
    """Starts `chapar process`: a context manager, see chapar_run.start()."""
    return start("process", *options(prefix, at), "--group", group_of(prefix), *QUICK, *more, env=env)


def process_all(prefix, *more, at=None, expect=0, timeout=60):
    """Runs `chapar process --until-end`."""
    return run("process", *options(prefix, at), "--group", group_of(prefix), "--until-end", *QUICK, *more,
               expect=expect, timeout=timeout)


def replay(prefix, *more, at=None, expect=0, timeout=60):
    return run("replay", *options(prefix, at), *more, expect=expect, timeout=timeout)


def verify(prefix, *more, at=None, timeout=120):
    """(exit code, what differs, the summary or None) of `chapar verify`."""
    done = run("verify", *options(prefix, at), *more, timeout=timeout)
    lines = done.lines()
    return done.code, lines[:-1], lines[-1] if lines else None


def clean_up(prefix, at=None):
    delete_topics(prefix, at)
    client = admin(at)
    for future in client.delete_consumer_groups([group_of(prefix)]).values():
        with contextlib.suppress(KafkaException):
            future.result(30)


# --- What was written ---

def instant_text(value):
    text = value.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def plain(value):
    """A decoded Avro value as `replay` prints it: nulls left out, days and instants as text."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if item is not None and name != "resume"}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return instant_text(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def alerts(prefix, at=None):
    """Every committed alert, in the order of partitions and offsets, as `replay` prints it."""
    schemas = Schemas()
    return [{"record": "alert"} | plain(schemas.decode(r.value)[1]) for r in consume(prefix + "alerts", at)]


def register(prefix, at=None):
    """The last record of each key of the register topics, as `replay` prints it, but with `as_of`."""
    schemas, found = Schemas(), {}
    for topic, name in REGISTERS.items():
        for r in consume(f"{prefix}register.{topic}", at):
            found[name, r.key.decode()] = {"record": name} | plain(schemas.decode(r.value)[1])
    return [found[key] for key in sorted(found, key=lambda k: (list(REGISTERS.values()).index(k[0]), k[1]))]


def dead_letters(prefix, at=None):
    return consume(prefix + "dead-letters", at)


def replayed(prefix, *more, at=None, timeout=60):
    """(alerts, register, the reports on standard error) of a replay of the topics."""
    done = replay(prefix, "--emit", "alerts,register", *more, at=at, timeout=timeout)
    lines = done.lines()
    return ([line for line in lines if line["record"] == "alert"],
            [line for line in lines if line["record"] != "alert"], done.err.splitlines())


def as_of(record, day):
    """The record as it reads on that day (counted from 0000-03-01 as tests/model does): the pace that is
    expected goes on without the record being written anew."""
    target, pace = record.get("target", {}), record.get("pace")
    if pace is None or not target.get("from") or not target.get("to"):
        return record
    first, last = edtf.parse(target["from"]).earliest, edtf.parse(target["to"]).latest
    if first is None or last is None or last < first:
        return record
    return record | {"pace": pace | {"expected": min(1.0, max(0.0, (day - first) / (last - first + 1)))}}


def day_of(text):
    """The day of an instant in UTC, as tests/model counts it."""
    return civil.day_of(int(text[:4]), int(text[5:7]), int(text[8:10]))


def timeless(record):
    """What of a register record does not depend on when it was written."""
    record = {name: value for name, value in record.items() if name != "as_of"}
    if "pace" in record:
        record["pace"] = {name: value for name, value in record["pace"].items() if name != "expected"}
    return record


def state_hash(records, clock):
    """The state hash of a register read from the topics, at that clock (RFC 3339, UTC)."""
    digest = hashlib.sha256()
    for record in records:
        record = as_of(record, day_of(clock))
        record = {name: value for name, value in record.items() if name != "as_of"}
        record["last"] = {n: v for n, v in record["last"].items() if n not in ("partition", "offset")}
        digest.update((canonical.dumps(record) + "\n").encode())
    return digest.hexdigest()


def differences(ours, theirs, key):
    """Lines that say how two lists of records differ, whatever their order; nothing may stand twice."""
    sides, lines = ({}, {}), []
    for side, records, name in zip(sides, (ours, theirs), ("ours", "theirs")):
        for record in records:
            if key(record) in side:
                lines.append(f"twice in {name}: {record}")
            side[key(record)] = record
    for missing in sorted(sides[1].keys() - sides[0].keys()):
        lines.append(f"missing: {sides[1][missing]}")
    for more in sorted(sides[0].keys() - sides[1].keys()):
        lines.append(f"too many: {sides[0][more]}")
    for both in sorted(sides[0].keys() & sides[1].keys()):
        one, other = sides[0][both], sides[1][both]
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                lines.append(f"{both}: {name}: {one.get(name)!r}, not {other.get(name)!r}")
    return lines


def alert_differences(ours, theirs):
    return differences(ours, theirs, lambda a: a["alert_id"])


def register_differences(ours, theirs):
    return differences([timeless(r) for r in ours], [timeless(r) for r in theirs],
                       lambda r: (r["record"], r["id"]))


# --- The group ---

# Of a broker that has just come back.
_NOT_YET = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE,
            KafkaError.REQUEST_TIMED_OUT)


def committed(prefix, at=None):
    """The group's committed offsets: {(topic without prefix, partition): offset}; what was never committed is
    left out. Asked as a member would that has not joined: the group does not notice."""
    consumer = Consumer(connection(at) | {"group.id": group_of(prefix)})
    places = [TopicPartition(prefix + t, p) for t in EVENTS for p in range(topics(prefix, at)[prefix + t])]

    def ask():
        try:
            return consumer.committed(places, timeout=30)
        except KafkaException as e:
            if e.args[0].code() not in _NOT_YET:
                raise
            return None
    try:
        found = wait_for(ask, what="the group's coordinator")
    finally:
        consumer.close()
    return {(tp.topic.removeprefix(prefix), tp.partition): tp.offset for tp in found if tp.offset >= 0}


def reset_offsets(prefix, at=None):
    """Sets the group's offsets to the beginning, as an operator might; the group has no members then."""
    client = admin(at)
    places = [TopicPartition(prefix + topic, p, 0) for topic in EVENTS for p in end_offsets(prefix + topic, at)]
    asked = ConsumerGroupTopicPartitions(group_of(prefix), places)
    client.alter_consumer_group_offsets([asked])[group_of(prefix)].result(30)


def members(prefix, at=None):
    """How many members the group has."""
    client = admin(at)
    return len(client.describe_consumer_groups([group_of(prefix)])[group_of(prefix)].result(30).members)


def ends(prefix, at=None):
    """The ends of the event topics, as committed() gives them; the marks of transactions are counted."""
    return {(t, p): end for t in EVENTS for p, end in end_offsets(prefix + t, at).items()}


def wait_until_processed(running, prefix, at=None, deadline=60):
    """Waits until the group has committed everything that is in the topics now."""
    goal = ends(prefix, at)

    def reached():
        now = committed(prefix, at)
        return all(now.get(place, 0) >= end for place, end in goal.items())
    running.wait_for(reached, deadline, "the group to commit what is there")
