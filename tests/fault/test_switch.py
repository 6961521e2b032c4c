"""The injection switch: what tests build has it, and what users get has nothing of it."""

import os
import pathlib
import subprocess
import unittest

from campaign import points
from chapar_run import program, run


class Switch(unittest.TestCase):
    def test_no_trace_in_the_program(self):
        """No name of a place or of the switch, and no symbol."""
        names = [*points(), "FAULT_POINTS", "FAIL_ALLOCATION", "fault_point", "__wrap_malloc"]
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
