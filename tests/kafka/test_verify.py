"""`chapar verify` on a real broker: it finds nothing where the processor worked, whatever happened to it, and
names what somebody else wrote."""

import dataclasses
import datetime
import json
import os
import random
import secrets
import signal
import tempfile
import unittest

from chapar_avro import Schemas
from chapar_history import Writer, event, history, publish
from chapar_kafka import consume, delete_topics, produce, topics, unique_prefix
from chapar_live import (REGISTERS, clean_up, group_of, make_topics, options, process, process_all,
                         wait_until_processed)
from chapar_run import run, wait_for

DAYS = datetime.timedelta(days=3)
OTHER_POLICY = {"escalations": ["P2D", "P40D"]}
PACTS = 8
INSTANT = ("--clock", "2034-01-01T00:00:00Z")
PAST = ("1970-01-02", "2026-11-01")


class Verify(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={self.seed}", flush=True)

    def topics(self, partitions=2):
        prefix = unique_prefix("verify")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix, partitions)
        return prefix

    def verify(self, prefix, *more, expect=0):
        done = run("verify", *options(prefix), *more)
        self.assertEqual((done.code, [line for line in done.lines() if line["record"] != "summary"][:20]),
                         (expect, [])) if expect == 0 else self.assertEqual(done.code, expect, done.err)
        return done.lines()

    def story(self, cases=40, **more):
        events = history(self.seed, cases, **more)
        return [e for e in events if PAST[0] < e["recorded_at"] < PAST[1]]


class Healthy(Verify):
    def test_nothing_at_all(self):
        prefix = self.topics()
        self.assertEqual(self.verify(prefix), [{"record": "summary", "events": 0, "records": 0, "alerts": 0,
                                                "differences": 0, "behind": 0}])

    def test_each_clock(self):
        events = self.story()
        for clock in ("stream", "wall", INSTANT[1]):
            with self.subTest(clock=clock):
                prefix = self.topics()
                writer = Writer(prefix)
                publish([writer.record(e) for e in events], transaction=50)
                process_all(prefix, "--clock", clock)
                summary = self.verify(prefix)[-1]
                self.assertEqual(summary["events"] > 100 and summary["alerts"] > 50 and summary["records"] > 20, True,
                                 summary)

    def test_while_events_come_late_and_the_processor_is_killed(self):
        """A processor that follows the machine's time, events that come in no order, in small transactions,
        and instances that come and go: whatever the order was, it is told by what was written."""
        draw = random.Random(self.seed)
        events = self.story(in_order=False)
        prefix = self.topics()
        writer = Writer(prefix)
        for end in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, None):
            piece, events = events[:len(events) // 3], events[len(events) // 3:]
            with process(prefix, "--clock", draw.choice(("wall", "stream"))) as running:
                while piece:
                    size = draw.randrange(1, 12)
                    publish([writer.record(e) for e in piece[:size]])
                    piece = piece[size:]
                    if draw.random() < 0.2:
                        self.verify(prefix)
                if end is signal.SIGKILL:
                    running.stop(end)
                    self.verify(prefix)
                else:
                    wait_until_processed(running, prefix)
                    self.verify(prefix)
                    running.stop(end or signal.SIGTERM)
        process_all(prefix)
        self.verify(prefix)


    def test_a_policy_that_changed_on_the_way(self):
        prefix = self.topics()
        writer = Writer(prefix)
        events = self.story()
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(json.dumps(OTHER_POLICY))
            file.flush()
            publish([writer.record(e) for e in events[:len(events) // 2]])
            process_all(prefix, "--clock", "stream")
            publish([writer.record(e) for e in events[len(events) // 2:]])
            process_all(prefix, "--clock", "stream", "--policy", file.name)
            self.assertEqual(run("verify", *options(prefix)).code, 2)
            done = run("verify", *options(prefix), "--policy", file.name)
            self.assertEqual((done.code, done.lines()[:-1]), (0, []))
            self.assertIn("zone or policy was changed", done.err)

    def test_events_that_wait(self):
        prefix = self.topics(1)
        writer = Writer(prefix)
        publish([writer.record(event("summit", "talks", "SCHEDULED", "2026-01-05T10:00:00Z", date="2026-06-01"))])
        process_all(prefix, "--clock", "stream")
        publish([writer.record(event("summit", "talks", "HELD", "2026-06-05T10:00:00Z"))])
        self.assertEqual(self.verify(prefix), [{"record": "summary", "events": 1, "records": 1, "alerts": 0,
                                                "differences": 0, "behind": 1}])


class Forged(Verify):
    """A healthy register, in which somebody writes by hand."""

    @classmethod
    def setUpClass(cls):
        cls.prefix = unique_prefix("forged")
        cls.addClassCleanup(clean_up, cls.prefix)
        make_topics(cls.prefix, 2)
        cls.schemas = Schemas()
        writer = Writer(cls.prefix)
        publish([writer.record(e) for e in cls.events()])
        process_all(cls.prefix, "--clock", "2027-06-15T10:00:00Z")
        cls.before = {t: consume(cls.prefix + t) for t in (*cls.registers(), "alerts")}

    @staticmethod
    def events():
        for n in range(PACTS):
            pact = f"pact-{n}"
            yield event("signing", pact, "SIGNED", "2026-01-05T10:00:00Z", date="2026-01-05", title="Pact",
                        period="2026/2030", parties=["KAZ", "UZB"])
            yield event("summit", f"{pact}.talks", "SCHEDULED", "2026-01-06T10:00:00Z", dossier=pact,
                        date="R/2026-06-01/P1Y", hosts=["KAZ"])
            yield event("milestone", f"{pact}.road", "UNDERTAKEN", "2026-01-07T10:00:00Z", dossier=pact,
                        instrument=pact, due="P3M", parties=["KAZ"], title="Road",
                        target={"unit": "km", "value": 10.0, "from": "2026", "to": "2027"})
            yield event("milestone", f"{pact}.road", "RESCHEDULED", "2026-03-07T10:00:00Z", dossier=pact,
                        due="2026-10", reason="snow")
            yield event("milestone", f"{pact}.road", "DISPUTED", "2026-11-07T10:00:00Z", dossier=pact,
                        claimed_by="UZB")

    @staticmethod
    def registers():
        return [f"register.{t}" for t in REGISTERS]

    def last(self, topic, key):
        return [r for r in self.before[topic] if r.key.decode() == key][-1]

    def write(self, topic, key, value, partition):
        ((_, offset),) = produce(self.prefix + topic, [{"key": key, "value": value, "partition": partition}])
        return offset

    def changed(self, record, change):
        name, fields = self.schemas.decode(record.value)
        change(fields)
        return self.schemas.encode(name, fields)

    def found(self, *more):
        done = run("verify", *options(self.prefix), *more)
        self.assertEqual(done.code, 1, done.out + done.err)
        *differences, summary = done.lines()
        self.assertEqual(summary["differences"], len(differences))
        return [{name: value for name, value in d.items() if name not in ("record", "why")} for d in differences]

    def test_it_is_healthy_before(self):
        self.verify(self.prefix)

    def test_a_field_of_a_record(self):
        def last(name, value):
            return lambda f: f["last"].__setitem__(name, value)

        def resume(name, change):
            return lambda f: f["resume"].__setitem__(name, change(f["resume"][name]))

        def direct(name, change):
            return lambda f: f.__setitem__(name, change(f[name]))
        later = lambda t: t + datetime.timedelta(hours=5)
        cases = [
            ("instruments", "title", direct("title", lambda t: "Treaty")),
            ("instruments", "title", direct("title", lambda t: None)),
            ("instruments", "participants[1].status",
             lambda f: f["participants"][1].__setitem__("status", "WITHDRAWN")),
            ("instruments", "participants", lambda f: f["participants"].pop()),
            ("instruments", "commitments.overdue",
             lambda f: f["commitments"].__setitem__("overdue", 0)),
            ("summits", "missed", direct("missed", lambda n: n + 1)),
            ("summits", "slip_days", direct("slip_days", lambda n: -1)),
            ("commitments", "closes", direct("closes", lambda d: d + datetime.timedelta(1))),
            ("commitments", "timeliness", direct("timeliness", lambda t: "MET")),
            ("commitments", "contested", direct("contested", lambda c: False)),
            ("commitments", "raised", direct("raised", lambda c: "+P1D")),
            ("commitments", "slippage[0].reason",
             lambda f: f["slippage"][0].__setitem__("reason", "rain")),
            ("commitments", "pace.reported",
             lambda f: f["pace"].__setitem__("reported", 0.5)),
            ("commitments", "events", direct("events", lambda n: n - 1)),
            ("commitments", "last.offset", last("offset", 0)),
            ("commitments", "last.event_id", last("event_id", "x")),
            ("commitments", "dossier", direct("dossier", lambda d: "pact")),
            ("commitments", "id", direct("id", lambda d: "pact.road")),
            ("commitments", "as_of", direct("as_of", later)),
            ("commitments", "resume", direct("resume", lambda r: None)),
            ("commitments", "resume.generation", resume("generation", lambda n: n + 1)),
            ("commitments", "resume.recent", resume("recent", lambda b: b[8:])),
            ("commitments", "resume.had_deadline", resume("had_deadline", lambda h: False)),
            ("commitments", "resume.cause.offset",
             lambda f: f["resume"]["cause"].__setitem__("offset", 77)),
            ("commitments", "resume.armed_at", resume("armed_at", lambda t: later(t))),
            ("commitments", "resume.disputed_by", resume("disputed_by", lambda d: [])),
            ("commitments", "resume.stream_time", resume("stream_time", lambda t: t - DAYS)),
            ("commitments", "resume.milestones_offset",
             resume("milestones_offset", lambda n: n + 50)),
            ("summits", "resume.start_opens",
             resume("start_opens", lambda d: datetime.date(2026, 1, 1))),
        ]
        # As many at once as there are records to write over, each in another dossier.
        ends = {"instruments": "", "summits": ".talks", "commitments": ".road"}
        while cases:
            expected, undo = {}, []
            for n, (topic, field, change) in enumerate(cases[:PACTS]):
                right = self.last("register." + topic, f"pact-{n}{ends[topic]}")
                name = self.prefix + "register." + topic
                offset = self.write("register." + topic, right.key, self.changed(right, change), right.partition)
                expected[name, right.partition, offset, right.key.decode()] = field
                undo.append(("register." + topic, right.key, right.value, right.partition))
            found = self.found()
            self.assertEqual({(d["topic"], d["partition"], d["offset"], d["key"]): d.get("field") for d in found},
                             expected)
            self.assertEqual(len(found), len(expected))
            self.assertEqual([d for d in found if d["stands"] == d["follows"]], [])
            for given in undo:
                self.write(*given)
            cases = cases[PACTS:]
        self.verify(self.prefix)

    def test_records_that_are_none(self):
        topic, key = "register.commitments", "pact-0.road"
        right = self.last(topic, key)
        place = {"topic": self.prefix + topic}
        other = self.last("register.instruments", "pact-0")
        cases = [
            ("a tombstone", key, None, right.partition, "tombstone"),
            ("garbage", key, b"\xff garbage", right.partition, "unreadable"),
            ("a record of another topic", key, other.value, right.partition, "unreadable"),
            ("cut off", key, right.value[:-3], right.partition, "unreadable"),
            ("a foreign key", "pact-0.rail", right.value, right.partition, "unfounded"),
            ("a foreign key", "", right.value, right.partition, "unfounded"),
            ("another partition", key, right.value, 1 - right.partition, "unfounded"),
            ("a record that nothing made", "pact-9", self.changed(right, lambda f: f.__setitem__("id", "pact-9")),
             right.partition, "unfounded"),
            ("a tombstone of nobody", "pact-8", None, right.partition, "tombstone"),
        ]
        left = []
        for name, wrong_key, value, partition, what in cases:
            with self.subTest(name):
                offset = self.write(topic, wrong_key, value, partition)
                expected = place | {"difference": what, "partition": partition, "offset": offset, "key": wrong_key}
                found = [{n: v for n, v in d.items() if n != "follows"} for d in self.found()]
                self.assertIn(expected, found)
                self.assertEqual(len(found), len(left) + 1)
                if (wrong_key, partition) == (key, right.partition):
                    self.write(topic, key, right.value, right.partition)
                else:
                    left.append(expected)
        # What nothing made stays wrong: it can only be made to disappear with its topic.
        self.rewrite(topic, self.before[topic])
        self.verify(self.prefix)

    def rewrite(self, topic, records):
        """The topic anew, with these records."""
        name = self.prefix + topic
        delete_topics(name)
        wait_for(lambda: name not in topics(self.prefix), what="the topic to be gone")
        make_topics(self.prefix, 2)
        placed = [record for record in produce(name, [{"key": r.key, "value": r.value, "partition": r.partition,
                                                       "headers": r.headers} for r in records])]
        self.assertEqual(len(placed), len(records))
        return placed

    def test_a_record_is_missing(self):
        for topic in self.registers():
            missing = self.before[topic][0].key
            self.rewrite(topic, [r for r in self.before[topic] if r.key != missing])
            (found,) = self.found()
            self.assertEqual((found["difference"], found["key"], found["follows"]["id"]),
                             ("missing", missing.decode(), missing.decode()))
            self.rewrite(topic, self.before[topic])
        self.verify(self.prefix)

    def test_alerts(self):
        records = self.before["alerts"]
        moved = [i for i, r in enumerate(records) if self.schemas.decode(r.value)[1]["kind"] == "MOVED"]
        at = moved[0]
        middle = records[at]

        def change(record, field, value):
            def changed(fields):
                fields[field] = value(fields[field])
            return dataclasses.replace(record, value=self.changed(record, changed))
        fields = [("title", lambda t: "Rail"), ("severity", lambda s: "CRITICAL"), ("revision", lambda n: n + 1),
                  ("closes", lambda d: d + datetime.timedelta(1)), ("days_left", lambda n: n + 1),
                  ("slip_days", lambda n: n + 1), ("kind", lambda k: "REFINED"), ("stale", lambda s: not s),
                  ("parties", lambda p: []), ("threshold", lambda t: t + DAYS), ("due", lambda d: d + "?"),
                  ("raised_at", lambda t: t - DAYS), ("raised_at", lambda t: t.replace(year=2028))]
        while fields:
            forged, expected = list(records), {}
            for i, (field, value) in zip(moved, fields):
                forged[i] = change(records[i], field, value)
                expected[records[i].key.decode()] = field
            self.rewrite("alerts", forged)
            found = {}
            for d in self.found():
                found.setdefault(d["key"], []).append(d.get("field"))
            self.assertEqual(found.keys(), expected.keys(), found)
            for key, field in expected.items():
                self.assertIn(field, found[key])
            fields = fields[len(moved):]
        invented = self.changed(middle, lambda f: f.__setitem__("alert_id", "0" * 32))
        other = next(r for r in records if r.partition != middle.partition)
        whole = [("missing", [*records[:at], *records[at + 1:]], ["missing"]),
                 ("twice", [*records, middle], ["twice"]),
                 ("twice, elsewhere", [*records, dataclasses.replace(middle, partition=1 - middle.partition)],
                  ["twice"]),
                 ("in another partition", [*records[:at], dataclasses.replace(middle, partition=1 - middle.partition),
                                           *records[at + 1:]], ["partition"]),
                 ("another key", [*records[:at], dataclasses.replace(middle, key=other.key), *records[at + 1:]],
                  ["key"]),
                 ("invented", [*records, dataclasses.replace(middle, value=invented)], ["unfounded"]),
                 ("garbage", [*records, dataclasses.replace(middle, value=b"?")], ["unreadable"]),
                 ("a tombstone", [*records, dataclasses.replace(middle, value=None)], ["unreadable"])]
        for name, forged, expected in whole:
            with self.subTest(name):
                self.rewrite("alerts", forged)
                found = self.found()
                self.assertEqual([d.get("field") or d["difference"] for d in found], expected, found)
        self.rewrite("alerts", records)
        self.verify(self.prefix)

    def test_all_records_of_a_task_are_gone(self):
        """The group has read on, and so there must be something."""
        for topic in self.before:
            self.rewrite(topic, [r for r in self.before[topic] if r.partition == 0])
        gone = {r.key.decode() for t in self.registers() for r in self.before[t] if r.partition == 1}
        found = self.found("--group", group_of(self.prefix))
        self.assertEqual({d["key"] for d in found if "register" in d["topic"]}, gone)
        for topic in self.before:
            self.rewrite(topic, self.before[topic])
        self.verify(self.prefix, "--group", group_of(self.prefix))

    def test_under_other_rules(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(json.dumps(OTHER_POLICY))
            file.flush()
            for more in (("--zone", "Asia/Almaty"), ("--policy", file.name)):
                done = run("verify", *options(self.prefix), *more)
                self.assertEqual((done.code, done.out), (2, ""))
                self.assertIn("another zone or policy", done.err)


if __name__ == "__main__":
    unittest.main()
