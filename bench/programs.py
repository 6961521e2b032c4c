"""What the measuring programs share: the build, a broker of their own, what a run takes, and tables."""
import collections
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "build/release"
KAFKA = ROOT / "deploy/kafka/kafka"

# A plain program has libc's malloc(); that of ours comes with the libraries that it is linked to.
PLAIN_MALLOC = {"LD_PRELOAD": "libc.so.6"}

# Seconds on the clock and of CPU, the most memory it had in MB, and what it printed.
Run = collections.namedtuple("Run", "seconds cpu memory out err")


def build(*targets, folder=RELEASE):
    """Makes these of the release, and returns its folder."""
    for command in (["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo"],
                    ["cmake", "--build", folder, "--target", *targets]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"the build failed:\n{done.stdout}")
    return folder


class Program:
    """A program that runs, until end() or kill()."""

    def __init__(self, *command, env=None):
        self.command = [str(word) for word in command]
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.begun = time.monotonic()
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
                                      env=os.environ | (env or {}))

    def said(self):
        """What it has logged so far."""
        size = os.fstat(self.err.fileno()).st_size
        return os.pread(self.err.fileno(), size, 0).decode()

    def wait_for(self, text):
        """Waits until it has logged that. Returns the time (monotonic)."""
        while text not in self.said():
            self.must_run()
            time.sleep(0.002)
        return time.monotonic()

    def must_run(self):
        """That it has ended ends everything."""
        if self.child.poll() is not None:
            sys.exit(f"{' '.join(self.command)} ended with {self.child.returncode}:\n{self.said()}")

    def end(self):
        """Waits until it ends by itself; that it fails ends everything."""
        done = self._wait()
        if self.child.returncode:
            sys.exit(f"{' '.join(self.command)} ended with {self.child.returncode}:\n{done.err}")
        return done

    def kill(self):
        """Ends it here and now."""
        self.child.send_signal(signal.SIGKILL)
        return self._wait()

    def _wait(self):
        _, status, used = os.wait4(self.child.pid, 0)
        seconds = time.monotonic() - self.begun
        self.child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (self.out, self.err):
            file.seek(0)
            texts.append(file.read().decode())
            file.close()
        return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, *texts)


def run(*command, env=None):
    return Program(*command, env=env).end()


def start_broker(folder):
    """Returns its address; end it with stop_broker()."""
    done = subprocess.run([KAFKA, "start", "--dir", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"no broker:\n{done.stderr}")
    return done.stdout.strip()


def stop_broker(folder):
    subprocess.run([KAFKA, "stop", "--wipe", "--dir", folder], stderr=subprocess.DEVNULL)


def spread(found, digits=2):
    """Median, least and most."""
    return f"{statistics.median(found):.{digits}f} ({min(found):.{digits}f}..{max(found):.{digits}f})"


def print_table(rows):
    """The first is the head. In columns that one can also read as text."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for i, row in enumerate(rows):
        print("| " + " | ".join(word.ljust(width) for word, width in zip(row, widths)) + " |")
        if not i:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|", flush=True)


def write_results(path, tables):
    """As JSON: {title: rows}, each row {column: cell}; with the command, and how busy the machine is."""
    if path:
        found = {title: [dict(zip(rows[0], row)) for row in rows[1:]] for title, rows in tables.items()}
        path.write_text(json.dumps({"command": sys.argv, "load": os.getloadavg(), "tables": found}, indent=1) + "\n")
