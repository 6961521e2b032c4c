"""Prints which lines of core/ were run, file by file, and fails when they are too few.

Usage: coverage.py BUILD_FOLDER LEAST_PER_CENT, in the repository's folder, after the tests of a build with
CHAPAR_COVERAGE.
"""

import collections
import json
import pathlib
import subprocess
import sys


def lines_run(notes):
    """How often each line of each file of core/ was run: {path: {line: count}}. Files that no test reached
    are there too; inline functions of headers are counted over all files that have them."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", *notes], capture_output=True, text=True,
                          check=True)
    files = collections.defaultdict(collections.Counter)
    for document in done.stdout.splitlines():
        for file in json.loads(document)["files"]:
            path = pathlib.Path(file["file"]).absolute()
            if path.parent == pathlib.Path("core").absolute():
                for line in file["lines"]:
                    files[path.name][line["line_number"]] += line["count"]
    return files


def ranges(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    runs = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return " ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in runs)


def main():
    build, least = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    notes = sorted(map(str, build.glob("CMakeFiles/chapar_core.dir/core/*.gcno")))
    files = lines_run(notes) if notes else {}
    run = lines = 0
    for name, counts in sorted(files.items()):
        missed = [n for n, count in sorted(counts.items()) if count == 0]
        run += len(counts) - len(missed)
        lines += len(counts)
        share = 100 * (1 - len(missed) / len(counts))
        print(f"core/{name:<22} {len(counts):5} lines {share:6.1f} %  {ranges(missed)}".rstrip())
    if lines == 0:
        sys.exit("no line of core/ was counted")
    print(f"{'core/':<27} {lines:5} lines {100 * run / lines:6.1f} %")
    if 100 * run / lines < least:
        sys.exit(f"less than {least:g} % of the lines were run: write the tests, the lines are named above")


if __name__ == "__main__":
    main()
