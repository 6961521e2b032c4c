"""Installed on a machine and run by systemd: what `cmake --install` puts where, the units, and that what the
units allow is enough."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import unittest
import urllib.parse

import chapar_metrics
import confined
from chapar_history import Writer, event, publish
from chapar_kafka import brokers, delete_topics, unique_prefix
from chapar_live import make_topics, register, wait_until_processed
from chapar_notify import Alerts, Hook
from chapar_run import program, run, scratch_folder, start
from chapar_secure import Authority, listed, tls_endpoint
from chapar_serve import Server

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(program()).parent
UNIT = "chapar-process@.service"
NOTIFY = "chapar-notify.service"
SERVE = "chapar-serve.service"
CREDENTIALS = {UNIT: "chapar.conf", NOTIFY: "notify.conf", SERVE: "serve.conf"}  # by unit
INSTALLED = {"bin/chapar", *(f"lib/systemd/system/{unit}" for unit in CREDENTIALS),
             *(f"share/chapar/{name}" for name in CREDENTIALS.values()), "share/chapar/acls",
             "share/chapar/alertmanager.yml", "share/chapar/policy.json", "share/chapar/prometheus/chapar.rules.yml",
             "share/chapar/prometheus/prometheus.yml", "share/chapar/show-register", "share/doc/chapar/CHANGELOG.md",
             "share/doc/chapar/LICENSE"}
EXPOSURE = 15  # tenths of systemd's scale from 0 (nothing) to 10 (everything)

needs_systemd = unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here")


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = scratch_folder("installed")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.folder], check=True, capture_output=True, timeout=60)
        # Paths in the units are those of the prefix that the build was configured for.
        cls.units = {name: cls.folder / "lib" / "systemd" / "system" / name for name in CREDENTIALS}
        cls.unit = cls.units[UNIT]
        for unit in cls.units.values():
            command = dict(confined.settings(unit))["ExecStart"].split()
            unit.write_text(unit.read_text().replace(command[0], str(cls.folder / "bin" / "chapar")))

    def analyze(self, *arguments):
        done = subprocess.run(["systemd-analyze", "--no-pager", *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def test_everything_is_in_its_place_and_nothing_else(self):
        found = {str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file()}
        pages = {f"share/doc/chapar/{p.name}" for p in (REPOSITORY / "docs").iterdir()}
        self.assertEqual(found, INSTALLED | pages)
        shown = subprocess.run([self.folder / "bin" / "chapar", "--version"], check=True, capture_output=True, text=True)
        self.assertEqual(shown.stdout, run("--version").out)
        self.assertTrue(os.access(self.folder / "share" / "chapar" / "acls", os.X_OK))

    def test_the_configuration_to_begin_with_is_one(self):
        run("publish", "--check", REPOSITORY / "docs" / "example.jsonl", "--config",
            self.folder / "share" / "chapar" / "chapar.conf", expect=0)
        done = run("notify", "--config", self.folder / "share" / "chapar" / "notify.conf", "--tls-key", "none",
                   "-X", "ssl.ca.location=")
        self.assertEqual((done.code, "--tls-cert and --tls-key go together" in done.err), (2, True), done.err)
        done = run("serve", "--config", self.folder / "share" / "chapar" / "serve.conf", "--tls-key", "none")
        self.assertEqual((done.code, "--tls-cert and --tls-key go together" in done.err), (2, True), done.err)
        subprocess.run(["amtool", "check-config", self.folder / "share" / "chapar" / "alertmanager.yml"], check=True,
                       capture_output=True, timeout=60)

    @needs_systemd
    def test_systemd_understands_the_unit(self):
        for name, unit in self.units.items():
            self.assertEqual(self.analyze("verify", unit.with_name(name.replace("@", "@1"))), (0, ""))
        broken = self.unit.with_name("broken@.service")
        broken.write_text(self.unit.read_text().replace("ProtectHome=yes", "ProtectHouse=yes"))
        self.addCleanup(broken.unlink)
        self.assertIn("ProtectHouse", self.analyze("verify", broken.with_name("broken@1.service"))[1])

    @needs_systemd
    def test_the_service_is_not_exposed(self):
        def exposed(unit, most):
            return self.analyze("security", "--offline=true", f"--threshold={most}", unit)

        for unit in self.units.values():
            code, told = exposed(unit, EXPOSURE)
            self.assertEqual(code, 0, told)
        self.assertNotEqual(exposed(self.unit, 1)[0], 0, "nothing is that safe: the threshold is not looked at")

    def test_malloc_can_look_up_how_memory_is_given(self):
        """jemalloc reads /proc/sys/vm/overcommit_memory when it begins, and without it splits mappings without end."""
        for name, unit in self.units.items():
            with self.subTest(name):
                self.assertNotIn("ProcSubset", dict(confined.settings(unit)))

    def test_wrong_configuration_or_data_is_not_tried_again(self):
        for name, unit in self.units.items():
            with self.subTest(name):
                settings = dict(confined.settings(unit))
                self.assertEqual((settings["Restart"], settings["RestartPreventExitStatus"]), ("on-failure", "2 3"))

    def test_the_configuration_is_a_credential(self):
        for name, unit in self.units.items():
            with self.subTest(name):
                settings, file = dict(confined.settings(unit)), CREDENTIALS[name]
                self.assertEqual(settings["LoadCredential"], f"{file}:/etc/chapar/{file}")
                self.assertIn(f" --config %d/{file}", settings["ExecStart"])


@needs_systemd
class Confined(unittest.TestCase):
    """The program under the unit's own restrictions: a system call that they forbid would end it."""

    @classmethod
    def setUpClass(cls):
        cls.unit = BUILD / UNIT
        cls.through = (sys.executable, pathlib.Path(confined.__file__), "--strict", cls.unit)

    def setUp(self):
        self.prefix = unique_prefix("service")
        self.folder = scratch_folder("service")
        self.addCleanup(shutil.rmtree, self.folder)

    def test_what_is_forbidden_ends_the_program(self):
        def python(*what):
            return subprocess.run([*map(str, self.through), sys.executable, "-c", *what], capture_output=True,
                                  text=True, timeout=60)

        self.assertEqual(python("print('free')").stdout, "free\n")
        self.assertEqual(python("import os; os.chroot('/')").returncode, -signal.SIGSYS)
        self.assertIn("Errno 97", python("import socket; socket.socket(socket.AF_NETLINK)").stderr)
        self.assertIn("Errno 1", python("import mmap; mmap.mmap(-1, 4096, prot=7)").stderr)

    def test_the_services_own_command_processes_and_stops(self):
        (self.folder / "chapar.conf").write_text(f"brokers = {brokers()}\nprefix = {self.prefix}\n"
                                                 f"group = {self.prefix}group\nclock = stream\n"
                                                 "metrics-listen = 127.0.0.1:0\n")
        (self.folder / "chapar" / "1").mkdir(parents=True)  # by StateDirectory=
        names = {"%d": self.folder, "%S": self.folder, "%l": "host", "%i": "1"}
        command = dict(confined.settings(self.unit))["ExecStart"]
        for name, value in names.items():
            command = command.replace(name, str(value))
        self.assertNotIn("%", command)
        make_topics(self.prefix)
        self.addCleanup(delete_topics, self.prefix)
        writer = Writer(self.prefix)
        publish([writer.record(event("milestone", "road", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-11-29"))])
        with start(*command.split()[1:], through=self.through) as running:
            wait_until_processed(running, self.prefix)
            self.assertIn("instance=host-1", running.err())
            metrics = chapar_metrics.Watched(running, chapar_metrics.address_of(running))
            metrics.wait_until(lambda m: m.total("chapar_process_events_total") == 1)
            self.assertGreater(metrics.metrics().one("process_resident_memory_bytes"), 0)
            self.assertEqual(running.stop(), 0, running.err())
            self.assertNotIn(" warn ", running.err())
        self.assertEqual([r["id"] for r in register(self.prefix)], ["road"])

    def test_tls_works_too(self):
        with contextlib.ExitStack() as stack:
            authority = Authority(self.folder)
            at = stack.enter_context(tls_endpoint(*authority.issue("expired", days=-1)))
            running = stack.enter_context(start(
                "process", "--brokers", at, through=self.through,
                env={"CHAPAR_X": listed({"security.protocol": "SSL", "ssl.ca.location": authority.certificate})}))
            running.wait_for(lambda: "certificate has expired" in running.err(), what="the certificate looked at")
            self.assertEqual(running.stop(), 0, running.err())

    def test_a_schema_registry_is_asked_for(self):
        make_topics(self.prefix)
        self.addCleanup(delete_topics, self.prefix)
        with start("process", "--brokers", brokers(), "--prefix", self.prefix, "--registry-url", "http://localhost:1",
                   through=self.through) as running:
            running.wait_for(lambda: "waiting for the schema registry" in running.err(), what="word of its absence")
            self.assertEqual(running.stop(), 0, running.err())

    def test_alerts_are_sent_over_tls_and_http(self):
        authority = Authority(self.folder)
        make_topics(self.prefix)
        self.addCleanup(delete_topics, self.prefix)
        plain, secured = (self.enterContext(Hook(certificate=c)) for c in (None, authority.issue("hook")))
        through = (sys.executable, pathlib.Path(confined.__file__), "--strict", BUILD / NOTIFY)
        (self.folder / "notify.conf").write_text(
            f"brokers = {brokers()}\nprefix = {self.prefix}\ngroup = {self.prefix}notify\nmetrics-listen = 127.0.0.1:0\n"
            f"webhook = {plain.url.replace('127.0.0.1', 'localhost')}\nwebhook = {secured.url}\n"
            f"alertmanager = {plain.url}\nreceiver-ca-file = {authority.certificate}\nfrom-start = true\n")
        Alerts(self.prefix).say("road", "UPCOMING", "-P7D")
        command = dict(confined.settings(BUILD / NOTIFY))["ExecStart"].replace("%d", str(self.folder))
        with start(*command.split()[1:], through=through) as running:
            running.wait_for(lambda: len(plain.requests) >= 2 and secured.requests, what="the alert")
            self.assertEqual(running.stop(), 0, running.err())

    def test_the_register_is_served_over_tls(self):
        authority = Authority(self.folder)
        certificate, key = authority.issue("served")
        (self.folder / "token").write_text("a token for the test\n")
        (self.folder / "serve.conf").write_text(
            f"brokers = {brokers()}\nprefix = {self.prefix}\nlisten = 127.0.0.1:0\n"
            f"token-file = {self.folder / 'token'}\ntls-cert = {certificate}\ntls-key = {key}\n")
        make_topics(self.prefix)
        self.addCleanup(delete_topics, self.prefix)
        Alerts(self.prefix).say("road", "UPCOMING", "-P7D")
        through = (sys.executable, pathlib.Path(confined.__file__), "--strict", BUILD / SERVE)
        unit = dict(confined.settings(BUILD / SERVE))
        files = int(unit["LimitNOFILE"])
        with start(*unit["ExecStart"].replace("%d", str(self.folder)).split()[1:], through=through,
                   limits={resource.RLIMIT_NOFILE: files}) as running:
            address = urllib.parse.urlsplit(running.wait_for(lambda: running.out().strip(), what="the address"))
            served = Server(running, (address.hostname, address.port),
                            ssl.create_default_context(cafile=authority.certificate))
            served.wait_until_ready()
            self.assertEqual(served.get("/api/v1/alerts").status, 401)
            right = {"Authorization": "Bearer a token for the test"}
            self.assertEqual([a["subject"] for a in served.get("/api/v1/alerts", **right).json()["items"]], ["road"])
            for path in ("/", "/calendar.ics", "/metrics"):
                self.assertEqual(served.get(path, **right).status, 200, path)
            self.assertEqual(running.stop(), 0, running.err())
            self.assertNotIn(" warn ", running.err())  # of too few open files, among others

    def test_the_other_commands(self):
        example = REPOSITORY / "docs" / "example.jsonl"
        self.addCleanup(delete_topics, self.prefix)
        for command in (("topics", "create"), ("publish", example), ("replay",), ("topics", "check")):
            with self.subTest(command):
                run(*command, "--brokers", brokers(), "--prefix", self.prefix, through=self.through, expect=0)


if __name__ == "__main__":
    unittest.main()
