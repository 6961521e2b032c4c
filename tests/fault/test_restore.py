"""Tasks that are restored side by side."""

import os
import re
import shutil
import unittest

from campaign import begin
from chapar_history import Writer, event, publish
from chapar_kafka import unique_prefix
from chapar_live import clean_up, make_topics, process_all, verify
from chapar_run import scratch_folder

SUBJECTS, TASKS = 40, 4


class SideBySide(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("restore")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix, TASKS)
        self.release = scratch_folder("release")
        self.addCleanup(shutil.rmtree, self.release)
        writer = Writer(self.prefix)
        publish([writer.record(event("milestone", f"road-{n}", "UNDERTAKEN", "2026-01-01T00:00:00Z",
                                     dossier=f"dossier-{n}", due="2027-01-01")) for n in range(SUBJECTS)])
        process_all(self.prefix, "--clock", "stream")

    def begin(self, faults):
        return begin(self.prefix, "--clock", "stream", faults=faults, env={"FAULT_RELEASE": str(self.release)})

    @unittest.skipUnless((os.cpu_count() or 1) > 1, "on one core, tasks are restored one after the other")
    def test_one_that_takes_long_holds_up_no_other(self):
        with self.begin("restore.record:1:hold,restore.after:0:say") as running:
            running.wait_for(lambda: running.err().count("fault point restore.after") == TASKS - 1, 30,
                             "all tasks but the one that is held")
            self.assertNotIn("tasks assigned", running.err())
            (self.release / "restore.record").touch()
            running.wait_for(lambda: "tasks assigned" in running.err(), 30, "tasks")
            restored = re.findall(r"task restored partition=(\d+) .*commitments=(\d+)", running.err())
            self.assertEqual(sorted(int(p) for p, _ in restored), list(range(TASKS)))
            self.assertTrue(all(int(n) for _, n in restored), restored)
            self.assertEqual(sum(int(n) for _, n in restored), SUBJECTS)
            self.assertEqual(running.stop(), 0)
        self.assertEqual(verify(self.prefix)[:2], (0, []))

    def test_asked_to_stop_in_the_middle(self):
        """While records are put back so slowly that all of them would take longer than stopping may."""
        with self.begin("restore.record:0:delay=1000") as running:
            running.wait_for(lambda: running.err().count("fault point restore.record") > 1, 30, "records put back")
            self.assertEqual(running.stop(), 0, running.err())
            self.assertNotIn("task restored", running.err())
        process_all(self.prefix, "--clock", "stream")
        self.assertEqual(verify(self.prefix)[:2], (0, []))


if __name__ == "__main__":
    unittest.main()
