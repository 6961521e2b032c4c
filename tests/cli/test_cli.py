"""The executable as its users call it: help, mistakes, where values come from, exit codes."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from chapar_run import clean_environment, program, run

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
COMMANDS = ("topics", "publish", "process", "replay", "generate", "verify", "dead-letters", "serve", "notify")
BLOCK = re.compile(r"```text\n\$ chapar (help[ a-z-]*)\n(.*?)```", re.S)


class Help(unittest.TestCase):
    def test_each_way_of_asking_gives_the_same(self):
        self.assertEqual(run("help", expect=0).out, run("--help", expect=0).out)
        for command in COMMANDS:
            shown = run("help", command, expect=0)
            self.assertEqual(shown.err, "")
            self.assertEqual(run(command, "--help", expect=0).out, shown.out)
            self.assertEqual(run(command, "--speed", "?", "--help", env={"CHAPAR_OOPS": "1"}, expect=0).out,
                             shown.out)

    def test_the_manual_shows_what_the_executable_prints(self):
        """With CHAPAR_TEST_WRITE_MANUAL set, the manual is brought up to date instead."""
        def printed(match):
            return f"```text\n$ chapar {match[1]}\n{run(*match[1].split(), expect=0).out}```"

        manual = MANUAL.read_text()
        self.assertEqual({m[1] for m in BLOCK.finditer(manual)}, {"help", *(f"help {c}" for c in COMMANDS)})
        current = BLOCK.sub(printed, manual)
        if os.environ.get("CHAPAR_TEST_WRITE_MANUAL"):
            MANUAL.write_text(current)
        self.maxDiff = None
        self.assertEqual(MANUAL.read_text(), current)

    def test_the_changes_name_every_command(self):
        changes = (MANUAL.parents[1] / "CHANGELOG.md").read_text()
        commands = re.findall(r"^  ([a-z-]+) {2,}\S", run("help", expect=0).out, re.M)
        self.assertIn("notify", commands)
        for command in commands:
            self.assertRegex(changes, rf"`chapar {command}\b", command)
        self.assertIn("--rules-changed", changes)

    def test_the_version_names_what_it_runs_on(self):
        self.assertRegex(run("--version", expect=0).out,
                         r"\Achapar \d+\.\d+\.\d+ \(librdkafka \d+\.\d+\.\d+\)\n\Z")

    def test_help_shows_no_password(self):
        """What the environment and a file say is not repeated: it is the same help whoever asks."""
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
            config.write("X = sasl.password=of-the-file\nregistry-url = http://me:of-the-url@host\n")
            config.flush()
            env = {"CHAPAR_X": "sasl.password=of-the-environment", "CHAPAR_CONFIG": config.name,
                   "CHAPAR_WEBHOOK": "https://hooks.example.org/of-the-webhook"}
            for command in COMMANDS:
                with self.subTest(command):
                    told = run(command, "--config", config.name, "--help", env=env, expect=0)
                    self.assertEqual(told.out, run("help", command, expect=0).out)
                    self.assertNotIn("of-the-", told.out + told.err)

    def test_no_command_shows_usage_and_fails(self):
        shown = run(expect=2)
        self.assertEqual(shown.out, "")
        self.assertTrue(shown.err.startswith("Usage: chapar "), shown.err)

    def test_help_that_reaches_nobody_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([program(), "help"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=clean_environment(), timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)


class Mistakes(unittest.TestCase):
    def refused(self, *arguments, says, **env):
        result = run(*arguments, env=env, expect=2)
        self.assertEqual(result.out, "")
        self.assertRegex(result.err, r"\Achapar: [^\n]+\n\Z")
        self.assertIn(says, result.err)
        return result.err

    def test_the_command_line(self):
        self.refused("proces", says="did you mean process?")
        self.refused("process", "--brokrs", "a:1", says="--brokrs: no such option (did you mean --brokers?)")
        self.refused("process", "--speed", "2x", says="--speed: is an option of replay, not of process")
        self.refused("process", "--group", says="--group: needs a value")
        self.refused("process", "--until-end=yes", says="--until-end: takes no value")
        self.refused("replay", "--as-of", "2026-02-30T00:00:00Z", says="--as-of: expected an instant")
        self.refused("topics", "create", "--partitions", "0", says="--partitions: expected a whole number")
        self.refused("topics", says="create or check")
        self.refused("publish", says="needs a FILE")
        self.refused("verify", "events.jsonl", says="verify: does not take 'events.jsonl'")
        self.refused("verify", "--as-of", "2026-02-01T00:00:00Z", says="--as-of: is an option of replay, not of verify")
        self.refused("dead-letters", says="list or retry")
        self.refused("dead-letters", "list", "--reason", "lost", says="--reason: ")
        self.refused("dead-letters", "retry", "--topic", "alerts", says="expected signings, summits or milestones")

    def test_zone_and_policy_are_loaded_before_anything_begins(self):
        self.refused("topics", "check", "--zone", "Asia/Nowhere", says="Asia/Nowhere")
        self.refused("topics", "check", "--policy", "/no/such/policy.json", says="/no/such/policy.json")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as policy:
            policy.write('{"leeds": []}')
            policy.flush()
            self.refused("topics", "check", "--policy", policy.name, says="leeds")

    def test_librdkafka_properties(self):
        self.refused("topics", "check", "-X", "securty.protocol=ssl", says="securty.protocol")
        self.refused("topics", "check", "-X", "security.protocol=magic", says="security.protocol")
        self.refused("topics", "check", "-X", "transactional.id=mine", says="transactional.id")
        self.refused("topics", "check", "-X", "group.id=mine", says="--group")
        self.refused("topics", "check", "-X", "dr_cb=1", says="dr_cb")

    def test_secrets_are_never_repeated(self):
        told = [self.refused("topics", "check", "-X", "sasl.password:hush", says="-X"),
                self.refused("topics", "check", "-Xsasl.pasword=hush", says="sasl.pasword"),
                self.refused("topics", "check", "--sasl.password=hush", says="--sasl.password"),
                self.refused("topics", "check", says="CHAPAR_SASL_PASSWORD", CHAPAR_SASL_PASSWORD="hush"),
                self.refused("topics", "check", says="CHAPAR_X", CHAPAR_X="sasl.password=a,hush"),
                self.refused("topics", "check", "--secret-file", "hush", says="--secret-file"),
                self.refused("topics", "check", "--secret-file", "sasl.password=hush", says="cannot be opened"),
                self.refused("topics", "check", says="CHAPAR_SECRET_FILE",
                             CHAPAR_SECRET_FILE="sasl.password=hush"),
                self.refused("topics", "check", "--secret-file", "group.id=/proc/self/cmdline", says="NUL byte"),
                self.refused("topics", "check", "--registry-url", "ftp://me:hush@host", says="--registry-url"),
                run("topics", "check", "-X", "security.protocol=ssl", "-X", "ssl.key.pem=hush", expect=2).err]
        self.assertIn("ssl.key.pem", told[-1])
        for line in ("sasl.password = hush", "X = hush", "hush", "password = hush"):
            with tempfile.NamedTemporaryFile("w") as config:
                config.write(line + "\n")
                config.flush()
                told.append(self.refused("topics", "check", "--config", config.name, says=f"{config.name}:1: "))
        for message in told:
            self.assertNotIn("hush", message)


class Precedence(unittest.TestCase):
    """A zone that does not exist tells by its name where it was taken from."""

    def zone(self, *arguments, **env):
        return re.search(r"Asia/(\w+)", run("topics", "check", *arguments, env=env, expect=2).err)[1]

    def test_command_line_then_environment_then_file(self):
        with tempfile.NamedTemporaryFile("w") as config:
            config.write("# where we are\nzone = Asia/File\n")
            config.flush()
            file = {"CHAPAR_CONFIG": config.name}
            self.assertEqual(self.zone(**file), "File")
            self.assertEqual(self.zone("--config", config.name), "File")
            self.assertEqual(self.zone(CHAPAR_ZONE="Asia/Environment", **file), "Environment")
            self.assertEqual(self.zone("--zone", "Asia/Line", CHAPAR_ZONE="Asia/Environment", **file), "Line")

    def test_what_cannot_be_loaded_says_where_it_was_named(self):
        with tempfile.NamedTemporaryFile("w") as config:
            for name, value in (("zone", "Asia/Nowhere"), ("policy", "/no/such/policy.json")):
                config.seek(0)
                config.truncate()
                config.write(f"# the first line\n{name} = {value}\n")
                config.flush()
                variable = {f"CHAPAR_{name.upper()}": value}
                for arguments, env, where in ((["--config", config.name], {}, f"{config.name}:2: "),
                                              ([], variable, f"CHAPAR_{name.upper()}: "),
                                              ([f"--{name}", value], {}, f"--{name}: ")):
                    told = run("topics", "check", *arguments, env=env, expect=2).err
                    self.assertTrue(told.startswith(f"chapar: {where}"), told)
                    self.assertIn(value, told)

    def test_an_overridden_mistake_is_a_mistake(self):
        with tempfile.NamedTemporaryFile("w") as config:
            config.write("zone = UTC\n\npartitions = four\n")
            config.flush()
            told = run("topics", "check", "--config", config.name, "--partitions", "4", expect=2).err
            self.assertIn(f"{config.name}:3: partitions: expected a whole number", told)


class ExitCodes(unittest.TestCase):
    def test_wrong_data_is_3(self):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as events:
            events.write('{"event": "signing"}\n')
            events.flush()
            self.assertIn(f"{events.name}:1", run("publish", "--check", events.name, expect=3).err)
            self.assertIn(f"{events.name}:1", run("replay", events.name, expect=3).err)


if __name__ == "__main__":
    unittest.main()
