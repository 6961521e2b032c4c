"""Input that nobody means well: enormous, deep, or not text at all. The program says what is wrong and where, in
time and in little memory. What the decoders do with every single byte is the business of tests/fuzz."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest

from chapar_events import jsonl, milestone, signing, summit
from chapar_run import clean_environment, program, run, scratch_folder

MEBIBYTE = 1 << 20
LINE_MAX = 16 * MEBIBYTE


class Finished:
    """How a run ended that was watched."""

    def __init__(self, code, out, err, megabytes):
        self.code, self.out, self.err, self.megabytes = code, out, err, megabytes


def watch(*arguments, stdin=None):
    """Runs chapar to its end. `stdin` makes the chunks of standard input, one after the other."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen([program(), *map(str, arguments)], stdout=out, stderr=err, env=clean_environment(),
                                 stdin=subprocess.PIPE if stdin else subprocess.DEVNULL)
        limit = threading.Timer(100, child.kill)
        limit.start()
        try:
            if stdin:
                try:
                    for chunk in stdin:
                        child.stdin.write(chunk)
                    child.stdin.close()
                except BrokenPipeError:
                    pass
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        finally:
            limit.cancel()
            if child.returncode is None:
                child.kill()
                child.wait()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
        return Finished(child.returncode, *texts, usage.ru_maxrss / 1024)


class Hostile(unittest.TestCase):
    def setUp(self):
        self.folder = scratch_folder("hostile")
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, content, name="events.jsonl"):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class Lines(Hostile):
    def test_a_line_without_end_is_wrong_and_takes_no_memory(self):
        good = jsonl(signing()).encode()

        def chunks():
            yield good + b'{"event": "signing", "title": "'
            for _ in range(256):
                yield b"x" * MEBIBYTE
            yield b'"}\n' + good

        seen = watch("publish", "--check", "-", stdin=chunks())
        self.assertEqual(seen.code, 3)
        first, last = seen.err.splitlines()
        self.assertRegex(first, rf"^-:2: the line has 2684\d+ bytes, at most {LINE_MAX} can be an event$")
        self.assertEqual(last, "chapar: 1 event is wrong")
        self.assertLess(seen.megabytes, 300)

    def test_a_file_that_is_one_line_without_end(self):
        path = self.folder / "hole.jsonl"
        with open(path, "wb") as file:
            file.truncate(1024 * MEBIBYTE)  # a hole: no space on the disk
        seen = watch("replay", path)
        self.assertEqual((seen.code, seen.out), (3, ""))
        self.assertIn(f"{path}:1: the line has {1024 * MEBIBYTE} bytes", seen.err)
        self.assertLess(seen.megabytes, 300)

    def test_the_longest_line_is_read(self):
        event = jsonl(signing(title="x")).encode()
        most = event.replace(b'"x"', b'"' + b"x" * (LINE_MAX - len(event) + 1) + b'"')
        self.assertEqual(len(most), LINE_MAX)
        self.assertEqual(run("replay", "--emit", "hash", self.file(most), expect=0).err, "")
        more = run("replay", self.file(most.replace(b"x", b"xx", 1)), expect=3)
        self.assertIn(f"the line has {LINE_MAX + 1} bytes", more.err)

    def test_many_small_values_in_one_line(self):
        """Each costs more than it weighs; what comes of it is bounded by the line."""
        path = self.file('{"event": "signing", "parties": [' + "0," * (2 * MEBIBYTE) + "0]}")
        seen = watch("publish", "--check", path)
        self.assertEqual(seen.code, 3)
        self.assertIn("parties[0]: expected a string, found a number", seen.err)
        self.assertIn("more errors", seen.err)
        self.assertLess(seen.megabytes, 1500)

    def test_what_is_not_text(self):
        cases = (
            (b'{"event": "signing", "instrument": "a\\u0000b", "type": "SIGNED"}', "instrument: expected an id"),
            (b'{"event": "signing", "instrument": "a\\ud800b", "type": "SIGNED"}', "not JSON"),
            (b'{"event": "signing", "instrument": "a\xed\xa0\x80b", "type": "SIGNED"}', "not JSON"),
            (b'{"event": "signing", "instrument": "\xc0\xaf", "type": "SIGNED"}', "not JSON"),
            (b'{"event": "signing", "instrument": "\x1b]0;gone\x07", "type": "SIGNED"}', "not JSON"),
            (b'{"event": "signing", "instrument": "\\u001b]0;gone\\u0007", "type": "SIGNED"}', "expected an id"),
            (b'{"event": "signing\x00"}', "not JSON"),
            (b"\x00\x00\x00\x00", "expected a JSON object"),
            (b"\xff\xfe{\x00}\x00", "expected a JSON object"),
            (b"[" * 100000, "expected a JSON object"),
            (b'{"a":' * 100000, "not JSON"),
            (b'{"event": "signing", "source": ' + b'{"document": ' * 3000, "not JSON"),
            (b'{"event": "signing", "instrument": "i1", "instrument": "i2"}', "instrument: not JSON"),
        )
        path = self.file(b"\n".join(line for line, _ in cases))
        seen = run("publish", "--check", path, expect=3)
        lines = seen.err.splitlines()
        for number, (_, said) in enumerate(cases, 1):
            mine = [line for line in lines if line.startswith(f"{path}:{number}: ")]
            self.assertTrue(any(said in line for line in mine), (number, said, mine))
        self.assertFalse(any(ord(c) < 0x20 for line in lines for c in line), "control characters in messages")

    def test_numbers_beyond_all_bounds(self):
        digits = "9" * 100000
        cases = ((summit(), "expected_signings", digits, "real number overflow"),
                 (summit(), "expected_signings", "9" * 300, "out of range"),
                 (summit(), "expected_signings", "1e400", "real number overflow"),
                 (summit(), "expected_signings", "9007199254740993", "expected a count"),
                 (summit(), "expected_signings", "-1", "expected a count"),
                 (milestone(), "progress", "1e400", "real number overflow"),
                 (milestone(), "progress", "1.0000000000000002", "expected a number 0..1"),
                 (milestone(), "progress", "-5e-324", "expected a number 0..1"),
                 (milestone(), "value", digits, "real number overflow"))
        lines = [json.dumps(event | {field: "HERE"}).replace('"HERE"', number) for event, field, number, _ in cases]
        path = self.file("\n".join(lines))
        seen = run("publish", "--check", path, expect=3)
        for number, (_, _, _, said) in enumerate(cases, 1):
            self.assertRegex(seen.err, rf"{path}:{number}: .*{said}")

    def test_years_before_the_first_and_after_the_last(self):
        cases = ((milestone(due="0000-01-01"), "due: expected a year 0001..9999"),
                 (milestone(due="10000-01-01"), "due: "), (milestone(due="R/10000-01-01/P1Y"), "due: "),
                 (milestone(due="-0001"), "due: "), (milestone(due="+2027"), "due: "),
                 (signing(recorded_at="0000-06-01T00:00:00Z"), "recorded_at: "),
                 (signing(recorded_at="10000-01-01T00:00:00Z"), "recorded_at: "),
                 (signing(recorded_at="1970-01-01T00:00:00Z"), "recorded_at: "),
                 (signing(recorded_at="9999-12-31T23:59:59.999-00:01"), "recorded_at: "))
        path = self.file(jsonl(*(event for event, _ in cases)))
        seen = run("publish", "--check", path, expect=3)
        for number, (_, said) in enumerate(cases, 1):
            self.assertIn(f"{path}:{number}: {said}", seen.err)

    def test_the_ends_of_the_calendar_are_days_like_others(self):
        path = self.file(jsonl(
            milestone("first", due="0001-01-01"), milestone("last", due="9999-12-31"),
            milestone("winter", due="9999-24"), milestone("daily", due="R/9999-12-30/P1D"),
            milestone("once", due="R999999999/9999-12-31/P9999999Y")))
        seen = run("replay", "--until", "9999-12-31T23:59:59.999Z", path, expect=0)
        self.assertIn('"id":"first"', seen.out)


class Sizes(Hostile):
    def test_a_title_of_ten_megabytes(self):
        """It is too large to be published; from a file it is replayed."""
        path = self.file(jsonl(signing(title="Treaty " * 1500000, period="2027")))
        refused = run("publish", "--check", path, expect=3)
        self.assertRegex(refused.err, rf"{path}:1: the record has 105\d+ bytes, at most {MEBIBYTE} are allowed")
        seen = watch("replay", path)
        self.assertEqual((seen.code, seen.err), (0, ""))
        records = [json.loads(line) for line in seen.out.splitlines()]
        self.assertTrue(any(len(r.get("title", "")) == 10500000 for r in records))
        self.assertLess(seen.megabytes, 600)

    def test_a_million_parties(self):
        """The register keeps the latest hundred."""
        parties = [f"org:p{n}" for n in range(1000000)]
        path = self.file(jsonl(signing(parties=parties)))
        refused = run("publish", "--check", path, expect=3)
        self.assertIn(f"bytes, at most {MEBIBYTE} are allowed", refused.err)
        seen = watch("replay", path)
        self.assertEqual((seen.code, seen.err), (0, ""))
        [record] = [r for r in map(json.loads, seen.out.splitlines()) if r["record"] == "instrument"]
        self.assertEqual(record["parties"], parties[-100:])
        self.assertEqual([p["party"] for p in record["participants"]], parties[-100:])
        self.assertLess(seen.megabytes, 1500)

    def test_thirty_thousand_subjects_that_name_one(self):
        """Counters are kept, not counted: an anchor with many followers costs each of them once."""
        path = self.file(jsonl(milestone("c0", due="P1Y"), *(milestone(f"c{n}", due="P1Y", part_of="c0")
                                                             for n in range(1, 30000)), signing(date="2026-05-22")))

        def record(subject):
            (found,) = run("replay", "--emit", "register", "--subject", subject, path, expect=0).lines()
            return found
        self.assertEqual(record("silk-road-pact")["commitments"],
                         {"proposed": 0, "open": 30000, "fulfilled": 0, "withdrawn": 0, "superseded": 0, "overdue": 0})
        self.assertEqual((record("c0")["parts"], record("c0")["parts_fulfilled"]), (29999, 0))
        # The anchor came last: the clock of each began with it.
        self.assertEqual([record(subject)["closes"] for subject in ("c0", "c29999")], ["2027-05-22"] * 2)


class Files(Hostile):
    def wrong(self, *arguments):
        seen = watch("replay", *arguments, self.file(jsonl(signing())))
        self.assertEqual((seen.code, seen.out), (2, ""), seen.err)
        self.assertLess(seen.megabytes, 400)
        [line] = seen.err.splitlines()
        return line

    def policy(self, content):
        return self.wrong("--policy", self.file(content, "policy.json"))

    def config(self, content):
        return self.wrong("--config", self.file(content, "chapar.conf"))

    def test_a_policy_of_a_million_stages(self):
        stages = '"P1D",' * 1000000 + '"P1D"'
        self.assertIn("larger than 1048576 bytes", self.policy('{"leads": [{"stages": [' + stages + "]}]}"))
        stages = '"P1D",' * 100000 + '"P1D"'
        self.assertIn("leads[0].stages", self.policy('{"leads": [{"stages": [' + stages + "]}]}"))
        self.assertIn("escalations", self.policy('{"escalations": [' + stages + "]}"))
        self.assertIn("leads", self.policy('{"leads": [' + '{"stages":["P1D"]},' * 20000 + '{"stages":["P1D"]}]}'))

    def test_policies_that_are_deep_or_no_text(self):
        for content in ("[" * 500000, '{"leads":' * 100000, b"\x00" * 1000, b"\xff\xfe", b'{"\x1b[31m": 1}',
                        '{"leads": [{"up_to_days": 99999999999999999999, "stages": ["P1D"]}]}',
                        '{"ended": "P99999999999999999999D"}'):
            line = self.policy(content)
            self.assertFalse(any(ord(c) < 0x20 for c in line), line)

    def test_settings_of_megabytes(self):
        self.assertIn("larger than 1048576 bytes", self.config("zone = " + "x" * 2000000))
        self.assertIn("larger than 1048576 bytes", self.config("#" * 2000000))
        self.assertIn("chapar.conf:1: ", self.config("zone = " + "x" * 1000000))
        self.assertIn("chapar.conf:1: ", self.config("x" * 1000000 + " = 1"))
        self.assertIn("chapar.conf:1: ", self.config("\x00" * 1000000))

    def test_more_properties_than_there_are(self):
        """Each is looked for among those before it."""
        many = "".join(f"X=a{n}=1\n" for n in range(90000))
        self.assertIn("chapar.conf:1001: X: more than 1000 properties", self.config(many))

    def test_files_without_an_end(self):
        for option in ("--policy", "--config"):
            self.assertIn("larger than 1048576 bytes", self.wrong(option, "/dev/zero"))


if __name__ == "__main__":
    unittest.main()
