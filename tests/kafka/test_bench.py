"""The measuring program measures: each figure is there, and of something that was done. With few events it says nothing more."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from chapar_kafka import brokers
from chapar_run import scratch_folder

ROOT = pathlib.Path(__file__).parents[2]
MEASURES = ("replay-json", "replay-avro", "check-json", "publish-json", "publish-avro", "replay-topics", "process")


class Bench(unittest.TestCase):
    def test_every_measure_has_its_figures(self):
        folder = scratch_folder("bench")
        self.addCleanup(shutil.rmtree, folder)
        results = folder / "figures.json"
        done = subprocess.run(
            [ROOT / "bench/run", "--build", pathlib.Path(os.environ["CHAPAR"]).parent, "--brokers", brokers(), "--events", "300",
             "--pairs", "1", "--only", ",".join((*MEASURES, "latency")), "--folder", folder, "--results", results],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        found = json.loads(results.read_text())
        self.assertEqual(set(found["summary"]), set(MEASURES))
        for name, figures in found["summary"].items():
            with self.subTest(name):
                for which in ("chapar", "chapar_cpu", "reference", "ratio"):
                    self.assertGreater(figures[which]["median"], 0)
        self.assertGreater(found["outputs"], 300)
        [(ours, bare)] = found["latencies"]
        for times in (ours, *bare.values()):
            self.assertTrue(0 < times["p50"] <= times["p99"] <= times["max"], times)
        self.assertEqual(set(bare), {"begun", "due", "rested"})
        self.assertIn("event to alert", done.stdout)


if __name__ == "__main__":
    unittest.main()
