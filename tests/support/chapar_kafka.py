"""Looking at Kafka with a client that is not chapar's.

A test finds the broker by the environment that CTest sets. By hand:

    deploy/kafka/kafka start > /tmp/kafka.address
    CHAPAR=build/dev/chapar CHAPAR_SCHEMAS=schemas CHAPAR_BROKERS_FILE=/tmp/kafka.address \\
        build/python/bin/python3 tests/support/run_tests.py tests/kafka/test_records.py

Tests run side by side on one broker: every test takes its own `unique_prefix()`.
"""

import dataclasses
import os
import pathlib
import subprocess
import time
import uuid

from chapar_run import wait_for
from confluent_kafka import (OFFSET_BEGINNING, Consumer, IsolationLevel, KafkaError, KafkaException, Producer,
                             TopicPartition)
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

KAFKA = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "kafka"


def brokers():
    """HOST:PORT of the broker that the tests share."""
    return pathlib.Path(os.environ["CHAPAR_BROKERS_FILE"]).read_text().strip()


def unique_prefix(name="test"):
    """A topic prefix that no other test has, on this or another run."""
    return f"{name}-{uuid.uuid4().hex[:12]}."


class Node:
    """A broker of the test's own, for tests that stop, kill or starve it. A context manager: ends with
    the block, its data too. `settings` are broker settings.

    After a KILL the controller keeps the dead broker's place for its session, and the restarted one waits as long: the
    session is short here. For a broker that lives long it must not be: where a disk stands still for longer, the controller
    takes all from the broker and gives it back, and Kafka 4.1 may then leave a group without a coordinator."""

    QUICK = {"broker_session_timeout_ms": 3000, "broker_heartbeat_interval_ms": 500}

    def __init__(self, **settings):
        nodes = pathlib.Path(os.environ["CHAPAR_BROKERS_FILE"]).parent / "kafka-nodes"
        self.folder = nodes / uuid.uuid4().hex[:12]
        self.settings = [f"{k.replace('_', '.')}={v}" for k, v in (self.QUICK | settings).items()]

    def _kafka(self, command, *options):
        quick = {"CHAPAR_KAFKA_JAVA_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"}  # it lives for seconds
        done = subprocess.run([KAFKA, command, "--dir", self.folder, *options], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=180, env=quick | os.environ)
        if done.returncode:
            raise AssertionError(f"kafka {command}: exit {done.returncode}\n{done.stderr}")
        return done.stdout.strip()

    def start(self):
        """Starts it, or starts it again on the same port with the same data."""
        options = [part for setting in self.settings for part in ("--set", setting)]
        self.brokers = self._kafka("start", *options)
        return self.brokers

    def stop(self):
        self._kafka("stop")

    def kill(self):
        self._kafka("stop", "--kill")

    @property
    def pid(self):
        return int((self.folder / "kafka.pid").read_text())

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self._kafka("stop", "--kill", "--wipe")
            raise
        return self

    def __exit__(self, *_):
        self._kafka("stop", "--kill", "--wipe")


def connection(at=None):
    """The settings that bring a client to the broker. Everything here takes `at`: HOST:PORT, or such settings
    where the broker lets nobody in unasked; left out, the broker that the tests share."""
    return at if isinstance(at, dict) else {"bootstrap.servers": at or brokers()}


def admin(at=None):
    """The caller keeps the client until its answers are there: they are lost with it."""
    return AdminClient(connection(at))


def create_topics(names, partitions=4, at=None, **config):
    """Makes topics and waits until they are there. `config` with underscores for dots."""
    config = {k.replace("_", "."): str(v) for k, v in config.items()}
    client = admin(at)
    made = client.create_topics([NewTopic(n, partitions, 1, config=config) for n in names], operation_timeout=30)
    for future in made.values():
        future.result(30)
    wait_for(lambda: set(names) <= set(topics("", at)), what=f"topics {names}")


def topics(prefix="", at=None):
    """Partition count by name of every topic whose name starts with `prefix`."""
    found = admin(at).list_topics(timeout=30).topics
    return {n: len(t.partitions) for n, t in found.items() if n.startswith(prefix)}


def topic_config(name, at=None):
    """The topic's settings, as texts by name."""
    resource = ConfigResource(ResourceType.TOPIC, name)
    client = admin(at)
    entries = client.describe_configs([resource])[resource].result(30)
    return {n: e.value for n, e in entries.items()}


def delete_topics(prefix, at=None):
    client, names = admin(at), list(topics(prefix, at))
    if names:
        for future in client.delete_topics(names, operation_timeout=30).values():
            future.result(30)


@dataclasses.dataclass
class Record:
    """A record of Kafka; header values are bytes, in the order they were written."""
    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: list
    timestamp: int  # milliseconds

    def header(self, name):
        """The text of the header of that name, or None."""
        return next((v.decode() for n, v in self.headers if n == name and v is not None), None)


def produce(topic, records, at=None, **properties):
    """Writes records, in order, and returns [(partition, offset)] once the broker has them all.
    A record is a dict with any of key, value, headers, timestamp (milliseconds) and partition; without
    `partition` the key's murmur2 chooses, as every Java client would."""
    properties = {k.replace("_", "."): v for k, v in properties.items()}
    producer = Producer(connection(at) | {"partitioner": "murmur2_random", "enable.idempotence": True,
                                          "linger.ms": 5} | properties)
    placed, failed = [None] * len(records), []

    def delivered(i):
        def callback(error, message):
            if error:
                failed.append(f"record {i}: {error}")
            else:
                placed[i] = (message.partition(), message.offset())
        return callback

    for i, record in enumerate(records):
        optional = {k: v for k, v in record.items() if v is not None}
        while True:
            try:
                producer.produce(topic, on_delivery=delivered(i), **optional)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    left = producer.flush(60)
    assert not failed and left == 0, f"{topic}: {failed}, {left} without an answer"
    return placed


# A topic is there a moment before the leaders of its partitions are; so is a broker that comes back.
_NOT_YET = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE,
            KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError.FENCED_LEADER_EPOCH)


def end_offsets(topic, at=None):
    """The end of each partition of the topic, by number, counting open transactions."""
    client = admin(at)
    asked = {TopicPartition(topic, p): OffsetSpec.latest() for p in range(topics(topic, at)[topic])}

    def ask():
        found = client.list_offsets(asked, isolation_level=IsolationLevel.READ_UNCOMMITTED)
        try:
            return {tp.partition: future.result(30).offset for tp, future in found.items()}
        except KafkaException as e:
            if e.args[0].code() not in _NOT_YET:
                raise
            return None

    return wait_for(ask, what=f"the ends of {topic}")


def consume(topic, at=None, committed=True, deadline=30):
    """All records of a topic up to the end it has now, by partition and offset.

    With `committed`, waits until no transaction is open before that end: a commit returns to its
    producer a moment before readers see it. A transaction that stays open fails the test after
    `deadline` seconds in which nothing came."""
    ends = end_offsets(topic, at)
    missing = {p: end for p, end in ends.items() if end > 0}
    if not missing:
        return []
    consumer = Consumer({"group.id": f"reader-{uuid.uuid4()}"} | connection(at) | {
        "enable.auto.commit": False, "enable.partition.eof": True,
        "fetch.wait.max.ms": 50, "isolation.level": "read_committed" if committed else "read_uncommitted"})
    records = []
    try:
        consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in missing])
        limit = time.monotonic() + deadline
        while missing:
            assert time.monotonic() < limit, f"{topic}: partitions {missing} not read to their ends"
            for message in consumer.consume(500, 0.1):
                if _at_end(message):
                    # The offset of an end counts control records too, that of the last record does not.
                    if message.offset() >= missing.get(message.partition(), message.offset() + 1):
                        del missing[message.partition()]
                elif message.offset() < ends[message.partition()]:
                    records.append(_record(message))
                    limit = time.monotonic() + deadline
    finally:
        consumer.close()
    return sorted(records, key=lambda r: (r.partition, r.offset))


def _at_end(message):
    error = message.error()
    assert error is None or error.code() == KafkaError._PARTITION_EOF, f"{message.topic()}: {error}"
    return error is not None


def _record(message):
    return Record(message.topic(), message.partition(), message.offset(), message.key(), message.value(),
                  message.headers() or [], message.timestamp()[1])
