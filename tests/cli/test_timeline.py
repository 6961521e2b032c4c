"""`chapar replay --emit timeline`: the history as a table for people, on a terminal and piped on."""

import json
import pathlib
import re
import unittest

from chapar_run import clean_environment, program, run, scratch_folder
from chapar_terminal import on_terminal

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example.jsonl"
DATA = sorted((ROOT / "producer" / "central-asia").glob("*.jsonl"))

TABLE = """\
  KNOWN        KIND        WHAT                DAYS  DEADLINE                    PARTIES           TITLE
2026
  09-01 09:00  summit      scheduled             41  on 2026-10-12               UZB               Rail Forum
  09-12 00:00  summit      UPCOMING              30  on 2026-10-12               UZB               Rail Forum
  10-05 00:00  summit      UPCOMING               7  on 2026-10-12               UZB               Rail Forum
  10-11 00:00  summit      UPCOMING               1  on 2026-10-12               UZB               Rail Forum
  10-13 09:00  instrument  signed                                                KAZ UZB           Agreement on the border railway
  10-13 09:00  commitment  undertaken           547  by 2028-04-12               KAZ UZB           Open the second crossing
  10-13 09:00  what is to come, if nothing new is recorded:
  10-19 00:00  summit      UNCONFIRMED           -7  on 2026-10-12               UZB               Rail Forum
2028
  03-13 00:00  commitment  UPCOMING              30  by 2028-04-12               KAZ UZB           Open the second crossing
"""


def shown(*arguments, columns=80, **environment):
    """What stands on a terminal of that width, line by line, with its escape sequences, and the exit code."""
    env = {k: v for k, v in clean_environment().items() if k not in ("COLUMNS", "NO_COLOR")}
    said, code = on_terminal([program(), "replay", "--emit", "timeline", *arguments], env | {"TERM": "xterm"} | environment,
                             columns)
    return said.splitlines(), code


def plain(line):
    return re.sub(r"\033\[[0-9;]*m", "", line)


def piped(*arguments, expect=0, env=None):
    return run("replay", "--emit", "timeline", *arguments, expect=expect, env=env).out


class Piped(unittest.TestCase):
    maxDiff = None

    def test_a_story(self):
        self.assertEqual(piped("--until", "2028-04-01T00:00:00Z", EXAMPLE), TABLE)

    def test_the_readme_shows_what_comes(self):
        readme = (ROOT / "README.md").read_text()
        [block] = re.findall(r"\n\$ build/release/chapar (replay .*--emit timeline .*)\n((?:.*\n)*?)```\n", readme)
        made = run(*(ROOT / w if "/" in w else w for w in block[0].split()), expect=0, env={"COLUMNS": "100"}).out.splitlines()
        told = block[1].splitlines()
        self.assertEqual([line for line in told if line not in made], ["..."])
        self.assertEqual(told[:4] + told[5:], made[:4] + made[-len(told) + 5:])

    def test_times_are_those_of_the_zone(self):
        said = piped("--zone", "Asia/Almaty", "--subject", "rail-forum-2026", EXAMPLE)
        self.assertIn("\n  09-01 14:00  summit", said)
        self.assertIn("\n  09-12 00:00  summit", said)  # where its day begins
        said = piped("--zone", "America/New_York", EXAMPLE)
        self.assertIn("\n  09-01 05:00  summit", said)

    def test_one_subject_and_only_what_was_known(self):
        said = piped("--subject", "rail-crossing-2026", "--until", "2028-04-01T00:00:00Z", EXAMPLE)
        self.assertEqual([line.split()[3] for line in said.splitlines() if " commitment " in line],
                         ["undertaken", "UPCOMING"])
        self.assertNotIn("Rail Forum", said)
        said = piped("--as-of", "2026-10-06T00:00:00Z", EXAMPLE)
        self.assertEqual(len(said.splitlines()), 5)
        self.assertEqual(piped("--as-of", "2020-01-01T00:00:00Z", EXAMPLE), "")

    def test_every_event_and_every_alert_has_its_line_in_the_order_of_time(self):
        lines = run("replay", "--emit", "events,alerts", "--until", "2031-01-01T00:00:00Z", *DATA, expect=0).lines()
        said = piped("--until", "2031-01-01T00:00:00Z", *DATA).splitlines()
        rows = [line for line in said if re.match(r"  \d\d-\d\d \d\d:\d\d  (instrument|summit|commitment) ", line)]
        self.assertEqual(len(rows), len(lines))
        times, year = [], None
        for line in said[1:]:
            if re.fullmatch(r"\d{4}", line):
                year = line
            else:
                times.append(f"{year}-{line[2:7]}T{line[8:13]}")
        self.assertEqual(times, sorted(times))
        days = sorted((e.get("raised_at") or e["recorded_at"])[:16] for e in lines)
        self.assertEqual([t for t, line in zip(times, said_without_years(said)) if line in rows], days)

    def test_imprecise_dates_are_said_as_such(self):
        folder = scratch_folder("timeline")
        self.addCleanup(lambda: (path.unlink(), folder.rmdir()))
        path = folder / "events.jsonl"
        events = [{"event": "milestone", "commitment": f"c{i}", "type": type_, "dossier": "d", "title": f"T{i}.",
                   "recorded_at": f"2026-01-01T00:00:{i:02}Z", **fields}
                  for i, (type_, fields) in enumerate([
                      ("UNDERTAKEN", {"due": "2027"}), ("UNDERTAKEN", {"due": "2026-35?"}),
                      ("UNDERTAKEN", {"due": "2026/2032"}), ("PROPOSED", {"due": "2028-05"}),
                      ("UNDERTAKEN", {"due": "P1Y", "anchor": "later"}), ("UNDERTAKEN", {})])]
        path.write_text("".join(json.dumps(e) + "\n" for e in events))
        said = piped(path)
        for number, words in enumerate(["by the end of 2027", r"by the end of Q3 2026 \(uncertain\)", "2026 to 2032",
                                        "by the end of May 2028, proposed", "not dated yet", ""]):
            self.assertRegex(said, rf"(undertaken|proposed) +-?\d* +{words} +T{number}\.")

    def test_colour_needs_a_terminal(self):
        self.assertNotIn("\033", piped(EXAMPLE))
        self.assertNotIn("\033", piped(EXAMPLE, env={"CLICOLOR_FORCE": "1"}))

    def test_it_stands_alone(self):
        for also in ("events,timeline", "timeline,hash"):
            done = run("replay", "--emit", also, EXAMPLE, expect=2)
            self.assertIn("timeline stands alone", done.err)
        done = run("replay", "--config", "/dev/null", EXAMPLE, env={"CHAPAR_EMIT": "timeline,alerts"}, expect=2)
        self.assertIn("CHAPAR_EMIT", done.err)

    def test_columns_also_cut_what_is_piped(self):
        said = piped(*DATA, env={"COLUMNS": "72"})
        self.assertEqual(max(len(line) for line in said.splitlines()), 72)
        self.assertIn("…", said)

    def test_what_the_register_refuses_is_told_apart(self):
        folder = scratch_folder("timeline")
        self.addCleanup(lambda: (path.unlink(), folder.rmdir()))
        path = folder / "events.jsonl"
        made = [json.loads(line) for line in EXAMPLE.read_text().splitlines()]
        path.write_text("".join(json.dumps(e) + "\n" for e in [*made, made[1] | {"dossier": "elsewhere"}, made[0]]))
        done = run("replay", "--emit", "timeline", path, expect=3)
        self.assertEqual(done.out, piped(EXAMPLE))
        self.assertIn(":4: dossier", done.err)

    def test_a_forged_title_does_nothing_to_the_terminal(self):
        folder = scratch_folder("timeline")
        self.addCleanup(lambda: (path.unlink(), folder.rmdir()))
        path = folder / "events.jsonl"
        event = {"event": "summit", "summit": "s", "type": "SCHEDULED", "recorded_at": "2026-01-01T00:00:00Z",
                 "date": "2027", "hosts": ["UZB"], "title": "a\033]0;owned\007b\u009b2Jc\u202ed\u2028e"}
        path.write_text(json.dumps(event) + "\n")
        for line in shown(path, columns=150)[0] + piped(path).splitlines():
            self.assertIn(line.count("\033["), range(0, 20))
            self.assertNotRegex(plain(line), "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]")
        self.assertIn("a\ufffd]0;owned\ufffdb\ufffd2Jc\ufffdd\ufffde", piped(path))


def said_without_years(said):
    return [line for line in said[1:] if not re.fullmatch(r"\d{4}", line)]


class OnATerminal(unittest.TestCase):
    maxDiff = None

    def test_fitted_and_coloured(self):
        lines, code = shown("--until", "2031-01-01T00:00:00Z", *DATA, columns=90)
        self.assertEqual(code, 0)
        self.assertLessEqual(max(len(plain(line)) for line in lines), 90)
        self.assertEqual(len(lines), len(piped("--until", "2031-01-01T00:00:00Z", *DATA).splitlines()))
        self.assertTrue(any(re.search(r"\033\[31mOVERDUE\033\[0m +\033\[31m-1\033\[0m  ", line) for line in lines))
        self.assertTrue(any("\033[1;31mOVERDUE\033[0m" in line for line in lines))
        self.assertTrue(any(line == "\033[1m2027\033[0m" for line in lines))
        for line in lines:  # what is begun is ended on its line
            self.assertEqual(line.count("\033["), 2 * line.count("\033[0m"))

    def test_the_colours_aside_it_is_what_is_piped(self):
        lines, _ = shown("--until", "2028-04-01T00:00:00Z", EXAMPLE, columns=150)
        self.assertEqual([plain(line) for line in lines], TABLE.splitlines())

    def test_no_colour_where_none_is_wanted(self):
        for asked in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            lines, _ = shown("--until", "2028-04-01T00:00:00Z", EXAMPLE, columns=150, **asked)
            self.assertEqual(lines, TABLE.splitlines())
        self.assertIn("\033[", "".join(shown(EXAMPLE, NO_COLOR="")[0]))  # empty: not set (no-color.org)

    def test_columns_count_more_than_the_terminal(self):
        lines, _ = shown(*DATA, columns=200, COLUMNS="70")
        self.assertEqual(max(len(plain(line)) for line in lines), 70)
        lines, _ = shown(*DATA, columns=20)  # never narrower than can be read
        self.assertEqual(max(len(plain(line)) for line in lines), 60)

    def test_at_a_pace_each_line_is_there_at_once(self):
        """Nothing waits for a buffer to be full, and no progress is drawn over the table."""
        lines, code = shown("--speed", "100000000x", EXAMPLE, columns=150)
        self.assertEqual((code, [plain(line) for line in lines]), (0, TABLE.splitlines()[:8]))


if __name__ == "__main__":
    unittest.main()
