"""What the measuring programs share: the build, a broker of their own, and what a run takes."""
import collections
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KAFKA = ROOT / "deploy/kafka/kafka"

# Seconds on the clock and of CPU, the most memory it had in MB, and what it printed.
Run = collections.namedtuple("Run", "seconds cpu memory out err")


def build(*targets):
    """Makes the release and returns its folder."""
    for command in (["cmake", "--preset", "release"], ["cmake", "--build", "--preset", "release", "--target", *targets]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"the build failed:\n{done.stdout}")
    return ROOT / "build/release"


class Program:
    """A program that runs; end() waits for its end."""

    def __init__(self, *command, env=None):
        self.command = [str(word) for word in command]
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.begun = time.monotonic()
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
                                      env=os.environ | (env or {}))

    def end(self):
        _, status, used = os.wait4(self.child.pid, 0)
        seconds = time.monotonic() - self.begun
        self.child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (self.out, self.err):
            file.seek(0)
            texts.append(file.read().decode())
            file.close()
        if self.child.returncode:
            sys.exit(f"{' '.join(self.command)} ended with {self.child.returncode}:\n{texts[1]}")
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
