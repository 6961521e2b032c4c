"""Checkpoints in a folder that cannot be used, or not now: events are processed all the same, and it is told."""

import os
import resource
import signal
import unittest

from chapar_checkpoint import CheckpointTest, restored, wait_until_kept
from chapar_history import history
from chapar_live import process, wait_until_processed


class Folder(CheckpointTest):
    """The folder cannot be used, or not now."""

    def test_that_cannot_be_made(self):
        self.publish(history(self.id(), 5))
        (self.folder / "file").touch()
        log = self.work(folder=self.folder / "file" / "state")
        self.assertEqual(log.count("no checkpoint is kept for the time being"), 1)
        self.assertIn("the folder cannot be made: Not a directory", log)
        self.assert_as_replayed()

    @unittest.skipIf(os.geteuid() == 0, "nothing is read-only for root")
    def test_that_is_read_only(self):
        self.publish(history(self.id(), 5))
        folder = self.folder / "state"
        folder.mkdir(0o500)
        log = self.work(folder=folder)
        self.assertIn("the folder cannot be written to: Permission denied", log)

    def test_that_another_process_uses(self):
        """The second waits until the first is gone, and keeps the checkpoint then."""
        self.publish(history(self.id(), 20))
        with self.start("--instance", "one") as one, self.start("--instance", "two") as two:
            for running, log in ((one, "tasks assigned tasks="), (two, "tasks assigned tasks=")):
                running.wait_for(lambda: log in running.err(), what="tasks")
            held_up = next(r for r in (one, two) if "another process uses the folder" in r.err())
            first = two if held_up is one else one
            self.assertNotIn("another process uses the folder", first.err())
            wait_until_processed(held_up, self.prefix)
            self.assertEqual(first.stop(signal.SIGKILL), -signal.SIGKILL)
            held_up.wait_for(lambda: "tasks assigned tasks=4" in held_up.err(), what="all tasks")
            wait_until_kept(held_up, self.prefix, self.folder)
            held_up.wait_for(lambda: "the checkpoint is kept again" in held_up.err(), what="word of it")
            self.assertEqual(held_up.stop(), 0)
        log = self.finish([])
        self.assertGreater(sum(s for s, _ in restored(log).values()), 0)

    def test_on_a_disk_that_fills(self):
        """It is told once, events are processed all the while, and with room the file goes on."""
        rest = self.first_half()
        with self.start() as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
            most = max(f.stat().st_size for f in self.folder.iterdir())
            _, hard = resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (most + 100, resource.RLIM_INFINITY))
            self.publish(rest)
            wait_until_processed(running, self.prefix)
            running.wait_for(lambda: "File too large" in running.err(), what="word of the full disk")
            resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (hard, hard))
            wait_until_kept(running, self.prefix, self.folder)
            running.wait_for(lambda: "the checkpoint is kept again" in running.err(), what="word of it")
            self.assertEqual(running.err().count("no checkpoint is kept for the time being"), 1)
            self.assertEqual(running.stop(), 0)
        log = self.finish([])
        self.assertEqual(sum(r for _, r in restored(log).values()), 0)

    def test_none_is_none(self):
        """Without the option nothing is written anywhere."""
        self.publish(history(self.id(), 5))
        with process(self.prefix, "--clock", "stream") as running:
            wait_until_processed(running, self.prefix)
            self.assertNotIn("checkpoint", running.err())
            self.assertEqual(running.stop(), 0)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
