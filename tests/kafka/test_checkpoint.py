"""Checkpoints: a restart that need not read the register, whatever became of the files meanwhile."""

import contextlib
import os
import random
import secrets
import shutil
import signal
import struct
import unittest

from chapar_checkpoint import PARTITIONS, CheckpointTest, blocks, complaints, file_of, kept, restored, wait_until_kept
from chapar_history import Writer, event, history
from chapar_kafka import consume, produce, unique_prefix
from chapar_live import REGISTERS, clean_up, make_topics, process_all, register, wait_until_processed
from chapar_run import scratch_folder

KILLS = 8


class Restart(CheckpointTest):
    def test_reads_the_checkpoint_and_not_the_register(self):
        rest = self.first_half()
        subjects = len(register(self.prefix))
        with self.start() as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
            found = restored(running.err())
            self.assertEqual(sum(s for s, _ in found.values()), subjects)
            self.assertEqual(sum(r for _, r in found.values()), 0)
        log = self.finish(rest)
        self.assertEqual(sum(s for s, _ in restored(log).values()), subjects)
        self.assertEqual(complaints(log), [])

    def test_reads_what_the_checkpoint_lacks(self):
        rest = self.first_half()
        older = {p: file_of(self.folder, p).read_bytes() for p in range(PARTITIONS)}
        before = self.records()
        self.publish(rest[:len(rest) // 2])
        self.work()
        for p, data in older.items():
            file_of(self.folder, p).write_bytes(data)
        after = self.records()
        log = self.finish(rest[len(rest) // 2:])
        self.assertGreater(after, before)
        self.assertEqual(sum(r for _, r in restored(log).values()), after - before)

    def test_after_another_instance_had_the_tasks(self):
        rest = self.first_half()
        third = len(rest) // 3
        with contextlib.ExitStack() as others:
            other = scratch_folder("state")
            others.callback(shutil.rmtree, other)
            for number, folder in enumerate((other, self.folder, other)):
                self.publish(rest[number * third:(number + 1) * third])
                self.work("--instance", f"n{number}", folder=folder)
        self.finish(rest[3 * third:])

    def test_moves_with_its_tasks_from_instance_to_instance(self):
        """While both run, each keeps the files of the tasks that it has."""
        rest = self.first_half()
        other = scratch_folder("state")
        self.addCleanup(shutil.rmtree, other)
        with self.start() as one:
            one.wait_for(lambda: "tasks assigned tasks=4" in one.err(), what="all tasks")
            with self.start(folder=other) as two:
                two.wait_for(lambda: "tasks assigned tasks=2" in two.err(), what="half of the tasks")
                self.publish(rest[:len(rest) // 2])
                wait_until_processed(two, self.prefix)
                self.assertEqual(two.stop(), 0)
            self.publish(rest[len(rest) // 2:])
            wait_until_processed(one, self.prefix)
            wait_until_kept(one, self.prefix, self.folder)
            self.assertEqual(one.stop(signal.SIGKILL), -signal.SIGKILL)
        self.assert_as_replayed()

    def test_asks_for_no_beginning(self):
        """librdkafka 2.0.2 that is stopped while it asks where a partition begins asks again, and then fetches for nobody,
        up to 8 MB of each, until the session ends: an instance that has a task for a moment only grew by that."""
        self.publish(history("asks for no beginning", 10))
        with self.start("-X", "debug=topic", "--log-level", "debug") as running:
            wait_until_processed(running, self.prefix)
            wait_until_kept(running, self.prefix, self.folder)
            asked = [line for line in running.err().splitlines() if " about=" in line]
        self.assertTrue(any(" about=PARTSTATE " in line for line in asked), asked[:10])
        self.assertEqual([line for line in asked if " about=OFFREQ " in line], [])

    def test_killed_at_any_moment(self):
        seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={seed}", flush=True)
        draw, events = random.Random(seed), history(seed, 60)
        from_checkpoint = 0
        part = -(-len(events) // KILLS)
        for kill in range(KILLS):
            with self.start("--instance", "one") as running:
                size = sum(f.stat().st_size for f in self.folder.iterdir())
                self.publish(events[kill * part:(kill + 1) * part], size=10)
                grows = draw.choice((0, 1, 1, 10000))
                running.wait_for(lambda: "tasks assigned" in running.err() and
                                 sum(f.stat().st_size for f in self.folder.iterdir()) >= size + grows,
                                 what="the files to grow")
                self.assertFalse(running.ended(), running.err())
                from_checkpoint += sum(s for s, _ in restored(running.err()).values())
                running.stop(signal.SIGKILL)
        self.assertGreater(from_checkpoint, 300)
        self.assert_as_replayed()

    def test_keeps_the_latest_of_each_subject_alone(self):
        """The file does not grow with what is no longer so."""
        with self.start("--log-level", "debug") as running:
            for n in range(16):
                self.publish([event("milestone", "road", "REPORTED", f"2027-01-01T00:00:{n:02}Z", progress=n / 100,
                                    note=secrets.token_hex(100000))])
                wait_until_processed(running, self.prefix)
            wait_until_kept(running, self.prefix, self.folder)
            running.wait_for(lambda: "checkpoint compacted" in running.err(), what="a file to be compacted")
            self.assertLess(sum(f.stat().st_size for f in self.folder.iterdir()), 2_000_000)
            self.assertEqual(running.stop(), 0)
        log = self.finish([event("milestone", "road", "FULFILLED", "2027-02-01T00:00:00Z")])
        self.assertEqual(sum(s for s, _ in restored(log).values()), 1)


def flip(place):
    """Turns a bit of the byte at the place that `place` finds in the file."""
    def change(path):
        data = bytearray(path.read_bytes())
        data[place(data)] ^= 0x10
        path.write_bytes(data)
    return change


def another_format(path):
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 16, 99)
    path.write_bytes(data)


def append(more):
    def change(path):
        path.write_bytes(path.read_bytes() + more)
    return change


class Damaged(CheckpointTest):
    """Whatever became of the files, it is told, and the result is the same."""

    # What is damaged, how, what is said of it, and how much is used: nothing, a part, everything.
    DAMAGES = (
        ("magic", flip(lambda data: 3), "this is no file of a checkpoint", "nothing"),
        ("identity", flip(lambda data: 40), "the header is damaged", "nothing"),
        ("first block", flip(lambda data: next(blocks(data))[0] + 100), "a block is damaged", "nothing"),
        ("last block", flip(lambda data: len(data) - 1), "a block is damaged", "part"),
        ("torn while it was written", lambda path: os.truncate(path, path.stat().st_size - 3),
         "the file ends within a block", "part"),
        ("zeros at its end", append(bytes(70000)), "a block is damaged", "all"),
        ("something at its end", append(b"x"), "the file ends within a block", "all"),
        ("empty", lambda path: os.truncate(path, 0), "the file ends within its header", "nothing"),
        ("another format", another_format, "its format is 99, expected 1", "nothing"),
    )

    def subjects(self, partition):
        """Of the task's register, as its topics have it: {(number of the topic, key)}."""
        return {(number, r.key) for number, topic in enumerate(REGISTERS)
                for r in consume(f"{self.prefix}register.{topic}") if r.partition == partition}

    def test_in_any_way(self):
        rest = self.first_half()
        partition = max(range(PARTITIONS), key=lambda p: file_of(self.folder, p).stat().st_size)
        path, records = file_of(self.folder, partition), self.records(partition)
        whole, subjects_of_task = path.read_bytes(), self.subjects(partition)
        for what, change, message, used in self.DAMAGES:
            with self.subTest(what=what):
                path.write_bytes(whole)
                change(path)
                with self.start("--instance", "one") as running:
                    running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
                    said = complaints(running.err())
                    self.assertEqual(len(said), 1, running.err())
                    self.assertIn(f"partition={partition}", said[0])
                    self.assertIn(message, said[0])
                    subjects, read = restored(running.err())[partition]
                    {"nothing": lambda: self.assertEqual((subjects, read), (0, records)),
                     "part": lambda: self.assertTrue(subjects > 0 and 0 < read < records, (subjects, read)),
                     "all": lambda: self.assertTrue(subjects > 0 and read == 0, (subjects, read))}[used]()
                    self.assertEqual(sum(r for p, (_, r) in restored(running.err()).items() if p != partition), 0)
                    # The file is made good again, and is then as good as the others.
                    wait_until_kept(running, self.prefix, self.folder)
                    self.assertEqual(running.stop(signal.SIGKILL), -signal.SIGKILL)
                self.assertEqual({(topic, key) for topic, _, key, value in kept(self.folder, partition)
                                  if value is not None}, subjects_of_task)
                with self.start("--instance", "one") as running:
                    running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
                    self.assertEqual(complaints(running.err()), [])
                    self.assertEqual(restored(running.err())[partition], (len(subjects_of_task), 0))
                    running.stop(signal.SIGKILL)
        self.publish(rest)
        log = self.work("--instance", "one")
        self.assertEqual(complaints(log), [])
        self.assertGreater(restored(log)[partition][0], 0)
        self.assert_as_replayed()

    def test_a_folder_in_its_place(self):
        """Something that cannot be removed: the task is processed all the same."""
        rest = self.first_half()
        path = file_of(self.folder, 0)
        path.unlink()
        path.mkdir()
        (path / "full").touch()
        self.publish(rest)
        log = self.work()
        self.assertIn("the checkpoint stays where it is", log)
        self.assertIn("no checkpoint is kept for the time being", log)
        self.assert_as_replayed()

    def test_lost(self):
        rest = self.first_half()
        file_of(self.folder, 1).unlink()
        log = self.finish(rest)
        self.assertEqual(restored(log)[1][0], 0)
        self.assertEqual(complaints(log), [])

    def test_of_another_task(self):
        rest = self.first_half()
        one, other = (file_of(self.folder, p) for p in (0, 1))
        kept_bytes = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(kept_bytes)
        log = self.finish(rest)
        self.assertIn('it is of "partition 1", expected "partition 0"', log.replace("\\", ""))
        self.assertEqual({restored(log)[p][0] for p in (0, 1)}, {0})

    def test_of_another_prefix(self):
        self.first_half()
        first, self.prefix = self.prefix, unique_prefix("kept")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix, PARTITIONS)
        self.writer = Writer(self.prefix)
        self.publish(history(first, 26))
        log = self.work()
        self.assertEqual(log.replace("\\", "").count(f'it is of "prefix {first}", expected "prefix {self.prefix}"'),
                         PARTITIONS)
        self.assert_as_replayed()

    def test_with_a_record_of_somebody_else(self):
        """The checksums are right, but the value is none that this program wrote: the topic has the same, so the
        start ends as it does without a checkpoint."""
        self.first_half()
        produce(f"{self.prefix}register.summits", [{"key": "x", "value": b"hello", "partition": 2}])
        last = process_all(self.prefix, "--clock", "stream", "--state-dir", self.folder, expect=1)
        self.assertIn("not a register record of this program", last.err)


if __name__ == "__main__":
    unittest.main()
