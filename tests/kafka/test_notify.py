"""`chapar notify` and the real Alertmanager."""

import datetime
import os
import re
import signal
import unittest

from chapar_history import Writer, event, publish
from chapar_kafka import delete_topics, topics, unique_prefix
from chapar_live import make_topics, process_all
from chapar_notify import Alertmanager, Alerts, Hook, arguments, moments, notify
from chapar_run import run, start, wait_for

LONG = os.environ.get("CHAPAR_TEST_NOTIFY") == "full"


class Telling(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.prefix = unique_prefix("notify")
        make_topics(self.prefix)
        self.addCleanup(delete_topics, self.prefix)
        self.alerts = Alerts(self.prefix)

    def alertmanager(self, *given, **more):
        return self.enterContext(Alertmanager(*given, **more))

    def hook(self, *given, **more):
        return self.enterContext(Hook(*given, **more))

    def notify(self, manager, *more, **how):
        return self.enterContext(notify(self.prefix, "--alertmanager", f"am={manager.url}", "--resend", 1, *more, **how))


class Standing(Telling):
    """What stands, as the real Alertmanager has it."""

    def test_what_the_processor_raises_arrives_and_ends(self):
        manager = self.alertmanager()
        told = self.notify(manager, "--dashboard-url", "http://dashboard.example.org/", "--zone", "Asia/Almaty")
        writer = Writer(self.prefix)

        def becomes_known(*events):
            publish([writer.record(e) for e in events])
            process_all(self.prefix, "--clock", "2026-11-15T00:00:00Z")

        becomes_known(event("milestone", "road", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-11-20", parties=["KAZ"],
                            title='Build the "road"\u2014now', dossier="pact"),
                      event("milestone", "bridge", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-10-01"),
                      event("summit", "forum", "SCHEDULED", "2026-01-02T00:00:00Z", date="2026-11-19"))
        manager.wait_for([("road", "UPCOMING", "-P7D"), ("bridge", "OVERDUE", "+P30D"), ("forum", "UPCOMING", "-P7D")])
        road = manager.alerts()["road", "UPCOMING", "-P7D"]
        self.assertEqual(road["labels"], {
            "alertname": "ChaparUpcoming", "subject": "road", "kind": "UPCOMING", "stage": "-P7D", "severity": "info",
            "subject_kind": "COMMITMENT", "dossier": "pact"})
        self.assertEqual(road["generatorURL"], "http://dashboard.example.org/commitments/road")
        self.assertEqual(road["startsAt"], "2026-11-13T00:00:00.000Z")
        said = road["annotations"]
        self.assertEqual((said["title"], said["parties"], said["opens"], said["closes"], said["due"], said["revision"]),
                         ('Build the "road"\u2014now', "KAZ", "2026-11-20", "2026-11-20", "2026-11-20", "1"))
        today = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=5)).date()
        self.assertEqual(int(said["days_left"]), (datetime.date(2026, 11, 20) - today).days)
        self.assertIn("Build the", said["summary"])
        forum = manager.alerts()["forum", "UPCOMING", "-P7D"]
        self.assertEqual(forum["generatorURL"], "http://dashboard.example.org/summits/forum")
        self.assertIn("bridge", manager.amtool("alert", "query", "kind=OVERDUE", "severity=critical", "--output=json"))

        becomes_known(event("milestone", "bridge", "FULFILLED", "2026-11-16T00:00:00Z"),
                      event("milestone", "road", "RESCHEDULED", "2026-11-16T00:00:00Z", due="2029-01-01", dossier="pact"),
                      event("summit", "forum", "CANCELLED", "2026-11-16T00:00:00Z"))
        manager.wait_for([("road", "MOVED", ""), ("forum", "CANCELLED", "")])
        self.assertEqual(manager.alerts()["road", "MOVED", ""]["annotations"]["slip_days"], "773")
        self.assertEqual(told.stop(), 0, told.err())

    def test_who_is_told_again_has_it_once_and_tells_people_once(self):
        hook = self.hook()
        manager = self.alertmanager(hook)
        told = self.notify(manager)
        self.alerts.say("road", "UPCOMING", "-P7D")
        told.wait_for_metric("chapar_notify_sent_total", "am", lambda n: n >= 4)
        self.assertEqual(manager.keys(), [("road", "UPCOMING", "-P7D")])
        wait_for(lambda: hook.requests, what="word of it")
        self.assertEqual([r.json()["status"] for r in hook.requests], ["firing"])

    def test_who_hears_of_it_seldom_does_not_take_it_for_settled(self):
        hook = self.hook()
        manager = self.alertmanager(hook, resolve_timeout="1s")
        told = self.notify(manager, "--resend", 4)
        self.alerts.say("road", "UPCOMING", "-P7D")
        told.wait_for_metric("chapar_notify_sent_total", "am", lambda n: n >= 3)
        self.assertEqual(manager.keys(), [("road", "UPCOMING", "-P7D")])
        self.assertEqual([r.json()["status"] for r in hook.requests], ["firing"])
        ends = datetime.datetime.fromisoformat(manager.alerts()["road", "UPCOMING", "-P7D"]["endsAt"])
        left = ends - datetime.datetime.now(datetime.timezone.utc)
        self.assertTrue(3500 < left.total_seconds() <= 3600, left)
        self.alerts.say("road", "CLOSED", ago=0)
        manager.wait_for([])  # and its end waits for none of that

    def test_it_stands_for_as_long_as_it_is_told_again(self):
        manager = self.alertmanager()
        told = self.notify(manager, "--resolve-after", 1, "--receiver-timeout", 1)  # so 4 rounds of 2 s
        self.alerts.say("road", "UPCOMING", "-P7D")
        manager.wait_for([("road", "UPCOMING", "-P7D")])

        def was_told_twelve_times():
            self.assertEqual(manager.keys(), [("road", "UPCOMING", "-P7D")])
            return told.metric("chapar_notify_sent_total", "am") >= 12
        wait_for(was_told_twelve_times, 60, what="more than the time it would have ended after")
        self.assertEqual(told.stop(), 0)
        manager.wait_for([])  # nobody speaks of it any more

    def test_what_ends_it(self):
        manager = self.alertmanager()
        self.notify(manager)

        def say(*said):
            self.alerts.write(*(self.alerts.record(*given, **more) for *given, more in said))

        subjects = ("closed", "moved", "refined", "cancelled", "later", "earlier", "stays", "stale", "again")
        say(*((subject, "UPCOMING", "-P7D", {}) for subject in subjects))
        manager.wait_for([(subject, "UPCOMING", "-P7D") for subject in subjects])
        new = {"revision": 2, "slip_days": 30}
        say(("closed", "CLOSED", {}),
            ("moved", "MOVED", new), ("moved", "UPCOMING", "-P30D", new),
            ("refined", "REFINED", new),
            ("cancelled", "CANCELLED", {}),
            ("later", "UPCOMING", "-P1D", {}),
            ("earlier", "CLOSED", {"revision": 0}),
            ("stale", "UPCOMING", "-P1D", {"stale": True}), ("stale-too", "UPCOMING", "-P1D", {"stale": True}),
            ("again", "MOVED", new), ("again", "UPCOMING", "-P7D", new), ("again", "CLOSED", new),
            ("never-raised", "CLOSED", {}))
        manager.wait_for([("moved", "MOVED", ""), ("moved", "UPCOMING", "-P30D"), ("refined", "REFINED", ""),
                          ("cancelled", "CANCELLED", ""), ("later", "UPCOMING", "-P1D"), ("earlier", "UPCOMING", "-P7D"),
                          ("stays", "UPCOMING", "-P7D")])

    def test_news_are_left_out_where_nobody_wants_them(self):
        manager = self.alertmanager()
        self.notify(manager, "--news-hours", 0)
        self.alerts.say("road", "MOVED", slip_days=3)
        self.alerts.say("road", "UPCOMING", "-P7D")
        manager.wait_for([("road", "UPCOMING", "-P7D")])

    def test_people_are_told_the_end(self):
        hook = self.hook()
        manager = self.alertmanager(hook)
        self.notify(manager)
        self.alerts.say("road", "OVERDUE", "+P1D", closes=-1)
        wait_for(lambda: [r.json()["status"] for r in hook.requests] == ["firing"] or None, what="the beginning")
        self.alerts.say("road", "CLOSED", ago=0)
        wait_for(lambda: [r.json()["status"] for r in hook.requests] == ["firing", "resolved"] or None, what="the end")
        ended = hook.requests[-1].json()["alerts"][0]
        self.assertEqual(ended["endsAt"][:19], self.alerts.now.isoformat()[:19])

    def test_what_was_there_before_the_first_start(self):
        manager = self.alertmanager()
        self.alerts.say("closed", "UPCOMING", "-P7D")
        self.alerts.say("closed", "CLOSED")
        self.alerts.say("road", "UPCOMING", "-P30D")
        self.alerts.say("road", "UPCOMING", "-P7D")
        self.alerts.say("old-news", "MOVED", slip_days=3)
        self.notify(manager)
        manager.wait_for([("road", "UPCOMING", "-P7D")])


class Interrupted(Telling):
    """One of the two is away."""

    def test_a_restart_loses_nothing_and_says_nothing_wrong(self):
        hook = self.hook()
        manager = self.alertmanager(hook)
        for subject in ("stays", "closed"):
            self.alerts.say(subject, "UPCOMING", "-P7D")
        with notify(self.prefix, "--alertmanager", f"am={manager.url}"):
            manager.wait_for([("stays", "UPCOMING", "-P7D"), ("closed", "UPCOMING", "-P7D")])
        self.alerts.say("closed", "CLOSED")
        self.alerts.say("new", "OVERDUE", "+P1D")
        self.alerts.say("moved", "MOVED", slip_days=4)
        with notify(self.prefix, "--alertmanager", f"am={manager.url}"):
            manager.wait_for([("stays", "UPCOMING", "-P7D"), ("new", "OVERDUE", "+P1D"), ("moved", "MOVED", "")])
        wait_for(lambda: len(hook.requests) >= 5 or None, what="word of it all")
        told = sorted((r.json()["commonLabels"]["subject"], r.json()["status"]) for r in hook.requests)
        self.assertEqual(told, [("closed", "firing"), ("closed", "resolved"), ("moved", "firing"), ("new", "firing"),
                                ("stays", "firing")])

    def test_news_are_told_once(self):
        hook = self.hook()
        self.alerts.say("before", "MOVED", slip_days=3)
        with notify(self.prefix, "--alertmanager", f"am={hook.url}") as told:
            self.alerts.say("after", "MOVED", slip_days=3)
            told.wait_for_metric("chapar_notify_sent_total", "am", lambda n: n == 1)
        with notify(self.prefix, "--alertmanager", f"am={hook.url}"):
            self.alerts.say("last", "MOVED", slip_days=3)
            wait_for(lambda: len(hook.postings()) >= 2 or None, what="the last")
        self.assertEqual([a["labels"]["subject"] for a in hook.postings()], ["after", "last"])

    def test_an_alertmanager_that_is_away_comes_back(self):
        manager = self.alertmanager()
        told = self.notify(manager)
        for subject in ("stays", "closed"):
            self.alerts.say(subject, "UPCOMING", "-P7D")
        manager.wait_for([("stays", "UPCOMING", "-P7D"), ("closed", "UPCOMING", "-P7D")])
        manager.stop()
        told.wait_for_metric("chapar_notify_up", "am", lambda n: n == 0)
        self.alerts.say("closed", "CLOSED")
        self.alerts.say("new", "OVERDUE", "+P1D")
        self.alerts.say("moved", "MOVED", slip_days=4)
        told.wait_for_metric("chapar_notify_lag_records", "am", lambda n: n > 0)
        manager.start()
        manager.wait_for([("stays", "UPCOMING", "-P7D"), ("new", "OVERDUE", "+P1D"), ("moved", "MOVED", "")], 60)
        told.wait_for_metric("chapar_notify_lag_records", "am", lambda n: n == 0)
        self.assertIn("the receiver answers again receiver=am", told.err())

    def test_what_waits_is_known_of_one_that_is_away_from_the_start(self):
        hook = self.hook()
        self.alerts.write(*(self.alerts.record(f"s{n}", "OVERDUE", "+P1D") for n in range(40)))
        with notify(self.prefix, "--alertmanager", f"am={hook.url}"):
            pass  # it has a place
        hook.answer = lambda *_: 503
        self.alerts.say("road", "OVERDUE", "+P1D")
        told = self.notify(hook)
        told.wait_for_metric("chapar_notify_up", "am", lambda n: n == 0)
        told.wait_for_metric("chapar_notify_lag_records", "am", lambda n: n == 1)
        hook.answer = None
        told.wait_for_metric("chapar_notify_lag_records", "am", lambda n: n == 0)

    def test_killed_at_any_moment(self):
        """Against a stand-in that takes every second request, so that it is killed while it repeats, too."""
        hook = self.hook(lambda n, _: 503 if n % 2 else None)
        count, kills = (2040, 60) if LONG else (222, 6)
        expected, standing = set(), {}
        records = []
        for n in range(count):
            subject = f"s{n % 40}"
            kind, stage = [("UPCOMING", "-P7D"), ("OVERDUE", "+P1D"), ("CLOSED", ""), ("MOVED", "")][(n // 40) % 4]
            revision = (n // 40 + 1) // 4 + 1
            records.append(self.alerts.record(subject, kind, stage, revision, slip_days=1))
            standing.pop(subject, None)
            if stage:
                standing[subject] = stage
            if kind != "CLOSED":
                expected.add((subject, kind))
        options = arguments(self.prefix, "--alertmanager", f"am={hook.url}", "--resend", 1)
        with notify(self.prefix, "--alertmanager", f"am={hook.url}"):
            pass  # it has a place
        for n, more in enumerate(moments(11, kills, 4)):
            with start(*options) as running:
                self.alerts.write(*records[n * count // kills:(n + 1) * count // kills])
                running.wait_for(lambda: "telling receiver=" in running.err(), what="its beginning")
                hook.wait_for_more(running, more)
                running.stop(signal.SIGKILL)
        hook.answer = None
        with notify(self.prefix, "--alertmanager", f"am={hook.url}", "--resend", 1) as told:
            told.wait_for_metric("chapar_notify_lag_records", "am", lambda n: n == 0)
        latest = {}
        for alert in hook.postings():
            labels = alert["labels"]
            latest[labels["subject"], labels["kind"], labels["stage"]] = alert
        self.assertEqual({key[:2] for key in latest}, expected)
        self.assertEqual(len(standing), 40)
        now = datetime.datetime.now(datetime.timezone.utc)
        stands = {key[0]: key[2] for key, alert in latest.items()
                  if key[2] and datetime.datetime.fromisoformat(alert["endsAt"]) > now}
        self.assertEqual(stands, standing)


class Refused(Telling):
    def test_one_alert_that_is_refused_holds_up_no_other(self):
        def answer(_, request):
            return 400 if any(a["labels"]["subject"] == "poison" for a in request.json()) else None

        hook = self.hook(answer)
        names = [f"s{n}" for n in range(30)] + ["poison"] + [f"t{n}" for n in range(30)]
        self.alerts.write(*(self.alerts.record(name, "UPCOMING", "-P7D") for name in names))
        told = self.notify(hook)
        wait_for(lambda: {a["labels"]["subject"] for a in hook.postings()} == set(names) - {"poison"} or None,
                 what="all others")
        told.wait_for_metric("chapar_notify_refused_total", "am", lambda n: n == 1)
        told.wait_for_metric("chapar_notify_sent_total", "am", lambda n: n >= 180)
        self.assertEqual(told.metric("chapar_notify_refused_total", "am"), 1)
        line = next(line for line in told.err().splitlines() if "refuses an alert" in line)
        self.assertRegex(line, rf"subject=poison topic={re.escape(self.prefix)}alerts partition=\d+ offset=\d+ status=400")
        self.assertIn('answer="that was 400"', line)
        told.wait_for_metric("chapar_notify_lag_records", "am", lambda n: n == 0)

    def test_a_wrong_address_is_no_poison(self):
        hook = self.hook(lambda *_: 404)
        self.alerts.say("road", "UPCOMING", "-P7D")
        told = self.notify(hook)
        told.wait_for_metric("chapar_notify_retries_total", "am", lambda n: n >= 3)
        self.assertEqual(told.metric("chapar_notify_refused_total", "am"), 0)
        self.assertIn("status=404", told.err())
        hook.answer = None
        wait_for(hook.postings, what="the alert")


class Starting(Telling):
    def refused(self, code, *options, what=""):
        done = run(*arguments(self.prefix, *options), timeout=60)
        self.assertEqual(done.code, code, done.err)
        self.assertIn(what, done.err)

    def test_wrong_usage(self):
        secret = self.enterContext(Hook()).url  # any address
        for options, what in (((), "nobody to tell"), (("--webhook", "ftp://x"), "begins with http"),
                              (("--webhook", "=http://x"), "expected a name"),
                              (("--webhook", "a=http://x", "--alertmanager", "a=http://y"), "two receivers are called a"),
                              (("--webhook", secret, "--webhook-secret-file", "/nowhere"), "cannot be opened"),
                              (("--webhook", secret, "--tls-key", "/nowhere"), "go together"),
                              (("--alertmanager", secret, "--resend", 0), "whole number")):
            with self.subTest(options):
                self.refused(2, *options, what=what)

    def test_without_the_topic(self):
        self.assertFalse(topics("nobody-has-this"))
        done = run(*arguments("nobody-has-this.", "--alertmanager", "http://127.0.0.1:1"), timeout=60)
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("chapar topics create", done.err)

    def test_it_waits_for_the_brokers_and_ends_in_time(self):
        with notify(self.prefix, "--alertmanager", "am=http://127.0.0.1:1", at="127.0.0.1:1", ready=False) as told:
            told.running.wait_for(lambda: "waiting for the brokers" in told.err(), what="word of it")
            self.assertEqual(told.get("/healthz")[0], 200)
            self.assertEqual(told.get("/readyz")[0], 503)
            self.assertEqual(told.stop(timeout=10), 0, told.err())


if __name__ == "__main__":
    unittest.main()
