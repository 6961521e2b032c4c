"""docs/guarantees.md names tests and messages: they are there."""

import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text()
PROMISED, SEEN = (re.search(rf"^## {head}$(.*?)^## ", PAGE, re.M | re.S).group(1)
                  for head in ("What is promised", "What an operator sees"))


def rows(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
            if line.startswith("|")][2:]


def tests_of_the_build():
    """The names that CTest runs them by, and that tests/run takes."""
    build = pathlib.Path(os.environ["CHAPAR"]).parent
    listed = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=True, timeout=60).stdout
    return {test["name"] for test in json.loads(listed)["tests"]}


class Guarantees(unittest.TestCase):
    def test_every_promise_is_attacked_by_tests_that_are_there(self):
        self.assertGreater(len(rows(PROMISED)), 15)
        there = tests_of_the_build()
        self.assertGreater(len(there), 100)
        for promise, _, attacked in rows(PROMISED):
            names = re.findall(r"`([a-z_/]+)`", attacked)
            self.assertTrue(names, promise)
            for name in names:
                with self.subTest(promise=promise, name=name):
                    self.assertTrue(name in there or any(each.startswith(name + "/") for each in there))

    def test_what_an_operator_sees_is_what_the_program_says(self):
        sources = "".join(path.read_text() for part in ("consumer", "edge", "core", "producer")
                          for path in (ROOT / part).rglob("*.c"))
        said = re.sub(r'"\s*"', "", sources).replace('\\"', '"')
        for case, log, _ in rows(SEEN):
            texts = re.findall(r"`([^`]+)`", log)
            self.assertTrue(texts, case)
            for text in texts:
                with self.subTest(case=case):
                    self.assertIn(text.removesuffix(", exit status 1"), said)


if __name__ == "__main__":
    unittest.main()
