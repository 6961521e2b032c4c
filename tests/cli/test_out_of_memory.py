"""Every allocation of our own fails once, one after the other: each time the program must end with status 1 and
say why, and what it printed until then must be the beginning of what it prints else."""

import os
import pathlib
import resource
import shutil
import signal
import unittest

from chapar_events import jsonl, milestone, signing, summit
from chapar_run import run, scratch_folder

EVENTS = [
    signing(parties=["KAZ", "UZB"], period="2026-06/2030", source={"document": "A", "locator": "3"}),
    summit(date="R/2026-07-01/P1Y", hosts=["KAZ"], participants=["UZB", "org:ifas"]),
    milestone(due="P1Y", target={"unit": "ha", "value": 10, "from": "2026", "to": "2028"}, title="Über \"x\"\t"),
    milestone(due="2028-05", type="RESCHEDULED", reason="floods", recorded_at="2026-05-23T10:00:00Z"),
    milestone("pave-the-road", due="R3/2026-09-01/P1M", recorded_at="2026-05-24T10:00:00Z", note="n" * 600),
    milestone("pave-the-road", type="DISPUTED", claimed_by="UZB", recorded_at="2026-05-24T11:00:00Z", due=None),
]
REPLAY = ("replay", "--emit", "events,alerts,register,hash", "--until", "2029-01-01T00:00:00Z",
          "--zone", "Asia/Almaty")
SANITIZED = b"__asan_init" in pathlib.Path(os.environ["CHAPAR"]).read_bytes()


class OutOfMemory(unittest.TestCase):
    def setUp(self):
        self.folder = scratch_folder("memory")
        self.addCleanup(shutil.rmtree, self.folder)
        self.policy = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "policy.json"

    def fails(self, arguments, allocation):
        """Runs it with that allocation failing. Whether there was such an allocation."""
        done = run(*arguments, name="chapar-faults", env={"FAIL_ALLOCATION": allocation})
        if f"allocation {allocation.removesuffix('+')} fails\n" not in done.err:
            self.assertEqual((done.code, done.out), (0, self.whole), f"allocation {allocation}")
            return False
        where = f"allocation {allocation}: exit {done.code}\n{done.err}"
        self.assertEqual(done.code, 1, where)
        self.assertIn("out of memory", done.err, where)
        self.assertTrue(self.whole.startswith(done.out), where)
        return True

    def check(self, *arguments, least):
        self.whole = run(*arguments, name="chapar-faults", expect=0).out
        self.assertEqual(run(*arguments, expect=0).out, self.whole)
        for more in ("", "+"):  # that one alone, or no memory ever after
            allocation, step = 1, 7 if SANITIZED else 1
            while self.fails(arguments, f"{allocation}{more}"):
                allocation += step
            print(f"{arguments[0]}: {allocation - 1} allocations {'from then on' if more else 'one by one'}")
            self.assertGreater(allocation, least)

    def test_replay(self):
        file = self.folder / "events.jsonl"
        file.write_text(jsonl(*EVENTS), encoding="utf-8")
        self.check(*REPLAY, "--policy", self.policy, file, least=100)

    def test_check_of_a_file(self):
        file = self.folder / "events.jsonl"
        file.write_text(jsonl(*EVENTS), encoding="utf-8")
        self.check("publish", "--check", file, least=20)

    def test_generate(self):
        self.check("generate", "--seed", 7, "--events", 50, least=15)
        self.check("generate", "--seed", 7, "--events", 50, "--format", "avro", "--output", self.folder, least=15)

    @unittest.skipIf(SANITIZED, "the sanitizer brings a malloc of its own")
    def test_malloc_is_set_up_as_we_want_it(self):
        """What the program says of its arenas has come through the linker."""
        told = run("--version", env={"MALLOC_CONF": "stats_print:true"}, expect=0)
        self.assertRegex(told.err + told.out, r"opt\.narenas: 2\b")

    @unittest.skipIf(SANITIZED, "the address sanitizer's own memory counts too")
    def test_a_limit(self):
        """However little there is: the right answer, or none."""
        file = self.folder / "events.jsonl"
        file.write_text(jsonl(*(milestone(f"c{n}", note="n" * 500) for n in range(5_000))), encoding="utf-8")
        whole = run("replay", "--emit", "register,hash", file, expect=0).out
        codes = set()
        for megabytes in range(20, 340, 3):
            if {0, 1} <= codes:
                break
            limits = {resource.RLIMIT_AS: megabytes << 20}
            if run("--version", limits=limits).code in (127, -signal.SIGSEGV):
                continue  # there is no room for its libraries to be loaded and to begin: it does not come as far as main()
            done = run("replay", "--emit", "register,hash", file, limits=limits)
            codes.add(done.code)
            if done.code == 0:
                self.assertEqual(done.out, whole)
            else:
                self.assertEqual(done.code, 1, f"{megabytes} MiB: {done.err}")
                self.assertIn("out of memory", done.err)
                self.assertTrue(whole.startswith(done.out))
        self.assertLessEqual({0, 1}, codes)


if __name__ == "__main__":
    unittest.main()
