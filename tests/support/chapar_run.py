"""Running chapar, and waiting for what it does.

A test finds chapar by the environment variable CHAPAR, which CTest sets.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time
import uuid


def wait_for(condition, deadline=30, what="the condition"):
    """Calls `condition` until it returns something true, and returns that; AssertionError after
    `deadline` seconds. The pause between two calls keeps a busy machine usable."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"waited {deadline} s in vain for {what}")
        time.sleep(0.02)


def program(name="chapar"):
    """The path of chapar, or of a program of tests/programs, which stand next to it."""
    chapar = pathlib.Path(os.environ["CHAPAR"])
    return str(chapar if name == "chapar" else chapar.with_name(name))


def clean_environment(**more):
    """The environment without CHAPAR_* settings: chapar takes its options from there too."""
    env = {k: v for k, v in os.environ.items() if k != "CHAPAR" and not k.startswith("CHAPAR_")}
    return env | more


@dataclasses.dataclass
class Result:
    code: int
    out: str
    err: str

    def lines(self):
        """The JSON records of stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: also when CTest kills this test at its time-out


def _before(limits):
    """What a child does before it becomes the program; `limits`: {resource.RLIMIT_...: value}."""
    def prepare():
        die_with_parent()
        for which, value in (limits or {}).items():
            resource.setrlimit(which, (value, value))
    return prepare


def run(*arguments, stdin="", timeout=60, expect=None, env=None, limits=None, name="chapar", through=()):
    """Runs chapar (or another program) to its end. `expect` is the exit code it must have. After
    `timeout` seconds it is killed and the test fails. `through` is a command that ends by running it."""
    child = subprocess.Popen([*map(str, through), program(name), *map(str, arguments)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env=clean_environment(**(env or {})), preexec_fn=_before(limits))
    try:
        out, err = child.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        out, err = child.communicate()
        raise AssertionError(f"{name} {arguments} still ran after {timeout} s\n{out}\n{err}") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if expect is not None and child.returncode != expect:
        raise AssertionError(f"{name} {arguments} exited with {child.returncode}, not {expect}\n{out}\n{err}")
    return Result(child.returncode, out, err)


class Running:
    """A program that goes on running; see start()."""

    def __init__(self, child, folder):
        self.child = child
        self.folder = folder

    @property
    def pid(self):
        return self.child.pid

    def out(self):
        return (self.folder / "out").read_text()

    def err(self):
        return (self.folder / "err").read_text()

    def ended(self):
        return self.child.poll() is not None

    def stop(self, how=signal.SIGTERM, timeout=30):
        """Sends the signal, waits for the end and returns the exit code (minus the signal's number when
        the signal ended it)."""
        if not self.ended():
            self.child.send_signal(how)
        return self.wait(timeout)

    def wait(self, timeout=60):
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"pid {self.pid} still runs after {timeout} s\n{self.err()}") from None

    def wait_for(self, condition, deadline=30, what="the condition"):
        """As wait_for(), but fails at once when the program ends meanwhile."""
        def checked():
            value = condition()
            if not value and self.ended():
                raise AssertionError(f"ended with {self.child.returncode} before {what}\n{self.err()}")
            return value
        try:
            return wait_for(checked, deadline, what)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.err()[-4000:]}") from None


@contextlib.contextmanager
def start(*arguments, env=None, limits=None, name="chapar", through=()):
    """Starts chapar and yields it as Running; it is killed by its own pid when the block is left. To be
    called from the main thread: the program dies with the thread that started it. `through` as for run()."""
    folder = scratch_folder(name)
    child = None
    try:
        with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
            child = subprocess.Popen([*map(str, through), program(name), *map(str, arguments)],
                                     stdin=subprocess.DEVNULL,
                                     stdout=out, stderr=err, env=clean_environment(**(env or {})),
                                     preexec_fn=_before(limits))
        yield Running(child, folder)
    finally:
        if child is not None and child.poll() is None:
            child.kill()
            child.wait()
        shutil.rmtree(folder)


def scratch_folder(name="test"):
    """A new empty folder in the build folder. Whoever asks removes it."""
    folder = pathlib.Path(os.environ["CHAPAR"]).parent / "scratch" / f"{name}-{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    return folder
