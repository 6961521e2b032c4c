"""`chapar process` and a broker that is absent, goes away, is killed and comes back: one of the test's own."""

import signal
import time
import unittest

from chapar_history import Publisher, Writer, event, history
from chapar_kafka import Node
from chapar_live import (alert_differences, alerts, committed, ends, make_topics, process, process_all, register,
                         register_differences, replayed, wait_until_processed)

INSTANT = "2034-01-01T00:00:00Z"
CLOCK = ("--clock", INSTANT)


class Broker(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())

    def setUp(self):
        self.prefix = self.id().rsplit(".", 1)[1].replace("_", "-") + "."
        self.at = self.node.brokers
        make_topics(self.prefix, at=self.at)
        self.writer = Writer(self.prefix)

    def publish(self, *events):
        Publisher(self.at).publish([self.writer.record(e) for e in events])

    def assert_as_replayed(self):
        expected_alerts, expected_register, _ = replayed(self.prefix, *CLOCK, at=self.at)
        self.assertEqual(alert_differences(alerts(self.prefix, self.at), expected_alerts)[:20], [])
        self.assertEqual(register_differences(register(self.prefix, self.at), expected_register)[:20], [])
        self.assertEqual(committed(self.prefix, self.at), ends(self.prefix, self.at))

    def test_absent_at_the_start(self):
        self.publish(event("milestone", "road", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-11-29"))
        self.node.stop()
        try:
            with process(self.prefix, "--clock", "stream", at=self.at) as asked:
                asked.wait_for(lambda: "waiting for Kafka" in asked.err(), what="word of the absence")
                begun = time.monotonic()
                self.assertEqual(asked.stop(), 0, asked.err())
                self.assertLess(time.monotonic() - begun, 10)
            with process(self.prefix, "--clock", "stream", at=self.at) as running:
                running.wait_for(lambda: "waiting for Kafka" in running.err(), what="word of the absence")
                self.node.start()
                wait_until_processed(running, self.prefix, self.at)
                self.assertEqual(running.err().count(f"waiting for Kafka brokers={self.at}"), 1, running.err())
                self.assertEqual(running.stop(), 0)
        finally:
            self.node.start()
        self.assertEqual([r["id"] for r in register(self.prefix, self.at)], ["road"])

    def test_killed_and_restarted_in_mid_flight(self):
        events = history("mid-flight", 60)
        publisher, third = Publisher(self.at), len(events) // 3
        with process(self.prefix, "--clock", "stream", at=self.at) as one, \
                process(self.prefix, "--clock", "stream", "--instance", "two", at=self.at) as two:
            for part, end in enumerate((self.node.kill, self.node.stop, None)):
                batch = events[part * third:(part + 1) * third if end else len(events)]
                for start in range(0, len(batch), 40):
                    publisher.publish([self.writer.record(e) for e in batch[start:start + 40]])
                if end:
                    end()
                    self.node.start()
            wait_until_processed(one, self.prefix, self.at, deadline=90)
            self.assertFalse(one.ended() or two.ended(), one.err() + two.err())
            self.assertEqual((one.stop(), two.stop()), (0, 0), one.err() + two.err())
        process_all(self.prefix, *CLOCK, at=self.at)
        self.assert_as_replayed()

    def test_stopped_while_the_broker_is_away(self):
        for how, away in ((signal.SIGTERM, self.node.kill), (signal.SIGINT, self.node.stop)):
            with self.subTest(how=how.name), process(self.prefix, "--clock", "stream", at=self.at) as running:
                self.publish(event("milestone", f"road-{how}", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-11-29"))
                wait_until_processed(running, self.prefix, self.at)
                away()
                try:
                    begun = time.monotonic()
                    self.assertIn(running.stop(how), (0, 1), running.err())
                    self.assertLess(time.monotonic() - begun, 10, running.err())
                finally:
                    self.node.start()

    def test_stopped_with_events_at_hand_while_the_broker_is_away(self):
        """What was read but not committed is processed after the next start, once."""
        with process(self.prefix, "--clock", "stream", at=self.at) as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
            publisher = Publisher(self.at)
            for n in range(30):
                publisher.publish([self.writer.record(
                    event("milestone", f"road-{n % 7}", "RESCHEDULED", f"2026-01-01T00:{n:02}:00Z",
                          due=f"2026-11-{1 + n % 28:02}"))])
            self.node.kill()
            try:
                begun = time.monotonic()
                self.assertIn(running.stop(), (0, 1), running.err())
                self.assertLess(time.monotonic() - begun, 10, running.err())
            finally:
                self.node.start()
        process_all(self.prefix, *CLOCK, at=self.at)
        self.assert_as_replayed()


if __name__ == "__main__":
    unittest.main()
