"""`chapar notify` and webhooks: what they get, and what becomes of it when they behave badly."""

import datetime
import os
import shutil
import signal
import time
import unittest

from chapar_kafka import Node, admin, delete_topics, end_offsets, produce, unique_prefix
from chapar_live import alerts, make_topics
from chapar_notify import Alerts, Hook, arguments, is_signed, moments, notify
from chapar_run import scratch_folder, start, wait_for
from chapar_secure import Authority
from confluent_kafka import ConsumerGroupTopicPartitions

LONG = os.environ.get("CHAPAR_TEST_NOTIFY") == "full"
SECRET = b"a secret of some length"


class Telling(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.prefix = unique_prefix("hook")
        make_topics(self.prefix)
        self.addCleanup(delete_topics, self.prefix)
        self.alerts = Alerts(self.prefix)
        self.folder = scratch_folder("hook")
        self.addCleanup(shutil.rmtree, self.folder)

    def hook(self, *given, **more):
        return self.enterContext(Hook(*given, **more))

    def notify(self, *hooks, options=(), **how):
        """To these, which are called a, b, ... All alerts there ever were, unless told otherwise."""
        named = [part for name, hook in zip("abc", hooks) for part in ("--webhook", f"{name}={hook.url}/path?x=1")]
        return self.enterContext(notify(self.prefix, *named, "--from-start", *options, **how))

    def wait_for(self, hook, subjects, deadline=30):
        """Until it has taken these, each at least once; first arrivals in this order."""
        wait_for(lambda: set(hook.subjects()) >= set(subjects) or None, deadline, f"{subjects}, not {hook.subjects()}")
        self.assertEqual(list(dict.fromkeys(hook.subjects())), list(subjects))

    def say(self, *subjects, **more):
        """All in one partition: they have an order."""
        self.alerts.write(*(self.alerts.record(s, "UPCOMING", "-P7D", **more) | {"partition": 1} for s in subjects))


class Sending(Telling):
    def test_every_alert_arrives_signed_as_a_cloud_event(self):
        said = [self.alerts.say("road", "UPCOMING", "-P7D", title="\u0414\u043e\u0440\u043e\u0433\u0430 \"1\"\n"),
                self.alerts.say("road", "MOVED", revision=2, slip_days=-3, closes=3),
                self.alerts.say("road", "UPCOMING", "-P1D", revision=2, stale=True),
                self.alerts.say("road", "CLOSED", revision=2, parties=None, title=None)]
        old = b"another secret, an old one"
        (self.folder / "secret").write_bytes(SECRET + b"\n" + old + b"\n")
        hook = self.hook()
        self.notify(hook, options=("--webhook-secret-file", self.folder / "secret"))
        wait_for(lambda: len(hook.requests) >= 4 or None, what="all of them")
        self.assertEqual([r.json()["data"] for r in hook.requests], said)
        self.assertEqual(said, alerts(self.prefix))
        for request, alert in zip(hook.requests, said):
            self.assertEqual(request.path, "/path?x=1")
            self.assertTrue(request.headers["content-type"].startswith("application/cloudevents+json"))
            event = request.json()
            self.assertEqual({name: event[name] for name in event if name != "data"}, {
                "specversion": "1.0", "id": alert["alert_id"], "source": "urn:chapar:processor",
                "type": f"org.chapar.alert.{alert['kind'].lower()}", "subject": "road", "time": alert["raised_at"],
                "datacontenttype": "application/json", "dataschema": "urn:chapar:schema:org.chapar.Alert"})
            self.assertEqual(request.headers["webhook-id"], alert["alert_id"])
            sent = datetime.datetime.fromtimestamp(int(request.headers["webhook-timestamp"]))
            self.assertLess(abs(datetime.datetime.now() - sent), datetime.timedelta(minutes=2))
            self.assertTrue(is_signed(request, SECRET) and is_signed(request, old))
            self.assertFalse(is_signed(request, b"somebody else's secret"))

    def test_without_a_secret_it_says_so(self):
        hook = self.hook()
        told = self.notify(hook)
        self.say("road")
        self.wait_for(hook, ["road"])
        self.assertNotIn("webhook-signature", hook.requests[0].headers)
        self.assertIn("is not signed", told.err())

    def test_where_it_begins(self):
        self.say("before")
        new, old = self.hook(), self.hook()
        with notify(self.prefix, "--webhook", f"new={new.url}"):
            self.say("after")
            self.wait_for(new, ["after"])
        self.say("between")
        with notify(self.prefix, "--webhook", f"new={new.url}", "--webhook", f"old={old.url}", "--from-start"):
            self.wait_for(new, ["after", "between"])
            self.wait_for(old, ["before", "after", "between"])
        self.assertEqual(new.subjects(), ["after", "between"])

    def test_its_place_is_a_group_of_its_own(self):
        hook = self.hook()
        self.say("a", "b", "c")
        told = self.notify(hook)
        self.wait_for(hook, "abc")
        group, client = f"{self.prefix}notify.a", admin()

        def places():
            asked = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
            return {tp.partition: tp.offset for tp in asked.topic_partitions}
        ends = end_offsets(self.alerts.topic)
        wait_for(lambda: places() == ends or None, what="the group to be at the end")
        self.assertEqual(told.stop(), 0)
        self.assertEqual(places(), ends)

    def test_what_is_no_alert_is_passed_over(self):
        self.say("before")
        produce(self.alerts.topic, [{"key": b"x", "value": b"scrap", "partition": 1}, {"key": b"y", "partition": 1}])
        self.say("after")
        hook = self.hook()
        told = self.notify(hook)
        self.wait_for(hook, ["before", "after"])
        self.assertEqual(told.metric("chapar_notify_unreadable_total", "a"), 2)
        self.assertIn("partition=1 offset=1", told.err())

    def test_the_receivers_certificate_is_looked_at(self):
        good, bad = Authority(self.folder, "good"), Authority(self.folder, "bad")
        ours, theirs = self.hook(certificate=good.issue("ours")), self.hook(certificate=bad.issue("theirs"))
        self.say("road")
        told = self.notify(ours, theirs, options=("--receiver-ca-file", good.certificate))
        self.wait_for(ours, ["road"])
        told.wait_for_metric("chapar_notify_retries_total", "b", lambda n: n > 0)
        self.assertIn("certificate", told.err())
        self.assertEqual(theirs.seen, [])

    def test_what_would_be_a_secret_is_nowhere_to_be_read(self):
        hook = self.hook(lambda n, _: 500 if n == 0 else None)
        self.say("road")
        address = hook.url.replace("//", "//me:pass-word@") + "/path-word"
        told = self.enterContext(notify(self.prefix, "--webhook", address, "--from-start"))
        self.wait_for(hook, ["road"])
        shown = told.err() + told.get("/metrics")[1]
        with open(f"/proc/{told.running.pid}/cmdline") as line:
            self.assertNotIn("pass-word", line.read())
        for secret in ("pass-word", "path-word"):
            self.assertNotIn(secret, shown)
        self.assertIn("a secret lies open property=webhook", told.err())
        self.assertEqual(hook.requests[0].headers["authorization"], "Basic bWU6cGFzcy13b3Jk")


class Misbehaving(Telling):
    def test_what_fails_is_tried_again_until_it_arrives(self):
        bad = [500, "reset", 503, (429, {"Retry-After": "1"}), (307, {"Location": "http://127.0.0.1:1/"}), 401]
        hook = self.hook(lambda n, _: bad[n] if n < len(bad) else None)
        self.say("a", "b", "c")
        told = self.notify(hook)
        self.wait_for(hook, "abc", 60)
        self.assertEqual(hook.subjects(), list("abc"))
        # A connection that was kept and is found to be gone is made anew by the client itself.
        self.assertIn(told.metric("chapar_notify_retries_total", "a"), (len(bad) - 1, len(bad)))
        self.assertEqual(len({r.headers["webhook-id"] for r in hook.seen[:len(bad) + 1]}), 1)
        self.assertEqual(told.err().count("the receiver does not take alerts"), 1)
        self.assertIn("status=500", told.err())
        self.assertIn("the receiver answers again receiver=a", told.err())

    def test_one_that_asks_for_an_eternity_is_left_alone_for_a_while(self):
        """Its milliseconds would not fit into a number: it would be asked again at once."""
        patient = self.hook(lambda *_: (503, {"Retry-After": str(2**63 - 1)}))
        impatient = self.hook(lambda *_: 503)
        self.say("road")
        told = self.notify(patient, impatient)
        wait_for(lambda: len(impatient.seen) >= 4 or None, what="the other to be asked four times")
        self.assertEqual((len(patient.seen), told.metric("chapar_notify_retries_total", "a")), (1, 1))

    def test_what_is_refused_is_said_and_the_rest_goes_on(self):
        refused = {"b": 400, "d": 413}
        hook = self.hook(lambda _, request: refused.get(request.json()["subject"]))
        self.say(*"abcde")
        told = self.notify(hook)
        self.wait_for(hook, "ace")
        self.assertEqual(told.metric("chapar_notify_refused_total", "a"), 2)
        self.assertEqual(len(hook.seen), 5)
        lines = [line for line in told.err().splitlines() if "refuses an alert" in line]
        self.assertRegex(lines[0], r"subject=b topic=\S+alerts partition=1 offset=1 status=400 .*that was 400")
        self.assertRegex(lines[1], r"subject=d topic=\S+alerts partition=1 offset=3 status=413")
        told.wait_for_metric("chapar_notify_lag_records", "a", lambda n: n == 0)

    def test_one_that_hangs_holds_up_no_other(self):
        hung, well, manager = self.hook(lambda *_: "hang"), self.hook(), self.hook()
        told = self.notify(hung, well, options=("--alertmanager", f"am={manager.url}", "--receiver-timeout", 2))
        names = [f"s{n}" for n in range(50)]
        self.say(*names)
        self.wait_for(well, names)
        wait_for(lambda: {a["labels"]["subject"] for a in manager.postings()} == set(names) or None,
                 what="the Alertmanager to have all")
        told.wait_for_metric("chapar_notify_retries_total", "a", lambda n: n >= 2)
        self.assertEqual(told.metric("chapar_notify_up", "a"), 0)
        self.assertGreater(told.metric("chapar_notify_failing_seconds", "a"), 0)
        told.wait_for_metric("chapar_notify_lag_records", "a", lambda n: n == 50)
        told.wait_for_metric("chapar_notify_lag_records", "b", lambda n: n == 0)
        self.assertEqual((hung.requests, told.metric("chapar_notify_up", "b")), ([], 1))
        hung.answer = None
        hung.let_go.set()
        self.wait_for(hung, names, 60)

    def test_it_ends_in_time_while_one_hangs(self):
        hung = self.hook(lambda *_: "hang")
        self.say("road")
        told = self.notify(hung, options=("--receiver-timeout", 60))
        wait_for(lambda: hung.seen, what="the request that hangs")
        began = time.monotonic()
        self.assertEqual(told.stop(timeout=10), 0, told.err())
        self.assertLess(time.monotonic() - began, 10)

    def test_one_that_is_not_there_yet(self):
        with Hook() as gone:
            port = gone.server.server_port
        self.say("a", "b")
        told = self.enterContext(notify(self.prefix, "--webhook", f"a={gone.url}", "--from-start"))
        told.wait_for_metric("chapar_notify_retries_total", "a", lambda n: n >= 2)
        self.wait_for(self.hook(port=port), "ab", 60)


class Killed(Telling):
    def test_each_alert_arrives_at_least_once_and_in_order(self):
        """Killed at any moment; the receiver takes about two of three requests."""
        hook = self.hook(lambda n, _: (503, {}) if n % 3 == 1 else None)
        count, kills = (2000, 60) if LONG else (80, 8)
        names = [f"s{n}" for n in range(count)]
        options = arguments(self.prefix, "--webhook", f"a={hook.url}", "--from-start")
        self.say(*names)
        for more in moments(7, kills, 6):
            with start(*options) as running:
                running.wait_for(lambda: "telling receiver=" in running.err(), what="its beginning")
                hook.wait_for_more(running, more)
                running.stop(signal.SIGKILL)
        hook.answer = None
        with notify(self.prefix, "--webhook", f"a={hook.url}", "--from-start"):
            self.wait_for(hook, names, 60)

    def test_a_broker_that_is_killed_comes_back(self):
        with Node() as node:
            make_topics(self.prefix, at=node.brokers)
            mine = Alerts(self.prefix, node.brokers)
            hook = self.hook()
            with notify(self.prefix, "--webhook", f"a={hook.url}", at=node.brokers) as told:
                mine.write(mine.record("before", "UPCOMING", "-P7D"))
                self.wait_for(hook, ["before"])
                node.kill()
                told.running.wait_for(lambda: "the brokers do not answer" in told.err(), 60, "word of it")
                self.assertNotEqual(told.metric("chapar_notify_lag_records", "a"), 0)  # NaN: unknown
                self.assertEqual(told.get("/healthz")[0], 200)
                node.start()
                mine.write(mine.record("after", "UPCOMING", "-P7D"))
                self.wait_for(hook, ["before", "after"], 60)


if __name__ == "__main__":
    unittest.main()
