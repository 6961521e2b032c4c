"""Checkpoints in a folder that cannot be used, or not now: events are processed all the same, and it is told."""

import os
import resource
import shutil
import signal
import unittest

from chapar_checkpoint import CheckpointTest, restored, wait_until_kept
from chapar_disk import UNPRIVILEGED, small_disk
from chapar_history import event, history
from chapar_live import QUICK, group_of, options, process, wait_until_processed
from chapar_run import start


class Folder(CheckpointTest):
    """The folder cannot be used, or not now."""

    def test_that_cannot_be_made(self):
        self.publish(history(self.id(), 5))
        (self.folder / "file").touch()
        log = self.work(folder=self.folder / "file" / "state")
        self.assertEqual(log.count("no checkpoint is kept for the time being"), 1)
        self.assertIn("the folder cannot be made: Not a directory", log)
        self.assert_as_replayed()

    def test_that_is_read_only(self):
        """To whom it belongs, also to root where that has no right to pass by permissions."""
        self.publish(history(self.id(), 5))
        folder = self.folder / "state"
        folder.mkdir(0o500)
        through = UNPRIVILEGED if os.geteuid() == 0 else ()
        with start("process", *options(self.prefix), "--group", group_of(self.prefix), *QUICK, "--clock", "stream",
                   "--state-dir", folder, through=through) as running:
            wait_until_processed(running, self.prefix)
            self.assertIn("the folder cannot be written to: Permission denied", running.err())
            self.assertEqual(running.stop(), 0)
        self.assertEqual(list(folder.iterdir()), [])
        self.assert_as_replayed()

    def disk(self, megabytes, *more):
        disk = self.enterContext(small_disk(megabytes, *more))
        if disk is None:
            self.skipTest("DISKS OF THEIR OWN WERE NOT TRIED: no right to mount a tmpfs")
        return disk

    def test_on_a_disk_that_is_read_only(self):
        self.publish(history(self.id(), 5))
        log = self.work(folder=self.disk(1, "ro"))
        self.assertIn("the folder cannot be written to: Read-only file system", log)
        self.assertEqual(log.count("no checkpoint is kept for the time being"), 1)
        self.assert_as_replayed()

    def report(self, number):
        """A record of 400 kB that takes the place of the one before it."""
        self.publish([event("milestone", "road", "REPORTED", f"2027-01-01T00:00:{number:02}Z", progress=number / 100,
                            note=f"{number:02}" * 200_000)])

    def test_on_a_disk_without_room(self):
        """For entries, and for the second file that compacting takes: it is told, and with room the file goes on."""
        disk = self.disk(12)
        folder, filler = disk / "state", disk / "filler"

        def leave(room):
            filler.touch()
            with open(filler, "r+b") as file:
                file.truncate(0)
                file.write(bytes(max(0, shutil.disk_usage(disk).free - room)))
        with self.start("--log-level", "debug", folder=folder) as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
            self.report(0)
            wait_until_kept(running, self.prefix, folder)
            leave(room=300_000)
            self.report(1)
            wait_until_processed(running, self.prefix)
            running.wait_for(lambda: "No space left on device" in running.err(), what="word of the full disk")
            self.assertIn("no checkpoint is kept for the time being", running.err())
            leave(room=5_000_000)
            running.wait_for(lambda: "the checkpoint is kept again" in running.err(), what="word of it")
            wait_until_kept(running, self.prefix, folder)
            for number in range(2, 10):
                # For what is written, and not for a copy of it.
                leave(room=600_000)
                self.report(number)
                wait_until_kept(running, self.prefix, folder)
                if "a checkpoint cannot be compacted" in running.err():
                    break
            self.assertIn("a checkpoint cannot be compacted", running.err())
            filler.unlink()
            for number in range(number + 1, 30):
                self.report(number)
                wait_until_kept(running, self.prefix, folder)
                if "checkpoint compacted" in running.err():
                    break
            self.assertIn("checkpoint compacted", running.err())
            self.assertEqual(running.stop(), 0)
        log = self.work(folder=folder)
        self.assertEqual([(s, r) for s, r in restored(log).values() if s], [(1, 0)])
        self.assert_as_replayed()

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
