"""deploy/prometheus: that Prometheus understands it, that each rule has a story which makes it fire and a runbook,
and that all metrics it speaks of are there."""

import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = FOLDER / "chapar.rules.yml"
STORIES = FOLDER / "chapar.test.yml"
DOCUMENT = ROOT / "docs" / "metrics.md"


def promtool(*arguments, folder=FOLDER):
    done = subprocess.run(["promtool", *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def alerts():
    """{name: the text of its rule}."""
    parts = re.split(r"\n +- alert: (\w+)\n", RULES.read_text())
    return dict(zip(parts[1::2], parts[2::2]))


class Documented(unittest.TestCase):
    def test_commands_leave_no_data_where_they_are_typed(self):
        """Both keep what they know in data/ of the working folder, which is this repository, unless told otherwise."""
        places = [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md"), *(ROOT / "deploy").rglob("*.yml")]
        commands = [(file.name, line) for file in places for line in file.read_text().splitlines()
                    if re.search(r"\bprometheus(-alertmanager)? --", line)]
        self.assertEqual(len(commands), 4, commands)
        for file, line in commands:
            wanted = "--storage.path=build/" if "prometheus-alertmanager" in line else "--storage.tsdb.path=build/"
            self.assertIn(wanted, line, file)


@unittest.skipUnless(shutil.which("promtool"), "there is no promtool here")
class Rules(unittest.TestCase):
    def test_prometheus_understands_configuration_and_rules(self):
        code, told = promtool("check", "config", "--syntax-only", "prometheus.yml")
        self.assertEqual(code, 0, told)
        code, told = promtool("check", "config", "prometheus.yml")
        self.assertEqual(code, 0, told)
        self.assertIn(f"{len(alerts())} rules found", told)
        self.assertNotIn("duplicate", told)

    def test_the_stories_come_true(self):
        code, told = promtool("test", "rules", STORIES.name)
        self.assertEqual(code, 0, told)

    def test_each_rule_is_needed_by_its_story(self):
        """A story that comes true without its rule would tell nothing."""
        for name in alerts():
            self.assertRegex(STORIES.read_text(), rf"alertname: {name}\n +exp_alerts:", f"{name} has no story")
            self.assertRegex(STORIES.read_text(), rf"alertname: {name}}}", f"{name} is never quiet in its story")


class Runbook(unittest.TestCase):
    def test_each_rule_has_one(self):
        headings = re.findall(r"^### (\w+)$", DOCUMENT.read_text(), re.MULTILINE)
        self.assertEqual(sorted(headings), sorted(alerts()))
        for name, rule in alerts().items():
            self.assertIn(f"runbook: docs/metrics.md#{name.lower()}\n", rule + "\n")
            self.assertRegex(rule, r"severity: (warning|critical)\n")
            self.assertRegex(rule, r"summary: .+\n")

    def test_rules_and_questions_speak_of_metrics_that_exist(self):
        known = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(), re.MULTILINE)) | {"up"}
        self.assertGreater(len(known), 50)
        histograms = set(re.findall(r"^\| `(\w+)` \| histogram", DOCUMENT.read_text(), re.MULTILINE))
        known |= {f"{h}_{part}" for h in histograms for part in ("bucket", "count", "sum")}
        asked = set()
        for rule in alerts().values():
            expression = re.search(r"expr: (.*?)\n +(for|labels):", rule, re.DOTALL)[1]
            asked |= set(re.findall(r"\b(chapar_\w+|process_\w+|up)\b", re.sub(r'"[^"]*"', "", expression)))
        asked |= set(re.findall(r"\b((?:chapar|process)_[a-z]+_\w+)\b", DOCUMENT.read_text()))
        self.assertGreater(len(asked), 15)
        self.assertEqual(asked - known, set())


if __name__ == "__main__":
    unittest.main()
