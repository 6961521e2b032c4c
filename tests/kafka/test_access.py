"""Who gets in, and what each may do: a broker with TLS, SASL and ACLs, and the permissions of deploy/acls."""

import contextlib
import itertools
import os
import pathlib
import re
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from chapar_history import event, write_lines
from chapar_kafka import KAFKA, consume, delete_topics, produce, topics
from chapar_live import alerts, dead_letters, register
from chapar_run import run, start
from chapar_secure import SUPERUSER, SUPERUSER_PASSWORD, Acl, SecuredNode
from chapar_serve import serve
from confluent_kafka import KafkaException

ACLS = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "acls"
MANUAL = ACLS.parents[1] / "docs" / "security.md"
PASSWORDS = {name: f"{name}-may" for name in ("publisher", "processor", "reader", "server", "notifier", "retrier",
                                              "administrator", "stranger")}
PREFIX, GROUP = "chapar.", "chapar"
EVENTS = [PREFIX + name for name in ("signings", "summits", "milestones")]
REGISTERS = [PREFIX + "register." + name for name in ("instruments", "summits", "commitments")]
OTHERS = [PREFIX + "alerts", PREFIX + "dead-letters"]


def listed(*options):
    done = subprocess.run([ACLS, "list", *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=True, timeout=60)
    return [Acl(*line.split("\t")) for line in done.stdout.splitlines()]


class Script(unittest.TestCase):
    def refused(self, *arguments):
        done = subprocess.run([ACLS, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("acls: ", done.stderr)

    def test_wrong_usage(self):
        for arguments in ((), ("grant",), ("list", "--prefix"), ("list", "--only", "king"), ("list", "--reader", "me"),
                          ("list", "--prefix", "a b"), ("list", "--group", ""), ("list", "--oops", "x"), ("list", "--notify-group", "a b")):
            with self.subTest(arguments):
                self.refused(*arguments)

    def test_the_manual_has_the_list(self):
        rows = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \| (\w+) \| `([^`]+)` \|$", MANUAL.read_text(), re.M)
        self.assertEqual([Acl(f"User:{who}", *rest) for who, *rest in rows], listed())

    def test_names_are_put_in(self):
        acls = listed("--prefix", "x-", "--group", "g", "--reader", "User:CN=r", "--only", "reader", "--only",
                      "processor")
        self.assertIn(Acl("User:CN=r", "Read", "Topic", "prefixed", "x-"), acls)
        self.assertIn(Acl("User:processor", "Write", "TransactionalId", "prefixed", "x-g."), acls)
        self.assertEqual({acl.principal for acl in acls}, {"User:CN=r", "User:processor"})

    def test_without_a_prefix_every_topic_is_meant(self):
        self.assertIn(Acl("User:reader", "Read", "Topic", "literal", "*"), listed("--prefix", ""))


class Roles(unittest.TestCase):
    """Exactly the permissions of deploy/acls: everything works with them, and nothing without any of them."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(SecuredNode(users=PASSWORDS, auto_create_topics_enable="true"))
        cls.acls = listed()
        cls.node.allow(*cls.acls)
        cls.at = cls.node.client()
        cls.numbers = itertools.count(1)
        cls.chapar("administrator", "topics", "create", expect=0)

    @classmethod
    def arguments(cls, *arguments):
        return (*arguments, "--brokers", cls.node.brokers)

    @classmethod
    def chapar(cls, user, *arguments, expect=None, **more):
        return run(*cls.arguments(*arguments), expect=expect,
                   env=cls.node.environment(user, PASSWORDS[user], **more))

    def process(self, *options):
        return start(*self.arguments("process", "--clock", "stream", *options),
                     env=self.node.environment("processor", PASSWORDS["processor"]))

    def events(self):
        """(A file of events from which follow a record of each kind and an alert, the number in their ids)."""
        n, day = next(self.numbers), "2026-05-22T10:00:00Z"
        path = self.node.secrets / f"events-{n}.jsonl"
        return write_lines(path, [
            event("signing", f"pact-{n}", "SIGNED", day, date="2026-05-22", period="2026-05/2026-06"),
            event("summit", f"forum-{n}", "SCHEDULED", day, date="2026-05-23"),
            event("milestone", f"bridge-{n}", "UNDERTAKEN", day, due="2026-05-23"),
        ]), n

    def publish(self):
        """Events, and what is none: something for every topic that the processor writes to."""
        path, n = self.events()
        self.chapar("publisher", "publish", path, expect=0)
        produce(PREFIX + "signings", [{"key": f"scrap-{n}", "value": b"no event"}], at=self.at)
        return n

    def assert_processed(self, *numbers):
        """Everything that follows from those calls of publish() is there once."""
        subjects = sorted(f"{name}-{n}" for n in numbers for name in ("bridge", "forum", "pact"))
        self.assertEqual([i for i in sorted(r["id"] for r in register(PREFIX, self.at)) if i in subjects], subjects)
        self.assertEqual([i for i in sorted(a["subject"] for a in alerts(PREFIX, self.at)) if i in subjects], subjects)
        scraps = sorted(f"scrap-{n}" for n in numbers)
        self.assertEqual([k for k in sorted(d.key.decode() for d in dead_letters(PREFIX, self.at)) if k in scraps],
                         scraps)

    @contextlib.contextmanager
    def without(self, acl):
        """One permission is taken back, until the block is left."""
        self.node.forbid(acl)
        try:
            yield
        finally:
            self.node.allow(acl)

    def of(self, user, count):
        """The permissions of a user: as many as that."""
        mine = [acl for acl in self.acls if acl.principal == f"User:{user}"]
        self.assertEqual(len(mine), count)
        return mine

    def dashboard(self, topic):
        """What a consumer of the reader's reads."""
        return consume(topic, at=self.node.client(sasl_username="reader", sasl_password=PASSWORDS["reader"],
                                                  group_id=f"{PREFIX}reader.dashboard"))

    @staticmethod
    def is_told(acl, err):
        """Whether what was refused is named, and that it was refused."""
        return any(acl.name in line and re.search(r"\(ACL\)|authorization failed", line, re.I)
                   for line in err.splitlines())

    def assert_told(self, acl, err):
        self.assertTrue(self.is_told(acl, err), f"{acl}\n{err}")

    def test_everything_works(self):
        self.assertEqual(self.node.acls(), set(self.acls))
        self.chapar("administrator", "topics", "check", expect=0)
        n = self.publish()
        with self.process("--until-end") as running:
            self.assertEqual(running.wait(), 0, running.err())
        self.assert_processed(n)
        replayed = self.chapar("reader", "replay", "--emit", "register", expect=0).lines()
        self.assertIn(f"bridge-{n}", [line["id"] for line in replayed])
        for topic in REGISTERS + OTHERS:
            self.assertTrue(self.dashboard(topic), topic)

    def test_the_publisher_needs_each(self):
        for acl in self.of("publisher", 4):
            path, n = self.events()
            with self.subTest(acl), self.without(acl):
                told = self.chapar("publisher", "publish", path, expect=1)
                self.assert_told(acl, told.err)
                self.assertIn("nothing is published", told.err)
            self.chapar("publisher", "publish", path, expect=0)

    def test_the_processor_needs_each_and_goes_on_once_it_has_it(self):
        numbers = []
        for acl in self.of("processor", 13):
            numbers.append(self.publish())
            with self.subTest(acl), contextlib.ExitStack() as stack:
                with self.without(acl):
                    running = stack.enter_context(self.process("--until-end"))
                    running.wait_for(lambda: self.is_told(acl, running.err()), what=f"word that {acl} is refused")
                self.assertEqual(running.wait(), 0, running.err())
        self.assert_processed(*numbers)

    def test_what_is_taken_from_a_running_processor_and_given_back(self):
        """One permission of each kind, while it works: it says so, and goes on."""
        numbers = [self.publish()]
        with self.process("-X", "session.timeout.ms=3000", "-X", "heartbeat.interval.ms=300") as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
            for acl in self.of("processor", 13):
                if acl.name not in (EVENTS[0], OTHERS[0], GROUP, f"{PREFIX}{GROUP}."):
                    continue
                before = len(running.err())
                with self.subTest(acl), self.without(acl):
                    numbers.append(self.publish())
                    running.wait_for(lambda: self.is_told(acl, running.err()[before:]),
                                     what=f"word that {acl} is refused")
            self.wait_until_processed(running, *numbers)
            self.assertEqual(running.stop(), 0, running.err())
        self.assert_processed(*numbers)

    def wait_until_processed(self, running, *numbers):
        keys = {f"scrap-{n}".encode() for n in numbers}
        running.wait_for(lambda: keys <= {d.key for d in dead_letters(PREFIX, self.at)}, 60, f"events {numbers}")

    def test_the_reader_needs_each(self):
        topic, group, processors = self.of("reader", 3)
        with self.without(topic):
            for command in (("replay",), ("verify",), ("dead-letters", "list")):
                self.assert_told(topic, self.chapar("reader", *command, expect=1).err)
        self.publish()
        with self.process("--until-end") as running:
            self.assertEqual(running.wait(), 0, running.err())
        self.chapar("reader", "verify", expect=0)
        self.chapar("reader", "dead-letters", "list", expect=0)
        with self.without(processors):
            self.assert_told(processors, self.chapar("reader", "verify", expect=1).err)
        with self.without(group):
            self.chapar("reader", "replay", expect=0)
            with self.assertRaisesRegex(AssertionError, "GROUP_AUTHORIZATION_FAILED"):
                self.dashboard(OTHERS[0])

    def assert_needed_to_be_ready(self, acl, user, command, *options):
        """Without it the command says so and waits; once it has it, it goes on."""
        def ready(url):
            with contextlib.suppress(urllib.error.HTTPError):
                return urllib.request.urlopen(url + "/readyz", timeout=10).status == 200

        with contextlib.ExitStack() as stack:
            with self.without(acl):
                running = stack.enter_context(start(*self.arguments(command, *options),
                                                    env=self.node.environment(user, PASSWORDS[user])))
                url = running.wait_for(lambda: re.search(r"http://127.0.0.1:\d+", running.out() + running.err()), what="the address")[0]
                running.wait_for(lambda: self.is_told(acl, running.err()), 60, f"word that {acl} is refused")
                self.assertFalse(ready(url))
            running.wait_for(lambda: ready(url), 60, "it to be ready")
            self.assertEqual(running.stop(), 0, running.err())

    def test_the_server_needs_each(self):
        for acl in self.of("server", 8):
            with self.subTest(acl):
                if acl.name.endswith("dead-letters"):
                    self.assert_needed_for_dead_letters(acl)
                else:
                    self.assert_needed_to_be_ready(acl, "server", "serve", "--listen", "127.0.0.1:0")

    def assert_needed_for_dead_letters(self, acl):
        """Without it they cannot be asked for; everything else goes on."""
        def status(url, path):
            try:
                return urllib.request.urlopen(url + path, timeout=20).status
            except urllib.error.HTTPError as e:
                return e.code

        with start(*self.arguments("serve", "--listen", "127.0.0.1:0"),
                   env=self.node.environment("server", PASSWORDS["server"])) as running:
            url = running.wait_for(lambda: running.out().strip(), what="the address")
            running.wait_for(lambda: status(url, "/readyz") == 200, 60, "it to be ready")
            with self.without(acl):
                running.wait_for(lambda: status(url, "/api/v1/dead-letters") == 503, 30, "the refusal")
                self.assertEqual(status(url, "/api/v1/due"), 200)
            running.wait_for(lambda: status(url, "/api/v1/dead-letters") == 200, 30, "the dead letters")
            self.assertEqual(running.stop(), 0, running.err())

    def test_the_notifier_needs_each(self):
        for acl in self.of("notifier", 2):
            with self.subTest(acl):
                self.assert_needed_to_be_ready(acl, "notifier", "notify", "--webhook", "hook=http://localhost:1",
                                               "--metrics-listen", "127.0.0.1:0")

    def test_the_retrier_needs_each(self):
        """Ids that were something else when these events came, one of each kind."""
        n, day = next(self.numbers), "2026-05-22T10:00:0{}Z"
        path = write_lines(self.node.secrets / f"refused-{n}.jsonl", [
            event("summit", f"talks-{n}", "SCHEDULED", day.format(0)),
            event("milestone", f"aim-{n}", "UNDERTAKEN", day.format(1), dossier=f"talks-{n}"),
            event("milestone", f"talks-{n}", "UNDERTAKEN", day.format(2)),
            event("signing", f"talks-{n}", "SIGNED", day.format(3)),
            event("summit", f"aim-{n}", "SCHEDULED", day.format(4), dossier=f"talks-{n}"),
        ])
        self.chapar("publisher", "publish", path, expect=0)
        with self.process("--until-end") as running:
            self.assertEqual(running.wait(), 0, running.err())
        for acl in self.of("retrier", 5):
            with self.subTest(acl), self.without(acl):
                self.assert_told(acl, self.chapar("retrier", "dead-letters", "retry", "--reason", "invalid", expect=1).err)
        told = self.chapar("retrier", "dead-letters", "retry", "--reason", "invalid", expect=0).err
        self.assertIn("put_back=3", told)

    def test_the_administrator_needs_each(self):
        for acl in self.of("administrator", 3):
            with self.subTest(acl), self.without(acl):
                self.assert_told(acl, self.chapar("administrator", "topics", "create", "--prefix", "chapar.more.",
                                                  expect=1).err)
                check = self.chapar("administrator", "topics", "check", expect=int(acl.operation != "Create"))
                if check.code:
                    self.assert_told(acl, check.err)
            # Nothing of it is left behind, and looking for topics made none though this broker would.
            delete_topics("chapar.more.", self.at)

    def test_the_list_is_granted_and_taken_back_by_kafkas_own_tool(self):
        tool, config = self.node.secrets / "kafka-acls", self.node.secrets / "admin.properties"
        jars = os.environ.get("CHAPAR_KAFKA_JARS") or KAFKA.parents[2] / "build" / "kafka" / "jars"
        tool.write_text(f'#!/bin/sh\nexec "${{JAVA_HOME:+$JAVA_HOME/bin/}}java" -XX:TieredStopAtLevel=1 -cp "{jars}/*" '
                        'org.apache.kafka.tools.AclCommand "$@"\n')
        tool.chmod(0o755)
        config.write_text("".join(f"{k}={v}\n" for k, v in {
            "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.node.authority.certificate,
            "sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
                                f'username="{SUPERUSER}" password="{SUPERUSER_PASSWORD}";'}.items()))
        names = ("--prefix", "other.", "--group", "others", "--processor", "User:CN=proc,O=Some Office")

        def acls(command, *options):
            done = subprocess.run([ACLS, command, *names, *options, "--", "--bootstrap-server", self.node.brokers,
                                   "--command-config", config], stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=240, env=os.environ | {"KAFKA_ACLS": str(tool)})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        try:
            acls("add", "--only", "processor", "--only", "administrator")
            self.assertEqual(self.node.acls() - set(self.acls),
                             set(listed(*names, "--only", "processor", "--only", "administrator")))
            acls("remove", "--only", "administrator")
            self.assertEqual(self.node.acls() - set(self.acls), set(listed(*names, "--only", "processor")))
        finally:
            left = self.node.acls() - set(self.acls)
            if left:
                self.node.forbid(*left)

    def test_what_is_looked_for_is_not_made(self):
        for command in (("topics", "check"), ("publish", self.events()[0]), ("replay",)):
            self.chapar("administrator", *command, "--prefix", "chapar.none.", expect=1)
        self.assertEqual(topics("chapar.none.", self.at), {})

    def test_nobody_writes_what_is_not_theirs(self):
        theirs = {"publisher": EVENTS, "processor": REGISTERS + OTHERS, "retrier": EVENTS}
        for user in PASSWORDS:
            mine = theirs.get(user, [])
            at = self.node.client(sasl_username=user, sasl_password=PASSWORDS[user])
            for topic in EVENTS + REGISTERS + OTHERS:
                if topic not in mine:
                    with self.subTest(user=user, topic=topic), \
                            self.assertRaisesRegex((AssertionError, KafkaException), "AUTHORIZATION_FAILED"):
                        produce(topic, [{"key": "a", "value": b"mine"}], at=at, enable_idempotence=False)

    def test_who_may_do_nothing_is_told_so(self):
        path, _ = self.events()
        for command in (("topics", "check"), ("topics", "create"), ("publish", path), ("replay",)):
            with self.subTest(command):
                begun = time.monotonic()
                self.assert_told(self.acls[0], self.chapar("stranger", *command, expect=1).err)
                self.assertLess(time.monotonic() - begun, 10)

    def test_who_may_look_and_not_write_is_told_what(self):
        """Described, so that only the transaction shows it."""
        acls = [Acl("User:stranger", "Write", "TransactionalId", "prefixed", "chapar.publish."),
                Acl("User:stranger", "Describe", "Topic", "prefixed", PREFIX)]
        self.node.allow(*acls)
        try:
            told = self.chapar("stranger", "publish", self.events()[0], expect=1).err
            self.assertRegex(told, r"nothing is published .*(signings|summits|milestones).*authorization failed")
        finally:
            self.node.forbid(*acls)


if __name__ == "__main__":
    unittest.main()
