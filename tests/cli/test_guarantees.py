"""docs/guarantees.md names tests and messages: they are there."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text()
PROMISED, SEEN = (re.search(rf"^## {head}$(.*?)^## ", PAGE, re.M | re.S).group(1)
                  for head in ("What is promised", "What an operator sees"))


def rows(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
            if line.startswith("|")][2:]


class Guarantees(unittest.TestCase):
    def test_every_promise_is_attacked_by_tests_that_are_there(self):
        self.assertGreater(len(rows(PROMISED)), 15)
        for promise, _, attacked in rows(PROMISED):
            names = re.findall(r"`([a-z_/]+)`", attacked)
            self.assertTrue(names, promise)
            for name in names:
                with self.subTest(promise=promise, name=name):
                    part, _, test = name.partition("/")
                    test = test.removeprefix(part + "_")
                    places = [ROOT / "tests" / part / f"test_{test}{end}" for end in (".py", ".c")] if test else \
                        [ROOT / "tests" / part]
                    self.assertTrue(any(place.exists() for place in places), places)

    def test_what_an_operator_sees_is_what_the_program_says(self):
        sources = "".join(path.read_text() for part in ("consumer", "edge", "core", "producer")
                          for path in (ROOT / part).rglob("*.c"))
        said = re.sub(r'"\s*"', "", sources)
        for case, log, _ in rows(SEEN):
            texts = re.findall(r"`([^`]+)`", log)
            self.assertTrue(texts, case)
            for text in texts:
                with self.subTest(case=case):
                    self.assertIn(text.removesuffix(", exit status 1"), said)


if __name__ == "__main__":
    unittest.main()
