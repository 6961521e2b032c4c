"""An instance that was frozen until its tasks had gone to another wakes up to a midnight that it slept through:
what it then raises by the clock alone must not be committed a second time."""

import collections
import pathlib
import shutil
import signal
import struct
import time
import unittest

from confluent_kafka import Consumer

from chapar_history import Writer, event, instant, publish
from chapar_kafka import connection, unique_prefix
from chapar_live import alerts, clean_up, group_of, make_topics, process, wait_until_processed
from chapar_run import scratch_folder, wait_for

DAY = 86_400
SUBJECTS = 40
DELAY = 14  # seconds until midnight: to start, to process, to freeze, and for the other to join


def zone_file(offset):
    """A TZif file (RFC 8536) of a zone that is always `offset` seconds east of UTC."""
    block = b"TZif2" + bytes(15) + struct.pack(">6I", 0, 0, 0, 0, 1, 4) + struct.pack(">iBB", offset, 0, 0) + b"SOON"
    return block + block + b"\n\n"  # without a rule for what comes after


class Zombie(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("zombie")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix)
        self.zones = scratch_folder("zones")
        self.addCleanup(shutil.rmtree, self.zones)

    def zone_with_midnight_at(self, second):
        """Makes the zone Soon, in which a day begins at that second. Returns that day."""
        offset = -second % DAY
        offset = offset - DAY if offset > DAY // 2 else offset
        pathlib.Path(self.zones, "Soon").write_bytes(zone_file(offset))
        return instant.text_of((second + offset) * 1000)[:10]

    def test_a_midnight_slept_through(self):
        midnight = int(time.time()) + DELAY
        today = self.zone_with_midnight_at(midnight)
        due = instant.text_of((instant.parse(today + "T00:00:00Z") // 1000 + DAY) * 1000)[:10]
        env, options = {"TZDIR": str(self.zones)}, ("--zone", "Soon")
        writer = Writer(self.prefix)
        publish([writer.record(event("milestone", f"road-{n}", "UNDERTAKEN", instant.text_of((midnight - 7200) * 1000 + n),
                                     due=due)) for n in range(SUBJECTS)])

        def begun(stage="-P1D"):
            return [a for a in alerts(self.prefix) if a["stage"] == stage]
        with process(self.prefix, *options, env=env) as first:
            wait_until_processed(first, self.prefix)
            first.child.send_signal(signal.SIGSTOP)
            self.assertEqual(begun(), [])
            with process(self.prefix, *options, env=env) as second:
                second.wait_for(lambda: len(begun()) >= SUBJECTS, what="midnight")
                first.child.send_signal(signal.SIGCONT)
                first.wait_for(lambda: "tasks given up" in first.err() or "beginning again" in first.err(),
                               what="the zombie to notice")
                self.assertEqual(second.stop(), 0, second.err())
            self.assertEqual(first.stop(), 0, first.err())
        ids = collections.Counter(a["alert_id"] for a in alerts(self.prefix))
        self.assertEqual([i for i, n in ids.items() if n > 1], [])
        self.assertEqual(len(begun()), SUBJECTS)

    def test_a_name_taken_for_a_moment(self):
        """Who had it is fenced, finds nobody there any more, and goes on. The same befalls an instance whose own
        request to join was lost on its way back."""
        with process(self.prefix, "--instance", "one") as first:
            first.wait_for(lambda: "tasks assigned" in first.err(), what="its tasks")
            other = Consumer(connection() | {"group.id": group_of(self.prefix), "group.instance.id": "one",
                                             "session.timeout.ms": 1500})
            other.subscribe([self.prefix + "milestones"])
            wait_for(lambda: other.poll(0.1) or "looking whether another" in first.err(), what="the name to be taken")
            other.close()
            first.wait_for(lambda: first.err().count("tasks assigned") > 1, what="its tasks again")
            self.assertEqual(first.stop(), 0, first.err())

    def test_two_under_one_name(self):
        """One of them ends and says why, and must not take the name back: as a rule who was there first, but for a first
        that had just lost its transaction and joined again behind the second."""
        with process(self.prefix, "--instance", "one") as first:
            first.wait_for(lambda: "tasks assigned" in first.err(), what="its tasks")
            with process(self.prefix, "--instance", "one") as second:
                wait_for(lambda: first.ended() or second.ended(), 60, "one of them to end")
                gone, there = (first, second) if first.ended() else (second, first)
                self.assertEqual(gone.wait(), 1)
                self.assertIn("another process has joined the group under this name", gone.err())
                there.wait_for(lambda: there.err().count("tasks assigned") > there.err().count("tasks given up"),
                               what="its tasks")
                publish([Writer(self.prefix).record(event("milestone", "road", "UNDERTAKEN", "2026-02-01T10:00:00Z"))])
                wait_until_processed(there, self.prefix)
                self.assertEqual(there.stop(), 0, there.err())


if __name__ == "__main__":
    unittest.main()
