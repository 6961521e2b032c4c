"""Runs the unittest cases of one file. Usage: run_tests.py FILE [CASE...]

Finding no case is a failure. When every case was left out, the exit code is 77, which CTest shows as
"Skipped"; what was left out is always named with its reason.
"""

import importlib.util
import pathlib
import sys
import time
import unittest


class Timed(unittest.TextTestResult):
    """Says what took long: the whole check has to stay short."""
    LONG = 3  # seconds

    def startTest(self, test):
        self.begun = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        taken = time.monotonic() - self.begun
        if taken > self.LONG:
            self.stream.writeln(f"  {taken:.0f} s: {test.id()}")


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    return module


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    loader = unittest.defaultTestLoader
    module = load(path)
    names = sys.argv[2:]
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    if suite.countTestCases() == 0:
        sys.exit(f"{path}: no test case found")
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Timed).run(suite)
    for case, reason in result.skipped:
        print(f"LEFT OUT: {case}: {reason}")
    if not result.wasSuccessful():
        sys.exit(1)
    if len(result.skipped) == result.testsRun:
        sys.exit(77)


if __name__ == "__main__":
    main()
