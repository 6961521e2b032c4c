"""`chapar generate`: the same events for the same seed, as many of each kind as promised, fit for everything else."""

import collections
import hashlib
import io
import json
import re
import shutil
import unittest

import fastavro
from chapar_run import run, scratch_folder

KINDS = {"signings.avro": "signing", "summits.avro": "summit", "milestones.avro": "milestone"}


def events_of(*arguments):
    return [json.loads(line) for line in run("generate", *arguments, expect=0).out.splitlines()]


class Generate(unittest.TestCase):
    def setUp(self):
        self.folder = scratch_folder("generate")
        self.addCleanup(shutil.rmtree, self.folder)

    def test_the_same_seed_gives_the_same_bytes_for_ever(self):
        """A change of these sums makes benchmarks of different versions incomparable: say so in the changelog."""
        out = run("generate", "--seed", 42, "--events", 1000, expect=0).out
        self.assertEqual(hashlib.sha256(out.encode()).hexdigest(), SUM_OF_LINES)
        run("generate", "--seed", 42, "--events", 1000, "--format", "avro", "--output", self.folder, expect=0)
        sums = hashlib.sha256()
        for name in KINDS:
            sums.update((self.folder / name).read_bytes())
        self.assertEqual(sums.hexdigest(), SUM_OF_CONTAINERS)

    def test_another_seed_gives_other_events(self):
        self.assertNotEqual(events_of("--seed", 1), events_of("--seed", 2))

    def test_containers_hold_the_same_events_as_lines(self):
        lines = collections.defaultdict(list)
        for event in events_of("--events", 500):
            lines[event["event"]].append(event["event_id"])
        run("generate", "--events", 500, "--format", "avro", "--output", self.folder, expect=0)
        for name, kind in KINDS.items():
            records = list(fastavro.reader(io.BytesIO((self.folder / name).read_bytes())))
            self.assertEqual([r["event_id"] for r in records], lines[kind])

    def test_a_file_of_lines_is_what_goes_to_standard_output(self):
        run("generate", "--output", self.folder, expect=0)
        self.assertEqual((self.folder / "events.jsonl").read_text(), run("generate", expect=0).out)

    def test_there_are_as_many_of_each_kind_as_promised(self):
        for count in (1, 7, 40, 10000):
            events = events_of("--events", count)
            self.assertEqual(len(events), count)
        kinds = collections.Counter(e["event"] for e in events)
        self.assertEqual(kinds, {"signing": 1000, "summit": 1000, "milestone": 8000})
        self.assertEqual(set(collections.Counter(e["dossier"] for e in events).values()), {10})

    def test_they_look_like_a_register(self):
        events = events_of("--events", 10000)
        times = [e["recorded_at"] for e in events]
        self.assertEqual(times, sorted(times))
        self.assertLess(times[0], "2021-01-02")
        self.assertGreater(times[-1], "2025-12")
        types = {e["type"] for e in events if e["event"] == "milestone"}
        self.assertLessEqual({"UNDERTAKEN", "PROPOSED", "REPORTED", "FULFILLED", "RESCHEDULED", "WITHDRAWN",
                              "DISPUTED", "REOPENED", "SUPERSEDED"}, types)
        dues = [e["due"] for e in events if "due" in e]
        for form in (r"\d{4}-\d\d-\d\d", r"\d{4}-[01]\d", r"\d{4}", r"\d{4}/\d{4}", r"\.\./\d{4}", r"\d{4}-3\d",
                     r"P\d+[YMWD]", r"P1Y6M", r"R/XXXX-\d\d-\d\d/P1Y", r"R4/\d{4}-\d\d-\d\d/P1Y"):
            self.assertTrue(any(re.fullmatch(form, due) for due in dues), form)
        for field in ("part_of", "progress", "value", "target", "anchor_event", "superseded_by"):
            self.assertTrue(any(field in e for e in events), field)
        parties = {tuple(e["parties"]) for e in events if e.get("parties")}
        self.assertTrue({2, 3, 4} <= {len(p) for p in parties})
        repeated = [i for i, n in collections.Counter(e["event_id"] for e in events).items() if n > 1]
        self.assertTrue(5 <= len(repeated) <= 20, len(repeated))

    def test_publish_and_replay_have_nothing_to_say_against_them(self):
        run("generate", "--events", 5000, "--output", self.folder, expect=0)
        run("generate", "--events", 5000, "--format", "avro", "--output", self.folder, expect=0)
        lines, containers = self.folder / "events.jsonl", [self.folder / name for name in KINDS]
        run("publish", "--check", lines, *containers, expect=0)
        replays = [run("replay", "--emit", "hash", *files, expect=0) for files in ([lines], containers)]
        self.assertEqual(replays[0].out, replays[1].out)
        self.assertEqual([r.err for r in replays], ["", ""])
        alerts = run("replay", "--emit", "alerts", lines, expect=0).out.count("\n")
        self.assertTrue(3000 < alerts < 10000, alerts)

    def test_values_have_about_200_bytes(self):
        run("generate", "--events", 10000, "--format", "avro", "--output", self.folder, expect=0)
        size = sum((self.folder / name).stat().st_size for name in KINDS) / 10000
        self.assertTrue(190 < size < 210, size)

    def test_wrong_usage_is_told(self):
        for arguments, says in ((("--format", "avro"), "--output"), (("--events", "0"), "--events"),
                                (("--seed", "x"), "--seed"), (("--format", "xml"), "--format")):
            result = run("generate", *arguments, expect=2)
            self.assertIn(says, result.err)
        result = run("generate", "--output", self.folder / "nowhere", expect=1)
        self.assertIn("events.jsonl: cannot be written", result.err)


SUM_OF_LINES = "e5beabbd90232c23a767737ce4cbceff68c1e80abf2b227862c79004fb624f14"
SUM_OF_CONTAINERS = "de9e316a373a7bdd9f8e7a45dec4f989f269cad09fe53fdd34768b60a906d6c9"
