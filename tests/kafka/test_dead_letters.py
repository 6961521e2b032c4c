"""`chapar dead-letters` on a real broker: what was refused can be read, and what can be applied by now goes back
once, whatever happens to whoever puts it back."""

import base64
import itertools
import os
import pathlib
import random
import secrets
import signal
import sys
import time
import unittest

from chapar_avro import Schemas
from chapar_history import Writer, event, publish
from chapar_kafka import brokers, consume, end_offsets, produce, unique_prefix
from chapar_live import alerts, clean_up, dead_letters, make_topics, options, process_all, register
from chapar_proxy import node_behind
from chapar_run import run, start
from confluent_kafka import Producer

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from campaign import points  # noqa: E402

KILLS = int(os.environ.get("CHAPAR_TEST_RETRY_KILLS", "20"))
RETRY_OF = "chapar_retry_of"


class DeadLetters(unittest.TestCase):
    maxDiff = None
    at = None  # of a broker of the test's own

    def setUp(self):
        self.prefix = unique_prefix("letters")
        self.addCleanup(clean_up, self.prefix, self.at)
        make_topics(self.prefix, 2, self.at)
        self.writer = Writer(self.prefix)

    def letters(self, *more):
        return run("dead-letters", "list", *options(self.prefix), *more, expect=0).lines()

    def retry(self, *more, expect=0):
        return run("dead-letters", "retry", *options(self.prefix), *more, expect=expect).err

    def put_back(self, topic):
        """{offset it was taken from: the records that say so} of an event topic."""
        found = {}
        for r in consume(self.prefix + topic, self.at):
            if r.header(RETRY_OF) is not None:
                found.setdefault((r.partition, int(r.header(RETRY_OF))), []).append(r)
        return found

    def letter_of(self, *records, reason="unknown-schema", order=None):
        """Publishes events, and letters about them as the processor would have written them; in that order, where it
        is another (positions of `records`)."""
        producer = Producer({"bootstrap.servers": self.at or brokers()})
        places = []
        for record in records:
            producer.produce(**record, partition=0, on_delivery=lambda error, m: places.append(m.offset()))
            producer.poll(0)
        self.assertEqual(producer.flush(30), 0)
        for record, offset in [(records[i], places[i]) for i in (order or range(len(records)))]:
            headers = [*record.get("headers", []), ("chapar_reason", reason.encode()), ("chapar_detail", b"for a test"),
                       ("chapar_topic", record["topic"].encode()), ("chapar_partition", b"0"),
                       ("chapar_offset", str(offset).encode())]
            producer.produce(self.prefix + "dead-letters", record["value"], record["key"], 0, headers=headers)
        self.assertEqual(producer.flush(30), 0)
        return places


class Listing(DeadLetters):
    def test_what_they_say(self):
        right = event("signing", "pact", "SIGNED", "2026-01-05T10:00:00Z", title="A pact")
        unknown = b"\xc3\x01" + bytes(8) + b"what only its writer knows"
        publish([self.writer.record(right, key="another"), self.writer.record(right, value=unknown),
                 self.writer.record(event("summit", "talks", "SCHEDULED", "2026-01-05T10:00:00Z"), value=b"\xff\x00")])
        process_all(self.prefix, "--clock", "stream")
        found = {(r["topic"].removeprefix(self.prefix), r["reason"]): r for r in self.letters()}
        self.assertEqual(sorted(found), [("signings", "invalid"), ("signings", "unknown-schema"),
                                         ("summits", "malformed")])
        places = {(r.partition, r.offset): r for r in dead_letters(self.prefix)}
        for r in found.values():
            letter = places[r["letter_partition"], r["letter_offset"]]
            self.assertEqual((r["key"], r["detail"], r["partition"], r["offset"], r["retried"]),
                             (letter.key.decode(), letter.header("chapar_detail"),
                              int(letter.header("chapar_partition")), int(letter.header("chapar_offset")), False))
            self.assertEqual(r["timestamp"], "2026-01-05T10:00:00.000Z")
        invalid = found["signings", "invalid"]
        self.assertEqual((invalid["event_id"], invalid["event"]["title"], invalid["key"]),
                         (right["event_id"], "A pact", "another"))
        self.assertEqual(base64.b64decode(found["signings", "unknown-schema"]["value"]), unknown)
        self.assertEqual(base64.b64decode(found["summits", "malformed"]["value"]), b"\xff\x00")
        self.assertEqual([r["reason"] for r in self.letters("--reason", "malformed,invalid")].count("invalid"), 1)
        self.assertEqual([r["reason"] for r in self.letters("--topic", "summits")], ["malformed"])
        self.assertEqual(self.letters("--topic", "milestones"), [])

    def test_letters_of_somebody_else(self):
        """Anybody may write into the topic: what says nothing is shown, and left alone."""
        producer = Producer({"bootstrap.servers": brokers()})
        for headers in ([], [("chapar_topic", b"elsewhere"), ("chapar_partition", b"0"), ("chapar_offset", b"0")],
                        [("chapar_topic", (self.prefix + "signings").encode()), ("chapar_partition", b"-1"),
                         ("chapar_offset", b"9" * 30)],
                        [("chapar_topic", (self.prefix + "signings").encode()), ("chapar_partition", b"1"),
                         ("chapar_offset", b"0"), ("chapar_reason", b"\xff")]):
            producer.produce(self.prefix + "dead-letters", b"\x00", None, 0, headers=headers)
        producer.produce(self.prefix + "dead-letters", None, None, 0)
        self.assertEqual(producer.flush(30), 0)
        self.assertEqual([r["retried"] for r in self.letters()], [False] * 5)
        self.assertEqual(self.retry().count("dead letter left"), 5)
        self.assertEqual(sum(end_offsets(self.prefix + "signings").values()), 0)


class Retrying(DeadLetters):
    def refused(self):
        """A commitment whose event stands under an id that was another kind when it came."""
        publish([self.writer.record(event("summit", "talks", "SCHEDULED", "2026-01-05T10:00:00Z", dossier="d")),
                 self.writer.record(event("milestone", "talks", "UNDERTAKEN", "2026-01-06T10:00:00Z", dossier="d",
                                          due="2027"))])
        process_all(self.prefix, "--clock", "stream")

    def test_what_the_state_refused_goes_back_as_often_as_asked_but_each_letter_once(self):
        self.refused()
        (original,) = consume(self.prefix + "milestones")
        self.assertIn("put_back=1", self.retry())
        self.assertIn("put_back=0", self.retry())
        (letter,) = self.letters()
        self.assertEqual((letter["retried"], letter["retried_offset"] > letter["offset"]), (True, True))
        first, copy = consume(self.prefix + "milestones")
        self.assertEqual((first.offset, copy.partition, copy.key, copy.value, copy.timestamp),
                         (original.offset, original.partition, original.key, original.value, original.timestamp))
        self.assertEqual(copy.headers, [*original.headers, (RETRY_OF, str(original.offset).encode())])
        process_all(self.prefix, "--clock", "stream")
        self.assertEqual([(r["offset"], r["retried"]) for r in self.letters()],
                         [(original.offset, True), (copy.offset, False)])
        self.assertIn("put_back=1", self.retry())
        self.assertEqual([r.header(RETRY_OF) for r in consume(self.prefix + "milestones")],
                         [None, str(original.offset), str(copy.offset)])

    def test_what_the_bytes_forbid_stays(self):
        event_ = event("signing", "pact", "SIGNED", "2026-01-05T10:00:00Z")
        publish([self.writer.record(event_, key="another"), self.writer.record(event_, value=b"garbage"),
                 self.writer.record(event_, value=b"\xc3\x01" + bytes(8)), self.writer.record(event_, value=None),
                 self.writer.record(event_, timestamp=1)])
        process_all(self.prefix, "--clock", "stream")
        before = end_offsets(self.prefix + "signings")
        said = self.retry()
        self.assertIn("put_back=0 left=5", said)
        self.assertIn("the key of the record is not the dossier", said)
        self.assertEqual(end_offsets(self.prefix + "signings"), before)

    def test_they_go_back_in_the_order_of_their_times_and_what_is_not_asked_for_stays(self):
        names = [f"n{n}" for n in range(6)]
        publish([self.writer.record(event("summit", n, "SCHEDULED", "2026-01-01T00:00:00Z", dossier="d"))
                 for n in names])
        days = [15, 12, 19, 11, 17, 13]
        publish([self.writer.record(event(kind, n, type_, f"2026-01-{day}T00:00:00Z", dossier="d"))
                 for n, day in zip(names, days)
                 for kind, type_ in (("signing", "SIGNED"), ("milestone", "UNDERTAKEN"))])
        process_all(self.prefix, "--clock", "stream")
        self.assertEqual(len(self.letters("--topic", "signings")), 6)
        self.retry("--topic", "signings")
        back = [r for r in consume(self.prefix + "signings") if r.header(RETRY_OF)]
        self.assertEqual([r.timestamp for r in back], sorted(r.timestamp for r in back))
        self.assertEqual((len(back), self.put_back("milestones")), (6, {}))
        self.assertEqual([r["retried"] for r in self.letters("--topic", "milestones")], [False] * 6)
        self.retry("--reason", "malformed")
        self.assertEqual(self.put_back("milestones"), {})
        self.retry("--reason", "invalid")
        self.assertEqual(len(self.put_back("milestones")), 6)

    def test_an_event_that_can_be_applied_by_now_is(self):
        """The letter says that its schema was unknown; by now it is known, as after an update of the program."""
        right = event("signing", "pact", "SIGNED", "2026-01-05T10:00:00Z", title="A pact", period="2026-06-01")
        self.letter_of(self.writer.record(right))
        self.assertEqual([r["event"]["title"] for r in self.letters()], ["A pact"])
        self.retry()
        process_all(self.prefix, "--clock", "stream")
        self.assertEqual([(r["id"], r["events"], r["duplicates"]) for r in register(self.prefix)], [("pact", 1, 1)])


    def test_a_publishers_own_headers_go_back_with_it(self):
        """Also such as begin like ours; what was added to say why it was put aside does not."""
        right = self.writer.record(event("signing", "pact", "SIGNED", "2026-01-05T10:00:00Z"))
        right["headers"] = [("ce_id", b"1"), ("chapar_desk", b"7"), ("chapar", b""), ("chapar_reasons", b"many")]
        (place,) = self.letter_of(right)
        self.retry()
        ((copy,),) = self.put_back("signings").values()
        self.assertEqual(copy.headers, [*right["headers"], (RETRY_OF, str(place).encode())])

    def test_of_one_time_by_where_they_stood(self):
        """In two topics; the letters about them were written the other way round."""
        at, records = "2026-01-05T10:00:00Z", []
        for n in range(5):
            records += [self.writer.record(event("signing", f"pact-{n}", "SIGNED", at, dossier="d")),
                        self.writer.record(event("milestone", f"road-{n}", "UNDERTAKEN", at, dossier="d", due="2027"))]
        records.sort(key=lambda r: r["topic"])  # as places are told
        self.letter_of(*records, order=range(len(records) - 1, -1, -1))
        self.assertIn("put_back=10 left=0", self.retry())
        for topic in ("signings", "milestones"):
            of = [int(r.header(RETRY_OF)) for r in consume(self.prefix + topic) if r.header(RETRY_OF)]
            self.assertEqual((of, len(of)), (sorted(of), 5))

    def test_two_letters_about_one_event(self):
        right = self.writer.record(event("signing", "pact", "SIGNED", "2026-01-05T10:00:00Z"))
        (place,) = self.letter_of(right)
        (letter,) = dead_letters(self.prefix)
        produce(self.prefix + "dead-letters", [{"key": letter.key, "value": letter.value, "headers": letter.headers,
                                                "partition": 0}])
        self.assertIn("put_back=1 left=0", self.retry())
        self.assertEqual(list(self.put_back("signings")), [(0, place)])
        self.assertIn("put_back=0 left=0 put_back_before=2", self.retry())


class ExactlyOnce(DeadLetters):
    def events(self, n, tag):
        return [self.writer.record(event("signing", f"{tag}-{i}", "SIGNED", "2026-01-05T10:00:00Z", dossier="d",
                                         note="x" * 200)) for i in range(n)]

    def assert_each_once(self, places):
        back = self.put_back("signings")
        self.assertEqual({place for _, place in back}, set(places))
        self.assertEqual({len(copies) for copies in back.values()}, {1})

    def retried(self):
        """What was put back, once nothing is undecided: the transaction of a retry that was killed is ended by whoever
        takes its name."""
        ended = Producer({"bootstrap.servers": self.at or brokers(),
                          "transactional.id": f"{self.prefix}dead-letters-retry"})
        ended.init_transactions(30)
        return {place for _, place in self.put_back("signings")}

    def assert_all_or_nothing(self, places, before):
        """Of the letters that a retry found, all or none were put back. Which were by now."""
        after = self.retried()
        self.assertIn(after - before, (set(), set(places) - before))
        return after

    def test_killed_at_each_place(self):
        places, back, missed = [], set(), []
        faults = [f"retry.produce:{n}:kill" for n in (1, 7, 20)] + ["retry.commit:1:kill"] + \
            [f"retry.commit:1:kill-in={us}" for us in (300, 2000, 6000, 15000)]
        self.assertEqual({fault.split(":")[0] for fault in faults}, set(points("retry")))
        for number, fault in enumerate(faults):
            with self.subTest(fault):
                places += self.letter_of(*self.events(20, f"p{number}"))
                with start("dead-letters", "retry", *options(self.prefix), name="chapar-faults",
                           env={"FAULT_POINTS": fault}) as retry:
                    code = retry.wait()
                    self.assertIn("fault point", retry.err())
                    self.assertIn(code, (-signal.SIGKILL, 0) if "kill-in" in fault else (-signal.SIGKILL,))
                before, back = back, self.assert_all_or_nothing(places, back)
                if "kill-in" not in fault:
                    self.assertEqual(back, before)
        self.retry()
        self.assert_each_once(places)

    def test_killed_at_any_moment(self):
        seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={seed}", flush=True)
        draw, places, done, back = random.Random(seed), [], 0, set()
        began = time.monotonic()
        self.retry()
        whole = time.monotonic() - began
        for n in range(KILLS):
            places += self.letter_of(*self.events(20, f"k{n}"))
            with start("dead-letters", "retry", *options(self.prefix)) as retry:
                # Not a wait for anything: the moment is what is tried.
                time.sleep(draw.uniform(0, whole * 1.3))
                done += retry.stop(signal.SIGKILL) == 0
            back = self.assert_all_or_nothing(places, back)
        print(f"{done} of {KILLS} had ended before", flush=True)
        self.assertLess(done, KILLS)
        self.retry()
        self.assert_each_once(places)

    def test_two_at_once(self):
        for n in range(3):
            places = self.letter_of(*self.events(200, f"t{n}"))
            with start("dead-letters", "retry", *options(self.prefix)) as one, \
                    start("dead-letters", "retry", *options(self.prefix)) as other:
                codes = [one.wait(), other.wait()]
                said = one.err() + other.err()
            self.assertIn(0, codes, said)
            if 1 in codes:
                self.assertIn("another retry has begun", said)
            back = self.put_back("signings")
            self.assertEqual({len(copies) for copies in back.values()}, {1})
            self.assertLessEqual(set(places), {place for _, place in back})


class BadNetwork(ExactlyOnce):
    """What becomes of a commit is not heard."""

    test_killed_at_each_place = test_killed_at_any_moment = test_two_at_once = None

    @classmethod
    def setUpClass(cls):
        node, (cls.proxy,) = cls.enterClassContext(node_behind(1))
        cls.at = node.brokers

    def test_the_commit_goes_wrong(self):
        places, back = [], set()
        harms = ("unanswered", "cut", "reset", "halve")
        at_work = list(itertools.product(("Produce", "AddPartitionsToTxn"), harms))
        seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={seed}", flush=True)
        tried = [*(("EndTxn", harm) for harm in harms),
                 *(at_work if os.environ.get("CHAPAR_FAULT_LONG") else [random.Random(seed).choice(at_work)])]
        for number, (api, harm) in enumerate(tried):
            with self.subTest(api=api, harm=harm):
                places += self.letter_of(*self.events(20, f"{number}"))
                trap = self.proxy.trap(api, harm)
                told = run("dead-letters", "retry", *options(self.prefix, self.proxy.brokers), "-X",
                           "socket.timeout.ms=1500")
                self.assertTrue(trap.sprung.is_set())
                self.assertIn(told.code, (0, 1))
                before, back = back, self.assert_all_or_nothing(places, back)
                if told.code == 0:
                    self.assertIn(f"put_back={len(back - before)} ", told.err)
                    self.assertEqual(back, set(places))
                else:
                    self.assertRegex(told.err, "it is not known whether|nothing was put back|did not take an event")
                    if "it is not known" not in told.err:
                        self.assertEqual(back, before)
                self.assertEqual(run("dead-letters", "retry", *options(self.prefix, self.at)).code, 0)
                back = self.retried()
                self.assert_each_once(places)


if __name__ == "__main__":
    unittest.main()
