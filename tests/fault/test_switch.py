"""The injection switch: what tests build has it, and what users get has nothing of it."""

import os
import pathlib
import runpy
import subprocess
import unittest

from campaign import points
from chapar_run import program, run


SOURCES = pathlib.Path(__file__).resolve().parents[2]


class Mutations(unittest.TestCase):
    def test_each_can_be_made(self):
        """What they change stands in its file, once: a run of them takes hours, and ends at the first that does not."""
        table = runpy.run_path(str(SOURCES / "tests" / "fault" / "mutations" / "table.py"))
        names = set()
        for name, why, campaigns, changes in (*table["MUTATIONS"], *table["HARMLESS"]):
            with self.subTest(name):
                self.assertNotIn(name, names)
                names.add(name)
                self.assertTrue(why and changes)
                for campaign in campaigns:
                    self.assertIn(campaign, table["CAMPAIGNS"])
                for file, text, other in changes:
                    self.assertEqual((SOURCES / file).read_text().count(text), 1, f"{file}:\n{text}")
                    self.assertNotEqual(text, other)
        self.assertGreater(len(names), 15)

    def test_each_campaign_is_there(self):
        for name, (file, case) in runpy.run_path(
                str(SOURCES / "tests" / "fault" / "mutations" / "table.py"))["CAMPAIGNS"].items():
            with self.subTest(name):
                text = (SOURCES / file).read_text()
                part, _, test = case.partition(".")
                self.assertIn(f"class {part}(", text)
                self.assertIn(f"def {test}(" if test else "def test_", text)


class Switch(unittest.TestCase):
    def test_no_trace_in_the_program(self):
        """No name of a place or of the switch, and no symbol."""
        names = [*points("any"), "FAULT_POINTS", "FAIL_ALLOCATION", "fault_point", "__wrap_malloc"]
        self.assertGreater(len(names), 20)
        with_it, without = (pathlib.Path(program(name)).read_bytes() for name in ("chapar-faults", "chapar"))
        for name in names:
            with self.subTest(name):
                self.assertIn(name.encode(), with_it)
                self.assertNotIn(b"\0" + name.encode() + b"\0", without)
        self.assertNotIn("fault_point", subprocess.run(["nm", program()], capture_output=True, text=True).stdout)

    def test_the_program_does_not_heed_it(self):
        for env in ({"FAULT_POINTS": "nothing of the kind"}, {"FAIL_ALLOCATION": "1"}):
            self.assertEqual(run("--version", env=env).code, 0)
        self.assertEqual(run("--version", env={"FAULT_POINTS": "nothing of the kind"}, name="chapar-faults").code, 2)

    def test_it_is_not_installed(self):
        """Where the build says what is built, only the tests' part names it."""
        root = pathlib.Path(os.environ["CHAPAR_SCHEMAS"]).parent
        for path in (root / "CMakeLists.txt", root / "bench" / "CMakeLists.txt"):
            self.assertNotIn("FAULT", path.read_text().upper())


if __name__ == "__main__":
    unittest.main()
