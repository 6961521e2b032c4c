"""`chapar process` on a real broker: what it writes, what it refuses, and how it begins and ends."""

import datetime
import json
import math
import pathlib
import shutil
import signal
import struct
import time
import unittest

from chapar_avro import Schemas
from chapar_history import Writer, event, instant, publish
from chapar_kafka import consume, create_topics, produce, unique_prefix
from chapar_live import (EVENTS, REGISTERS, alert_differences, alerts, clean_up, committed, dead_letters, ends,
                         make_topics, members, process, process_all, register, register_differences, replayed,
                         reset_offsets, verify, wait_until_processed)
from chapar_run import scratch_folder

DAY = 86_400_000
POLICY = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "policy.json"
CLOCK = ("--clock", "2027-06-01T00:00:00Z")


def now():
    return int(time.time() * 1000)


def text(milliseconds):
    return instant.text_of(milliseconds)


def day(milliseconds):
    return text(milliseconds)[:10]


class Process(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.prefix = unique_prefix("process")
        self.addCleanup(clean_up, self.prefix)
        self.writer = Writer(self.prefix)

    def publish(self, *events):
        publish([self.writer.record(e) for e in events])

    def assert_as_replayed(self, *more):
        """What was committed is what a replay gives."""
        expected_alerts, expected_register, _ = replayed(self.prefix, *more)
        self.assertEqual(alert_differences(alerts(self.prefix), expected_alerts), [])
        self.assertEqual(register_differences(register(self.prefix), expected_register), [])


class Writing(Process):
    def setUp(self):
        super().setUp()
        make_topics(self.prefix)

    def test_records_and_alerts_as_a_consumer_sees_them(self):
        names = [f"pact-{n}" for n in range(6)]
        for name in names:
            self.publish(event("signing", name, "SIGNED", "2027-01-05T10:00:00Z", date="2027-01-05", title="Pact"),
                         event("summit", f"{name}.summit", "SCHEDULED", "2027-01-06T10:00:00Z", dossier=name,
                               date="2027-05-22", hosts=["KAZ"]),
                         event("milestone", f"{name}.report", "UNDERTAKEN", "2027-01-07T10:00:00Z", dossier=name,
                               instrument=name, due="P3M", parties=["KAZ", "org:ifas"]))
        begun = now()
        process_all(self.prefix, *CLOCK)
        homes = {r.key: r.partition for r in consume(self.prefix + "signings")}
        self.assertGreater(len(set(homes.values())), 1)
        schemas, seen = Schemas(), []
        kinds = {f"register.{t}": (f"org.chapar.register.{k}", k.capitalize() + "Record", "id")
                 for t, k in REGISTERS.items()} | {"alerts": (r"org.chapar.alert.[a-z]+", "Alert", "subject")}
        for topic, (type_, schema, subject) in kinds.items():
            records = consume(self.prefix + topic)
            self.assertTrue(records, topic)
            for r in records:
                name, fields = schemas.decode(r.value)
                self.assertEqual(name, schema)
                self.assertEqual(r.key.decode(), fields[subject])
                self.assertEqual(r.partition, homes[fields["dossier"].encode()])
                self.assertTrue(begun - 5000 <= r.timestamp <= now() + 5000, r.timestamp)
                self.assertEqual(sorted(n for n, _ in r.headers),
                                 sorted(["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time",
                                         "content-type"]))
                self.assertEqual(r.header("ce_specversion"), "1.0")
                self.assertEqual(r.header("content-type"), "application/avro")
                self.assertEqual(r.header("ce_subject"), fields[subject])
                self.assertRegex(r.header("ce_type"), f"^{type_}$")
                time_ = datetime.datetime.fromisoformat(r.header("ce_time").replace("Z", "+00:00"))
                self.assertEqual(time_, fields.get("raised_at") or fields["as_of"])
                if topic == "alerts":
                    self.assertEqual(r.header("ce_id"), fields["alert_id"])
                    self.assertEqual(r.header("ce_type"), "org.chapar.alert." + fields["kind"].lower())
                seen.append((r.header("ce_source"), r.header("ce_id")))
        self.assertEqual(len(seen), len(set(seen)))  # CloudEvents: source and id together tell events apart
        self.assert_as_replayed(*CLOCK)

    def test_of_an_entity_only_the_last_state_of_a_transaction_is_written(self):
        self.publish(event("milestone", "road", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01"),
                     *(event("milestone", "road", "REPORTED", f"2027-01-{2 + n:02}T00:00:00Z", progress=n / 100)
                       for n in range(25)))
        process_all(self.prefix, "--clock", "stream")
        records = consume(self.prefix + "register.commitments")
        self.assertEqual([Schemas().decode(r.value)[1]["events"] for r in records], [26])

    def test_restarts_change_nothing(self):
        story = [event("milestone", "road", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01", instrument="pact",
                       dossier="pact"),
                 event("signing", "pact", "SIGNED", "2027-01-02T00:00:00Z", date="2027-01-02"),
                 event("milestone", "road", "REPORTED", "2027-02-01T00:00:00Z", progress=0.5, dossier="pact"),
                 event("milestone", "road", "RESCHEDULED", "2027-03-10T00:00:00Z", due="2027-06-01", dossier="pact"),
                 event("milestone", "road.bridge", "UNDERTAKEN", "2027-03-11T00:00:00Z", due="2027-05-01",
                       dossier="pact", part_of="road"),
                 event("milestone", "road", "FULFILLED", "2027-05-11T00:00:00Z", dossier="pact")]
        for told in story:
            self.publish(told)
            process_all(self.prefix, "--clock", "stream")
            process_all(self.prefix, "--clock", "stream")
        process_all(self.prefix, *CLOCK)
        self.assert_as_replayed(*CLOCK)
        self.assertEqual(committed(self.prefix), ends(self.prefix))
        self.assertEqual(register(self.prefix)[0]["commitments"]["fulfilled"], 1)

    def test_a_quiet_group_has_no_lag(self):
        self.publish(event("milestone", "road", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01"))
        with process(self.prefix, "--clock", "stream") as running:
            # The ends count the marks of transactions, which no reader ever sees.
            running.wait_for(lambda: committed(self.prefix) == ends(self.prefix), what="a lag of nothing")


class DeadLetters(Process):
    AT = "2027-01-05T10:00:00Z"

    def setUp(self):
        super().setUp()
        make_topics(self.prefix)

    def signing(self, name="pact", **fields):
        return event("signing", name, fields.pop("type", "SIGNED"), fields.pop("at", self.AT), **fields)

    def wrong(self):
        """(what is wrong, record, reason, what the detail must speak of)."""
        made, record = self.writer.record, self.writer.record(self.signing())
        known = made(event("summit", "known", "SCHEDULED", self.AT, date="2027-05-22", dossier="pact"))
        return [
            ("no Avro", record | {"value": b"hello"}, "malformed", ""),
            ("empty", record | {"value": b""}, "malformed", ""),
            ("no value", record | {"value": None}, "malformed", ""),
            ("cut off", record | {"value": record["value"][:-3]}, "malformed", ""),
            ("bytes left over", record | {"value": record["value"] + b"\0"}, "malformed", ""),
            ("unknown fingerprint", record | {"value": b"\xc3\x01" + b"12345678" + record["value"][10:]},
             "unknown-schema", "3837363534333231|3132333435363738"),
            ("no registry", record | {"value": struct.pack(">bI", 0, 7) + record["value"][10:]},
             "unknown-schema", "7"),
            ("a summit among the signings", record | {"value": known["value"]}, "malformed|unknown-schema", ""),
            ("another key", record | {"key": "other"}, "invalid", "dossier"),
            ("no key", record | {"key": None}, "invalid", "dossier"),
            ("another timestamp", record | {"timestamp": record["timestamp"] + 1}, "invalid", "recorded_at"),
            ("another dossier", made(self.signing(dossier="elsewhere")), "invalid", "dossier"),
            ("another kind", made(self.signing("known", dossier="pact")), "invalid", "summit"),
            ("no id", made(self.signing("Pact", dossier="pact")), "invalid", "instrument"),
            ("no such day", made(self.signing(date="2027-02-29")), "invalid", "date"),
            ("no such party", made(self.signing(parties=["Kazakhstan"])), "invalid", "parties"),
            ("not a number", made(event("milestone", "road", "REPORTED", self.AT, dossier="pact", value=math.nan)),
             "invalid", "value"),
            ("infinite", made(event("milestone", "road", "REPORTED", self.AT, dossier="pact",
                                    target={"value": math.inf})), "invalid", "target"),
            ("too large", made(self.signing(note="n" * 1048576)), "too-large", ""),
        ]

    def test_what_cannot_be_applied_is_put_aside_unchanged(self):
        cases = self.wrong()
        first = produce(self.prefix + "signings", [{k: v for k, v in self.writer.record(self.signing()).items()
                                                    if k != "topic"}])
        home = first[0][0]
        known = self.writer.record(event("summit", "known", "SCHEDULED", self.AT, date="2027-05-22", dossier="pact"))
        headers = [("trace", b"\0\xff"), ("ce_id", b"1"), ("trace", b"again"), ("none", None)]
        placed = {}
        for record in [known] + [r | {"headers": headers} for _, r, _, _ in cases]:
            topic = record.pop("topic")
            at = produce(topic, [record | {"partition": home}], message_max_bytes=2000000)[0]
            placed[topic, *at] = record
        self.publish(self.signing(type="IN_FORCE", at="2027-02-01T00:00:00Z"))
        done = process_all(self.prefix, *CLOCK)

        letters = {(r.header("chapar_topic"), int(r.header("chapar_partition")), int(r.header("chapar_offset"))): r
                   for r in dead_letters(self.prefix)}
        self.assertEqual(len(letters), len(cases))
        originals = {(r.topic, r.partition, r.offset): r for t in EVENTS for r in consume(self.prefix + t)}
        places = [place for place in placed if place[0].endswith(("signings", "milestones"))]
        for (what, _, reason, detail), place in zip(cases, places, strict=True):
            with self.subTest(what):
                letter, original = letters[place], originals[place]
                self.assertEqual((letter.key, letter.value), (original.key, original.value))
                self.assertEqual(letter.partition, home)
                self.assertEqual(letter.headers[:len(headers)], headers)
                self.assertEqual([n for n, _ in letter.headers[len(headers):]],
                                 ["chapar_reason", "chapar_detail", "chapar_topic", "chapar_partition",
                                  "chapar_offset"])
                self.assertRegex(letter.header("chapar_reason"), f"^({reason})$")
                self.assertRegex(letter.header("chapar_detail"), detail or ".")
                self.assertIn(f"offset={place[2]}", done.err)
        # The stream goes on behind them, and none of them has touched the register.
        pact, summit = register(self.prefix)
        self.assertEqual((pact["status"], pact["events"], summit["events"]), ("IN_FORCE", 2, 1))
        self.assertEqual(committed(self.prefix), ends(self.prefix))
        process_all(self.prefix, *CLOCK)
        self.assertEqual(len(dead_letters(self.prefix)), len(cases))

    def test_none_keeps_its_place_in_the_order_of_time(self):
        """A record that is no event holds nobody up, wherever it stands, and moves no clock."""
        far = instant.parse("2099-01-01T00:00:00Z")
        produce(self.prefix + "signings", [{"key": "road", "value": b"?", "timestamp": far, "partition": p}
                                           for p in range(4)])
        self.publish(event("milestone", "road", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2028-03-01"))
        process_all(self.prefix, "--clock", "stream")
        self.assertEqual(register(self.prefix)[0]["as_of"], "2027-01-01T00:00:00.000Z")
        self.assertEqual(len(dead_letters(self.prefix)), 4)


class Beginning(Process):
    STORY = (event("milestone", "road", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01"),
             event("milestone", "road", "RESCHEDULED", "2027-02-10T00:00:00Z", due="2027-05-01"),
             event("milestone", "road", "REPORTED", "2027-04-10T00:00:00Z", progress=0.5))

    def test_empty_topics_end_at_once(self):
        make_topics(self.prefix)
        begun = time.monotonic()
        process_all(self.prefix)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual((alerts(self.prefix), register(self.prefix)), ([], []))

    def test_it_has_three_threads_of_its_own(self):
        """Once its tasks are there, whatever is asked for: the libraries' threads have names of theirs."""
        make_topics(self.prefix)
        self.publish(event("milestone", "road", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01"))
        state = scratch_folder("state")
        self.addCleanup(shutil.rmtree, state)

        def own(running):
            names = [(each / "comm").read_text().strip() for each in pathlib.Path(f"/proc/{running.pid}/task").iterdir()]
            return names.count(pathlib.Path(f"/proc/{running.pid}/comm").read_text().strip())
        for _ in range(2):  # the second reads a checkpoint
            with process(self.prefix, *CLOCK, "--state-dir", state, "--metrics-listen", "127.0.0.1:0") as running:
                running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
                running.wait_for(lambda: own(running) == 3, what="three threads")
                wait_until_processed(running, self.prefix)
                self.assertEqual(own(running), 3)
                self.assertEqual(running.stop(), 0)

    def test_missing_topics_are_named(self):
        create_topics([self.prefix + "signings", self.prefix + "summits"])
        done = process_all(self.prefix, expect=1)
        self.assertIn(f"{self.prefix}milestones", done.err)
        self.assertIn("chapar topics create", done.err)

    def test_differing_partition_counts_are_told(self):
        names = [*EVENTS, *(f"register.{name}" for name in REGISTERS), "alerts", "dead-letters"]
        for other, partitions in (("alerts", 2), ("summits", 3)):
            prefix = unique_prefix("process")
            self.addCleanup(clean_up, prefix)
            create_topics([prefix + name for name in names if name != other], partitions=4)
            create_topics([prefix + other], partitions=partitions)
            done = process_all(prefix, expect=1)
            self.assertRegex(done.err, f"{prefix}{other}.*has {partitions} partitions")

    def test_garbage_in_the_register_stops_the_start(self):
        make_topics(self.prefix)
        self.publish(*self.STORY)
        process_all(self.prefix, "--clock", "stream")
        home = consume(self.prefix + "milestones")[0].partition
        before = len(consume(self.prefix + "alerts"))
        [(_, offset)] = produce(self.prefix + "register.commitments",
                                [{"key": "road", "value": b"\xc3\x01nonsense!", "partition": home}])
        done = process_all(self.prefix, *CLOCK, expect=1)
        self.assertIn(f"{self.prefix}register.commitments partition {home} offset {offset}", done.err)
        self.assertEqual(len(consume(self.prefix + "alerts")), before)
        self.assertEqual(len(dead_letters(self.prefix)), 0)

    def test_garbage_in_the_register_that_was_put_right(self):
        """It stands in the topic until Kafka compacts it: what took its place counts."""
        make_topics(self.prefix)
        self.publish(*self.STORY)
        process_all(self.prefix, "--clock", "stream")
        right = consume(self.prefix + "register.commitments")[-1]
        topic = self.prefix + "register.commitments"

        def write(key, value):
            produce(topic, [{"key": key, "value": value, "partition": right.partition}])
        for key, garbage in ((right.key, b"garbage"), (b"nobody", b"garbage"), (b"foreign", right.value)):
            write(key, garbage)
        process_all(self.prefix, *CLOCK, expect=1)
        write(right.key, right.value)
        write(b"nobody", None)
        self.assertIn("the key of the record is another one", process_all(self.prefix, *CLOCK, expect=1).err)
        write(b"foreign", None)
        done = process_all(self.prefix, *CLOCK)
        self.assertEqual(done.err.count("something foreign in a register topic was replaced since"), 3, done.err)
        _, found, summary = verify(self.prefix)
        self.assertEqual(sorted((d["difference"], d["key"]) for d in found),
                         [("tombstone", "foreign"), ("tombstone", "nobody")])
        self.assertEqual(summary["records"], 1)

    def test_offsets_that_were_reset_do_not_mean_from_the_start(self):
        make_topics(self.prefix)
        self.publish(*self.STORY)
        process_all(self.prefix, "--clock", "stream")
        raised, kept = alerts(self.prefix), register(self.prefix)
        self.assertTrue(raised)
        reset_offsets(self.prefix)
        done = process_all(self.prefix, "--clock", "stream")
        self.assertIn("the group's offset lies before what the register holds", done.err)
        self.assertEqual((alerts(self.prefix), register(self.prefix)), (raised, kept))
        self.assertEqual(committed(self.prefix), ends(self.prefix))
        reset_offsets(self.prefix)
        self.publish(event("milestone", "road", "FULFILLED", "2027-05-10T00:00:00Z"))
        process_all(self.prefix, *CLOCK)
        self.assertEqual(register(self.prefix)[0]["duplicates"], 0)
        self.assert_as_replayed(*CLOCK)

    def test_tasks_of_a_dead_member_are_part_of_everything(self):
        """--until-end waits for the tasks that a member which died still holds."""
        make_topics(self.prefix)
        for member in ((), ("--instance", "dead")):
            names = [f"road-{len(member)}-{n}" for n in range(12)]
            with process(self.prefix, "--clock", "stream", *member) as running:
                running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
                running.stop(signal.SIGKILL)
            self.publish(*(event("milestone", name, "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01")
                           for name in names))
            process_all(self.prefix, "--clock", "stream")
            self.assertLessEqual(set(names), {r["id"] for r in register(self.prefix)})
        self.assertEqual(committed(self.prefix), ends(self.prefix))

    def test_two_that_share_the_work_both_end(self):
        make_topics(self.prefix)
        self.publish(*(event("milestone", f"road-{n}", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01")
                       for n in range(12)))
        with process(self.prefix, *CLOCK, "--until-end") as one, process(self.prefix, *CLOCK, "--until-end") as other:
            self.assertEqual((one.wait(), other.wait()), (0, 0), one.err() + other.err())
        self.assert_as_replayed(*CLOCK)


class Ending(Process):
    def test_stops_when_asked(self):
        make_topics(self.prefix)
        for how, member in ((signal.SIGTERM, ()), (signal.SIGINT, ()), (signal.SIGTERM, ("--instance", "one"))):
            with self.subTest(how=how.name, member=member), \
                    process(self.prefix, "--clock", "stream", *member) as running:
                self.publish(event("milestone", "road", "REPORTED", text(now() - DAY), progress=0.5))
                wait_until_processed(running, self.prefix)
                self.assertEqual(members(self.prefix), 1)
                begun = time.monotonic()
                self.assertEqual(running.stop(how), 0, running.err())
                self.assertLess(time.monotonic() - begun, 5)
                self.assertEqual(members(self.prefix), 1 if member else 0)
                self.assertIn(f"signal={how.name}", running.err())
        self.assertEqual(register(self.prefix)[0]["events"], 3)

    def test_stopped_while_it_works(self):
        """In the middle of a long history, a stop loses nothing and repeats nothing."""
        make_topics(self.prefix)
        self.publish(*(event("milestone", f"road-{n % 50}", "RESCHEDULED", text(1_800_000_000_000 + n * DAY // 4),
                             due=day(1_800_000_000_000 + n * DAY // 4 + (n % 60) * DAY)) for n in range(4000)))
        stopped = 0
        for how in (signal.SIGTERM, signal.SIGINT) * 3:
            with process(self.prefix, "--clock", "stream") as running:
                running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
                self.assertEqual(running.stop(how), 0, running.err())
                stopped += committed(self.prefix) != ends(self.prefix)
        process_all(self.prefix, *CLOCK)
        self.assert_as_replayed(*CLOCK)
        self.assertGreater(stopped, 0)


class Clocks(Process):
    def setUp(self):
        super().setUp()
        make_topics(self.prefix)

    def test_a_deadline_that_has_passed_is_told_at_once(self):
        at = now()
        self.publish(event("milestone", "late", "UNDERTAKEN", text(at), due=day(at - 2 * DAY)),
                     event("milestone", "today", "UNDERTAKEN", text(at + 1), due=day(at)))
        with process(self.prefix) as running:
            running.wait_for(lambda: len(alerts(self.prefix)) >= 2, what="two alerts")
        found = {a["subject"]: a for a in alerts(self.prefix)}
        self.assertEqual({s: (a["kind"], a["stage"]) for s, a in found.items()},
                         {"late": ("OVERDUE", "+P1D"), "today": ("UPCOMING", "-P1D")})
        for alert in found.values():
            self.assertLess(abs(instant.parse(alert["raised_at"]) - at), 1000)

    def test_after_an_outage_what_was_overtaken_is_stale(self):
        at = now()
        self.publish(event("milestone", "road", "UNDERTAKEN", text(at - 50 * DAY), due=day(at - 3 * DAY)))
        process_all(self.prefix)
        found = alerts(self.prefix)
        self.assertEqual([(a["stage"], a["stale"]) for a in found],
                         [("-P30D", True), ("-P7D", True), ("-P1D", True), ("+P1D", False)])
        for alert in found:
            self.assertEqual(alert["raised_at"], alert["threshold"])

    def test_a_task_that_has_caught_up_goes_by_the_wall(self):
        at = now()
        with process(self.prefix) as running:
            self.publish(event("milestone", "first", "UNDERTAKEN", text(at - 40 * DAY), due=day(at + 400 * DAY)))
            wait_until_processed(running, self.prefix)
            # By the event's time no stage had begun; by the wall, one has.
            self.publish(event("milestone", "first", "RESCHEDULED", text(at - 39 * DAY), due=day(at + 10 * DAY)))
            running.wait_for(lambda: any(a["stage"] for a in alerts(self.prefix)), what="the stage")
            self.assertEqual(running.stop(), 0)
        found = [a for a in alerts(self.prefix) if a["stage"]]
        self.assertEqual([(a["stage"], a["stale"]) for a in found], [("-P30D", False)])
        self.assertLess(abs(instant.parse(found[0]["raised_at"]) - now()), 60_000)
        self.assertEqual(found[0]["threshold"], day(at + 10 * DAY - 30 * DAY) + "T00:00:00.000Z")

    def test_another_zone_arms_anew_what_was_not_raised(self):
        self.publish(event("milestone", "road", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-11-29"))
        starts = [("UTC", "2026-11-21T18:00:00Z", ["-P30D"], False),
                  ("Asia/Almaty", "2026-11-21T19:30:00Z", ["-P30D", "-P7D"], True),  # its 22nd began at 19:00
                  ("Asia/Almaty", "2026-11-21T20:00:00Z", ["-P30D", "-P7D"], False),
                  ("UTC", "2026-11-22T12:00:00Z", ["-P30D", "-P7D"], True),
                  ("UTC", "2026-11-28T12:00:00Z", ["-P30D", "-P7D", "-P1D"], True)]
        for zone, clock, stages, told in starts:
            done = process_all(self.prefix, "--zone", zone, "--clock", clock)
            self.assertEqual([a["stage"] for a in alerts(self.prefix)], stages)
            self.assertEqual("zone or policy changed" in done.err, told, done.err)

    def test_another_policy_arms_anew_what_was_not_raised(self):
        folder = scratch_folder("policy")
        self.addCleanup(shutil.rmtree, folder)
        policy = json.loads(POLICY.read_text())
        self.publish(event("milestone", "road", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-11-29"))
        process_all(self.prefix, "--clock", "2026-11-01T00:00:00Z")
        changed = json.loads(json.dumps(policy).replace('"P7D"', '"P10D"'))
        (folder / "policy.json").write_text(json.dumps(changed))
        for told in (True, False):
            done = process_all(self.prefix, "--policy", folder / "policy.json", "--clock", "2026-11-20T00:00:00Z")
            self.assertEqual([a["stage"] for a in alerts(self.prefix)], ["-P30D", "-P10D"])
            self.assertEqual("zone or policy changed" in done.err, told, done.err)


if __name__ == "__main__":
    unittest.main()
