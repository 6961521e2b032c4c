"""Coming in to a broker that lets nobody in unasked: by password, by certificate, and not at all, which is
told with its cause, in bounded time, and without the password."""

import base64
import concurrent.futures
import contextlib
import importlib.util
import pathlib
import re
import signal
import subprocess
import time
import unittest

from chapar_events import RECORDED, jsonl, signing
from chapar_kafka import brokers
from chapar_run import run, start
from chapar_secure import Acl, Authority, CertifiedNode, SecuredNode, listed, tls_endpoint

ACLS = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "acls"
ALL = "All"


def librdkafka():
    """The version that chapar runs on."""
    return tuple(map(int, re.search(r"librdkafka (\d+)\.(\d+)\.(\d+)", run("--version", expect=0).out).groups()))


def newer_librdkafka():
    """That of the tests' own client, which chapar can run on as well."""
    package = pathlib.Path(importlib.util.find_spec("confluent_kafka").origin).parent
    return next(iter(package.with_name("confluent_kafka.libs").glob("librdkafka*.so*")), None)


class Passwords(unittest.TestCase):
    PASSWORD = "a,b=c #d"  # what a configuration file or variable might take for its own
    WRONG = "not-what-it-should-be"

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(SecuredNode(users={"good": cls.PASSWORD}))
        cls.node.add_user("scribe", cls.PASSWORD)
        for user in ("good", "scribe"):
            cls.node.allow(Acl(f"User:{user}", ALL, "Topic", "prefixed", "chapar."))
        cls.events = cls.node.secrets / "events.jsonl"
        cls.events.write_text(jsonl(signing(recorded_at=RECORDED)))

    def options(self, user="good", **more):
        return [part for k, v in self.node.properties(user, **more).items() for part in ("-X", f"{k}={v}")]

    def file(self, name, content, mode=0o600):
        path = self.node.secrets / name
        path.write_text(content)
        path.chmod(mode)
        return path

    def test_every_way_of_giving_the_password(self):
        file = self.file("password", self.PASSWORD + "\n")
        properties = self.options()
        config = self.file("with-password.conf", f"X = sasl.password={self.PASSWORD}\n")
        naming = self.file("with-file.conf", f"secret-file = sasl.password={file}\n")
        for name, arguments, env in (
                ("variable", properties, {"CHAPAR_X": listed({"sasl.password": self.PASSWORD})}),
                ("variable that names a file", properties, {"CHAPAR_SECRET_FILE": f"sasl.password={file}"}),
                ("configuration file", [*properties, "--config", config], {}),
                ("configuration file that names a file", [*properties, "--config", naming], {}),
                ("file", [*properties, "--secret-file", f"sasl.password={file}"], {}),
                ("command line", [*properties, "-X", f"sasl.password={self.PASSWORD}"], {})):
            with self.subTest(name):
                told = run("topics", "create", "--brokers", self.node.brokers, *arguments, env=env, expect=0)
                self.assertEqual("a secret lies open" in told.err, name == "command line", told.err)
                self.assertNotIn(self.PASSWORD, told.out + told.err)
        file.chmod(0o644)
        told = run("topics", "check", "--brokers", self.node.brokers, *properties, "--secret-file",
                   f"sasl.password={file}", expect=0)
        self.assertIn("a secret lies open", told.err)

    def test_scram(self):
        """librdkafka before 2.6.1 cannot do it with Kafka 4: then with that of the tests' client."""
        env = self.node.environment("scribe", self.PASSWORD, sasl_mechanisms="SCRAM-SHA-512")
        if librdkafka() < (2, 6, 1):
            told = run("topics", "check", "--brokers", self.node.brokers, env=env, expect=1).err
            self.assertIn("librdkafka before 2.6.1 cannot log in to Kafka 4 by SCRAM", told)
            newer = newer_librdkafka()
            if newer is None:
                self.skipTest("no librdkafka of 2.6.1 or later to try SCRAM with")
            env["LD_PRELOAD"] = str(newer)
        self.work_by_scram({name: env[name] for name in env if name == "LD_PRELOAD"})

    def work_by_scram(self, preload):
        """Each role, with the permissions of `deploy/acls list`, does its work."""
        roles, prefix = ("publisher", "processor", "reader", "administrator"), "scram."
        lines = subprocess.run([ACLS, "list", "--prefix", prefix, *(part for r in roles for part in (f"--{r}", f"User:by-{r}"))],
                               capture_output=True, text=True, check=True, timeout=60).stdout
        self.node.allow(*(Acl(*line.split("\t")) for line in lines.splitlines()))
        for role in roles:
            self.node.add_user(f"by-{role}", self.PASSWORD + role)

        def chapar(role, *command, password=None, expect=0):
            env = self.node.environment(f"by-{role}", password or self.PASSWORD + role, sasl_mechanisms="SCRAM-SHA-512")
            return run(*command, "--brokers", self.node.brokers, "--prefix", prefix, env=env | preload, expect=expect)
        chapar("administrator", "topics", "create")
        chapar("administrator", "topics", "check")
        chapar("publisher", "publish", self.events)
        chapar("processor", "process", "--until-end", "--clock", "stream")
        told = chapar("reader", "replay", "--emit", "register").lines()
        self.assertEqual([line["id"] for line in told], ["silk-road-pact"])
        self.assertIn('"differences":0', chapar("reader", "verify").out)
        self.assertIn("(ACL)", chapar("reader", "publish", self.events, expect=1).err)
        self.assertIn("invalid credentials", chapar("reader", "replay", password=self.WRONG, expect=1).err)

    @contextlib.contextmanager
    def failures(self):
        """Yields (what is wrong, brokers, properties, password, how the message names the cause)."""
        stranger = Authority(self.node.secrets, "stranger")
        port = self.node.brokers.rpartition(":")[2]
        with tls_endpoint(*self.node.authority.issue("expired", days=-1)) as expired:
            good, properties = self.node.brokers, self.node.properties
            yield (
                ("password", good, properties("good"), self.WRONG, "Invalid username or password"),
                ("password, by SCRAM", good, properties("scribe", sasl_mechanisms="SCRAM-SHA-512"), self.WRONG,
                 "invalid credentials with SASL mechanism SCRAM-SHA-512"),
                ("user", good, properties("nobody"), self.PASSWORD, "Invalid username or password"),
                ("mechanism", good, properties("good", sasl_mechanisms="SCRAM-SHA-256"), self.PASSWORD,
                 "mechanism"),
                ("untrusted certificate", good, properties("good", ssl_ca_location=stranger.certificate),
                 self.PASSWORD, "the certificate of /CN=broker is not accepted: unable to get local issuer"),
                ("expired certificate", expired, properties("good"), self.PASSWORD,
                 "the certificate of /CN=expired is not accepted: certificate has expired"),
                ("host name", f"localhost:{port}", properties("good"), self.PASSWORD,
                 "the certificate of /CN=broker is not accepted: hostname mismatch"),
                ("no TLS where there should be", good, properties("good", security_protocol="SASL_PLAINTEXT"),
                 self.PASSWORD, "connecting to a SSL listener?"),
                ("neither TLS nor password", good, {}, self.PASSWORD, "connecting to a SSL listener?"),
                ("TLS where there is none", brokers(), properties("good"), self.PASSWORD,
                 "is TLS spoken at that port?"),
            )

    def assert_kept(self, password, *texts):
        """The password is in none of the texts, as it is or as it travels."""
        encoded = base64.b64encode(password.encode()).decode()
        for text in texts:
            self.assertNotIn(password, text)
            self.assertNotIn(encoded, text)

    def test_commands_end_and_name_the_cause(self):
        def one(wrong, at, properties, password, cause, command):
            env = {"CHAPAR_X": listed({**properties, "sasl.password": password, "debug": "all"}),
                   "CHAPAR_LOG_LEVEL": "debug"}
            begun = time.monotonic()
            done = run(*command, "--brokers", at, env=env)
            return wrong, command, password, cause, done, time.monotonic() - begun

        commands = (("topics", "check"), ("topics", "create"), ("publish", self.events), ("replay",))
        with self.failures() as failures, concurrent.futures.ThreadPoolExecutor(len(failures) * 2) as pool:
            for wrong, command, password, cause, done, seconds in pool.map(
                    lambda call: one(*call), [(*f, c) for f in failures for c in commands]):
                with self.subTest(wrong=wrong, command=command[:2]):
                    self.assertEqual(done.code, 1, done.err[-2000:])
                    # Of librdkafka's debugging much stands there: it was listened to.
                    self.assertIn(" debug ", done.err)
                    last = [line for line in done.err.splitlines() if "no broker answered within" in line]
                    self.assertEqual(len(last), 1, done.err[-2000:])
                    self.assertIn(cause, last[0])
                    self.assertLess(seconds, 40)
                    self.assert_kept(password, done.out, done.err)

    def test_the_processor_says_so_and_keeps_trying(self):
        with self.failures() as failures, contextlib.ExitStack() as stack:
            running = []
            for wrong, at, properties, password, cause in failures:
                options = [part for k, v in properties.items() for part in ("-X", f"{k}={v}")]
                running.append((wrong, password, cause, stack.enter_context(
                    start("process", "--brokers", at, *options, "-X", f"sasl.password={password}", "-X", "debug=all",
                          "--log-level", "debug"))))
            for wrong, password, cause, each in running:
                with self.subTest(wrong):
                    waiting = each.wait_for(lambda: re.search(r" warn +waiting for Kafka .*", each.err()),
                                            what="word of the cause")
                    self.assertIn(cause, waiting[0])
                    line = pathlib.Path(f"/proc/{each.pid}/cmdline").read_bytes().decode()
                    self.assertIn("sasl.password=****", line)
                    self.assert_kept(password, each.err(), each.out(), line)
                    self.assertFalse(each.ended())
            for *_, each in running:
                each.child.send_signal(signal.SIGTERM)
            for wrong, password, _, each in running:
                with self.subTest(wrong):
                    self.assertEqual(each.wait(15), 0, each.err()[-2000:])
                    self.assert_kept(password, each.err(), each.out())


class Certificates(unittest.TestCase):
    """Clients that show a certificate: no password travels, only the key may have one."""

    PASSWORD = "of-the-key"
    ROLES = ("publisher", "processor", "reader", "administrator")

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(CertifiedNode())
        for role in cls.ROLES:
            cls.node.authority.issue(role, password=cls.PASSWORD)
        names = [part for role in cls.ROLES for part in (f"--{role}", f"User:CN={role}")]
        lines = subprocess.run([ACLS, "list", *names], capture_output=True, text=True, check=True, timeout=60).stdout
        cls.node.allow(*(Acl(*line.split("\t")) for line in lines.splitlines()))
        cls.key_password = cls.node.secrets / "key-password"
        cls.key_password.write_text(cls.PASSWORD)
        cls.key_password.chmod(0o600)

    def chapar(self, role, *command, expect=0, secret=None):
        return run(*command, "--brokers", self.node.brokers, "--secret-file",
                   f"ssl.key.password={secret or self.key_password}", expect=expect,
                   env={"CHAPAR_X": listed(self.node.properties(role))})

    def test_each_role_comes_in_by_its_certificate(self):
        events = self.node.secrets / "events.jsonl"
        events.write_text(jsonl(signing(recorded_at=RECORDED)))
        self.chapar("administrator", "topics", "create")
        self.chapar("publisher", "publish", events)
        self.chapar("processor", "process", "--until-end", "--clock", "stream")
        told = self.chapar("reader", "replay", "--emit", "register").lines()
        self.assertEqual([line["id"] for line in told], ["silk-road-pact"])
        self.assertIn("(ACL)", self.chapar("reader", "publish", events, expect=1).err)

    def test_a_key_that_cannot_be_read_stops_the_start(self):
        wrong = self.node.secrets / "wrong-password"
        wrong.write_text("something-else")
        wrong.chmod(0o600)
        for command in (("topics", "check"), ("process",), ("replay",)):
            with self.subTest(command):
                told = self.chapar("administrator", *command, secret=wrong, expect=2).err
                self.assertIn("key", told)
                self.assertNotIn("something-else", told)

    def test_a_client_without_certificate_is_told(self):
        done = run("topics", "check", "--brokers", self.node.brokers, expect=1,
                   env={"CHAPAR_X": listed({"security.protocol": "SSL",
                                            "ssl.ca.location": self.node.authority.certificate})})
        self.assertRegex(done.err, "bad certificate|certificate required")


if __name__ == "__main__":
    unittest.main()
