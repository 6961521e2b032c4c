"""`chapar publish` on a real broker: what stands in the topics afterwards, above all when something went wrong."""

import fcntl
import io
import json
import os
import shutil
import signal
import struct
import subprocess
import termios
import time
import unittest

import fastavro
from chapar_avro import Schemas
from chapar_events import RECORDED_MS, jsonl, milestone, signing, summit
from chapar_kafka import (Node, brokers, consume, create_topics, delete_topics, end_offsets, produce,
                          unique_prefix)
from chapar_proxy import node_behind
from chapar_run import clean_environment, program, run, scratch_folder, start, wait_for

TOPICS = ("signings", "summits", "milestones")

# So slow that a test can do things meanwhile: ten events wait for 200 ms together.
SLOWLY = ("-X", "queue.buffering.max.messages=10", "-X", "linger.ms=200")


class Publish(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("publish")
        self.addCleanup(delete_topics, self.prefix)
        self.folder = scratch_folder("publish")
        self.addCleanup(shutil.rmtree, self.folder)

    def make_topics(self, at=None):
        run("topics", "create", "--brokers", at or brokers(), "--prefix", self.prefix, expect=0)

    def file(self, *events, name="events.jsonl"):
        path = self.folder / name
        path.write_text(jsonl(*events))
        return path

    def arguments(self, *arguments, at=None):
        return ("publish", "--brokers", at or brokers(), "--prefix", self.prefix, *arguments)

    def publish(self, *arguments, expect=0, at=None, **how):
        result = run(*self.arguments(*arguments, at=at), expect=expect, **how)
        self.assertEqual(result.out, "")
        return result.err

    def records(self, committed=True, at=None):
        """Of the three topics, by their names without prefix."""
        return {name: consume(self.prefix + name, committed=committed, at=at) for name in TOPICS}

    def ids(self, name="signings"):
        """Event ids in the order of each partition."""
        return [r.header("ce_id") for r in consume(self.prefix + name)]

    def assert_nothing_is_visible(self, at=None):
        self.assertEqual(self.records(at=at), {name: [] for name in TOPICS})

    def end(self, name="signings"):
        return sum(end_offsets(self.prefix + name).values())


class WhatIsWritten(Publish):
    def setUp(self):
        super().setUp()
        self.make_topics()

    def test_values_keys_headers_and_timestamps(self):
        events = (signing(event_id="s1", type="IN_FORCE", title="Шёлковый путь", parties=["KAZ", "org:ifas"]),
                  summit(event_id="u1", expected_signings=22, recorded_at="2026-05-22T10:00:00.123+05:00"),
                  milestone(event_id="m1", progress=0.25, target={"unit": "km", "value": 900}))
        says = self.publish(self.file(*events))
        self.assertRegex(says, r"info  published events=3 files=1 transactions=1 partitions=4 bytes=\d+\n")
        expected = {
            "signings": ("Signing", "silk-road-pact", "s1", "org.chapar.signing.in_force", "silk-road-pact",
                         RECORDED_MS, "2026-05-22T10:00:00.000Z",
                         {"title": "Шёлковый путь", "parties": ["KAZ", "org:ifas"], "type": "IN_FORCE",
                          "note": None, "instrument": "silk-road-pact"}),
            "summits": ("Summit", "samarkand-2027", "u1", "org.chapar.summit.scheduled", "samarkand-2027",
                        RECORDED_MS - 5 * 3600000 + 123, "2026-05-22T05:00:00.123Z",
                        {"expected_signings": 22, "date": "2027-05-22"}),
            "milestones": ("Milestone", "silk-road-pact", "m1", "org.chapar.milestone.undertaken",
                           "open-the-bridge", RECORDED_MS, "2026-05-22T10:00:00.000Z",
                           {"progress": 0.25, "due": "2028", "instrument": "silk-road-pact",
                            "target": {"unit": "km", "baseline": None, "value": 900.0, "from": None, "to": None}}),
        }
        schemas = Schemas()
        for topic, [record] in self.records().items():
            kind, dossier, ce_id, ce_type, subject, timestamp, ce_time, fields = expected[topic]
            self.assertEqual(record.key, dossier.encode())
            self.assertEqual(record.timestamp, timestamp)
            self.assertEqual(record.headers, [
                ("ce_specversion", b"1.0"), ("ce_id", ce_id.encode()), ("ce_source", b"urn:chapar:publisher"),
                ("ce_type", ce_type.encode()), ("ce_subject", subject.encode()), ("ce_time", ce_time.encode()),
                ("content-type", b"application/avro")])
            name, value = schemas.decode(record.value)
            self.assertEqual(name, kind)
            self.assertEqual({n: value[n] for n in fields}, fields)
            self.assertEqual((value["event_id"], value["dossier"]), (ce_id, dossier))
            self.assertEqual(int(value["recorded_at"].timestamp() * 1000), timestamp)

    def test_dossiers_stand_where_other_clients_put_them(self):
        dossiers = [f"dossier-{n}" for n in range(200)]
        self.publish(self.file(*[signing(d) for d in dossiers]))
        theirs = self.prefix + "theirs"
        create_topics([theirs])
        produce(theirs, [{"key": d.encode(), "value": b""} for d in dossiers])
        self.assertEqual({r.key: r.partition for r in consume(self.prefix + "signings")},
                         {r.key: r.partition for r in consume(theirs)})

    def test_the_order_is_that_of_files_and_lines(self):
        first = self.file(*[signing(event_id=f"a{n:04}") for n in range(3000)], name="first")
        second = self.file(*[signing(event_id=f"b{n:04}") for n in range(3000)], name="second")
        self.publish(second, first)
        expected = [f"{c}{n:04}" for c in "ba" for n in range(3000)]
        self.assertEqual(self.ids(), expected)

    def test_the_same_file_twice_has_the_same_ids(self):
        path = self.file(*[signing(event_id=None, title=f"{n}") for n in range(5)],
                         {n: v for n, v in signing("other").items() if n != "recorded_at"})
        self.publish(path)
        self.publish(path)
        by_key = {}
        for record in consume(self.prefix + "signings"):
            by_key.setdefault(record.key, []).append(record.header("ce_id"))
        self.assertEqual({k: len(v) for k, v in by_key.items()}, {b"silk-road-pact": 10, b"other": 2})
        for ids in by_key.values():
            self.assertEqual(ids[:len(ids) // 2], ids[len(ids) // 2:])
            self.assertEqual(len(set(ids)), len(ids) // 2)

    def test_standard_input_is_read_whole_before_anything_is_sent(self):
        self.publish("-", stdin=jsonl(signing(event_id="e1"), signing(event_id="e2")))
        self.assertEqual(self.ids(), ["e1", "e2"])
        reading, writing = os.pipe()
        child = subprocess.Popen([program(), *self.arguments(f"/dev/fd/{reading}")], pass_fds=[reading],
                                 stderr=subprocess.PIPE, text=True, env=clean_environment(TMPDIR=str(self.folder)))
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            pipe.write(jsonl(*[signing(event_id=f"e{n}") for n in range(3, 3000)]))
        says = child.communicate(timeout=60)[1]
        self.assertEqual(child.returncode, 0, says)
        self.assertEqual(self.ids(), [f"e{n}" for n in range(1, 3000)])
        self.assertEqual(os.listdir(self.folder), [])

    def test_input_that_cannot_be_kept_is_not_published(self):
        says = self.publish("-", stdin=jsonl(signing()), expect=1, env={"TMPDIR": str(self.folder / "none")})
        self.assertIn(f"-: cannot be kept in {self.folder}/none for reading it twice: No such file", says)

    def test_container_files(self):
        with open(f"{os.environ['CHAPAR_SCHEMAS']}/milestone.avsc") as file:
            schema = fastavro.parse_schema(json.load(file))
        buffer = io.BytesIO()
        fastavro.writer(buffer, schema, [
            {"event_id": f"m{n}", "recorded_at": RECORDED_MS, "dossier": "silk-road-pact", "type": "REPORTED",
             "commitment": "open-the-bridge", "progress": n / 10} for n in range(10)], codec="deflate")
        container = self.folder / "milestones.avro"
        container.write_bytes(buffer.getvalue())
        self.assertIn("published events=11 files=2", self.publish(container, self.file(signing())))
        found = [Schemas().decode(r.value)[1] for r in consume(self.prefix + "milestones")]
        self.assertEqual([v["progress"] for v in found], [n / 10 for n in range(10)])
        with open(container, "rb") as stdin:
            done = subprocess.run([program(), *self.arguments("-")], stdin=stdin, env=clean_environment(), timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.ids("milestones"), [f"m{n}" for n in range(10)] * 2)

    def test_the_largest_record_fits_into_the_topic(self):
        """However badly it compresses."""
        noise = os.urandom(1 << 20).hex()[:(1 << 20) - 500]
        self.publish(self.file(signing(note=noise)), "-X", "compression.type=none")
        [record] = consume(self.prefix + "signings")
        self.assertEqual(Schemas().decode(record.value)[1]["note"], noise)

    def test_no_events_is_no_mistake_and_needs_no_broker(self):
        says = self.publish(self.file(), "/dev/null", at="127.0.0.1:1")
        self.assertIn("nothing to publish events=0 files=2", says)


class AllOrNothing(Publish):
    def test_one_wrong_event_keeps_all_others_back(self):
        self.make_topics()
        path = self.file(*[signing(event_id=f"e{n}") for n in range(2000)], signing(date="2026-02-30"))
        says = self.publish(self.file(summit(), name="right"), path, expect=3)
        self.assertIn(f"{path}:2001: date: ", says)
        self.assertTrue(says.endswith("chapar: 1 event is wrong, nothing is published\n"), says)
        self.assertEqual(self.records(committed=False), {name: [] for name in TOPICS})

    def test_what_the_broker_refuses_takes_all_back(self):
        create_topics([self.prefix + "signings", self.prefix + "summits"])
        create_topics([self.prefix + "milestones"], max_message_bytes=2000)
        path = self.file(*[signing(f"i{n}") for n in range(100)], milestone(), milestone(note="x" * 4000))
        says = self.publish(path, "-X", "compression.type=none", expect=1)
        self.assertIn("nothing is published", says)
        self.assertIn(f"{self.prefix}milestones", says)
        self.assertIn("Message size too large", says)
        self.assert_nothing_is_visible()

    def interrupted(self, how):
        self.make_topics()
        path = self.file(*[signing(event_id=f"e{n}") for n in range(20000)])
        with start(*self.arguments(path, *SLOWLY)) as running:
            running.wait_for(lambda: self.end() > 20, what="events on the broker")
            self.assertEqual(running.stop(how), 1)
            self.assertIn("nothing is published", running.err())
            self.assertIn("stopped by a signal", running.err())
        self.assertGreater(self.end(), 20)
        self.assert_nothing_is_visible()

    def test_sigint_takes_all_back(self):
        self.interrupted(signal.SIGINT)

    def test_sigterm_takes_all_back(self):
        self.interrupted(signal.SIGTERM)

    def test_a_signal_while_standard_input_is_awaited(self):
        self.make_topics()
        reading, writing = os.pipe()
        child = subprocess.Popen([program(), *self.arguments("-")], stdin=reading, stderr=subprocess.PIPE, text=True,
                                 env=clean_environment())
        try:
            os.close(reading)
            os.write(writing, jsonl(signing()).encode())
            wait_for(lambda: unread(writing) == 0, what="what was written to be read")
            child.send_signal(signal.SIGINT)
            says = child.communicate(timeout=30)[1]
        finally:
            os.close(writing)
            child.kill()
            child.wait()
        self.assertEqual(child.returncode, 1)
        self.assertIn("stopped by a signal, nothing is published", says)

    def test_what_was_checked_goes_out_whatever_the_file_says_then(self):
        self.make_topics()
        path = self.file(*[signing(event_id=f"e{n}") for n in range(100)])
        with start(*self.arguments(path, *SLOWLY)) as running:
            running.wait_for(lambda: self.end() > 0, what="events on the broker")
            with open(path, "a") as file:
                file.write(jsonl(signing(event_id="late")))
            self.assertEqual(running.wait(), 0, running.err())
        self.assertEqual(self.ids(), [f"e{n}" for n in range(100)])

    def too_much_to_keep(self):
        """Is read twice, once to check and once to send. Text that compresses well is soon sent."""
        return self.file(*[signing(event_id=f"e{n:03}", title="A" * 900_000) for n in range(80)])

    def test_files_that_change_while_they_are_read(self):
        self.make_topics()
        path = self.too_much_to_keep()
        with start(*self.arguments(path, *SLOWLY)) as running:
            running.wait_for(lambda: self.end() > 0, what="events on the broker")
            with open(path, "a") as file:
                file.write(jsonl(signing(event_id="late")))
            self.assertEqual(running.wait(), 1)
            self.assertIn("nothing is published reason=\"the files changed while they were read\"", running.err())
        self.assert_nothing_is_visible()

    def test_another_text_of_the_same_length_is_a_change(self):
        self.make_topics()
        path = self.too_much_to_keep()
        with start(*self.arguments(path, *SLOWLY)) as running:
            running.wait_for(lambda: self.end() > 0, what="events on the broker")
            with open(path, "r+") as file:
                file.seek(path.stat().st_size - 500)
                file.write("B")
            self.assertEqual(running.wait(), 1)
            self.assertIn("the files changed while they were read", running.err())
        self.assert_nothing_is_visible()

    def test_two_at_once_do_not_hinder_each_other(self):
        self.make_topics()
        first = self.file(*[signing(event_id=f"a{n}") for n in range(50)], name="first")
        second = self.file(*[signing(event_id=f"b{n}") for n in range(50)], name="second")
        with start(*self.arguments(first, *SLOWLY)) as running:
            running.wait_for(lambda: self.end() > 0, what="events on the broker")
            self.publish(second)
            self.assertEqual(running.wait(), 0, running.err())
        self.assertEqual(sorted(self.ids()), sorted(f"{c}{n}" for c in "ab" for n in range(50)))


def unread(pipe):
    """Bytes that stand in the pipe."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


class Transactions(Publish):
    def setUp(self):
        super().setUp()
        self.make_topics()

    def test_each_n_events_are_one(self):
        says = self.publish(self.file(*[signing(event_id=f"e{n}") for n in range(25)]), "--transaction-size", 10)
        self.assertIn("published events=25 files=1 transactions=3", says)
        self.assertEqual(self.ids(), [f"e{n}" for n in range(25)])
        self.assertEqual(self.end(), 28)  # with three commit markers

    def test_a_full_last_one_is_no_empty_one_more(self):
        says = self.publish(self.file(*[signing(event_id=f"e{n}") for n in range(20)]), "--transaction-size", 10)
        self.assertIn("transactions=2", says)
        self.assertEqual(self.end(), 22)

    def test_what_is_committed_is_told_when_the_rest_fails(self):
        path = self.file(*[signing(event_id=f"e{n}") for n in range(500)])
        with start(*self.arguments(path, "--transaction-size", 25, *SLOWLY)) as running:
            running.wait_for(lambda: len(self.ids()) >= 50, what="two transactions")
            self.assertEqual(running.stop(signal.SIGTERM), 1)
            says = running.err()
        there = len(self.ids())
        self.assertEqual(there % 25, 0)
        self.assertIn(f"only the first {there} of 500 events are published", says)
        self.assertEqual(self.ids(), [f"e{n}" for n in range(there)])

    def test_what_cannot_go_out_in_time_is_not_begun(self):
        path = self.file(*[signing(note="x" * 700000) for _ in range(4)])
        short = ("-X", "transaction.timeout.ms=2000")
        says = self.publish(path, *short, expect=1)
        self.assertRegex(says, r"\d{7} bytes of events may not go out within the 2 s .* --transaction-size N commits")
        self.assertEqual(self.end(), 0)
        self.publish(path, *short, "--transaction-size", 2)
        self.assertEqual(len(self.ids()), 4)

    def test_what_does_not_go_out_in_time_is_taken_back(self):
        path = self.file(*[signing(event_id=f"e{n}") for n in range(500)])
        says = self.publish(path, *SLOWLY, "-X", "transaction.timeout.ms=2000", expect=1)
        self.assertRegex(says, "do not go out within the 2 s .* --transaction-size N commits every N events")
        self.assertGreater(self.end(), 0)
        self.assert_nothing_is_visible()


class Brokers(Publish):
    def test_none_is_there(self):
        began = time.monotonic()
        says = self.publish(self.file(signing()), at="127.0.0.1:1", expect=1)
        self.assertLess(time.monotonic() - began, 30)
        self.assertIn("nothing is published where=127.0.0.1:1 reason=\"no broker answered within 10 s", says)

    def test_topics_are_missing(self):
        create_topics([self.prefix + "summits"])
        says = self.publish(self.file(summit()), expect=1)
        self.assertIn(f'where="{self.prefix}signings, {self.prefix}milestones" reason="no such topic; '
                      "`chapar topics create` makes what is missing", says)
        self.assertEqual(self.end("summits"), 0)

    def test_topics_differ_in_partitions(self):
        create_topics([self.prefix + "signings", self.prefix + "summits"])
        create_topics([self.prefix + "milestones"], partitions=3)
        says = self.publish(self.file(summit()), expect=1)
        self.assertIn(f"same number of partitions, but {self.prefix}signings has 4, {self.prefix}summits has 4, "
                      f"{self.prefix}milestones has 3", says)
        self.assertEqual(self.end("summits"), 0)

    def test_a_property_that_librdkafka_does_not_know(self):
        self.assertIn("no.such.thing", self.publish(self.file(signing()), "-X", "no.such.thing=1", expect=2))

    def test_a_time_out_that_the_broker_does_not_allow(self):
        self.make_topics()
        says = self.publish(self.file(signing()), "-X", "transaction.timeout.ms=1000000", expect=1)
        self.assertRegex(says, "nothing is published reason=.*larger than the maximum value allowed by the broker")
        self.assertEqual(self.end(), 0)

    def test_a_broker_with_short_transactions_that_goes_away(self):
        with Node(transaction_max_timeout_ms=4000) as node:
            at = node.brokers
            self.make_topics(at)
            self.publish(self.file(signing()), at=at)
            large = self.file(*[signing(note="x" * 1000000) for _ in range(5)], name="large")
            says = self.publish(large, at=at, expect=1)
            self.assertIn("may not go out within the 4 s that a transaction may take", says)
            self.publish(large, "--transaction-size", 1, at=at)
            self.assertEqual(len(consume(self.prefix + "signings", at=at)), 6)

            path = self.file(*[summit(event_id=f"e{n}") for n in range(5000)])
            with start(*self.arguments(path, *SLOWLY, at=at)) as running:
                running.wait_for(lambda: sum(end_offsets(self.prefix + "summits", at=at).values()) > 0,
                                 what="events on the broker")
                node.kill()
                self.assertEqual(running.wait(60), 1)
                self.assertIn("nothing is published", running.err())

    def test_whose_answer_to_the_commit_is_lost(self):
        """All or nothing is there, and what is said of it is so, or that it is not known."""
        node, (proxy,) = self.enterContext(node_behind(1))
        at, there = node.brokers, set()
        self.make_topics(at)
        for harm in ("unanswered", "cut", "reset", "halve"):
            with self.subTest(harm):
                ids = {f"{harm}-{n}" for n in range(30)}
                path = self.file(*[(signing, summit, milestone)[n % 3](event_id=f"{harm}-{n}", dossier=f"d{n}")
                                   for n in range(30)])
                trap = proxy.trap("EndTxn", harm)
                done = run(*self.arguments(path, "-X", "socket.timeout.ms=1500", at=proxy.brokers))
                self.assertTrue(trap.sprung.is_set())
                # Who takes part in no transaction sees the end of one only: consume() waits for that.
                found = {r.header("ce_id") for of in self.records(at=at).values() for r in of}
                self.assertIn(found - there, (set(), ids))
                if done.code == 0:
                    self.assertIn(" published events=30 ", done.err)
                    self.assertEqual(found - there, ids)
                else:
                    self.assertEqual(done.code, 1, done.err)
                    self.assertRegex(done.err, "perhaps those of the last transaction|nothing is published")
                    if "perhaps" not in done.err:
                        self.assertEqual(found, there)
                there = found


if __name__ == "__main__":
    unittest.main()
