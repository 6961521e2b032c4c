"""deploy/quickstart, as a newcomer runs it: once, and once more, and then away."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import unittest
import urllib.error
import urllib.request
import uuid

from chapar_run import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART, KAFKA = ROOT / "deploy" / "quickstart", ROOT / "deploy" / "kafka" / "kafka"
README = (ROOT / "README.md").read_text()
EVENTS = sum(len(file.read_text().splitlines()) for file in (ROOT / "producer" / "central-asia").glob("*.jsonl"))


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("CHAPAR_") or k.startswith("CHAPAR_KAFKA_")}
    return env | {"COLUMNS": "96"}


def run(*command, timeout=240):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                          env=environment())


def asked(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


class Quickstart(unittest.TestCase):
    def setUp(self):
        # Where the fixture looks for nodes that outlived their test.
        nodes = pathlib.Path(os.environ["CHAPAR_BROKERS_FILE"]).parent / "kafka-nodes"
        self.folder = nodes / uuid.uuid4().hex[:12]
        self.addCleanup(run, KAFKA, "stop", "--kill", "--wipe", "--dir", self.folder)

    def shown(self, told):
        found = re.search(r"^The register on .*?(?=^== )", told, re.M | re.S)
        self.assertIsNotNone(found, told)
        return found.group(0)

    def once(self):
        done = run(QUICKSTART, "--once", "--dir", self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stderr, rf"events={EVENTS}\b")
        return self.shown(done.stdout)

    def served(self):
        """What it prints until it serves the page, and what the page asks for; then Ctrl-C."""
        with subprocess.Popen([QUICKSTART, "--dir", self.folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=environment(), start_new_session=True) as quickstart:
            timer = threading.Timer(240, os.killpg, (quickstart.pid, signal.SIGKILL))
            timer.start()
            try:
                told = []
                for line in quickstart.stdout:
                    told.append(line)
                    if line.startswith("http://127.0.0.1:"):
                        break
                told = "".join(told)
                address = told.splitlines()[-1]
                self.assertTrue(address.startswith("http://"), told)
                wait_for(lambda: asked(address + "/readyz")[0] == 200, 60, "the page to be ready")
                page = asked(address + "/")[1].decode()
                summary = json.loads(asked(address + "/api/v1/summary")[1])
                os.killpg(quickstart.pid, signal.SIGINT)
                self.assertEqual(quickstart.wait(30), 0)
            finally:
                timer.cancel()
                if quickstart.poll() is None:
                    os.killpg(quickstart.pid, signal.SIGKILL)
        return self.shown(told), page, summary

    def test_it_can_be_run_again_and_stopped(self):
        first = self.once()
        self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 0)
        again, page, summary = self.served()
        self.assertEqual(again, first)
        self.assertIn('<main id="main"', page)
        self.assertEqual((summary["today"], summary["commitments"]["total"]), ("2026-04-23", 362))
        self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 0)
        self.assertEqual(run(QUICKSTART, "--dir", self.folder, "--stop").returncode, 0)
        self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 3)

        # The README shows some of it.
        part = re.search(r"^The register on .*?(?=^```)", README, re.M | re.S).group(0)
        for line in part.splitlines():
            self.assertIn(line, first.splitlines())

    def test_a_port_that_is_taken_is_noticed_first(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = run(QUICKSTART, "--dir", self.folder, "--http-port", str(port))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, rf"127\.0\.0\.1:{port} is taken.*--http-port")
        self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 3)

    def test_mistakes_begin_nothing(self):
        for options in (["--port"], ["--porte", "1"], ["--port", "0"], ["--dir="], ["--http-port", "x"], ["--http-port=70000"]):
            with self.subTest(options=options):
                done = run(QUICKSTART, "--dir", self.folder, *options)
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(run(KAFKA, "status", "--dir", self.folder).returncode, 3)
