"""`chapar verify` on a real broker names what somebody wrote by hand, and nothing else."""

import dataclasses
import datetime
import io
import json
import tempfile
import unittest

import fastavro
from chapar_avro import Schemas
from chapar_history import Writer, event, publish
from chapar_kafka import consume, delete_topics, produce, topics, unique_prefix
from chapar_live import REGISTERS, clean_up, group_of, make_topics, options, process_all, verify
from chapar_run import run, wait_for

DAYS = datetime.timedelta(days=3)
OTHER_POLICY = {"escalations": ["P2D", "P40D"]}
PACTS = 8


class Forged(unittest.TestCase):
    """A healthy register, in which somebody writes by hand."""
    maxDiff = None

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
        code, differences, summary = verify(self.prefix, *more)
        self.assertEqual((code, summary["differences"]), (1, len(differences)))
        return differences

    def assert_healthy(self, *more):
        code, differences, _ = verify(self.prefix, *more)
        self.assertEqual((code, differences), (0, []))

    def test_it_is_healthy_before(self):
        self.assert_healthy()

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
            ("commitments", "pace.expected",
             lambda f: f["pace"].__setitem__("expected", 0.99)),
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
        self.assert_healthy()

    def test_a_clock_that_nobody_had(self):
        """What says how far the task has come does not make all else look wrong."""
        right = self.last("register.instruments", "pact-3")

        def change(fields):
            fields["as_of"] = fields["resume"]["clock"] = fields["as_of"].replace(year=2041)
        offset = self.write("register.instruments", right.key, self.changed(right, change), right.partition)
        self.assertEqual([(d["offset"], d["field"]) for d in self.found()],
                         [(offset, "as_of"), (offset, "resume.clock")])
        self.write("register.instruments", right.key, right.value, right.partition)
        self.assert_healthy()

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
            ("right but for a part that nobody compares, and that no processor takes", key,
             self.changed(right, lambda f: f["resume"].__setitem__("late", b"seven by")), right.partition, "unreadable"),
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
                found = [{n: v for n, v in d.items() if n not in ("record", "why", "follows")} for d in self.found()]
                self.assertIn(expected, found)
                self.assertEqual(len(found), len(left) + 1)
                if (wrong_key, partition) == (key, right.partition):
                    self.write(topic, key, right.value, right.partition)
                else:
                    left.append(expected)
        # What nothing made stays wrong: it can only be made to disappear with its topic.
        self.rewrite(topic, self.before[topic])
        self.assert_healthy()

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

    def test_the_only_record_of_a_task(self):
        """Nothing else tells how far the task has come: it is still that record which is named, and why."""
        prefix = unique_prefix("forged")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix, 1)
        writer = Writer(prefix)
        publish([writer.record(event("milestone", "road", "UNDERTAKEN", "2026-01-05T10:00:00Z", due="2026-06"))])
        process_all(prefix, "--clock", "stream")
        topic = prefix + "register.commitments"
        ((_, offset),) = produce(topic, [{"key": "road", "value": consume(topic)[-1].value + b"x", "partition": 0}])
        for more in ((), ("--group", group_of(prefix))):
            code, found, _ = verify(prefix, *more)
            self.assertEqual((code, [(d["difference"], d["topic"], d["offset"]) for d in found]),
                             (1, [("unreadable", topic, offset)]))

    def test_a_record_is_missing(self):
        for topic in self.registers():
            missing = self.before[topic][0].key
            self.rewrite(topic, [r for r in self.before[topic] if r.key != missing])
            (found,) = self.found()
            self.assertEqual((found["difference"], found["key"], found["follows"]["id"]),
                             ("missing", missing.decode(), missing.decode()))
            self.rewrite(topic, self.before[topic])
        self.assert_healthy()

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
        self.assert_healthy()

    def test_records_of_the_schemas_before(self):
        """They tell nothing of late events, and are records as good as others."""
        for topic in self.registers():
            older = [self.older(r) for r in self.before[topic]]
            self.rewrite(topic, older)
        self.assert_healthy()
        for topic in self.registers():
            self.rewrite(topic, self.before[topic])

    def older(self, record):
        name, fields = self.schemas.decode(record.value)
        del fields["resume"]["late"]
        for fingerprint, schema in self.schemas.by_fingerprint.items():
            if schema["name"].endswith("." + name) and schema is not self.schemas.by_name[name][1]:
                buffer = io.BytesIO()
                fastavro.schemaless_writer(buffer, schema, fields)
                return dataclasses.replace(record, value=b"\xc3\x01" + fingerprint + buffer.getvalue())
        raise AssertionError(f"{name} has one schema only")

    def test_all_records_of_a_task_are_gone(self):
        """The group has read on, and so there must be something."""
        for topic in self.before:
            self.rewrite(topic, [r for r in self.before[topic] if r.partition == 0])
        gone = {r.key.decode() for t in self.registers() for r in self.before[t] if r.partition == 1}
        found = self.found("--group", group_of(self.prefix))
        self.assertEqual({d["key"] for d in found if "register" in d["topic"]}, gone)
        for topic in self.before:
            self.rewrite(topic, self.before[topic])
        self.assert_healthy("--group", group_of(self.prefix))

    def test_a_record_that_claims_other_rules(self):
        """It was the first of its task to be written, and excuses itself by a policy that never was: neither is it
        believed, nor does it spare what no policy decides where there was another one."""
        prefix = unique_prefix("forged")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix, 1)
        writer = Writer(prefix)
        for day in (6, 7, 8):
            publish([writer.record(event("milestone", f"road-{day}", "UNDERTAKEN", f"2026-01-{day:02}T10:00:00Z",
                                         due="2026-01"))])
            process_all(prefix, "--clock", "stream")
        self.assertEqual(verify(prefix)[:2], (0, []))
        topic = prefix + "register.commitments"
        first = consume(topic)[0]

        def change(fields):
            fields["resume"]["rules"] += 1
            fields["delivery"] = "FULFILLED"
            fields["closes"] = datetime.date(2040, 1, 1)
        value = self.changed(first, change)
        produce(topic, [{"key": first.key, "value": value, "partition": 0}])
        done = run("verify", *options(prefix), expect=1)
        self.assertEqual({d["field"] for d in done.lines()[:-1]}, {"delivery", "closes", "resume.rules"})
        self.assertIn("--rules-changed", done.err)
        code, found, _ = verify(prefix, "--rules-changed")
        self.assertEqual((code, {d["field"] for d in found}), (1, {"delivery", "closes"}))
        invented = Schemas().encode("Alert", Schemas().decode(consume(prefix + "alerts")[0].value)[1]
                                    | {"alert_id": "0" * 32})
        produce(prefix + "alerts", [{"key": first.key, "value": invented, "partition": 0}])
        self.assertIn("unfounded", [d["difference"] for d in verify(prefix)[1]])

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
