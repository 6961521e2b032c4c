"""The metrics of `chapar process`: held against what stands in the topics, by Prometheus' own parser and by a
real Prometheus; and all metrics against their documentation."""

import base64
import contextlib
import math
import os
import pathlib
import re
import shutil
import socket
import ssl
import time
import unittest

import chapar_metrics
from chapar_history import Writer, event, history, instant, publish
from chapar_kafka import consume, produce, unique_prefix
from chapar_live import (EVENTS, REGISTERS, alerts, clean_up, dead_letters, make_topics, process, register,
                         wait_until_processed)
from chapar_metrics import Metrics, documented, free_port, get, prometheus, watched
from chapar_notify import notify
from chapar_run import run, scratch_folder
from chapar_secure import Authority
from chapar_serve import serve

RULES = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "chapar.rules.yml"
DAY = 86_400


def ago(days):
    return instant.text_of(int(time.time() - days * DAY) * 1000)


def counted(records, of):
    """{what `of` gives of a record: how many}."""
    found = {}
    for record in records:
        found[of(record)] = found.get(of(record), 0) + 1
    return found


class Metered(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.prefix = unique_prefix("metrics")
        self.addCleanup(clean_up, self.prefix)
        self.writer = Writer(self.prefix)
        make_topics(self.prefix)

    def publish(self, *events):
        publish([self.writer.record(e) for e in events])

    def published(self):
        """Records in each event topic."""
        return {t: len(consume(self.prefix + t)) for t in EVENTS}

    def spoil(self, count):
        """Records that are no events, of two sorts."""
        good = self.writer.record(event("signing", "spoilt", "SIGNED", "2027-01-01T00:00:00Z"))
        produce(self.prefix + "signings", [{"key": "spoilt", "value": b"?", "timestamp": good["timestamp"]}] * count)
        self.publish(event("signing", "spoilt", "SIGNED", "2027-01-01T00:00:00Z", date="2027-02-30"))

    def wait_until_counted(self, watch, events, **more):
        return watch.wait_until(lambda m: m.total("chapar_process_events_total") == events
                                and not m.total("chapar_process_lag_records"), what=f"{events} events", **more)


class Values(Metered):
    def assert_as_in_the_topics(self, m):
        """What was counted is what stands there."""
        for topic, count in self.published().items():
            self.assertEqual(m.one("chapar_process_events_total", topic=topic), count, topic)
        self.assertEqual(m.by("chapar_process_alerts_total", "kind"), counted(alerts(self.prefix), lambda a: a["kind"]))
        self.assertEqual(m.one("chapar_process_stale_alerts_total"), sum(a["stale"] for a in alerts(self.prefix)))
        self.assertEqual(m.by("chapar_process_dead_letters_total", "reason"),
                         counted(dead_letters(self.prefix), lambda r: r.header("chapar_reason")))
        for topic in REGISTERS:
            self.assertEqual(m.one("chapar_process_records_total", topic=topic),
                             len(consume(f"{self.prefix}register.{topic}")), topic)
        held = register(self.prefix)
        self.assertEqual(m.one("chapar_process_duplicates_total"), sum(r["duplicates"] for r in held))
        self.assertEqual(m.by("chapar_process_subjects", "kind"), counted(held, lambda r: r["record"]))

    def test_what_is_counted_stands_in_the_topics(self):
        events = history(11, 80)
        self.publish(*events, *events[:7])
        self.spoil(3)
        total = sum(self.published().values())
        with watched(self.prefix, "--clock", "2027-06-01T00:00:00Z") as watch:
            m = self.wait_until_counted(watch, total)
            self.assertGreater(m.one("chapar_process_duplicates_total"), 0)
            self.assertEqual(m.one("chapar_process_dead_letters_total", reason="malformed"), 3)
            self.assert_as_in_the_topics(m)
            self.publish(*history(12, 10, tag="more-"))
            m = self.wait_until_counted(watch, sum(self.published().values()))
            self.assert_as_in_the_topics(m)
            # Every transaction has one observation, and none took longer than the whole.
            transactions = m.one("chapar_process_transactions_total")
            for name in ("transaction", "commit"):
                self.assertEqual(m.one(f"chapar_process_{name}_seconds_count"), transactions)
            self.assertTrue(0 < m.one("chapar_process_commit_seconds_sum")
                            <= m.one("chapar_process_transaction_seconds_sum"))
            self.assertLess(abs(time.time() - m.one("chapar_process_committed_timestamp_seconds")), 60)
            self.assertEqual(set(m.all("chapar_process_caught_up")), {1})
            self.assertEqual(set(m.all("chapar_process_clock_lag_seconds")), {0})
            self.assertEqual(watch.running.stop(), 0)

    def test_restored_tasks_begin_to_count_anew(self):
        self.publish(*history(13, 30))
        total = sum(self.published().values())
        for again in (False, True):
            before = {t: len(consume(f"{self.prefix}register.{t}")) for t in REGISTERS}
            with watched(self.prefix, "--clock", "stream") as watch:
                watch.wait_until(lambda m: m.one("chapar_process_ready") == 1, what="the tasks")
                m = self.wait_until_counted(watch, 0 if again else total)
                self.assertEqual(m.total("chapar_process_restored_records"), sum(before.values()))
                self.assertEqual((m.one("chapar_process_partitions"), m.one("chapar_process_tasks"),
                                  m.one("chapar_process_tasks_restored"), m.one("chapar_process_restores_total")),
                                 (4, 4, 4, 4))
                self.assertTrue(all(0 <= s < 60 for s in m.all("chapar_process_restore_seconds")))
                self.assertEqual(m.total("chapar_process_subjects"), len(register(self.prefix)))
                clocks = [c for c in m.all("chapar_process_clock_timestamp_seconds") if not math.isnan(c)]
                latest = max(instant.parse(r["as_of"]) for r in register(self.prefix))
                self.assertEqual(max(clocks), latest / 1000)
                self.assertEqual(watch.running.stop(), 0)

    def test_deadlines_against_the_wall(self):
        """An overdue of eleven days ago is raised now: so late it is. What was overdue before anybody knew of
        it, and what an event alone brings about, is not late."""
        due, today = ago(12)[:10], int(time.time()) // DAY * DAY
        self.publish(event("milestone", "road", "UNDERTAKEN", ago(20), due=due, dossier="road"))
        with watched(self.prefix) as watch:
            m = watch.wait_until(lambda m: m.total("chapar_process_alerts_total", kind="OVERDUE") == 1)
            # P7D, P1D, then +P1D; the lead of 30 days had begun when the due became known.
            raised = alerts(self.prefix)
            late = [time.time() - instant.parse(a["threshold"]) / 1000 for a in raised
                    if a["threshold"] == a["raised_at"]]
            self.assertEqual(m.one("chapar_process_alert_delay_seconds_count"), len(late))
            self.assertGreater(len(raised), len(late))
            self.assertEqual(m.one("chapar_process_stale_alerts_total"), sum(a["stale"] for a in raised))
            self.assertGreater(m.one("chapar_process_stale_alerts_total"), 0)
            self.assertTrue(0 <= min(late) - m.one("chapar_process_deadline_lag_seconds") < 60)
            self.assertTrue(11 * DAY <= min(late) <= 13 * DAY, late)
            self.assertTrue(0 <= sum(late) - m.one("chapar_process_alert_delay_seconds_sum") < 60 * len(late))
            # The next is +P30D, to come: nothing is behind.
            [following] = [v for v in m.all("chapar_process_next_threshold_timestamp_seconds") if not math.isnan(v)]
            self.assertTrue(today + 16 * DAY <= following <= today + 20 * DAY, following)
            self.assertEqual(set(m.all("chapar_process_clock_lag_seconds")), {0})
            self.publish(event("milestone", "road", "UNDERTAKEN", ago(1), due="2020", dossier="road"),
                         event("milestone", "other", "UNDERTAKEN", ago(1), due="2020-01-01", dossier="road"))
            m = watch.wait_until(lambda m: m.total("chapar_process_alerts_total", kind="MOVED") == 1)
            self.assertEqual(m.one("chapar_process_alert_delay_seconds_count"), len(late))
            self.assertEqual(watch.running.stop(), 0)

    def test_a_backlog_is_seen_while_there_is_one(self):
        self.publish(*history(14, 600, unique=True))
        total = sum(self.published().values())
        seen = []
        # Small fetches make it take a while.
        with watched(self.prefix, "--clock", "stream", "-X", "fetch.message.max.bytes=2000") as watch:
            def done(m):
                events, lag = m.total("chapar_process_events_total"), m.total("chapar_process_lag_records")
                if 0 < events < total and not math.isnan(lag):
                    seen.append((events, lag))
                return events == total and lag == 0
            watch.wait_until(done, what="the backlog to end")
            self.assertTrue(seen, "the backlog was gone before anybody could look")
            for (events, lag), (more, less) in zip(seen, seen[1:]):
                self.assertLessEqual(events, more)
            # What is counted and what is left is what there is, but for the marks of transactions.
            self.assertTrue(all(total - 200 <= events + lag <= total + 200 for events, lag in seen), (total, seen))
            self.assertEqual(watch.running.stop(), 0)


class Asking(Metered):
    def test_alive_before_kafka_is_there_and_ready_only_with_tasks(self):
        with watched(self.prefix, at="127.0.0.1:1") as watch:
            watch.running.wait_for(lambda: "waiting for Kafka" in watch.running.err(), what="it to wait")
            self.assertEqual(watch.get("/healthz")[::2], (200, "ok\n"))
            status, headers, text = watch.get("/readyz")
            self.assertEqual((status, headers["content-type"]), (503, "application/problem+json"))
            self.assertIn("the group has not said yet", text)
            m = watch.metrics()
            self.assertEqual((m.one("chapar_process_ready"), m.one("chapar_process_tasks")), (0, 0))
            self.assertTrue(math.isnan(m.one("chapar_process_partitions")))
            self.assertEqual(watch.running.stop(), 0)
        with watched(self.prefix) as watch:
            watch.running.wait_for(watch.ready, what="it to be ready")
            self.assertEqual(watch.metrics().one("chapar_process_ready"), 1)
            self.assertEqual(watch.running.stop(), 0)

    def test_what_there_is_and_what_not(self):
        with watched(self.prefix) as watch:
            status, headers, text = watch.get("/metrics")
            self.assertEqual((status, headers["cache-control"]), (200, "no-store"))
            self.assertTrue(headers["content-type"].startswith("application/openmetrics-text; version=1.0.0"))
            self.assertTrue(text.endswith("# EOF\n"))
            for path, expected in (("/", 404), ("/api/v1/summary", 404), ("/metrics?x=1", 400), ("/metrics/", 404)):
                self.assertEqual(watch.get(path)[0], expected, path)

    def test_no_port_without_the_option(self):
        with process(self.prefix) as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="the tasks")
            inodes = {os.readlink(f"/proc/{running.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{running.pid}/fd")}
            listening = {f"socket:[{line.split()[9]}]" for table in ("tcp", "tcp6")
                         for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]
                         if line.split()[3] == "0A"}
            self.assertFalse(inodes & listening)
            self.assertNotIn("metrics are served", running.err())

    def test_with_a_token_and_tls(self):
        folder = scratch_folder("metrics")
        self.addCleanup(shutil.rmtree, folder)
        (folder / "token").write_text("a token of many letters\n")
        authority = Authority(folder)
        certificate, key = authority.issue("metrics")
        with watched(self.prefix, "--token-file", folder / "token", "--tls-cert", certificate, "--tls-key", key) as watch:
            context = ssl.create_default_context(cafile=str(authority.certificate))
            for headers, status in (
                    ({}, 401), ({"Authorization": "Bearer another token of letters"}, 401),
                    ({"Authorization": "Bearer a token of many letters"}, 200),
                    ({"Authorization": "Basic " + base64.b64encode(b"x:a token of many letters").decode()}, 200)):
                self.assertEqual(get(watch.address, "/metrics", headers, context)[0], status, headers)
            self.assertEqual(get(watch.address, "/healthz", context=context)[0], 200)
            self.assertIn("https://127.0.0.1:", watch.running.err())

    def test_what_cannot_be_listened_at(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            for given, code, word in ((f"127.0.0.1:{taken.getsockname()[1]}", 1, "in use"), ("9464", 2, "HOST:PORT"),
                                      ("127.0.0.1:99999", 2, "HOST:PORT"), ("no.such.host.invalid:1", 2, "no.such")):
                done = run("process", "--brokers", "127.0.0.1:1", "--metrics-listen", given, expect=code)
                self.assertIn(word, done.err, given)
        done = run("process", "--metrics-listen", "127.0.0.1:0", "--tls-cert", "x", expect=2)
        self.assertIn("go together", done.err)

    def test_nobody_can_take_all_connections(self):
        """Whoever holds many open costs the processor few files; when they let go, others are served again."""
        with watched(self.prefix) as watch, contextlib.ExitStack() as held:
            watch.running.wait_for(watch.ready, what="it to be ready")
            host, port = watch.address.split(":")
            before = len(os.listdir(f"/proc/{watch.running.pid}/fd"))
            for _ in range(200):
                with contextlib.suppress(OSError):
                    held.enter_context(socket.create_connection((host, int(port)), timeout=5))
            self.assertLess(len(os.listdir(f"/proc/{watch.running.pid}/fd")), before + 50)
            held.close()

            def served():
                with contextlib.suppress(OSError):
                    return watch.ready()
            watch.running.wait_for(served, what="others to be served")


class Scraped(Metered):
    def assert_never_falls(self, server, starts):
        """Counters rise within a run of an instance; the sum of all runs is returned, by name and label."""
        sums = {}
        runs = {labels["instance"]: values for labels, values in server.history("process_start_time_seconds")}
        self.assertEqual(sum(len(set(values)) for values in runs.values()), starts)
        for labels, values in server.history('{__name__=~"chapar_process_.*_(total|count|bucket)"}'):
            with self.subTest(labels):
                falls = [i for i in range(1, len(values)) if values[i] < values[i - 1]]
                self.assertLess(len(falls), len(set(runs[labels["instance"]])))
                self.assertTrue(all(values[i] == min(values) or values[i] < values[i - 1] for i in falls))
            name = labels["__name__"]
            key = next((labels[k] for k in ("kind", "reason", "topic") if k in labels), "")
            sums[name, key] = sums.get((name, key), 0) + values[-1] + sum(values[i - 1] for i in falls)
        return sums

    def test_a_rebalance_and_a_restart_as_prometheus_sees_them(self):
        first, second, third = (history(seed, 40, tag=f"h{seed}-") for seed in (21, 22, 23))
        ports = [free_port(), free_port()]
        addresses = [f"127.0.0.1:{p}" for p in ports]
        rules = re.sub(r"for: \w+", "for: 0s", RULES.read_text())
        with prometheus("chapar-process", addresses, rules) as server, contextlib.ExitStack() as stack:
            def wait(expression, value, what):
                stack_of = {}

                def reached():
                    stack_of["last"] = server.value(expression)
                    return stack_of["last"] == value
                try:
                    one.running.wait_for(reached, 60, what)
                except AssertionError as failure:
                    raise AssertionError(f"{failure}\n{expression} is {stack_of}, not {value}") from None

            def all_counted(before=0):
                wait("sum(chapar_process_events_total)", sum(self.published().values()) - before, "all events")

            def instance(port):
                return stack.enter_context(watched(self.prefix, "--clock", "2027-06-01T00:00:00Z", port=port))

            one = instance(ports[0])
            self.publish(*first)
            self.spoil(2)
            all_counted()
            other = instance(ports[1])
            wait("count(chapar_process_tasks_restored == 2)", 2, "two tasks each")
            self.publish(*second)
            all_counted()
            wait_until_processed(one.running, self.prefix)
            one.running.wait_for(lambda: "ChaparDeadLetters" in server.firing(), what="word of dead letters")
            self.assertNotIn("ChaparInstanceDown", server.firing())
            # The other ends; one takes its tasks over, and Prometheus says who is missing.
            gone = server.value(f'sum(chapar_process_events_total{{instance="{addresses[1]}"}})')
            self.assertGreater(gone, 0)
            self.assertEqual(other.running.stop(), 0)
            one.running.wait_for(lambda: "ChaparInstanceDown" in server.firing(), what="word of the missing")
            wait("sum(chapar_process_tasks_restored)", 4, "its tasks taken over")
            again = instance(ports[1])
            wait("count(chapar_process_tasks_restored == 2)", 2, "two tasks each again")
            self.publish(*third)
            all_counted(before=gone)
            wait('min(up{job="chapar-process"})', 1, "both to be up")
            one.running.wait_for(lambda: "ChaparInstanceDown" not in server.firing(), what="nobody to be missing")
            self.assertTrue(all(r["health"] == "ok" for g in server.ask("rules")["groups"] for r in g["rules"]))
            self.assertFalse(server.firing() & {"ChaparTaskNotRestored", "ChaparLoopStuck", "ChaparMembersDiffer"})

            wait_until_processed(one.running, self.prefix)
            sums = self.assert_never_falls(server, starts=3)
            self.assertEqual({t: sums["chapar_process_events_total", self.prefix + t] for t in EVENTS}, self.published())
            kinds = counted(alerts(self.prefix), lambda a: a["kind"])
            self.assertEqual({k: n for (name, k), n in sums.items() if name == "chapar_process_alerts_total" and n}, kinds)
            reasons = counted(dead_letters(self.prefix), lambda r: r.header("chapar_reason"))
            self.assertEqual({k: n for (name, k), n in sums.items()
                              if name == "chapar_process_dead_letters_total" and n}, reasons)
            for watch in (one, again):
                self.assertEqual(watch.running.stop(), 0)


class Documented(Metered):
    """docs/metrics.md is the list of all metrics. With CHAPAR_TEST_WRITE_MANUAL set, its tables are brought up to
    date instead."""

    def assert_documented(self, heading, metrics):
        rows = metrics.rows()
        everywhere = {n: of for n, of in rows.items() if n.startswith("process_") or n == "chapar_build_info"}
        for name, these in ((heading, {n: of for n, of in rows.items() if n not in everywhere}),
                            ("Every command", everywhere)):
            if os.environ.get("CHAPAR_TEST_WRITE_MANUAL"):
                chapar_metrics.write_documented(name, these)
            self.assertEqual(documented()[name], these)

    def test_of_process(self):
        with watched(self.prefix) as watch:
            watch.running.wait_for(watch.ready, what="it to be ready")
            self.assert_documented("chapar process", watch.metrics())

    def test_of_serve(self):
        with serve(self.prefix) as server:
            server.get("/healthz")
            self.assert_documented("chapar serve", Metrics(server.get("/metrics").text()))

    def test_of_notify(self):
        with notify(self.prefix, "--webhook", "press=http://127.0.0.1:1/") as running:
            self.assert_documented("chapar notify", Metrics(running.get("/metrics")[1]))


if __name__ == "__main__":
    unittest.main()
