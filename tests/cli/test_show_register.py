"""deploy/show-register: what replay prints, as tables for people; and the examples of the documentation."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unicodedata
import unittest

from chapar_terminal import on_terminal

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAPAR = os.environ["CHAPAR"]


def show(lines, *options, terminal=False, **environment):
    """What it prints, and its exit status. On a terminal of 80 columns where one is asked for."""
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "TERM")}
    command = [sys.executable, ROOT / "deploy" / "show-register", *options]
    given = "".join(json.dumps(line) + "\n" for line in lines).encode()
    if not terminal:
        done = subprocess.run(command, input=given, capture_output=True, timeout=60, env=env | environment)
        return done.stdout.decode(), done.returncode
    return on_terminal(command, env | {"TERM": "xterm", "COLUMNS": "80"} | environment, given=given, errors=False)


def commitment(number, opens="2030-01-01", closes="2030-12-31", due="2030", title=None, **more):
    return {"record": "commitment", "id": f"c{number}", "title": title or f"Promise {number}", "opens": opens,
            "closes": closes, "due": due, "as_of": "2027-01-01T00:00:00.000Z", "delivery": "UNDERTAKEN",
            "timeliness": "AHEAD", "parties": ["KAZ", "UZB"]} | more


def alert(kind, stage, subject="c1", severity="INFO", raised_at="2027-01-01T00:00:00.000Z"):
    return {"record": "alert", "kind": kind, "stage": stage, "severity": severity, "subject": subject,
            "raised_at": raised_at, "title": f"Promise of {subject}"}


class Deadlines(unittest.TestCase):
    def test_how_precisely_a_day_is_known_is_told_in_words(self):
        for opens, closes, due, words in [
            ("2028-04-12", "2028-04-12", "P18M", "due 2028-04-12 +day "),
            ("2027-05-01", "2027-05-31", "2027-05", "opens 2027-05-01 +month May 2027 "),
            ("2028-02-01", "2028-02-29", "2028-02?", r"month February 2028 \(uncertain\)"),
            ("2030-01-01", "2030-12-31", "2030", "year 2030 "),
            ("2026-01-01", "2032-12-31", "2026/2032", "until 2032-12-31 +some time 2026 to 2032 "),
            ("2027-03-01", "2027-05-31", "2027-21", "some time 2027-03-01 to 2027-05-31 "),
            ("2030-01-01", None, "2030/..", "from 2030 on "),
            ("2027-05-24", "2027-05-24", "R/XXXX-05-24/P1Y", "day, repeats "),
        ]:
            with self.subTest(due=due):
                said, code = show([commitment(1, opens, closes, due)])
                self.assertEqual(code, 0)
                self.assertRegex(said, words)

    def test_the_next_comes_first_and_the_past_by_itself(self):
        said, _ = show([commitment(1, "2026-01-01", "2026-12-31", timeliness="OVERDUE"), commitment(2),
                        commitment(3, "2027-01-11", "2027-01-11"),
                        commitment(4, "2027-01-02", "2027-01-02", delivery="FULFILLED")])
        ahead, past = said.split("Past,")
        self.assertLess(ahead.index("Promise 3"), ahead.index("Promise 2"))
        self.assertRegex(ahead, r"\n +10 +due 2027-01-11")
        self.assertRegex(past, r"\n +-1 +until 2026-12-31 .*Promise 1")
        self.assertNotIn("Promise 4", said)

    def test_a_whole_stands_for_its_parts(self):
        whole = commitment(1, "2026-01-01", "2026-12-31", timeliness="OVERDUE")
        said, _ = show([whole, *(whole | {"id": f"p{n}", "title": f"Part {n}", "part_of": "c1"} for n in range(2))])
        self.assertIn("Promise 1 (2 parts)", said)
        self.assertNotIn("Part 0", said)

    def test_the_end_of_an_instrument_is_no_reproach(self):
        plan = {"record": "instrument", "id": "plan", "title": "Plan", "status": "SIGNED", "period": "2020/2025",
                "opens": "2020-01-01", "closes": "2025-12-31", "as_of": "2027-01-01T00:00:00.000Z"}
        self.assertNotIn("Plan", show([plan])[0])
        self.assertIn("Plan", show([plan | {"closes": "2027-12-31"}])[0])

    def test_one_record_with_its_source(self):
        made = {"record": "instrument", "id": "pact", "title": "Pact", "status": "SIGNED",
                "as_of": "2027-01-01T00:00:00.000Z"}
        said, _ = show([made, commitment(1, instrument="pact", sources=[{"document": "News", "locator": "par. 3"}])],
                       "--entry", "c1")
        self.assertRegex(said, r"(?s)what +Promise 1 \(commitment, undertaken\)\n.*who +KAZ UZB\n.*when +year 2030\n"
                               r".*made in +Pact \(signed\)\n.*source +par. 3 of News\n")
        self.assertEqual(show([made], "--entry", "none")[1], 1)

    def test_only_so_many_are_shown(self):
        said, _ = show([commitment(n) for n in range(12)], "--deadlines", "4")
        self.assertEqual(said.count("Promise"), 4)
        self.assertIn("and 8 more", said)


class Counts(unittest.TestCase):
    def test_what_waits_for_a_day_and_what_is_not_found_of_a_package(self):
        talks = {"record": "summit", "id": "talks", "title": "Talks", "status": "HELD", "expected_signings": 22,
                 "identified_signings": 17, "as_of": "2027-01-01T00:00:00.000Z"}
        said, code = show([talks, talks | {"id": "visit", "expected_signings": None}, commitment(1),
                           commitment(2, None, None, "P5Y", clock="NOT_STARTED", timeliness="NONE")])
        self.assertEqual(code, 0)
        self.assertRegex(said, r"\n +1 counts from a day that is not known yet\n")
        self.assertEqual(re.findall(r"\n +(\d+ of \d+ .*)", said), ["17 of 22 announced documents identified: Talks"])


class Alerts(unittest.TestCase):
    def test_how_a_gathering_comes_near(self):
        for days_left, stage, latest_end, date, status, words in [
            (7, "-P7D", "2026-01-01", "2026-01-01", "SCHEDULED", "7 days before"),
            (7, "-P7D", "2026-12-31", "2026", "SCHEDULED", "may begin in 7 days"),
            (1, "-P1D", "2026-01-05", "2026-01-01/2026-01-05", "SCHEDULED", "a day before"),
            (-9, "-P1D", "2026-12-31", "2026", "SCHEDULED", "may have begun since 2026-01-01"),
            (-9, "-P1D", "2026-12-31", "../2026", "SCHEDULED", "may have begun since 2026-01-01"),
            (-9, "-P1D", "2036-12-31", "2026/2036", "SCHEDULED", "under way since 2026-01-01"),
            (-9, "-P1D", "2036-12-31", "2026/2036", "PROPOSED", "may have begun since 2026-01-01"),
        ]:
            with self.subTest(words=words, date=date):
                forum = {"record": "summit", "id": "forum", "title": "Forum", "status": status, "date": date,
                         "opens": "2026-01-01", "closes": "2026-01-01", "latest_end": latest_end,
                         "as_of": "2026-01-10T00:00:00.000Z"}
                known = {"opens": "2026-01-01", "due": date, "days_left": days_left}
                said, _ = show([forum, alert("UPCOMING", stage, "forum") | known])
                self.assertRegex(said, rf"UPCOMING +{words} +Promise")

    def test_the_latest_of_each_subject_stands_until_it_is_closed(self):
        said, _ = show([commitment(1), alert("UPCOMING", "-P30D"), alert("OVERDUE", "+P1D", severity="WARNING"),
                        alert("MOVED", ""), alert("UPCOMING", "-P7D", "c2"), alert("CLOSED", "", "c2")])
        self.assertRegex(said, r"WARNING +2027-01-01 +OVERDUE +a day after its end +Promise of c1")
        self.assertNotIn("c2", said.split("Alerts")[1])
        self.assertIn("5 alerts were raised in all; 4 gave way", said)

    def test_the_most_severe_come_first(self):
        said, _ = show([commitment(1), alert("OPENED", "P0D", "a"),
                        alert("OVERDUE", "+P30D", "b", "CRITICAL", "2025-01-01T00:00:00.000Z")])
        self.assertLess(said.index("CRITICAL"), said.index("INFO"))


class Screen(unittest.TestCase):
    LONG = "Қазақстан мен Өзбекстан 合作 " + "e\N{COMBINING ACUTE ACCENT}" * 60

    def columns(self, line):
        return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
                   for c in re.sub(r"\033\[[0-9;]*m", "", line))

    def test_tables_fit_the_terminal(self):
        said, _ = show([commitment(1, title=self.LONG), alert("OPENED", "P0D")], terminal=True)
        self.assertIn("…", said)
        self.assertIn("\033[1m", said)
        for line in said.splitlines():
            self.assertLessEqual(self.columns(line), 80, line)

    def test_no_color_means_none(self):
        said, _ = show([commitment(1), alert("OVERDUE", "+P30D", severity="CRITICAL")], terminal=True, NO_COLOR="1")
        self.assertNotIn("\033", said)

    def test_a_pipe_gets_everything_and_no_colour(self):
        said, _ = show([commitment(1, title=self.LONG)])
        self.assertIn(self.LONG, said)
        self.assertNotIn("\033", said)

    def test_a_title_cannot_steer_the_terminal(self):
        said, _ = show([commitment(1, title="\033[2Jgone\x9b1m")], terminal=True, NO_COLOR="1")
        self.assertIn("gone", said)
        self.assertNotIn("\033", said)
        self.assertNotIn("\x9b", said)


class Mistakes(unittest.TestCase):
    def test_other_input_is_refused(self):
        for lines in [[], [{"record": "hash", "hash": "00"}]]:
            self.assertEqual(show(lines)[1], 1)
        done = subprocess.run([sys.executable, ROOT / "deploy" / "show-register"], input=b"no JSON\n",
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"not what `chapar replay` prints", done.stderr)


class Examples(unittest.TestCase):
    def test_the_examples_of_the_documentation_are_events(self):
        pages = {page: re.findall(r"^\{\"event\": .*", (ROOT / page).read_text(), re.M)
                 for page in ("README.md", "docs/events.md", "docs/example.jsonl")}
        self.assertEqual(pages["README.md"], pages["docs/example.jsonl"])
        self.assertEqual(pages["docs/events.md"][:3], pages["docs/example.jsonl"])
        self.assertGreater(len(pages["docs/events.md"]), 6)
        done = subprocess.run([CHAPAR, "publish", "--check", "-"], input="\n".join(pages["docs/events.md"]),
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_readme_shows_what_the_example_gives(self):
        readme = (ROOT / "README.md").read_text()
        command = re.search(r"\$chapar (replay --until .*?) \| deploy/show-register", readme).group(1)
        done = subprocess.run([CHAPAR, *command.split()], cwd=ROOT, capture_output=True, text=True, timeout=60)
        said, _ = show([json.loads(line) for line in done.stdout.splitlines()])
        shown = re.search(r"on 2028-04-12:\n\n```\n(.*?)```", readme, re.S).group(1)
        for line in shown.splitlines():
            if line != "...":
                self.assertIn(line, said.splitlines())
