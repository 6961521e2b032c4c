"""`chapar publish --check`: what may be published, and how what may not is told. No broker anywhere."""

import io
import json
import os
import shutil
import subprocess
import unittest
from datetime import datetime, timedelta, timezone

import fastavro
from chapar_avro import Schemas
from chapar_events import RECORDED_MS, jsonl, milestone, signing, summit, without
from chapar_run import clean_environment, program, run, scratch_folder


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = scratch_folder("check")
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, content, name="events"):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def check(self, *files, expect=0, **how):
        result = run("publish", "--check", *files, expect=expect, **how)
        self.assertEqual(result.out, "")
        return result.err.splitlines()

    def refused(self, *files, says, wrong=None, expect=3, **how):
        """Every line of the report, in order; then the sum."""
        lines = self.check(*files, expect=expect, **how)
        if wrong is None:
            wrong = len(says)
        sums = {0: "chapar: not all files can be read", 1: "chapar: 1 event is wrong"}
        self.assertEqual(lines[-1], sums.get(wrong, f"chapar: {wrong} events are wrong"))
        self.assertEqual(len(lines) - 1, len(says), lines)
        for line, said in zip(lines, says):
            self.assertIn(said, line)


class Lines(Check):
    def test_what_is_right_is_counted(self):
        first = self.file(jsonl(signing(), summit(), "", "  ", milestone()), "first")
        second = self.file(jsonl(signing("tea-road-pact")).rstrip("\n"), "second")
        [line] = self.check(first, second)
        self.assertIn("nothing is wrong events=4 files=2", line)

    def test_empty_files_are_right(self):
        [line] = self.check(self.file(""), "/dev/null")
        self.assertIn("nothing is wrong events=0 files=2", line)

    def test_each_mistake_is_told_with_file_line_and_field(self):
        wrong = (
            (signing(type="SIGNT"), "type: "),
            (signing(colour="blue"), "colour: "),
            (signing(date="2026-13"), "date: "),
            (signing(date=20260522), "date: "),
            (signing(instrument="Silk Road"), "instrument: "),
            (without(signing(), "instrument"), "instrument: required, but missing"),
            (without(signing(), "type"), "type: "),
            (without(signing(), "event"), "event: "),
            (signing(recorded_at="yesterday"), "recorded_at: "),
            (signing(recorded_at="1969-07-20T20:17:40Z"), "recorded_at: "),
            (signing(parties=["KAZ", "Uzbekistan"]), "parties"),
            (milestone(progress=1.5), "progress: "),
            (milestone(type="DISPUTED"), "claimed_by: required"),
            (milestone(target={"unit": "km", "form": "2026"}), "target.form: "),
            (summit(type="HELD", date="R/2026-05-22/P1Y"), "date: "),
            ('{"event": "signing", "event": "summit"}', "event: not JSON at column 28: duplicate"),
            ('{"event": "signing", "instrum', ""),
            ("[]", "expected a JSON object"),
            ('{"event": "signing"} and more', ""),
            ('{"event": "signing", "title": "\xff"}'.encode("latin-1"), ""),
        )
        lines = [e if isinstance(e, bytes) else jsonl(e).rstrip("\n").encode() for e, _ in wrong]
        path = self.file(b"\n".join([*lines, jsonl(signing()).encode()]))
        self.refused(path, says=[f"{path}:{n}: {field}" for n, (_, field) in enumerate(wrong, 1)])

    def test_every_mistake_of_every_file_is_told_at_once(self):
        first = self.file(jsonl(signing(), signing(date="?", colour="blue")), "first")
        second = self.file(jsonl("", summit(date="soon")), "second")
        self.refused(first, self.folder, self.folder / "third", second, wrong=2, says=(
            f"{first}:2: ", f"{first}:2: ", f"{self.folder}: is a directory",
            f"{self.folder}/third: cannot be opened: No such file", f"{second}:2: date: "))

    def test_files_that_cannot_be_read_are_no_wrong_events(self):
        self.refused(self.file(jsonl(signing())), self.folder, "/proc/self/mem", wrong=0, expect=1, says=(
            f"{self.folder}: is a directory", "/proc/self/mem: cannot be read: Input/output error"))

    def test_the_future_is_a_day_long(self):
        now = datetime.now(timezone.utc)
        near, far = ((now + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M:%SZ") for h in (23, 25))
        self.check(self.file(jsonl(signing(recorded_at=near))))
        path = self.file(jsonl(signing(), signing(recorded_at=far)))
        self.refused(path, says=[f"{path}:2: recorded_at: more than a day ahead of now"])

    def test_a_record_has_at_most_a_mebibyte(self):
        """To the byte: key, value, names and values of headers."""
        def complaint(length):
            path = self.file(jsonl(signing(note="x" * length)))
            return run("publish", "--check", path).err

        some = (1 << 20) - 1
        first = complaint(some)
        self.assertIn(":1: the record has ", first)
        around = int(first.split("the record has ")[1].split()[0]) - some
        most = (1 << 20) - around
        self.assertIn("nothing is wrong", complaint(most))
        self.assertIn(f"the record has {(1 << 20) + 1} bytes, at most {1 << 20} are allowed", complaint(most + 1))

    def test_a_replay_takes_what_publishing_refuses(self):
        path = self.file(jsonl(signing(recorded_at="2999-01-01T00:00:00Z")))
        self.assertIn("2999-01-01", run("replay", "--emit", "events", path, expect=0).out)

    def test_standard_input_and_pipes_are_files_too(self):
        self.assertIn("events=1 files=1", self.check("-", stdin=jsonl(signing()))[0])
        self.refused("-", stdin=jsonl(signing(), signing(date="?")), says=["-:2: date: "])
        reading, writing = os.pipe()
        os.write(writing, jsonl(signing(date="?")).encode())
        os.close(writing)
        done = subprocess.run([program(), "publish", "--check", f"/dev/fd/{reading}"], pass_fds=[reading],
                              stderr=subprocess.PIPE, text=True, env=clean_environment(), timeout=60)
        os.close(reading)
        self.assertIn(f"/dev/fd/{reading}:1: date: ", done.stderr)
        self.assertEqual(done.returncode, 3)

    def test_standard_input_is_there_once(self):
        result = run("publish", "--check", "-", "-", expect=2)
        self.assertEqual(result.err, "chapar: -: standard input can be named only once\n")

    def test_a_check_asks_no_registry(self):
        result = run("publish", "--check", "--registry-url", "http://127.0.0.1:1", "-", stdin=jsonl(signing()), expect=0)
        self.assertIn("nothing is wrong", result.err)

class Containers(Check):
    EVENT = {"event_id": "e1", "recorded_at": RECORDED_MS, "dossier": "silk-road-pact", "type": "SIGNED",
             "instrument": "silk-road-pact"}

    def container(self, *events, kind="Signing", name="events.avro", change=lambda schema: schema, **how):
        schema = change(json.loads(json.dumps(self.source(kind))))
        buffer = io.BytesIO()
        fastavro.writer(buffer, fastavro.parse_schema(schema), events, sync_interval=100, **how)
        return self.file(buffer.getvalue(), name)

    @staticmethod
    def source(kind):
        with open(f"{os.environ['CHAPAR_SCHEMAS']}/{kind.lower()}.avsc") as file:
            return json.load(file)

    def test_containers_and_lines_stand_side_by_side(self):
        plain = self.container(*[self.EVENT | {"event_id": f"e{n}"} for n in range(50)])
        deflated = self.container(self.EVENT, name="deflated", codec="deflate")
        lines = self.file(jsonl(signing()))
        self.assertIn("events=52 files=3", self.check(plain, lines, deflated)[0])
        self.assertIn("events=50 files=1", self.check_stdin(plain)[0])

    def check_stdin(self, path):
        done = subprocess.run([program(), "publish", "--check", "-"], stdin=open(path, "rb"),
                              stderr=subprocess.PIPE, text=True, env=clean_environment(), timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr.splitlines()

    def test_each_mistake_is_told_with_file_record_and_field(self):
        wrong = ({"event_id": ""}, {"dossier": ""}, {"date": "?"}, {"parties": ["Uzbekistan"]},
                 {"recorded_at": -5}, {"recorded_at": 32472144000000}, {"note": "x" * (1 << 20)})
        fields = ("event_id: required", "dossier: ", "date: ", "parties", "recorded_at: ",
                  "recorded_at: more than a day ahead", "the record has ")
        path = self.container(self.EVENT, *[self.EVENT | change for change in wrong], self.EVENT)
        self.refused(path, says=[f"{path}: record {n}: {field}" for n, field in enumerate(fields, 2)])

    def test_all_that_is_wrong_with_a_record_is_told(self):
        path = self.container(self.EVENT | {"date": "?", "period": "?", "summit": "A B"})
        self.refused(path, wrong=1, says=[f"{path}: record 1: {field}: " for field in ("date", "period", "summit")])

    def test_schemas_resolve(self):
        def older(schema):
            schema["fields"] = [f for f in schema["fields"] if f["name"] not in ("place", "superseded_by")]
            return schema

        def newer(schema):
            schema["fields"].append({"name": "colour", "type": "string", "default": "blue"})
            return schema

        for change in (older, newer):
            self.check(self.container(self.EVENT, change=change))

    def test_other_files_are_refused(self):
        def without_instrument(schema):
            schema["fields"] = [f for f in schema["fields"] if f["name"] != "instrument"]
            return schema

        whole = self.container(*[self.EVENT] * 50).read_bytes()
        alert = fastavro.parse_schema({"type": "record", "name": "Other", "fields": [{"name": "a", "type": "int"}]})
        other = io.BytesIO()
        fastavro.writer(other, alert, [{"a": 1}])
        cases = (
            (other.getvalue(), "not events: Signing, Summit or Milestone"),
            (whole[:-3], "block at byte "),
            (whole[:20], "the file ends in the middle"),
            (self.container(self.EVENT, change=without_instrument).read_bytes(), "does not resolve to ours: instrument"),
        )
        for content, said in cases:
            path = self.file(content)
            self.refused(path, says=[f"{path}: " if said.startswith("block") else said], wrong=1)
        self.refused(self.file(whole[:-3]), says=["the file ends in the middle"], wrong=1)

    def test_what_only_looks_like_a_container_is_lines(self):
        for start in ("O", "Ob", "Obj", "Object"):
            path = self.file(jsonl(start, signing()))
            self.refused(path, says=[f"{path}:1: expected a JSON object, found \"{start}\""])

    def test_lines_and_containers_say_the_same(self):
        """An event encoded by somebody else is what the line makes of it."""
        line = self.file(jsonl(signing(event_id="e1", title="Pact")))
        record = self.container(self.EVENT | {"title": "Pact"})
        printed = [run("replay", "--emit", "events,register", path, expect=0).out for path in (line, record)]
        self.assertIn("Pact", printed[0])
        self.assertEqual(*printed)


if __name__ == "__main__":
    unittest.main()
