"""Whoever reads the log may stop reading, as a pager does, or go away: neither keeps a command from ending when it is
asked to, nor ends it."""

import contextlib
import fcntl
import os
import pathlib
import re
import select
import signal
import subprocess
import time
import unittest

from chapar_history import Writer, event, publish
from chapar_kafka import unique_prefix
from chapar_live import QUICK, clean_up, committed, ends, group_of, make_topics, options
from chapar_run import clean_environment, die_with_parent, program, wait_for

NOBODY = "127.0.0.1:1"
LIMIT = 10
COMMANDS = (("process",), ("serve", "--listen", "127.0.0.1:0"), ("notify", "--webhook", "http://127.0.0.1:1/"))


class Logged:
    """A command whose log goes into a pipe."""

    def __init__(self, stack, *command, full=False):
        self.reading, self.writing = os.pipe()
        stack.callback(self.close)
        if full:
            self.fill()
        self.child = subprocess.Popen([program(), *map(str, command)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=self.writing, env=clean_environment(),
                                      preexec_fn=die_with_parent)
        stack.callback(self.end)

    def fill(self):
        """To the last byte."""
        flags = fcntl.fcntl(self.writing, fcntl.F_GETFL)
        fcntl.fcntl(self.writing, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        for size in (4096, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(self.writing, b"x" * size)
        fcntl.fcntl(self.writing, fcntl.F_SETFL, flags)

    def read_until(self, text, deadline=30):
        said, end = b"", time.monotonic() + deadline
        while text.encode() not in said:
            ready, _, _ = select.select([self.reading], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited in vain for {text}: {said.decode()}"
            said += os.read(self.reading, 65536)
        return said.decode()

    def stop_reading(self):
        """The last reader goes, and the last writer but the command."""
        for end in ("reading", "writing"):
            if getattr(self, end) is not None:
                os.close(getattr(self, end))
                setattr(self, end, None)

    close = stop_reading

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def listens(self):
        """Whether SIGTERM is blocked by now, for the thread that waits for it; and the main thread sleeps."""
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        blocked = int(re.search(r"^SigBlk:\s*(\w+)", status, re.M).group(1), 16)
        return blocked >> (signal.SIGTERM - 1) & 1 and re.search(r"^State:\s*S", status, re.M)

    def asked(self):
        self.child.send_signal(signal.SIGTERM)
        return time.monotonic()

    def code_by(self, limit):
        try:
            return self.child.wait(max(0.1, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            return "none: it still runs"


class FullLog(unittest.TestCase):
    def setUp(self):
        self.stack = self.enterContext(contextlib.ExitStack())

    def test_full_from_the_start(self):
        """Each hangs in one of its first lines; the limit ends it all the same."""
        running = [Logged(self.stack, *command, "--brokers", NOBODY, full=True) for command in COMMANDS]
        for each in running:
            wait_for(lambda e=each: e.listens(), what="it to listen to signals")
        asked = [each.asked() for each in running]
        for command, each, since in zip(COMMANDS, running, asked):
            with self.subTest(command[0]):
                self.assertIn(each.code_by(since + LIMIT), (0, 1))

    def test_full_while_kafka_is_away(self):
        running = [Logged(self.stack, *command, "--brokers", NOBODY) for command in COMMANDS]
        for each in running:
            each.read_until("waiting for ")
            each.fill()
        asked = [each.asked() for each in running]
        for command, each, since in zip(COMMANDS, running, asked):
            with self.subTest(command[0]):
                self.assertIn(each.code_by(since + LIMIT), (0, 1))

    def test_full_while_it_works(self):
        """Nothing but its log is wrong: it leaves its group and ends as it should."""
        prefix = unique_prefix("full-log")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix, 1)
        each = Logged(self.stack, "process", *options(prefix), "--group", group_of(prefix), *QUICK)
        each.read_until("tasks assigned")
        each.fill()
        publish([Writer(prefix).record(event("summit", "talks", "SCHEDULED", "2026-01-05T10:00:00Z"))])
        wait_for(lambda: committed(prefix) == ends(prefix), what="the event to be processed")
        self.assertEqual(each.code_by(each.asked() + LIMIT), 0)

    def test_who_reads_goes_away(self):
        """That ends nothing, and what it would have said is lost."""
        running = [Logged(self.stack, *command, "--brokers", NOBODY) for command in COMMANDS]
        for each in running:
            each.read_until("waiting for ")
            each.stop_reading()
        for command, each in zip(COMMANDS, running):
            with self.subTest(command[0]):
                since = each.asked()  # which it would say
                self.assertIn(each.code_by(since + LIMIT), (0, 1))

    def test_data_that_nobody_reads_ends_the_command(self):
        """Not so where the pipe is for data: `chapar help | head -1` ends quietly."""
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run([program(), "help"], stdin=subprocess.DEVNULL, stdout=writing,
                                  stderr=subprocess.PIPE, env=clean_environment(), timeout=30)
        finally:
            os.close(writing)
        self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, b""))


if __name__ == "__main__":
    unittest.main()
