"""deploy/quickstart, as a newcomer runs it: once, and once more, and then away."""

import os
import pathlib
import re
import subprocess
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART, KAFKA = ROOT / "deploy" / "quickstart", ROOT / "deploy" / "kafka" / "kafka"
README = (ROOT / "README.md").read_text()
EVENTS = sum(len(file.read_text().splitlines()) for file in (ROOT / "producer" / "central-asia").glob("*.jsonl"))


def run(*command, timeout=240):
    env = {k: v for k, v in os.environ.items() if not k.startswith("CHAPAR_") or k.startswith("CHAPAR_KAFKA_")}
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                          env=env | {"COLUMNS": "96"})


class Quickstart(unittest.TestCase):
    def setUp(self):
        # Where the fixture looks for nodes that outlived their test.
        nodes = pathlib.Path(os.environ["CHAPAR_BROKERS_FILE"]).parent / "kafka-nodes"
        self.folder = nodes / uuid.uuid4().hex[:12]
        self.addCleanup(run, KAFKA, "stop", "--kill", "--wipe", "--dir", self.folder)

    def quickstart(self):
        done = run(QUICKSTART, "--dir", self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        shown = re.search(r"^The register on .*?(?=^== )", done.stdout, re.M | re.S)
        self.assertIsNotNone(shown, done.stdout)
        self.assertRegex(done.stderr, rf"events={EVENTS}\b")
        return shown.group(0)

    def test_it_can_be_run_again_and_stopped(self):
        first = self.quickstart()
        self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 0)
        self.assertEqual(self.quickstart(), first)
        self.assertEqual(run(QUICKSTART, "--dir", self.folder, "--stop").returncode, 0)
        self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 3)

        # The README shows some of it.
        part = re.search(r"^The register on .*?(?=^```)", README, re.M | re.S).group(0)
        for line in part.splitlines():
            self.assertIn(line, first.splitlines())

    def test_mistakes_begin_nothing(self):
        for options in (["--port"], ["--porte", "1"], ["--port", "0"], ["--dir="]):
            with self.subTest(options=options):
                done = run(QUICKSTART, "--dir", self.folder, *options)
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 3)
