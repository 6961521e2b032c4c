"""Tests with checkpoints, and their files, read by the description in edge/file/changelog_format.h; checksums are left
to chapar."""

import pathlib
import re
import shutil
import struct
import unittest
import uuid

from chapar_history import Publisher, Writer, history
from chapar_kafka import brokers, consume, unique_prefix
from chapar_live import (REGISTERS, alert_differences, alerts, clean_up, make_topics, process, process_all, register,
                         register_differences, replayed, wait_until_processed)
from chapar_run import scratch_folder
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

HEADER, BLOCK, ENTRY = "<16sIIQ", "<IIQ", "<qqIIII"
TOMBSTONE = 0xFFFFFFFF
PARTITIONS = 4
INSTANT = "2034-01-01T00:00:00Z"
# The thread that keeps the checkpoint hears of records soon.
SOON = ("-X", "fetch.wait.max.ms=50")


def file_of(folder, partition):
    return pathlib.Path(folder) / f"task-{partition}"


def blocks(data):
    """(where it begins, its entries as (topic, offset, key, value)) of each whole block."""
    at = struct.calcsize(HEADER) + struct.unpack_from(HEADER, data)[2]
    while at + struct.calcsize(BLOCK) <= len(data):
        length, count, _ = struct.unpack_from(BLOCK, data, at)
        place, end = at + struct.calcsize(BLOCK), at + struct.calcsize(BLOCK) + length
        if end > len(data):
            return
        entries = []
        for _ in range(count):
            offset, _, topic, key, value, _ = struct.unpack_from(ENTRY, data, place)
            place += struct.calcsize(ENTRY)
            size = 0 if value == TOMBSTONE else value
            entries.append((topic, offset, data[place:place + key],
                            None if value == TOMBSTONE else data[place + key:place + key + size]))
            place += key + size
        assert place == end, f"a block of {count} entries has {length} bytes"
        yield at, entries
        at = end


def kept(folder, partition):
    """The entries of a task's file."""
    path = file_of(folder, partition)
    data = path.read_bytes() if path.exists() else b""
    if len(data) < struct.calcsize(HEADER):
        return []
    return [entry for _, entries in blocks(data) for entry in entries]


def last_records(prefix, at=None, partitions=4):
    """The offset of the last committed record of each partition of the register: {(partition, topic): offset}."""
    names = [f"{prefix}register.{topic}" for topic in REGISTERS]
    consumer = Consumer({"bootstrap.servers": at or brokers(), "group.id": f"reader-{uuid.uuid4()}",
                         "enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 50})
    found, reading = {}, {(p, k) for p in range(partitions) for k in range(len(names))}
    try:
        consumer.assign([TopicPartition(names[k], p, OFFSET_BEGINNING) for p, k in reading])
        while reading:
            for m in consumer.consume(500, 0.1):
                place = m.partition(), names.index(m.topic())
                if m.error() is None:
                    found[place] = m.offset()
                else:
                    assert m.error().code() == KafkaError._PARTITION_EOF, m.error()
                    reading.discard(place)
    finally:
        consumer.close()
    return found


def wait_until_kept(running, prefix, folder, at=None, partitions=4, deadline=30):
    """Waits until the files have everything that is in the register topics now."""
    goal = last_records(prefix, at, partitions)

    def reached():
        found = {}
        for partition in range(partitions):
            for topic, offset, _, _ in kept(folder, partition):
                found[partition, topic] = max(offset, found.get((partition, topic), -1))
        return all(found.get(place, -1) >= offset for place, offset in goal.items())
    running.wait_for(reached, deadline, "the checkpoint to hold the register")


def restored(log):
    """{partition: (subjects from the checkpoint, records read from Kafka)} of the last start in the log."""
    lines = re.findall(r"task restored partition=(\d+) from_checkpoint=(\d+) records=(\d+)", log)
    return {int(p): (int(subjects), int(records)) for p, subjects, records in lines}


def complaints(log):
    """What is said against the checkpoint."""
    return [line for line in log.splitlines() if " warn " in line and "checkpoint" in line]


class CheckpointTest(unittest.TestCase):
    """Of a state in memory only what follows from it can be seen. So every test goes on with events after the restart,
    and holds register and alerts against a replay: a subject that was lost, or is older than it should be, shows there.
    """

    maxDiff = None
    at = None  # of a broker of the test's own

    def setUp(self):
        self.prefix = unique_prefix("kept")
        self.addCleanup(clean_up, self.prefix, self.at)
        self.folder = scratch_folder("state")
        self.addCleanup(shutil.rmtree, self.folder)
        make_topics(self.prefix, PARTITIONS, self.at)
        self.writer = Writer(self.prefix)
        self.publisher = Publisher(self.at)

    # --- What happens ---

    def publish(self, events, size=50):
        if self.at:  # it forgets who publishes, too
            self.publisher = Publisher(self.at)
        for start in range(0, len(events), size):
            self.publisher.publish([self.writer.record(e) for e in events[start:start + size]])

    def start(self, *more, folder=None, clock="stream"):
        return process(self.prefix, "--clock", clock, "--state-dir", folder or self.folder, *SOON, *more,
                       at=self.at)

    def work(self, *more, folder=None):
        """Processes what is there and stops, with a checkpoint that lacks nothing. Returns the log."""
        with self.start(*more, folder=folder) as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
            wait_until_processed(running, self.prefix, self.at)
            self.assertEqual(running.stop(), 0, running.err())
            return running.err()

    def first_half(self, cases=26):
        """A register and its checkpoint, as a processor has left them; the rest of the history."""
        events = history(self.id(), cases)
        half = len(events) // 2
        with self.start() as running:
            for begin, end in ((0, half // 2), (half // 2, half - 20), (half - 20, half)):  # some blocks
                self.publish(events[begin:end])
                wait_until_processed(running, self.prefix, self.at)
                wait_until_kept(running, self.prefix, self.folder, self.at, PARTITIONS)
            self.assertEqual(running.stop(), 0, running.err())
        return events[half:]

    def finish(self, rest):
        """Goes on with the rest of the history. Returns the log of the start that found the checkpoint."""
        self.publish(rest)
        log = self.work()
        self.assert_as_replayed()
        return log

    def assert_as_replayed(self):
        process_all(self.prefix, "--clock", INSTANT, "--state-dir", self.folder, at=self.at)
        expected_alerts, expected_register, _ = replayed(self.prefix, "--clock", INSTANT, at=self.at)
        self.assertEqual(alert_differences(alerts(self.prefix, self.at), expected_alerts)[:20], [])
        self.assertEqual(register_differences(register(self.prefix, self.at), expected_register)[:20], [])

    def records(self, partition=None):
        """How many records the register topics have."""
        return sum(partition in (None, r.partition) for topic in ("instruments", "summits", "commitments")
                   for r in consume(f"{self.prefix}register.{topic}", self.at))
