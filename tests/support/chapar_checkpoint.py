"""Files of a checkpoint, read by the description in edge/file/changelog_format.h; checksums are left to chapar."""

import pathlib
import struct
import uuid

from chapar_kafka import brokers
from chapar_live import REGISTERS
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

HEADER, BLOCK, ENTRY = "<16sIIQ", "<IIQ", "<qqIIII"
TOMBSTONE = 0xFFFFFFFF


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
            for m in consumer.consume(500, 30):
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
